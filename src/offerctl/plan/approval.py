"""What was reviewed is what is applied: the part of a plan that an approval covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from offerctl.plan.model import Change, Plan
from offerctl.state import Intent, change_digest


def covers(approved: Mapping[str, str], change: Change) -> bool:
    """Whether the digest that was approved for this id is that of this change.

    An approved replacement also covers the put that is left of it once its delete is done.
    """
    digest = approved.get(change.offering_id)
    if digest == change.digest:
        return True
    if digest is None or change.intent is not Intent.PUT:
        return False
    return digest == change_digest(Intent.REPLACE, change.offering_id, change.after)


def split(plan: Plan, approved: Mapping[str, str]) -> tuple[Plan, tuple[Change, ...]]:
    """The approved part of a plan, and the changes that nobody approved; refusals stay those of the whole plan."""
    kept: list[Change] = []
    held: list[Change] = []
    for change in plan.changes:
        (kept if covers(approved, change) else held).append(change)
    return replace(plan, changes=tuple(kept)), tuple(held)
