"""The guards: what a plan may not do unless it was said in so many words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from offerctl.offering import Desired
from offerctl.plan import Guards
from offerctl.state import Belief, Status
from support.plans import CONTESTED, FRENCH, gone, live, maybe, offering, planned, wanted, worlds

KEPT = offering("kept")


def listed(number: int, *, kept: int = 1) -> tuple[dict[str, Desired], dict[str, Belief]]:
    """So many listings whose files are gone, and so many that stay."""
    staying = [offering(f"kept-{i:02}") for i in range(kept)]
    leaving = [offering(f"old-{i:02}") for i in range(number)]
    return wanted(*staying), {body.offering_id: live(body) for body in (*staying, *leaving)}


def codes(desired: dict[str, Desired], beliefs: dict[str, Belief], **more: Any) -> list[str]:
    return [refusal.code for refusal in planned(desired, beliefs, **more).refusals]


@pytest.mark.parametrize(
    ("deleted", "kept", "options", "refused"),
    [
        (3, 1, {}, []),
        (4, 1, {}, ["deletes"]),
        (4, 1, {"allow_deletes": 4}, []),
        (4, 1, {"allow_deletes": 3}, ["deletes"]),
        (4, 1, {"allow_deletes": "all"}, []),
        (1, 1, {"allow_deletes": 0}, ["deletes"]),
        (3, 7, {}, []),
        (4, 6, {"allow_deletes": 4}, []),
        (1, 0, {}, ["empty"]),
        (1, 0, {"allow_deletes": 1}, ["empty"]),
        (1, 0, {"allow_deletes": "all"}, []),
        (30, 70, {}, ["deletes"]),
    ],
)
def test_deletions(deleted: int, kept: int, options: dict[str, Any], refused: list[str]) -> None:
    """So many at once, and never the last listing, unless it is said."""
    assert codes(*listed(deleted, kept=kept), **options) == refused


@pytest.mark.parametrize(
    ("deleted", "kept", "refused"),
    [(30, 70, []), (31, 69, ["deletes"]), (3, 7, []), (4, 6, ["deletes"]), (5, 4, [])],
)
def test_a_share_of_many(deleted: int, kept: int, refused: list[str]) -> None:
    """More than three of ten listings are refused however many are allowed; of fewer than ten no share counts."""
    assert codes(*listed(deleted, kept=kept), guards=Guards(max_deletes=1000)) == refused


def test_doubtful_listings_count_and_tombstones_do_not() -> None:
    """What may be there may disappear."""
    bodies = [offering(f"old-{i}") for i in range(8)]
    beliefs = {body.offering_id: maybe(body, body) if i < 4 else gone(body) for i, body in enumerate(bodies)}
    plan = planned(wanted(KEPT), {**beliefs, "kept": live(KEPT)}, reassert=True)
    assert [(refusal.code, len(refusal.offering_ids)) for refusal in plan.refusals] == [("deletes", 4)]
    assert len(plan.disappearing) == 4


def test_replacements_do_not_count_as_deletions() -> None:
    """They are refused, or allowed, on their own."""
    bodies = [offering(f"id-{i}") for i in range(6)]
    french = wanted(*(offering(f"id-{i}", training_standard_key=FRENCH) for i in range(6)))
    beliefs = {body.offering_id: live(body) for body in bodies}
    assert codes(french, beliefs) == ["replace"] * 6
    assert codes(french, beliefs, allow_replace=True) == []
    assert codes(french, beliefs, guards=Guards(allow_replace=True)) == []


def test_a_refused_replacement_says_both_ways_on() -> None:
    """A new id for the course in the other language, or the option."""
    french = offering("jhsc-en-02", training_standard_key=FRENCH)
    [refusal] = planned(wanted(french), {"jhsc-en-02": live(offering("jhsc-en-02"))}).refusals
    assert refusal.message == (
        "jhsc-en-02 was last applied as JHSC-2014-1-E-O and cannot become JHSC-2014-1-F-O. Give the French course "
        "an offeringId of its own (the old one is deleted when its file goes), or allow a delete and an add with "
        "--allow-replace."
    )


def test_an_unknown_standard_is_refused_in_its_own_words() -> None:
    """After a rebuild nobody may know as what it is listed."""
    [refusal] = planned(wanted(KEPT), {"kept": Belief(status=Status.MAYBE, key=None)}).refusals
    assert refusal.code == "replace"
    assert "may be listed under another training standard" in refusal.message


def test_no_file_at_all_is_refused_while_there_are_listings() -> None:
    """It is more often a wrong folder than a wish."""
    [refusal] = planned({}, {"kept": live(KEPT)}).refusals
    assert refusal.message == "There is no offering file, so every listing would be deleted."
    assert refusal.hint == "If that is what you want: --allow-deletes all"
    assert codes({}, {"kept": gone(KEPT)}) == []
    assert codes({}, {}) == []


def test_no_file_at_all_is_told_of_what_was_selected() -> None:
    """What nobody selected would stay."""
    both = {"kept": live(KEPT), "other": live(offering("other"))}
    for plan in (planned({}, both, target=("kept",)), planned({}, both, exclude=("other",))):
        [refusal] = plan.refusals
        assert refusal.message == "There is no offering file, so 1 of 2 listings would be deleted."


def test_moving_every_course_to_new_ids_leaves_listings() -> None:
    """What is added counts as listed afterwards."""
    assert codes(wanted(offering("new")), {"old": live(offering("old"))}) == []


def test_what_is_protected_is_neither_deleted_nor_replaced() -> None:
    """By what the state recorded, since the file may be gone; and --allow-deletes does not lift it."""
    beliefs = {"old": live(offering("old"), protect=True), "kept": live(KEPT)}
    assert codes(wanted(KEPT), beliefs, allow_deletes="all") == ["protected"]
    replaced = wanted(KEPT, offering("old", training_standard_key=FRENCH))
    assert codes(replaced, beliefs, allow_replace=True) == ["protected"]
    assert codes(wanted(KEPT), beliefs, exclude=("old",)) == []


def test_a_contested_listing_is_no_deletion() -> None:
    """Nothing is sent for it."""
    assert codes({}, {"theirs": CONTESTED}) == []


def test_what_may_be_listed_is_left() -> None:
    """A listing in doubt that the plan does not touch counts as one that stays."""
    beliefs = {"old": live(offering("old")), "doubt": maybe(KEPT, KEPT), "theirs": CONTESTED}
    desired = wanted(offering("theirs"))
    assert codes(desired, beliefs, target=("old",)) == []
    assert codes(desired, {**beliefs, "doubt": gone(KEPT)}, target=("old",)) == ["empty"]


@given(worlds())
def test_excluding_what_is_refused_leads_on(world: tuple[dict[str, Desired], dict[str, Belief]]) -> None:
    """Each refusal names ids that the next plan can leave out, until nothing is refused."""
    desired, beliefs = world
    excluded: set[str] = set()
    while plan_refusals := planned(desired, beliefs, exclude=tuple(excluded)).refusals:
        refused = {id_ for refusal in plan_refusals for id_ in refusal.offering_ids}
        assert refused
        assert not refused & excluded
        excluded |= refused


def test_the_way_to_unprotect_begins_where_the_file_is() -> None:
    """Where there is none it must come back first; of a replacement it is there."""
    kept = {"kept": live(KEPT, protect=True), "b": live(offering("b"))}
    [deleted] = planned(wanted(offering("b")), kept).refusals
    assert deleted.hint == "Bring its file back, with `protect: false` in it, and apply that first."
    french = wanted(offering("kept", training_standard_key=FRENCH), offering("b"))
    [replaced] = planned(french, kept, allow_replace=True).refusals
    assert replaced.hint == "Set `protect: false` in its file and apply that first."
