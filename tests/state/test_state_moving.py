"""A move of a state, from both documents alone: which write comes next, and what it says (*move*)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from offerctl import canon
from offerctl.plan import Guards
from offerctl.state import Belief, Home, Intent, Place, RunRecord, State, Status, change_digest, document, moving
from offerctl.state.moving import Step, next_step
from support.plans import CONTESTED, FREE, HOME, NOW, gone, live, maybe, offering, planned, state, wanted

OLD, NEW, THIRD = (Place("prod", location) for location in ("file:old.json", "git:new", "git:third"))
RECORD = RunRecord(id="move", who="somebody", started=NOW, finished=NOW)
A, B, C = offering("a"), offering("b"), offering("c")
ALL = {"a": live(A, protect=True), "b": maybe(B, B, quiet_until=NOW), "c": gone(C), "theirs": CONTESTED}
SOURCE = replace(state(ALL), serial=7, checksum="c" * 64)
MOVED = Home("live", "https://new.example", "pro-2")


def _reserved() -> State:
    return moving.reservation(SOURCE, at=OLD, home=MOVED, record=RECORD)


def _marked() -> State:
    return replace(moving.marked(SOURCE, to=NEW, record=RECORD), checksum="d" * 64)


def _filled() -> State:
    return moving.filled(_marked(), _reserved(), home=MOVED, record=RECORD)


@pytest.mark.parametrize(
    ("source", "target", "step"),
    [
        (SOURCE, None, Step.RESERVE),
        (SOURCE, _reserved(), Step.MARK),
        (_marked(), _reserved(), Step.FILL),
        (_marked(), _filled(), Step.DONE),
        (_marked(), replace(_filled(), serial=40), Step.DONE),
        (_marked(), None, Step.LOST),
        (replace(_marked(), moved_to=THIRD), None, Step.ELSEWHERE),
        (replace(_marked(), moved_to=THIRD), _reserved(), Step.ELSEWHERE),
        (SOURCE, replace(SOURCE, lineage="another"), Step.TAKEN),
        (SOURCE, replace(_reserved(), lineage="another"), Step.TAKEN),
        (SOURCE, replace(SOURCE, serial=3), Step.TAKEN),
        (_marked(), replace(SOURCE, serial=3), Step.TAKEN),
        # What is on its way to a third home from the new one is not written over.
        (SOURCE, replace(_reserved(), serial=7), Step.TAKEN),
        (_reserved(), replace(_marked(), moved_to=THIRD), Step.ELSEWHERE),
        (replace(_reserved(), moved_to=NEW), replace(_marked(), moved_to=OLD), Step.TAKEN),
    ],
)
def test_both_documents_tell_what_comes_next(source: State, target: State | None, step: Step) -> None:
    """So a move that was cut off anywhere is finished by the same command."""
    assert next_step(source, target, to=NEW) is step


def test_a_state_can_come_back_to_where_it_was() -> None:
    """Its former home says where it went: that is a reservation as good as a new one."""
    there, here = _filled(), _marked()
    assert next_step(there, here, to=OLD) is Step.MARK
    leaving = moving.marked(there, to=OLD, record=RECORD)
    assert next_step(leaving, here, to=OLD) is Step.FILL
    back = moving.filled(leaving, here, home=HOME, record=RECORD)
    assert next_step(leaving, back, to=OLD) is Step.DONE
    assert [found.serial for found in (here, there, leaving, back)] == [8, 9, 10, 11]
    assert back.moved_to is None
    assert back.previous == here.checksum


def test_whatever_two_movers_do_in_turn_one_document_counts() -> None:
    """Of every pair of documents that a move leaves behind, at most one is not moved away."""
    for source, target in product((SOURCE, _marked()), (None, _reserved(), _filled())):
        if target is not None and target.moved_to is None and source.moved_to is None:
            assert next_step(source, target, to=NEW) is Step.TAKEN


def test_every_belief_comes_along_in_doubt() -> None:
    """Deleted ones, too, with their keys, quiet periods and protection; contested ones stay so."""
    after = _filled()
    assert (after.lineage, after.serial, after.home) == (SOURCE.lineage, 9, MOVED)
    assert {id_: belief.status for id_, belief in after.listings.items()} == {
        "a": Status.MAYBE,
        "b": Status.MAYBE,
        "c": Status.MAYBE,
        "theirs": Status.CONTESTED,
    }
    assert all(belief.body is None for belief in after.listings.values())
    for id_, former in ALL.items():
        belief = after.listings[id_]
        assert (belief.key, belief.quiet_until, belief.protect) == (former.key, former.quiet_until, former.protect)
    assert after.last_run is not None
    assert {change.offering_id for change in after.last_run.changes} == ALL.keys()


def test_a_home_that_only_changes_its_address_takes_one_swap() -> None:
    """The same beliefs, the next serial, chained to what it replaces."""
    after = moving.relabelled(SOURCE, home=MOVED, record=RECORD)
    assert (after.serial, after.previous, after.home, after.moved_to) == (8, SOURCE.checksum, MOVED, None)
    assert after.listings == _filled().listings


def test_what_was_deleted_or_is_being_deleted_is_no_deletion_for_the_guards() -> None:
    """It was permitted before; a listing whose file is gone since is counted as ever."""
    doomed = {f"old-{n}": offering(f"old-{n}") for n in range(9)}
    beliefs = {id_: gone(body) for id_, body in doomed.items()}
    beliefs |= {id_: maybe(body, None, Intent.DELETE) for id_, body in list(doomed.items())[:4]}
    before = state({**beliefs, "a": live(A), "b": live(B)})
    after = moving.relabelled(before, home=HOME, record=RECORD)
    plan = planned(wanted(A, B), after)
    assert plan.refusals == ()
    assert plan.disappearing == ("old-0", "old-1", "old-2", "old-3")
    assert {change.offering_id for change in plan.changes if change.intent is Intent.DELETE} == doomed.keys()
    refused = planned(wanted(A), after, guards=Guards(max_deletes=0))
    assert [refusal.offering_ids for refusal in refused.refusals] == [("b",)]
    emptied = planned({}, after)
    assert [(refusal.code, set(refusal.offering_ids)) for refusal in emptied.refusals] == [("empty", {"a", "b"})]
    replaced = planned(wanted(C), after, guards=FREE, target=("a", "b"))
    assert [refusal.code for refusal in replaced.refusals] == ["empty"], "what is deleted again is no listing left"


def test_what_was_put_since_counts_again() -> None:
    """A deletion that was approved once is not said to be one of something deleted, after a put in doubt."""
    approved = {"a": change_digest(Intent.DELETE, "a", None)}
    plan = planned({}, state({"a": maybe(None, A)}, approved=approved), guards=FREE)
    assert plan.disappearing == ("a",)


@pytest.mark.parametrize("belief", [live(A), Belief(status=Status.MAYBE, key=A.training_standard_key)])
def test_a_deletion_that_was_approved_and_never_begun_is_counted(belief: Belief) -> None:
    """Also of what was imported: that a review let it through lifts no guard that refused it then."""
    approved = {"a": change_digest(Intent.DELETE, "a", None)}
    plan = planned({}, state({"a": belief}, approved=approved), guards=Guards(max_deletes=0))
    assert plan.disappearing == ("a",)
    assert [refusal.code for refusal in plan.refusals] == ["empty"]


@pytest.mark.parametrize("ended", [_reserved(), _marked(), replace(SOURCE, closed=NOW)])
def test_an_offerctl_that_does_not_know_it_refuses_a_state_that_is_not_to_be_used(ended: State) -> None:
    """By its format: what reads 1 alone says that it needs a newer one, and begins nothing."""
    data = document.encode(ended)
    assert canon.parse(data)["format_version"] == "2.0"
    assert document.parse(data) == replace(ended, checksum=document.heading(data).checksum)
    assert canon.parse(document.encode(_filled()))["format_version"] == document.FORMAT_VERSION
