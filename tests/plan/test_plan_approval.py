"""What was reviewed is what is applied."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from offerctl.offering import Offering
from offerctl.plan import Action, Options, Origin, Plan, covers, make, split
from offerctl.state import Belief, Intent
from support.plans import FREE, FRENCH, HOME, live, maybe, offering, state, wanted

OLD, NEW = offering("a"), offering("a", price=Decimal(249))
OTHER = offering("b")


def plan_of(beliefs: dict[str, Belief], *offerings: Offering) -> Plan:
    return make(wanted(*offerings), state(beliefs), home=HOME, options=Options(), guards=FREE, origin=Origin())


def test_only_what_was_approved_is_left() -> None:
    """A change that nobody reviewed is held, with the digest that would approve it."""
    plan = plan_of({"a": live(OLD)}, NEW, OTHER)
    approved = {change.offering_id: change.digest for change in plan.changes if change.offering_id == "a"}
    kept, held = split(plan, approved)
    assert [change.offering_id for change in kept.changes] == ["a"]
    assert [change.offering_id for change in held] == ["b"]


def test_another_price_is_another_digest() -> None:
    """What was approved at 249 is not approved at 250."""
    approved = {c.offering_id: c.digest for c in plan_of({"a": live(OLD)}, NEW).changes}
    dearer = plan_of({"a": live(OLD)}, replace(NEW, price=Decimal(250)))
    assert split(dearer, approved)[0].changes == ()


def test_an_approved_change_survives_a_crash() -> None:
    """Settled instead of changed: the same intent and body, so no new review."""
    approved = {c.offering_id: c.digest for c in plan_of({"a": live(OLD)}, NEW).changes}
    settling = plan_of({"a": maybe(OLD, NEW)}, NEW)
    assert [change.action for change in settling.changes] == [Action.SETTLE]
    assert covers(approved, settling.changes[0])


def test_an_approved_replacement_covers_the_put_that_is_left_of_it() -> None:
    """Deleted, killed: what remains is an add of the same body. The reverse is not approved."""
    french = replace(OLD, training_standard_key=FRENCH)
    replacing = plan_of({"a": live(OLD)}, french)
    assert replacing.changes[0].intent is Intent.REPLACE
    approved = {c.offering_id: c.digest for c in replacing.changes}
    left = plan_of({"a": maybe(None, french, key=FRENCH)}, french)
    assert covers(approved, left.changes[0])
    put = {c.offering_id: c.digest for c in left.changes}
    assert not covers(put, replacing.changes[0])
