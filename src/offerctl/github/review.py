"""Which changes of a plan were reviewed: digests into a comment, and out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from offerctl import canon
from offerctl.github.marker import Marker
from offerctl.plan import Action, Change, Plan, covers, split

Seals = Mapping[str, str]
"""What one review, or the state, approves: digests by key.

`ID` is what the files say of a listing, `!ID` that it loses its protection, `#xx` a group of changes, and `+ID` a
change that the plan showed though the pull request does not touch its file.
"""
MOST_CHARACTERS = 20_000
"""For the digests in one comment; a plan that needs more is sealed in groups."""
_DIGEST_CHARACTERS = 50
"""One digest in base64, its quotes and separators."""
_BESIDE, _GROUP, _UNPROTECTED = "+", "#", "!"
"""Begin the keys that are no ids; no offering's id can begin so."""
_MOST_UNPROTECTED = 100
_NOTHING = "0" * 64
"""The digest of nothing that could be wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on a pull request that the workflow's bot wrote."""

    id: int
    body: str
    marker: Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A merged pull request with its newest commit, the one that it came in with, and the bot's comment on it.

    There is no comment on that of a fork, nor on one from before there were plans.
    """

    number: int
    head: str
    merged: str
    comment: Comment | None

    @property
    def seals(self) -> Seals:
        """What was reviewed there: nothing where the comment is of an older push."""
        if self.comment is None or self.comment.marker.commit != self.head:
            return {}
        return self.comment.marker.digests


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A plan by what was reviewed of it.

    `kept` may run, under these `approvals`. Nobody approved the changes in `left`, nor that listings in `exposed`
    lose their protection.
    """

    kept: Plan
    approvals: dict[str, str]
    left: tuple[Change, ...]
    exposed: tuple[str, ...]

    @property
    def rest(self) -> Plan | None:
        """What was not reviewed, as a plan of its own; none where all of it was."""
        if not self.left and not self.exposed:
            return None
        return replace(self.kept, changes=self.left, protections=dict.fromkeys(self.exposed, False))


def examine(plan: Plan, sources: Sequence[Seals]) -> Examined:
    """The parts of a plan that were reviewed and that were not; of `sources` the newest is the first.

    The newest source that speaks of a listing decides, whatever older ones say.
    """
    approvals = approved(plan.changes, sources)
    runs, left = split(plan, approvals)
    exposed = tuple(id_ for id_, seal in _unprotected(plan) if not _may_lose_protection(id_, seal, sources))
    protections = {id_: protect for id_, protect in plan.protections.items() if id_ not in exposed}
    return Examined(kept=replace(runs, protections=protections), approvals=approvals, left=left, exposed=exposed)


def seals(plan: Plan, touched: Seals | None = None) -> dict[str, str]:
    """What a comment approves that shows this plan.

    `touched` are the listings whose files the pull request changes, with the digest of what it makes of them
    (none: nobody knows). What others' files say is approved too, as it is shown, but it does not speak for these
    listings; where there is no room for all, it is left to their own reviews.
    """
    changes = [c for c in plan.changes if not needs_no_review(c)]
    own = {c.offering_id: c.digest for c in changes if touched is None or c.offering_id in touched}
    beside = [c for c in changes if c.offering_id not in own]
    single = {**(touched or {}), **own, **{f"{_BESIDE}{c.offering_id}": c.digest for c in beside}}
    if _length(single) > MOST_CHARACTERS:
        single = _sealed_in_groups([c for c in changes if c.offering_id in own], touched or {})
    return {**single, **dict(seal for _, seal in _unprotected(plan))}


def _sealed_in_groups(own: Sequence[Change], touched: Seals) -> dict[str, str]:
    """The changes by group; listings without one by themselves, as far as there is room for them.

    A group with the others approves nothing, so that what was approved of them before waits for a human.
    """
    found = {key: _group_digest(group) for key, group in _groups(own).items()}
    changing = {change.offering_id for change in own}
    for id_ in sorted(touched.keys() - changing):
        if _length(found) < MOST_CHARACTERS - 256 * _DIGEST_CHARACTERS:
            found[id_] = touched[id_]
        else:
            found.setdefault(_group_key(id_), _NOTHING)
    return found


def _length(found: Seals) -> int:
    return sum(len(key) + _DIGEST_CHARACTERS for key in found)


def needs_no_review(change: Change) -> bool:
    """Whether it only makes sure of what was confirmed."""
    return change.action is Action.REASSERT or (
        change.action is Action.SETTLE and change.after is not None and change.after == change.before
    )


def approved(changes: Sequence[Change], sources: Sequence[Seals]) -> dict[str, str]:
    """The digest that approves each change, by id, for `plan.split`; of `sources` the newest is the first."""
    found = {change.offering_id: change.digest for change in changes if needs_no_review(change)}
    groups: dict[tuple[int, str], list[tuple[Change, str | None]]] = {}
    for change in changes:
        if change.offering_id in found:
            continue
        place, digest = _single(change, sources)
        key = _group_key(change.offering_id)
        if (newer := next((n for n in range(place) if key in sources[n]), None)) is not None:
            groups.setdefault((newer, key), []).append((change, digest))
        elif digest is not None:
            found[change.offering_id] = digest
    for (number, key), members in groups.items():
        found |= _of_group(members, sources[number][key])
    return found


def speaks(offering_id: str, sources: Sequence[Seals]) -> str | None:
    """What the newest source that speaks of this listing approves; none where no one does."""
    return next((source[offering_id] for source in sources if offering_id in source), None)


def _single(change: Change, sources: Sequence[Seals]) -> tuple[int, str | None]:
    """The number of the first source that speaks of this change or approves it, and what approves it."""
    id_ = change.offering_id
    for number, source in enumerate(sources):
        if id_ in source:
            return number, source[id_] if covers(source, change) else None
        beside = {id_: source[key]} if (key := f"{_BESIDE}{id_}") in source else {}
        if covers(beside, change):
            return number, beside[id_]
    return len(sources), None


def _of_group(members: Sequence[tuple[Change, str | None]], seal: str) -> dict[str, str]:
    """The approvals of those that a group's seal speaks for.

    A group is approved as a whole or not at all. What was approved before it may or may not have been part of it.
    """
    everything = [change for change, _ in members]
    others = [change for change, digest in members if digest is None]
    if seal not in {_group_digest(group) for group in (everything, others) if group}:
        return {}
    return {change.offering_id: digest or change.digest for change, digest in members}


def _may_lose_protection(offering_id: str, seal: tuple[str, str], sources: Iterable[Seals]) -> bool:
    key, digest = seal
    for source in sources:
        if source.get(key) == digest:
            return True
        if offering_id in source or key in source:
            return False
    return False


def _unprotected(plan: Plan) -> list[tuple[str, tuple[str, str]]]:
    """Each listing that loses its protection, with the seal that approves that; many are sealed together."""
    ids = sorted(id_ for id_, protect in plan.protections.items() if not protect)
    if len(ids) > _MOST_UNPROTECTED:
        return [(id_, (_UNPROTECTED, canon.digest(ids))) for id_ in ids]
    return [(id_, (f"{_UNPROTECTED}{id_}", canon.digest([id_]))) for id_ in ids]


def _groups(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """At most 256 groups, by id alone: what else is in the plan moves no change into another one."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(_group_key(change.offering_id), []).append(change)
    return groups


def _group_key(offering_id: str) -> str:
    return _GROUP + canon.sha256(offering_id.encode())[:2]


def _group_digest(group: Iterable[Change]) -> str:
    return canon.digest(sorted(change.digest for change in group))
