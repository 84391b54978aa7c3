"""`schema/state.schema.json` describes the documents that are written, and nothing looser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from offerctl import canon
from offerctl.state import State
from offerctl.state.document import encode
from support.states import document, states

_SCHEMA = json.loads((Path(__file__).parents[2] / "schema" / "state.schema.json").read_bytes())
_VALIDATOR = Draft202012Validator(_SCHEMA)


def test_the_schema_is_one() -> None:
    """It follows the draft that it names."""
    Draft202012Validator.check_schema(_SCHEMA)


@given(states())
def test_every_document_that_is_written_follows_the_schema(state: State) -> None:
    """Whoever reads states by the schema can read all of ours."""
    _VALIDATOR.validate(canon.parse(encode(state)))


@pytest.mark.parametrize(
    "change",
    [
        {"serial": -1},
        {"serial": "1"},
        {"checksum": "abc"},
        {"format_version": "2.0"},
        {"listings": {"a b": None}},
        {"run": {"id": "x"}},
        {"approved": {"jhsc-en-01": "not a digest"}},
        {"surprise": 1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_refuses_what_no_state_holds(change: dict[str, Any]) -> None:
    """Each part is described, unknown ones included."""
    assert not _VALIDATOR.is_valid(canon.parse(document(1)) | change)


def test_every_key_of_a_document_is_asked_for() -> None:
    """Nothing that is written is optional."""
    whole = canon.parse(document(1, at_work=True))
    for key in whole:
        assert not _VALIDATOR.is_valid({name: value for name, value in whole.items() if name != key})
