"""States as values: what a write changes in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.state import Belief, RunRecord, State
from offerctl.state.document import encode, parse
from support.states import NOON, beliefs, document, states


@given(states(), st.dictionaries(st.sampled_from(["a", "b", "c"]), st.none() | beliefs("a"), max_size=3))
def test_changed_beliefs_replace_their_own_and_no_others(state: State, changed: dict[str, Belief | None]) -> None:
    """A belief is put in by its id, none takes it out, and the state it came from stays as it was."""
    before = dict(state.listings)
    after = state.with_beliefs(changed)
    assert dict(state.listings) == before
    for offering_id in before.keys() | changed.keys():
        expected = changed[offering_id] if offering_id in changed else before[offering_id]
        assert after.listings.get(offering_id) == expected


@given(states())
def test_each_write_names_the_document_it_follows(state: State) -> None:
    """Serial grows by one, and `previous` is the checksum of the document that was read: a chain."""
    read = parse(encode(state))
    record = RunRecord(id="run-2", who="a test", started=NOON)
    following = read.successor(record)
    assert (following.serial, following.previous, following.last_run) == (state.serial + 1, read.checksum, record)
    assert parse(encode(following)).checksum != read.checksum


def test_a_state_cannot_be_changed_in_place() -> None:
    """What was read stays what was read."""
    state = parse(document(1))
    with pytest.raises(AttributeError):
        state.serial = 2  # type: ignore[misc]
