"""StateEdit a state: what is forgotten, imported, unlocked and brought back, as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from offerctl.errors import StateForeign, UsageError
from offerctl.offering import Desired, Offering
from offerctl.standards import BUILT_IN, StandardKey
from offerctl.state import Attempt, Belief, Claim, Confirmed, Home, Intent, RunRecord, State, Status
from offerctl.state.document import encode, parse
from offerctl.state.edits import (
    Remembered,
    adopt,
    belief_of,
    check_ours,
    forget,
    merge_restored,
    remembered,
    unlock,
)
from offerctl.state.ended import is_foreign_format
from offerctl.state.listings import Listings
from offerctl.state.receipts import EditKind
from support.states import NOON, states

ENGLISH, FRENCH = BUILT_IN
HOME = Home("prod", "https://marketplace.example", "pro-1")
RECORD = RunRecord(id="5e0f11aa", who="a test", started=NOON, finished=NOON)
LATER = NOON + timedelta(minutes=5)


def offering(id_: str = "a", key: StandardKey = ENGLISH) -> Offering:
    return Offering(
        offering_id=id_,
        training_standard_key=key,
        course_name="CMSST, première partie",
        price=Decimal(199),
        course_duration=Decimal("19.5"),
        external_registration_url="https://provider.example/register",
    )


def wanted(id_: str = "a", key: StandardKey = ENGLISH) -> Desired:
    return Desired(offering=offering(id_, key), file=f"offerings/{id_}.yaml", protect=True)


def belief(status: Status, key: StandardKey | None = ENGLISH, **more: Any) -> Belief:
    body = offering(key=key) if status is Status.LIVE and key else None
    return replace(Belief(status=status, key=key, body=body), **more)


def state(serial: int = 3, **listings: Belief) -> State:
    return parse(encode(State(lineage="x", home=HOME, serial=serial, listings=Listings(listings))))


# Bringing back


@pytest.mark.deep
@given(states(), states())
def test_what_comes_back_is_the_union_and_in_doubt(one: State, other: State) -> None:
    """Every id of either, none a fact, no key that they disagree on, never less quiet, never less protected."""
    after = merge_restored(one, other, mend=EditKind.RESTORE, record=RECORD)
    assert after.listings.keys() == one.listings.keys() | other.listings.keys()
    assert (after.lineage, after.home, after.run) == (other.lineage, other.home, None)
    assert after.serial > max(one.serial, other.serial)
    for id_, now in after.listings.items():
        known = [source.listings[id_] for source in (one, other) if id_ in source.listings]
        assert now.body is None
        assert now.status in {Status.MAYBE, Status.CONTESTED}
        assert now.key == (known[0].key if len({b.key for b in known}) == 1 else None)
        assert now.quiet_until == max((b.quiet_until for b in known if b.quiet_until), default=None)
        assert now.protect == any(b.protect for b in known)
    assert parse(encode(after)).listings == after.listings


@pytest.mark.parametrize("status", [Status.LIVE, Status.MAYBE, Status.GONE])
def test_every_belief_but_a_contested_one_becomes_doubt(status: Status) -> None:
    """A tombstone too: the document may be older than a later add."""
    after = merge_restored(state(2, a=belief(status)), state(3), mend=EditKind.RESTORE, record=RECORD)
    assert after.listings["a"] == Belief(status=Status.MAYBE, key=ENGLISH)


@pytest.mark.parametrize(
    ("older", "newer", "becomes"),
    [
        (Status.CONTESTED, Status.CONTESTED, Status.CONTESTED),
        (Status.CONTESTED, None, Status.CONTESTED),
        (None, Status.CONTESTED, Status.CONTESTED),
        (Status.LIVE, Status.CONTESTED, Status.CONTESTED),
        (Status.CONTESTED, Status.LIVE, Status.MAYBE),
    ],
)
@pytest.mark.parametrize("newest_is_newer", [True, False])
def test_the_later_document_says_what_is_contested(
    older: Status | None, newer: Status | None, becomes: Status, *, newest_is_newer: bool
) -> None:
    """In doubt it could be deleted although it is somebody else's; a later import decides that it is ours."""
    first, second = (state(n, **({"a": belief(s)} if s else {})) for n, s in ((3, older), (4, newer)))
    brought, newest = (first, second) if newest_is_newer else (second, first)
    after = merge_restored(brought, newest, mend=EditKind.PUSH, record=RECORD)
    assert (after.listings["a"].status, after.serial) == (becomes, 5)


def test_what_nobody_can_read_makes_everything_wait() -> None:
    """Without the present state a request of unknown fate may be on its way for any id."""
    kept = state(7, a=belief(Status.LIVE), b=belief(Status.GONE, quiet_until=NOON))
    after = merge_restored(kept, kept, mend=EditKind.RESTORE, record=RECORD, beyond=9, unread_until=LATER)
    assert {b.quiet_until for b in after.listings.values()} == {LATER}
    assert (after.serial, after.previous) == (10, kept.checksum)


def test_an_approval_or_commit_of_an_older_document_does_not_come_back() -> None:
    """What was reviewed and applied since is what counts; without a known state nothing is."""
    old = replace(state(2, a=belief(Status.LIVE)), approved={"a": "0" * 64}, applied_commit="old")
    new = replace(state(3), approved={"b": "1" * 64}, applied_commit="new")
    after = merge_restored(old, new, mend=EditKind.RESTORE, record=RECORD)
    assert (after.approved, after.applied_commit) == ({"b": "1" * 64}, "new")
    alone = merge_restored(replace(old, checksum="c" * 64), None, mend=EditKind.PUSH, record=RECORD)
    assert (alone.approved, alone.applied_commit, alone.previous) == ({}, None, "c" * 64)


def test_only_the_first_document_follows_none() -> None:
    """One that follows what nobody can read says so: `none` on a later serial is a broken chain."""
    unwritten = State(lineage="x", home=HOME)
    first = merge_restored(unwritten, None, mend=EditKind.REBUILD, record=RECORD)
    assert (first.serial, first.previous) == (1, None)
    later = merge_restored(unwritten, None, mend=EditKind.REBUILD, record=RECORD, beyond=7)
    assert (later.serial, later.previous) == (8, "0" * 64)


def test_only_an_attempt_without_answer_is_shown_as_the_reason_of_doubt() -> None:
    """One that had its answer long ago would mislead."""
    attempt = Attempt(intent=Intent.PUT, body=offering(), at=NOON, run="r")
    confirmed = Confirmed(body=offering(), at=NOON, run="r")
    sure = belief(Status.LIVE, last_attempt=attempt, last_confirmed=confirmed)
    attempt_of_b = attempt._replace(body=offering("b"))
    unsure = belief(Status.MAYBE, last_attempt=attempt_of_b)
    after = merge_restored(state(2, a=sure), state(3, b=unsure), mend=EditKind.PUSH, record=RECORD)
    assert (after.listings["a"].last_attempt, after.listings["a"].last_confirmed) == (None, confirmed)
    assert after.listings["b"].last_attempt == attempt_of_b


def test_the_history_of_the_files_is_older_than_every_document() -> None:
    """What a document says of an id being contested holds; ids that only the files know are added."""
    past = remembered(
        {"a": Remembered(key=FRENCH), "b": Remembered(key=None, protect=True)}, home=HOME, lineage="x"
    )
    after = merge_restored(past, state(1, a=belief(Status.CONTESTED)), mend=EditKind.REBUILD, record=RECORD)
    assert after.listings["a"] == Belief(status=Status.CONTESTED, key=None)
    assert after.listings["b"] == Belief(status=Status.MAYBE, key=None, protect=True)
    first = merge_restored(past, None, mend=EditKind.REBUILD, record=RECORD)
    assert (first.serial, first.lineage, first.previous) == (1, "x", None)


@pytest.mark.parametrize(
    ("theirs", "name"),
    [
        ({"home": HOME._replace(environment="test")}, "environment"),
        ({"home": HOME._replace(base_url="https://other.example")}, "base_url"),
        ({"home": HOME._replace(network_key="pro-2")}, "network_key"),
        ({"lineage": "y"}, "lineage"),
    ],
)
def test_a_foreign_document_is_refused(theirs: dict[str, Any], name: str) -> None:
    """By whatever makes it foreign; the same document of our own is taken."""
    found = State(lineage="x", home=HOME)
    check_ours(found, home=HOME, lineage="x", what="it")
    check_ours(replace(found, lineage="y"), home=HOME, lineage=None, what="it")
    with pytest.raises(StateForeign, match=f"it belongs to {name} "):
        check_ours(replace(found, **theirs), home=HOME, lineage="x", what="it")


@pytest.mark.parametrize(
    ("data", "foreign"),
    [
        (b'{"format_version": "3.0"}', True),
        (b'{"format_version": "1.9"}', False),
        (b'{"format_version": 2}', False),
        (b'{"format_version": "3.0"', False),
        (b"[]", False),
        (b"{}", False),
        (b"", False),
    ],
)
def test_a_whole_document_of_another_offerctl_is_not_damaged(data: bytes, foreign: bool) -> None:  # noqa: FBT001
    """Writing over it would lose what only the other one can read."""
    assert is_foreign_format(data) is foreign


# Forgetting and unlocking


def test_forgetting_takes_the_belief_and_its_approval() -> None:
    """And nothing else; the receipt keeps the last body."""
    before = replace(
        state(3, a=belief(Status.LIVE), b=belief(Status.GONE)), approved={"a": "0" * 64, "b": "1" * 64}
    )
    after = forget(before, "a", RECORD)
    assert (dict(after.listings), after.approved) == ({"b": before.listings["b"]}, {"b": "1" * 64})
    assert after.last_run is not None
    [change] = after.last_run.changes
    assert (change.offering_id, change.intent, change.outcome, change.before) == (
        "a",
        "forget",
        "done",
        offering(),
    )
    assert (after.serial, after.previous) == (4, before.checksum)


def test_an_unknown_id_names_the_nearest() -> None:
    """A typing error is told, not obeyed."""
    with pytest.raises(UsageError, match="prod knows no listing jhsc-en-1") as caught:
        belief_of(state(3, **{"jhsc-en-01": belief(Status.MAYBE)}), "jhsc-en-1")
    assert caught.value.hint == "Did you mean jhsc-en-01?"


@pytest.mark.parametrize("run", ["7f3c21aa", "7f3c"])
def test_unlocking_ends_the_lease_and_no_quiet_period(run: str) -> None:
    """What the run left in doubt stays so, for as long; the receipt names it."""
    attempt = Attempt(intent=Intent.PUT, body=offering(), at=NOON, run="7f3c21aa")
    doubtful = belief(Status.MAYBE, quiet_until=LATER, last_attempt=attempt)
    before = replace(state(3, a=doubtful, b=belief(Status.GONE)), run=_claim())
    after = unlock(before, run, RECORD)
    assert (after.run, after.listings) == (None, before.listings)
    assert after.last_run is not None
    assert [(c.offering_id, c.intent, c.outcome) for c in after.last_run.changes] == [("a", "unlock", "in doubt")]


@pytest.mark.parametrize("run", ["7f3", "", "9999", "7f3c21aab"])
def test_only_the_run_that_was_meant_is_unlocked(run: str) -> None:
    """Fewer than four digits may be anybody's; the refusal names who holds it."""
    with pytest.raises(UsageError, match=r"held by run 7f3c21aa \(GitHub run 1234\)"):
        unlock(replace(state(), run=_claim()), run, RECORD)


def test_without_a_lease_there_is_nothing_to_unlock() -> None:
    """It is told, and nothing is written."""
    with pytest.raises(UsageError, match="nothing to unlock"):
        unlock(state(), "7f3c", RECORD)


def _claim() -> Claim:
    return Claim(id="7f3c21aa", who="GitHub run 1234", boot_id=None, lease_until=LATER)


# Importing


@pytest.mark.parametrize(
    "former", [None, belief(Status.CONTESTED, None), belief(Status.GONE), belief(Status.GONE, quiet_until=LATER)]
)
def test_an_imported_listing_is_in_doubt_under_the_key_of_its_file(former: Belief | None) -> None:
    """New, contested, or deleted under the same key; a known quiet period is kept."""
    before = state(3, **({"a": former} if former else {}), b=belief(Status.GONE))
    after = adopt(before, [wanted()], RECORD)
    quiet = former.quiet_until if former else None
    assert after.listings["a"] == Belief(status=Status.MAYBE, key=ENGLISH, quiet_until=quiet, protect=True)
    assert after.listings["b"] == before.listings["b"]
    assert after.last_run is not None
    [change] = after.last_run.changes
    assert (change.intent, change.outcome, change.after) == ("import", "in doubt", offering())


def test_no_run_vouches_for_what_was_imported_or_brought() -> None:
    """Until one has it confirmed; where both know the same, what a run of ours had confirmed stays vouched for."""
    here = Confirmed(body=offering(), at=NOON, run="run-1")
    ours = belief(Status.GONE, last_confirmed=here)
    assert ours.is_vouched_for
    imported = adopt(state(3, a=ours), [wanted()], RECORD).listings["a"]
    assert imported.last_body == offering()
    assert not imported.is_vouched_for
    theirs = here._replace(body=replace(offering(), price=Decimal(1)), at=LATER)
    held = belief(Status.MAYBE, last_confirmed=here)
    same, changed = state(9, a=held), state(9, a=replace(held, last_confirmed=theirs))
    for brought, vouched in ((same, True), (changed, False)):
        after = merge_restored(brought.by_hand(), state(3, a=held), mend=EditKind.PUSH, record=RECORD)
        assert after.listings["a"].is_vouched_for is vouched
    alone = merge_restored(same.by_hand(), None, mend=EditKind.PUSH, record=RECORD)
    assert not alone.listings["a"].is_vouched_for


@pytest.mark.parametrize(
    ("former", "why"),
    [
        (belief(Status.LIVE), "is managed already"),
        (belief(Status.MAYBE), "is managed already"),
        (belief(Status.GONE, FRENCH), "was deleted as JHSC-2014-1-F-O and cannot come back as JHSC-2014-1-E-O"),
        (belief(Status.GONE, None), "was deleted under a standard that is not known"),
    ],
)
def test_one_listing_that_cannot_be_imported_stops_all(former: Belief, why: str) -> None:
    """With its file and the reason."""
    with pytest.raises(UsageError, match=f"nothing was imported: offerings/a.yaml: a {why}"):
        adopt(state(3, a=former), [wanted("b"), wanted("a")], RECORD)
