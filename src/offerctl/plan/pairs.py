"""Deletions and additions of one plan that belong together: likely renames, and ids that differ by case alone.

For display, never for a decision: a new offeringId is a new listing, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from offerctl import canon
from offerctl.offering import Offering
from offerctl.plan.model import Action, Change


class Pair(NamedTuple):
    """The id that is deleted, and the one that is added."""

    old: str
    new: str


def renames(changes: Sequence[Change]) -> tuple[Pair, ...]:
    """Each deletion and addition that are equal but for the offeringId, where no other one is so too."""
    deleted = _by_body((c.offering_id, c.before) for c in changes if c.action is Action.DELETE)
    added = _by_body((c.offering_id, c.after) for c in changes if c.action is Action.ADD)
    both = ((old, added.get(body, [])) for body, old in deleted.items())
    return tuple(Pair(old[0], new[0]) for old, new in both if len(old) == len(new) == 1)


def differing_by_case(changes: Sequence[Change]) -> tuple[Pair, ...]:
    """Each deletion and addition whose ids differ by case alone: a Marketplace may take them for one listing."""
    deleted = {c.offering_id.casefold(): c.offering_id for c in changes if c.action is Action.DELETE}
    return tuple(
        Pair(deleted[folded], c.offering_id)
        for c in changes
        if c.action is Action.ADD and (folded := c.offering_id.casefold()) in deleted
    )


def _by_body(offerings: Iterable[tuple[str, Offering | None]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for offering_id, offering in offerings:
        if offering is not None:
            body = {**offering.attributes(), "offeringId": ""}
            found.setdefault(canon.digest(body), []).append(offering_id)
    return found
