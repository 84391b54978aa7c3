"""Which changes of a plan were reviewed: a plan against the approvals of reviews and of the state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from offerctl.github.approvals import Approvals, group_digest, group_of, losing_protection, needs_no_review
from offerctl.github.marker import Marker
from offerctl.plan import Change, Plan, covers, split


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
    def approvals(self) -> Approvals:
        """What was reviewed there: nothing where the comment is of an older push."""
        if self.comment is None or self.comment.marker.commit != self.head:
            return Approvals()
        return self.comment.marker.approvals


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


def examine(plan: Plan, sources: Sequence[Approvals]) -> Examined:
    """The parts of a plan that were reviewed and that were not; of `sources` the newest is the first.

    The newest source that speaks of a listing decides, whatever older ones say.
    """
    approvals = approved(plan.changes, sources)
    runs, left = split(plan, approvals)
    losing = losing_protection(plan)
    exposed = tuple(id_ for id_ in losing if not _may_lose_protection(id_, losing, sources))
    protections = {id_: protect for id_, protect in plan.protections.items() if id_ not in exposed}
    return Examined(kept=replace(runs, protections=protections), approvals=approvals, left=left, exposed=exposed)


def approved(changes: Sequence[Change], sources: Sequence[Approvals]) -> dict[str, str]:
    """The digest that approves each change, by id, for `plan.split`; of `sources` the newest is the first."""
    found = {change.offering_id: change.digest for change in changes if needs_no_review(change)}
    groups: dict[tuple[int, str], list[tuple[Change, str | None]]] = {}
    for change in changes:
        if change.offering_id in found:
            continue
        place, digest = _single(change, sources)
        group = group_of(change.offering_id)
        if (newer := next((n for n in range(place) if group in sources[n].groups), None)) is not None:
            groups.setdefault((newer, group), []).append((change, digest))
        elif digest is not None:
            found[change.offering_id] = digest
    for (number, group), members in groups.items():
        found |= _of_group(members, sources[number].groups[group])
    return found


def speaks(offering_id: str, sources: Sequence[Approvals]) -> str | None:
    """What the newest source that speaks of this listing approves; none where no one does."""
    return next((source.listings[offering_id] for source in sources if offering_id in source.listings), None)


def _single(change: Change, sources: Sequence[Approvals]) -> tuple[int, str | None]:
    """The number of the first source that speaks of this change or approves it, and what approves it."""
    id_ = change.offering_id
    for number, source in enumerate(sources):
        if id_ in source.listings:
            return number, source.listings[id_] if covers(source.listings, change) else None
        if covers(source.beside, change):
            return number, source.beside[id_]
    return len(sources), None


def _of_group(members: Sequence[tuple[Change, str | None]], approved_group: str) -> dict[str, str]:
    """The approvals of those that a group's digest speaks for.

    A group is approved as a whole or not at all. What was approved before it may or may not have been part of it.
    """
    everything = [change for change, _ in members]
    others = [change for change, digest in members if digest is None]
    if approved_group not in {group_digest(group) for group in (everything, others) if group}:
        return {}
    return {change.offering_id: digest or change.digest for change, digest in members}


def _may_lose_protection(offering_id: str, losing: Sequence[str], sources: Iterable[Approvals]) -> bool:
    """By the newest source that says anything of it."""
    said = (source.unprotects(offering_id, losing) for source in sources)
    return next((may for may in said if may is not None), False)
