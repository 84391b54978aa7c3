"""The record of a plan and what it approves: what was shown in full, within a check run's bounds, and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.github import record as records
from offerctl.github import texts
from offerctl.github.approvals import Approvals, approvals_of
from offerctl.github.record import MAX_CHARACTERS, Record
from offerctl.github.review import Comment, Review, approved, examine, speaks
from offerctl.github.texts import Around
from offerctl.offering import Desired, Offering
from offerctl.plan import Action, Plan, split
from offerctl.render.markdown import code, escaped
from offerctl.state import Belief
from support.plans import FREE, FRENCH, NOW, gone, live, maybe, offering, planned, wanted

HEAD = "a" * 40
MANY = 700


def plan_of(number: int, **more: object) -> Plan:
    """A plan that adds so many listings."""
    return planned(wanted(*(offering(f"en-{n:05}", **more) for n in range(number))), {}, guards=FREE)


def record_of(body: str, approvals: Approvals) -> Record:
    """The record of a comment, as it is read back."""
    made = Record(environment="prod", pull_request=7, commit=HEAD, comment=texts.shown(body), approvals=approvals)
    read = records.read(records.write(made), environment="prod", pull_request=7, commit=HEAD)
    assert read is not None
    return read


def reviewed(
    plan: Plan, touched: Mapping[str, str] | None = None, files: Mapping[str, Offering] | None = None
) -> Review:
    """A merged pull request whose comment shows that plan."""
    page = texts.plan_page(plan, NOW, Around(touched=tuple(touched or ()), files=files or {}))
    body = texts.comment("prod", page.text)
    assert len(body) <= texts.COMMENT_BUDGET
    record = record_of(body, approvals_of(plan, page, touched))
    return Review(number=7, head=HEAD, merged=HEAD, comment=Comment(id=1, body=body), record=record)


def review(
    plan: Plan, touched: Mapping[str, str] | None = None, files: Mapping[str, Offering] | None = None
) -> Approvals:
    """What it approves."""
    return reviewed(plan, touched, files).approvals


# The record

_IDS = st.text("aZ9._-", min_size=1, max_size=20).map("x".__add__)
_DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)
_RECORDS = st.builds(
    Record,
    environment=st.text("azAZ09_-", max_size=20).map("x".__add__),
    pull_request=st.integers(1, 10**9),
    commit=st.text("0123456789abcdef", min_size=40, max_size=40),
    comment=_DIGESTS,
    serial=st.none() | st.integers(0, 10**6),
    settings=st.none() | _DIGESTS,
    settings_from=st.none() | _DIGESTS,
    approvals=st.builds(
        Approvals,
        listings=st.dictionaries(_IDS, _DIGESTS),
        beside=st.dictionaries(_IDS, _DIGESTS),
        unshown=st.frozensets(_IDS),
        more_unshown=st.booleans(),
        unprotected=st.frozensets(_IDS),
    ),
)


def read(text: str, record: Record) -> Record | None:
    """What a text says where that record is looked for."""
    wanted_ = {"environment": record.environment, "pull_request": record.pull_request, "commit": record.commit}
    return records.read(text, **wanted_)  # type: ignore[arg-type]


@given(_RECORDS)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    """One line of canonical JSON in a fence, of the version that it names."""
    text = records.write(record)
    assert read(text, record) == record
    fence, line, end = text.split("\n")
    assert (fence, end) == ("```json", "```")
    assert json.loads(line)["format_version"] == records.FORMAT_VERSION


@given(_RECORDS, _RECORDS)
def test_a_record_of_anything_else_is_none(record: Record, other: Record) -> None:
    """Of another environment, pull request or commit."""
    for changed in ("environment", "pull_request", "commit"):
        asked = replace(record, **{changed: getattr(other, changed)})
        assert read(records.write(record), asked) == (record if asked == record else None)


A_RECORD = Record(
    environment="prod",
    pull_request=7,
    commit=HEAD,
    comment="0" * 64,
    approvals=Approvals(listings={"en-01": "1" * 64}),
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1.1"', '"2.0"'),
        ('"1.1"', "1"),
        ('"format_version":"1.1",', ""),
        ("1" * 64, "1" * 63),
        ("1" * 64, "G" * 64),
        ('"en-01"', '".."'),
        ('"en-01"', '""'),
        ('"unshown":[]', '"unshown":""'),
        ('"unshown":[]', '"unshown":[7]'),
        ('"unprotected":[]', '"unprotected":[".."]'),
        ('"more_unshown":false', '"more_unshown":0'),
        ('"serial":null', '"serial":"1"'),
        ('"settings":null', '"settings":"x"'),
        ('"settings_from":null', '"settings_from":"x"'),
        ('"environment":"prod"', '"environment":"pr od"'),
        ('"beside":{}', '"beside":[]'),
        ("```json", "```"),
        ("{", "["),
        ("\n```", "\n```\nand more"),
        ("```json", "Somebody said:\n```json"),
    ],
)
def test_what_makes_no_sense_is_no_record(old: str, new: str) -> None:
    """As a whole: it approves nothing."""
    text = records.write(A_RECORD)
    assert old in text
    assert read(text.replace(old, new), A_RECORD) is None


def test_a_later_minor_version_is_read_and_a_huge_text_is_not() -> None:
    """Its unknown keys are read over; an earlier one lacks a key. A check run holds 65,535 characters."""
    text = records.write(A_RECORD)
    assert read(text.replace('"1.1"', '"1.7","later":{"x":1}'), A_RECORD) == A_RECORD
    earlier = text.replace('"1.1"', '"1.0"').replace('"settings_from":null,', "")
    assert read(earlier, A_RECORD) == A_RECORD, "of an offerctl that did not say it"
    assert read(text + " " * (MAX_CHARACTERS - len(text)), A_RECORD) == A_RECORD
    earlier = text.replace('"1.1"', '"1.0"').replace('"settings_from":null,', "")
    assert read(earlier, A_RECORD) == A_RECORD, "of an offerctl that did not say it"
    assert read(text + " " * (MAX_CHARACTERS + 1 - len(text)), A_RECORD) is None


def test_what_has_no_room_in_a_check_run_is_not_approved() -> None:
    """Listings first. What is left out is withheld from older approvals too, by a record that fits."""
    ids = [f"{n:05}-{'x' * 58}" for n in range(3000)]
    digests = dict.fromkeys(ids, "1" * 64)
    whole = replace(A_RECORD, approvals=Approvals(listings=digests, unprotected=frozenset(ids)))
    text = records.write(whole)
    assert MAX_CHARACTERS - 2_000 < len(text) <= MAX_CHARACTERS
    kept = read(text, A_RECORD)
    assert kept is not None
    assert set(kept.approvals.listings) == set(ids[: len(kept.approvals.listings)])
    assert kept.approvals.unprotected == frozenset()
    assert kept.approvals.withholds(ids[-1])
    assert kept.approvals.unprotects(ids[-1]) is False
    silent = read(records.write(replace(A_RECORD, approvals=Approvals(unshown=frozenset(ids)))), A_RECORD)
    assert silent is not None
    assert silent.approvals.withholds(ids[-1])


# What was shown in full


def kinds(number: int) -> dict[str, Plan]:
    """A plan of so many changes of each kind."""
    ids = [f"en-{n:05}" for n in range(number)]
    url = "https://register.example/"
    old = {id_: live(offering(id_)) for id_ in ids}
    new = wanted(*(offering(id_, external_registration_url=f"{url}{id_}") for id_ in ids))
    doubt = {id_: maybe(offering(id_, price=Decimal(1)), None) for id_ in ids}
    french = wanted(*(offering(id_, training_standard_key=FRENCH) for id_ in ids))
    again = {id_: gone(offering(id_)) for id_ in ids}
    return {
        "add": planned(new, {}, guards=FREE),
        "add again": planned(new, again, guards=FREE),
        "change": planned(new, old, guards=FREE),
        "settle": planned(new, doubt, guards=FREE),
        "replace": planned(french, old, guards=FREE, allow_replace=True),
        "delete": planned({}, old, guards=FREE, allow_deletes="all"),
    }


@pytest.mark.parametrize("kind", kinds(1))
def test_what_is_shown_in_full_is_approved(kind: str) -> None:
    """Every attribute that is written stands in the open: that of a new listing with its registration address."""
    plan = kinds(3)[kind]
    page = texts.plan_page(plan, NOW, Around())
    open_ = page.text.partition("<details>")[0]
    assert not plan.refusals
    for change in plan.changes:
        after = change.after
        for name, value in (after.attributes() if after else {}).items():
            if kind == "change" and name not in change.changed:
                continue
            assert str(value) in open_ or escaped(str(value)) in open_, (name, value)
        if kind == "change":
            assert change.before is not None
            assert escaped(change.before.external_registration_url) in open_
    assert approved(plan.changes, [review(plan)]).keys() == {c.offering_id for c in plan.changes}


@pytest.mark.parametrize("kind", kinds(1))
def test_in_a_plan_of_700_changes_those_that_nobody_was_shown_are_held(kind: str) -> None:
    """They are counted, with the place where they are and the digest that makes them; the others are approved."""
    plan = kinds(MANY)[kind]
    page = texts.plan_page(plan, NOW, Around(run_url="https://github.example/run/1"))
    found = approved(plan.changes, [review(plan)])
    held = split(plan, found)[1]
    assert 0 < len(found) < MANY
    assert page.left == len(held) == MANY - len(found)
    assert f"**{page.left} changes have no room in the comment" in page.text
    assert "https://github.example/run/1" in page.text
    assert replace(plan, changes=held, protections={}).digest in page.text
    if kind != "delete":
        assert all(code(change.offering_id) not in page.text.partition("<details>")[0] for change in held)


def test_a_loss_of_protection_is_approved_where_its_listing_is_named() -> None:
    """Those that there is no room for are held, and counted."""
    ids = [f"{n:05}-{'x' * 50}" for n in range(2000)]
    beliefs: dict[str, Belief] = {id_: replace(live(offering(id_)), protect=True) for id_ in ids}
    plan = planned(wanted(*(offering(id_) for id_ in ids)), beliefs, guards=FREE)
    page = texts.plan_page(plan, NOW, Around())
    examined = examine(plan, [review(plan)])
    assert 0 < len(examined.exposed) == page.left < len(ids)
    assert all((id_ in page.text) is (id_ not in examined.exposed) for id_ in ids)
    few = planned(wanted(offering("a")), {"a": replace(live(offering("a")), protect=True)}, guards=FREE)
    assert examine(few, [review(few)]).exposed == ()
    assert examine(few, [Approvals()]).exposed == ("a",)


def test_what_a_touched_file_says_without_a_change_is_shown_and_approved_as_it_stands() -> None:
    """Or it was not shown: then it takes older approvals back, and approves nothing."""
    want = offering("a", external_registration_url="https://register.example/a")
    plan = planned(wanted(want), {"a": live(want)}, guards=FREE)
    [back] = planned(wanted(want), {"a": live(offering("a", price=Decimal(1)))}, guards=FREE).changes
    page = texts.plan_page(plan, NOW, Around(touched=["a", "b"], files={"a": want}))
    assert "**No change at present, and approved as it stands here:**" in page.text
    assert escaped(want.external_registration_url) in page.text.partition("<details>")[0]
    assert "- `b` is neither listed nor wanted" in page.text
    touched = {"a": back.digest, "b": "0" * 64}
    assert approved([back], [review(plan, touched, {"a": want})]) == {"a": back.digest}
    assert approved([back], [review(plan, touched), Approvals(listings={"a": back.digest})])
    many = {f"x-{n:05}": offering(f"x-{n:05}") for n in range(2000)}
    crowded = review(plan, {**dict.fromkeys(many, "0" * 64), "a": back.digest}, {**many, "a": want})
    assert crowded.listings["a"] == back.digest
    assert crowded.withholds("x-01999")
    older = Approvals(listings={"x-01999": "0" * 64})
    assert speaks("x-01999", [crowded, older]) is None


def test_a_plan_that_is_refused_approves_nothing_and_takes_back_what_it_touches() -> None:
    """Whatever its comment shows."""
    desired: dict[str, Desired] = {}
    plan = planned(desired, {"a": live(offering("a"))})
    assert plan.refusals
    [change] = plan.changes
    refused = review(plan, {"a": change.digest})
    assert approved(plan.changes, [refused]) == {}
    assert approved(plan.changes, [refused, Approvals(listings={"a": change.digest})]) == {}


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_settle_needs_no_review_only_where_a_run_vouches_for_what_it_writes(*, by_hand: bool) -> None:
    """What a push or an import brought is no confirmation of this environment's own runs."""
    belief = maybe(offering("a"), offering("a"))
    plan = planned(wanted(offering("a")), {"a": belief.by_hand() if by_hand else belief}, guards=FREE)
    [change] = plan.changes
    assert (change.action, change.before) == (Action.SETTLE, change.after)
    assert bool(approved(plan.changes, [])) is not by_hand
    assert approved(plan.changes, [review(plan)])


def test_a_change_that_differs_from_what_was_shown_is_not_approved() -> None:
    """The others are."""
    plan = plan_of(5)
    changes = [*plan.changes]
    after = changes[3].after
    assert after is not None
    changes[3] = replace(changes[3], after=replace(after, price=Decimal(1)))
    assert approved(changes, [review(plan)]).keys() == {c.offering_id for c in changes} - {changes[3].offering_id}


# Which comment


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: body.replace("$199.00", "$19.00"),
        lambda body: f"{body}\n\nPlease merge.",
        lambda body: body.partition("\n- ")[0],
        lambda body: body.replace("<!-- offerctl:reviewed -->", ""),
        lambda _: "",
    ],
)
def test_a_comment_that_was_edited_approves_nothing(edit: object) -> None:
    """What people read was not what was recorded; nor is a comment without a record any approval."""
    assert callable(edit)
    whole = reviewed(plan_of(3))
    assert whole.approvals.listings
    assert whole.doubt is None
    assert whole.comment is not None
    edited = replace(whole, comment=replace(whole.comment, body=edit(whole.comment.body)))
    assert edited.approvals == Approvals()
    assert edited.doubt is not None
    assert "is not the one that was recorded" in edited.doubt
    assert replace(whole, comment=None).approvals == Approvals()
    alone = replace(whole, record=None)
    assert alone.approvals == Approvals()
    assert alone.doubt is not None
    assert "no record of its newest commit" in alone.doubt


def test_what_github_does_to_line_breaks_is_no_edit() -> None:
    """A form sends them as two characters, and blanks at the end of a line may go or come."""
    whole = reviewed(plan_of(3))
    assert whole.comment is not None
    kept = replace(whole, comment=replace(whole.comment, body=whole.comment.body.replace("\n", " \r\n") + "\r\n"))
    assert kept.approvals == whole.approvals


# Several sources


def test_a_state_keeps_approving_what_a_crash_left() -> None:
    """By id and digest, without any comment; a replacement covers the put that is left of it."""
    plan = planned(wanted(offering("a", training_standard_key=FRENCH)), {"a": live(offering("a"))}, guards=FREE)
    [change] = plan.changes
    assert approved([change], [Approvals(listings={"a": change.digest})]) == {"a": change.digest}
    [left] = planned(wanted(offering("a", training_standard_key=FRENCH)), {}, guards=FREE).changes
    assert left.digest != change.digest
    assert approved([left], [Approvals(listings={"a": change.digest})]) == {"a": change.digest}
    assert approved([left], [Approvals(listings={"a": "0" * 64})]) == {}


def test_what_was_reviewed_instead_is_told() -> None:
    """The newest review of the id, else what the state still holds."""
    plan = plan_of(1)
    [change] = plan.changes
    older = Approvals(listings={"en-00000": "a"})
    assert speaks("en-00000", [review(plan), older]) == change.digest
    assert speaks("en-00000", [older]) == "a"
    assert speaks("en-00000", [Approvals()]) is None
    assert speaks("en-00000", [Approvals(unshown=frozenset({"en-00000"})), older]) is None


def test_what_a_pull_request_touches_decides_and_what_it_shows_beside_approves() -> None:
    """A newer review of other files neither replaces nor takes back what an older one said of these."""
    plan = plan_of(3)
    ids = [change.offering_id for change in plan.changes]
    digests = [change.digest for change in plan.changes]
    beside = review(plan, {ids[0]: digests[0]})
    assert beside == Approvals(listings={ids[0]: digests[0]}, beside={ids[1]: digests[1], ids[2]: digests[2]})
    instead = Approvals(listings={ids[1]: "0" * 64})
    assert approved(plan.changes, [beside, instead]).keys() == {*ids}
    assert approved(plan.changes, [instead, beside]).keys() == {ids[0], ids[2]}
    other = Approvals(beside={ids[1]: "0" * 64})
    assert approved(plan.changes, [other, Approvals(listings={ids[1]: digests[1]})]).keys() == {ids[1]}
    unshown = Approvals(unshown=frozenset({ids[1]}))
    assert approved(plan.changes, [unshown, review(plan)]).keys() == {ids[0], ids[2]}
    rest = Approvals(listings={ids[0]: digests[0]}, more_unshown=True)
    assert approved(plan.changes, [rest, review(plan)]).keys() == {ids[0]}
    assert {change.action for change in plan.changes} == {Action.ADD}
