"""Standard courses are data: a line of configuration is enough for one more, in files, schema, plan and page."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from offerctl import catalog, schemas
from offerctl.catalog.codes import Code
from offerctl.catalog.json_schema import OFFERING, Rules, offering_schema, parse
from offerctl.catalog.load import Examiner
from offerctl.errors import Exit
from offerctl.render import plan_markdown
from offerctl.standards import BUILT_IN, Standard, StandardKey
from support.cli import offerctl
from support.plans import NOW, live, offering, planned, wanted

NEW = StandardKey("JHSC-2014-1-10171")
MORE = BUILT_IN.extended([Standard(key=NEW, name="JHSC - Part 1, program 10171", language="en")])
FILE = (
    "offeringId: a\ntrainingStandardKey: KEY\ncourseName: JHSC\nprice: 199\ncourseDuration: 13\n"
    "externalRegistrationUrl: https://safety-training.example/a\n"
)
SETTINGS = f'[standards."{NEW}"]\nname = "JHSC - Part 1, program 10171"\nlanguage = "en"\n'


def problems(key: str, schema: Any = None, standards: Any = MORE) -> list[tuple[Code, str, str | None]]:
    found = Examiner(schema, frozenset(), standards)("a.yaml", FILE.replace("KEY", key).encode())
    return [(problem.code, problem.hint or "", problem.fix.text if problem.fix else None) for problem in found]


def test_file_and_table_are_one() -> None:
    """The schema in the repository is what the built-in table writes, to the byte."""
    schema = json.loads(schemas.read(OFFERING))
    about = schema["properties"]["trainingStandardKey"]
    assert about["enum"] == list(BUILT_IN)
    for standard in BUILT_IN.by_key.values():
        assert f"{standard.key}: {standard.name}." in about["description"]
    assert (json.dumps(schema, indent=2) + "\n").encode() == schemas.read(OFFERING)
    assert offering_schema(BUILT_IN) == schemas.read(OFFERING)


def test_a_further_standard_stands_in_the_schema() -> None:
    """In its list of values and in its hover text; nothing else differs."""
    more, plain = (json.loads(offering_schema(standards)) for standards in (MORE, BUILT_IN))
    about = more["properties"].pop("trainingStandardKey")
    assert about["enum"] == [*BUILT_IN, NEW]
    assert f"{NEW}: JHSC - Part 1, program 10171." in about["description"]
    assert about["description"].endswith(plain["properties"].pop("trainingStandardKey")["description"][-60:])
    assert more == plain


def test_a_further_standard_is_taken() -> None:
    """With the schema that offerctl writes for it, with the one from before, and without any."""
    for schema in (None, parse(offering_schema(MORE), "x"), parse(offering_schema(BUILT_IN), "x")):
        assert problems(NEW, schema) == []


def test_a_schema_that_leaves_a_standard_out_on_purpose_still_does() -> None:
    """A repository may narrow; what offerctl wrote for other standards narrows nothing."""
    own = json.loads(offering_schema(MORE), parse_float=Decimal)
    own["properties"]["trainingStandardKey"]["enum"] = ["JHSC-2014-1-E-O"]
    assert [code for code, *_ in problems(NEW, own)] == [Code.SCHEMA]
    assert not Rules(parse(offering_schema(BUILT_IN), "x"), parse(offering_schema(MORE), "x")).narrows
    assert [code for code, *_ in problems(NEW, parse(offering_schema(MORE), "x"), BUILT_IN)] == [Code.STANDARD]


@pytest.mark.parametrize(
    ("key", "hint", "fix"),
    [
        ("jhsc-2014-1-10171", f"did you mean `{NEW}`?", NEW),
        ("JHSC-2014-1-10172", f"did you mean `{NEW}`?", None),
        ("WAH-1", f"it is `JHSC-2014-1-E-O` (English) or `JHSC-2014-1-F-O` (French) or `{NEW}` (English)", None),
    ],
)
def test_messages_know_the_further_standard(key: str, hint: str, fix: str | None) -> None:
    """The nearest is looked for among all; what is certain is mended."""
    assert problems(key) == [(Code.STANDARD, hint, fix)]


def test_a_key_that_looks_like_a_number_asks_for_quotes() -> None:
    """As the schema does."""
    numbered = BUILT_IN.extended([Standard(key=StandardKey("10171"), name="x", language="en")])
    assert problems("10171", standards=numbered) == [(Code.TEXT, 'write "10171"', '"10171"')]
    assert problems('"10171"', standards=numbered) == []


def test_the_plan_tells_the_language_of_a_further_standard() -> None:
    """In the comment, and in the refusal to change a key; an unknown key has no language and breaks nothing."""
    new = offering("a", training_standard_key=NEW)
    said = plan_markdown.text(planned(wanted(new), {}, standards=MORE), now=NOW)
    assert "list *JHSC Certification Part One* (English) at" in said
    assert "*JHSC Certification Part One* at" in plan_markdown.text(planned(wanted(new), {}), now=NOW)
    refused = planned(wanted(new), {"a": live(offering("a"))}, standards=MORE).refusals[0].message
    assert "Give the English course an offeringId of its own" in refused
    refused = planned(wanted(new), {"a": live(offering("a"))}).refusals[0].message
    assert "Give that course an offeringId of its own" in refused


@pytest.mark.deep
def test_from_the_configuration_to_the_marketplace_and_back(tmp_path: Path) -> None:
    """One table lists it; taken out of the configuration again, the state stays readable and it can be deleted."""
    (tmp_path / "offerings").mkdir()
    (tmp_path / "offerings" / "a.yaml").write_text(FILE.replace("KEY", NEW), "utf-8")
    (tmp_path / "offerctl.toml").write_text(SETTINGS, "utf-8")
    assert offerctl("apply", "--auto-approve", cwd=tmp_path).code == Exit.OK
    written = offerctl("schema", cwd=tmp_path)
    assert (written.code, NEW in written.out) == (Exit.OK, True)
    assert (tmp_path / "schema" / OFFERING).read_bytes() == offering_schema(MORE)
    assert "up to date" in offerctl("schema", cwd=tmp_path).out
    assert offerctl("validate", cwd=tmp_path).code == Exit.OK
    (tmp_path / "offerctl.toml").unlink()
    assert offerctl("validate", cwd=tmp_path).code == Exit.ERROR
    (tmp_path / "offerings" / "a.yaml").unlink()
    assert NEW in offerctl("state", "list", cwd=tmp_path).out
    assert offerctl("apply", "--auto-approve", "--allow-deletes", "all", cwd=tmp_path).code == Exit.OK


def test_the_schema_command_leaves_what_is_somebodys_own(tmp_path: Path) -> None:
    """A schema that asks for more is not written over; the keys to add by hand are named."""
    own = {**json.loads(schemas.read(OFFERING)), "title": "Ours"}
    path = tmp_path / "schema" / OFFERING
    path.parent.mkdir()
    path.write_text(json.dumps(own), "utf-8")
    (tmp_path / "offerctl.toml").write_text(SETTINGS, "utf-8")
    refused = offerctl("schema", cwd=tmp_path)
    assert (refused.code, NEW in refused.err) == (Exit.ERROR, True)
    assert json.loads(path.read_bytes()) == own
    assert catalog.read_schema(path) is not None
