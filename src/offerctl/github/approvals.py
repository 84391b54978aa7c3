"""What a review approves, as a value: the digests of the changes that it showed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from offerctl import canon
from offerctl.plan import Action, Change, Plan

MOST_CHARACTERS = 20_000
"""For the digests in one comment; the changes of a plan that needs more are approved in groups."""
_DIGEST_CHARACTERS = 50
"""One digest in base64, its quotes and separators."""
_MOST_UNPROTECTED = 100
_GROUPS = 256
_NOTHING = "0" * 64
"""The digest of nothing that could be wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """What one review, or the state, approves.

    `listings` is, by id, the digest of what the files make of a listing: it decides for that listing, whatever
    older approvals say. `beside` has changes that the plan showed though the pull request does not touch their
    files: they are approved, and decide nothing else. `groups` are the digests of many changes each, by `group_of`
    their ids: a group is approved as a whole or not at all. `unprotected` are listings that lose their protection,
    and `all_unprotected` is the digest of the ids where they are very many.
    """

    listings: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    unprotected: frozenset[str] = frozenset()
    all_unprotected: str | None = None

    def unprotects(self, offering_id: str, losing: Sequence[str]) -> bool | None:
        """Whether that one of all listings `losing` their protection may; none where nothing is said of it."""
        if is_many(losing) and self.all_unprotected is not None:
            return self.all_unprotected == canon.digest(losing)
        if not is_many(losing) and offering_id in self.unprotected:
            return True
        return False if offering_id in self.listings else None


def approvals_of(plan: Plan, touched: Mapping[str, str] | None = None) -> Approvals:
    """What a comment approves that shows this plan.

    `touched` are the listings whose files the pull request changes, with the digest of what it makes of them
    (none: nobody knows). What others' files say is approved too, as it is shown, but it does not speak for these
    listings; where there is no room for all, it is left to their own reviews.
    """
    changes = [c for c in plan.changes if not needs_no_review(c)]
    own = [c for c in changes if touched is None or c.offering_id in touched]
    listings = {**(touched or {}), **{c.offering_id: c.digest for c in own}}
    beside = {c.offering_id: c.digest for c in changes if c.offering_id not in listings}
    found = Approvals(listings=listings, beside=beside)
    if _length(listings, beside) > MOST_CHARACTERS:
        found = _in_groups(own, touched or {})
    losing = losing_protection(plan)
    if is_many(losing):
        return replace(found, all_unprotected=canon.digest(losing))
    return replace(found, unprotected=frozenset(losing))


def needs_no_review(change: Change) -> bool:
    """Whether it only makes sure of what was confirmed."""
    return change.action is Action.REASSERT or (
        change.action is Action.SETTLE and change.after is not None and change.after == change.before
    )


def losing_protection(plan: Plan) -> list[str]:
    """The listings that would no longer be protected."""
    return sorted(id_ for id_, protect in plan.protections.items() if not protect)


def is_many(losing: Sequence[str]) -> bool:
    """Whether the loss of so many protections is approved as one."""
    return len(losing) > _MOST_UNPROTECTED


def group_of(offering_id: str) -> str:
    """The group of a listing, by its id alone: what else is in a plan moves no change into another one."""
    return canon.sha256(offering_id.encode())[:2]


def group_digest(group: Iterable[Change]) -> str:
    """What approves a group of changes."""
    return canon.digest(sorted(change.digest for change in group))


def _in_groups(own: Sequence[Change], touched: Mapping[str, str]) -> Approvals:
    """The changes by group; listings without one by themselves, as far as there is room for them.

    A group with the others approves nothing, so that what was approved of them before waits for a human.
    """
    members: dict[str, list[Change]] = {}
    for change in own:
        members.setdefault(group_of(change.offering_id), []).append(change)
    groups = {group: group_digest(changes) for group, changes in members.items()}
    listings: dict[str, str] = {}
    for id_ in sorted(touched.keys() - {change.offering_id for change in own}):
        if _length(groups, listings) < MOST_CHARACTERS - _GROUPS * _DIGEST_CHARACTERS:
            listings[id_] = touched[id_]
        else:
            groups.setdefault(group_of(id_), _NOTHING)
    return Approvals(listings=listings, groups=groups)


def _length(*found: Mapping[str, str]) -> int:
    """Characters that they take in a comment; each key may have a sign before it."""
    return sum(len(key) + 1 + _DIGEST_CHARACTERS for digests in found for key in digests)
