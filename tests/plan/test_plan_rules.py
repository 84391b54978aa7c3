"""What a plan makes of files and beliefs: *plan by belief* line by line, and laws for every world."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from deepdiff import DeepDiff
from hypothesis import assume, given
from hypothesis import strategies as st

from offerctl.errors import UsageError
from offerctl.offering import ATTRIBUTES, Desired, Offering
from offerctl.plan import Action, Guards, Options, Plan, change_digest, desired_digest, make
from offerctl.state import Belief, Claim, Intent, RecordedChange, RunRecord, Status
from offerctl.state.receipts import IN_DOUBT, EditKind
from support.plans import (
    ATTEMPTED,
    CONTESTED,
    FREE,
    FRENCH,
    HOME,
    NOW,
    gone,
    live,
    maybe,
    offering,
    planned,
    state,
    wanted,
    worlds,
)
from support.states import offerings

ID = "jhsc-en-01"
BODY = offering()
DEARER = offering(price=Decimal(249))
OTHER = offering(training_standard_key=FRENCH)
World = tuple[dict[str, Desired], dict[str, Belief]]


def actions(plan: Plan) -> dict[str, tuple[Action, Intent]]:
    return {change.offering_id: (change.action, change.intent) for change in plan.changes}


# *Plan by belief*


@pytest.mark.parametrize(
    ("want", "belief", "expected"),
    [
        (BODY, None, (Action.ADD, Intent.PUT)),
        (BODY, live(BODY), None),
        (DEARER, live(BODY), (Action.CHANGE, Intent.PUT)),
        (BODY, maybe(BODY, BODY), (Action.SETTLE, Intent.PUT)),
        (BODY, maybe(None, BODY), (Action.SETTLE, Intent.PUT)),
        (BODY, gone(BODY), (Action.ADD, Intent.PUT)),
        (OTHER, live(BODY), (Action.REPLACE, Intent.REPLACE)),
        (OTHER, maybe(BODY, OTHER, Intent.REPLACE), (Action.REPLACE, Intent.REPLACE)),
        (OTHER, gone(BODY), (Action.REPLACE, Intent.REPLACE)),
        (BODY, Belief(status=Status.MAYBE, key=None), (Action.REPLACE, Intent.REPLACE)),
        (BODY, CONTESTED, None),
        (OTHER, replace(CONTESTED, key=BODY.training_standard_key), None),
        (None, live(BODY), (Action.DELETE, Intent.DELETE)),
        (None, maybe(BODY, DEARER), (Action.DELETE, Intent.DELETE)),
        (None, gone(BODY), None),
        (None, CONTESTED, None),
    ],
)
def test_rule_2(want: Offering | None, belief: Belief | None, expected: tuple[Action, Intent] | None) -> None:
    """Every combination of a file and a belief leads to its one change, or to none."""
    plan = planned(wanted(want) if want else {}, {ID: belief} if belief else {})
    assert actions(plan) == ({ID: expected} if expected else {})


@pytest.mark.parametrize(
    ("want", "belief", "expected"),
    [
        (BODY, live(BODY), (Action.REASSERT, Intent.PUT)),
        (DEARER, live(BODY), (Action.CHANGE, Intent.PUT)),
        (BODY, maybe(BODY, BODY), (Action.SETTLE, Intent.PUT)),
        (None, gone(BODY), (Action.REASSERT, Intent.DELETE)),
        (BODY, CONTESTED, None),
        (None, CONTESTED, None),
    ],
)
@pytest.mark.parametrize("how", ["asked", "ephemeral"])
def test_reassert(want: Offering | None, belief: Belief, expected: tuple[Action, Intent] | None, how: str) -> None:
    """Live listings are written and tombstones deleted again, on request or where the Marketplace is wiped."""
    guards = Guards(ephemeral=how == "ephemeral")
    plan = planned(wanted(want) if want else {}, {ID: belief}, guards=guards, reassert=how == "asked")
    assert actions(plan) == ({ID: expected} if expected else {})
    assert plan.disappearing == ()


def test_a_contested_listing_is_told_and_left_alone() -> None:
    """Whether a file wants it decides whether the run can be complete."""
    plan = planned(wanted(BODY), {ID: CONTESTED, "other": CONTESTED})
    assert plan.contested == {ID: True, "other": False}
    assert plan.empty
    assert plan.unchanged == 0


def test_protect_alone_is_one_write_and_no_change() -> None:
    """It is a protection of the plan; where a listing changes as well, it goes along with that."""
    plan = planned(wanted(BODY, protect=True), {ID: live(BODY)})
    assert (plan.changes, plan.protections, plan.empty, plan.unchanged) == ((), {ID: True}, False, 1)
    assert planned(wanted(DEARER, protect=True), {ID: live(BODY)}).protections == {ID: True}
    assert planned(wanted(DEARER, protect=True), {ID: gone(BODY)}).protections == {}
    assert planned(wanted(BODY), {ID: live(BODY, protect=True)}).protections == {ID: False}


def test_a_patch_names_only_what_changed() -> None:
    """As a file may say 199 or 199.00, a form is no change."""
    plan = planned(wanted(DEARER), {ID: live(BODY)})
    assert plan.changes[0].changed == ("price",)
    assert planned(wanted(offering(price=Decimal("199.00"))), {ID: live(BODY)}).empty


def test_the_quiet_period_comes_along() -> None:
    """For a put and for a delete."""
    until = NOW + timedelta(seconds=90)
    beliefs = {ID: maybe(BODY, DEARER, quiet_until=until), "old": live(offering("old"), quiet_until=until)}
    assert [change.quiet_until for change in planned(wanted(BODY), beliefs).changes] == [until, until]


@pytest.mark.parametrize(
    ("belief", "reason"),
    [
        (maybe(BODY, DEARER), "a run was cut off while changing it"),
        (maybe(None, BODY), "a run was cut off while adding it"),
        (maybe(BODY, None, Intent.DELETE), "a run was cut off while deleting it"),
        (maybe(BODY, BODY, last_attempt=None), "what is listed is not certain"),
    ],
)
def test_a_settle_says_why(belief: Belief, reason: str) -> None:
    """By the attempt, and by whether the run that made it still stands in the state."""
    claim = Claim(id="run-2", who="a test", boot_id=None, lease_until=ATTEMPTED)
    plan = planned(wanted(BODY), state({ID: belief}, run=claim))
    assert plan.changes[0].reason == reason


def test_a_settle_after_an_answer_that_was_not_clear() -> None:
    """The run came to its end, but this change did not."""
    plan = planned(wanted(BODY), {ID: maybe(BODY, DEARER)})
    assert plan.changes[0].reason == "changing it had no clear answer"
    assert (plan.changes[0].attempted, plan.changes[0].attempted_at) == (DEARER, ATTEMPTED)


@pytest.mark.parametrize(
    ("kind", "words"),
    [(EditKind.RESTORE, "was restored"), (EditKind.PUSH, "was pushed"), (EditKind.REBUILD, "was rebuilt")],
)
def test_a_settle_after_a_state_was_brought_back_says_so(kind: EditKind, words: str) -> None:
    """No request failed: the doubt is of whoever brought the state back. What it had begun may have ended well."""
    receipt = RunRecord(
        id="by-hand",
        who="a test",
        started=NOW,
        finished=NOW,
        commit=None,
        changes=(RecordedChange(offering_id=ID, intent=kind, outcome=IN_DOUBT, before=BODY),),
    )
    quiet = planned(wanted(BODY), state({ID: maybe(BODY, BODY, last_attempt=None)}, last_run=receipt))
    assert quiet.changes[0].reason == f"its state {words}; not confirmed by a run yet"
    begun = planned(wanted(BODY), state({ID: maybe(BODY, DEARER)}, last_run=receipt)).changes[0].reason
    assert ("as far as the state that was brought back knows" in begun) is (kind is not EditKind.REBUILD)


# Laws


@given(worlds())
def test_what_is_listed_as_wanted_needs_nothing(world: World) -> None:
    """plan(x, x) is empty."""
    desired, _ = world
    beliefs = {id_: live(want.offering, protect=want.protect) for id_, want in desired.items()}
    plan = planned(desired, beliefs)
    assert plan.empty
    assert (plan.unchanged, plan.files, plan.refusals) == (len(desired), len(desired), ())


@given(worlds(), st.booleans())
def test_a_plan_that_was_run_leaves_nothing_to_do(world: World, reassert: bool) -> None:  # noqa: FBT001 - drawn
    """Put in what each change promises, and the next plan is empty."""
    desired, beliefs = world
    plan = planned(desired, beliefs, guards=FREE, reassert=reassert)
    after = dict(beliefs)
    for change in plan.changes:
        old = beliefs.get(change.offering_id)
        if change.after is not None:
            after[change.offering_id] = live(change.after, protect=desired[change.offering_id].protect)
        else:
            assert old is not None
            after[change.offering_id] = Belief(status=Status.GONE, key=old.key)
    for id_, protect in plan.protections.items():
        after[id_] = replace(after[id_], protect=protect)
    assert planned(desired, after, guards=FREE).empty


@given(worlds(), st.booleans())
def test_every_file_is_accounted_for(world: World, reassert: bool) -> None:  # noqa: FBT001 - drawn
    """It is put, unchanged or contested, and never two of them."""
    desired, beliefs = world
    plan = planned(desired, beliefs, reassert=reassert)
    put = {change.offering_id for change in plan.changes if change.after}
    contested = {id_ for id_, is_wanted in plan.contested.items() if is_wanted}
    assert not put & contested
    assert len(put) + len(contested) + plan.unchanged == len(desired) == plan.files
    assert len({change.offering_id for change in plan.changes}) == len(plan.changes)


@given(worlds(), st.booleans())
def test_the_order_is_the_protocols(world: World, reassert: bool) -> None:  # noqa: FBT001 - drawn
    """Settles and patches, adds, replaces, and then every delete; ids in order within each."""
    desired, beliefs = world
    plan = planned(desired, beliefs, guards=FREE, reassert=reassert)
    order = [Action.SETTLE, Action.CHANGE, Action.REASSERT, Action.ADD, Action.REPLACE, Action.DELETE]
    keys = [
        (change.intent is Intent.DELETE, order.index(change.action), change.offering_id) for change in plan.changes
    ]
    assert keys == sorted(keys)


def test_deletes_come_last_whatever_they_are_for() -> None:
    """A tombstone that is deleted again waits for every put, as a deletion does."""
    beliefs = {"a": gone(offering("a")), ID: live(BODY), "old": live(offering("old"))}
    plan = planned(wanted(BODY, offering("z")), beliefs, reassert=True)
    assert [(change.offering_id, change.action) for change in plan.changes] == [
        (ID, Action.REASSERT),
        ("z", Action.ADD),
        ("a", Action.REASSERT),
        ("old", Action.DELETE),
    ]


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(world: World, random: st.DataObject) -> None:
    """Nor that of the listings in the state."""
    desired, beliefs = world
    mixed = list(desired.items())
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert planned(dict(mixed), dict(reversed(beliefs.items()))) == planned(desired, beliefs)


@given(worlds(), st.data())
def test_a_selection_is_that_part_of_the_plan(world: World, data: st.DataObject) -> None:
    """What is targeted or excluded does not change what happens to the rest."""
    desired, beliefs = world
    known = sorted(desired.keys() | beliefs.keys())
    assume(known)
    some = tuple(data.draw(st.sets(st.sampled_from(known), min_size=1)))
    whole = planned(desired, beliefs, guards=FREE).changes
    targeted = planned(desired, beliefs, guards=FREE, target=some).changes
    excluded = planned(desired, beliefs, guards=FREE, exclude=some).changes
    assert targeted == tuple(change for change in whole if change.offering_id in some)
    assert excluded == tuple(change for change in whole if change.offering_id not in some)


@pytest.mark.parametrize("option", ["target", "exclude"])
def test_an_unknown_id_is_an_error(option: str) -> None:
    """It names the nearest known one, of the files and of the state."""
    chosen: dict[str, tuple[str, ...]] = {"target": (), "exclude": (), option: ("jhsc-en-02",)}
    with pytest.raises(UsageError, match=f"--{option} jhsc-en-02") as raised:
        planned({}, {ID: live(BODY)}, target=chosen["target"], exclude=chosen["exclude"])
    assert raised.value.hint == f"Did you mean {ID}?"


# What changed


@given(old=offerings(ID), new=offerings(ID), kept=st.sets(st.sampled_from(ATTRIBUTES)))
def test_what_changed_is_what_deepdiff_says_of_the_whole(old: Offering, new: Offering, kept: set[str]) -> None:
    """It is asked about what `==` tells apart alone, which changes no answer, whatever form a number has."""
    after = Offering.from_attributes({**new.attributes(), **{name: old.attributes()[name] for name in kept}})
    after = replace(after, price=after.price.quantize(Decimal("0.01")))
    found = DeepDiff(old.attributes(), after.attributes(), ignore_numeric_type_changes=True)
    said = {path for group in found.values() for path in group}
    change = planned(wanted(after), {ID: maybe(old, old)}).changes[0]
    assert {f"root['{name}']" for name in change.changed} == said
    assert [name for name in ATTRIBUTES if name in change.changed] == [*change.changed]


def test_all_is_changed_of_what_is_not_known_and_nothing_of_what_goes() -> None:
    """A new listing has all attributes, one that is deleted none."""
    changes = planned(wanted(BODY), {"old": live(offering("old"))}).changes
    assert [change.changed for change in changes] == [ATTRIBUTES, ()]


# Digests


@given(worlds())
def test_a_digest_covers_what_will_be_and_not_what_was(world: World) -> None:
    """Intent, id and body alone: what a reviewer saw survives a crash and a settle."""
    desired, beliefs = world
    for change in planned(desired, beliefs).changes:
        assert change.digest == change_digest(change.intent, change.offering_id, change.after)
        assert replace(change, before=None, reason="x", file=None).digest == change.digest


def test_a_crash_keeps_the_approval() -> None:
    """The change that was approved and the settle that finishes it have one digest."""
    change = planned(wanted(DEARER), {ID: live(BODY)}).changes[0]
    settle = planned(wanted(DEARER), {ID: maybe(BODY, DEARER)}).changes[0]
    assert (change.action, settle.action) == (Action.CHANGE, Action.SETTLE)
    assert change.digest == settle.digest


def test_different_changes_have_different_digests() -> None:
    """Another body, another id and another intent each count."""
    plans = [
        planned(wanted(BODY), {}),
        planned(wanted(DEARER), {}),
        planned(wanted(offering("other")), {}),
        planned(wanted(BODY), {ID: live(OTHER)}),
        planned(wanted(BODY), {ID: live(BODY)}),
        planned(wanted(BODY, protect=True), {ID: live(BODY)}),
    ]
    assert len({plan.digest for plan in plans}) == len(plans)
    digests = [change.digest for plan in plans for change in plan.changes]
    assert len(set(digests)) == len(digests)


def test_the_desired_digest_covers_offerings_and_not_files() -> None:
    """A renamed file is no change; a price, or `protect`, is."""
    moved = {id_: want._replace(file="elsewhere.yaml") for id_, want in wanted(BODY).items()}
    assert desired_digest(wanted(BODY)) == desired_digest(moved)
    others = [wanted(BODY), wanted(DEARER), wanted(BODY, protect=True), wanted()]
    assert len({desired_digest(other) for other in others}) == len(others)


def test_a_plan_names_its_state() -> None:
    """And none where there is none yet."""
    plan = make(
        wanted(BODY), state({}), home=HOME, options=Options(), guards=Guards(), origin=planned({}, None).origin
    )
    assert (plan.lineage, plan.serial) == (state({}).lineage, 7)
    first = planned(wanted(BODY), None)
    assert (first.lineage, first.serial, first.applied_at, first.applied_commit) == (None, None, None, None)


def test_an_id_that_is_both_wanted_and_left_out_is_an_error() -> None:
    """It would select nothing, and pass for "no changes"."""
    with pytest.raises(UsageError, match=f"--target {ID} and --exclude {ID} contradict each other"):
        planned({ID: wanted(offering(ID))[ID]}, None, target=(ID,), exclude=(ID,))
