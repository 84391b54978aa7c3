"""Which changes of a plan were reviewed: digests into a comment, and out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from offerctl import canon
from offerctl.github.marker import Marker
from offerctl.plan import Action, Change, Plan, covers, split

MOST_CHARACTERS = 20_000
"""For the digests in one comment; a plan that needs more is sealed in groups."""
_DIGEST_CHARACTERS = 50
"""One digest in base64, its quotes and separators."""
_GROUP, _UNPROTECTED = "#", "!"
"""Begin the keys of a group, and of listings that lose their protection; no offering's id can begin so."""
_MOST_UNPROTECTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on a pull request that the workflow's bot wrote."""

    id: int
    body: str
    marker: Marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A merged pull request, and the bot's comment on it (none: a fork's, or one before there were plans)."""

    number: int
    comment: Comment | None

    @property
    def digests(self) -> Mapping[str, str]:
        """What was reviewed there."""
        return self.comment.marker.digests if self.comment else {}


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


def examine(plan: Plan, kept: Mapping[str, str], reviews: Sequence[Review]) -> Examined:
    """The parts of a plan that were reviewed and that were not; `kept` and `reviews` as for `approved`."""
    approvals = approved(plan.changes, kept, reviews)
    runs, left = split(plan, approvals)
    reviewed = {key for review in reviews for key in review.digests.items()}
    exposed = tuple(id_ for id_, seal in _unprotected(plan) if seal not in reviewed)
    protections = {id_: protect for id_, protect in plan.protections.items() if id_ not in exposed}
    return Examined(kept=replace(runs, protections=protections), approvals=approvals, left=left, exposed=exposed)


def seals(plan: Plan) -> dict[str, str]:
    """What a comment approves that shows this plan: its changes, and what loses its protection."""
    return {**_change_seals(plan.changes), **dict(seal for _, seal in _unprotected(plan))}


def _unprotected(plan: Plan) -> list[tuple[str, tuple[str, str]]]:
    """Each listing that loses its protection, with the seal that approves that; many are sealed together."""
    ids = sorted(id_ for id_, protect in plan.protections.items() if not protect)
    if len(ids) > _MOST_UNPROTECTED:
        return [(id_, (_UNPROTECTED, canon.digest(ids))) for id_ in ids]
    return [(id_, (f"{_UNPROTECTED}{id_}", canon.digest([id_]))) for id_ in ids]


def _change_seals(changes: Sequence[Change]) -> dict[str, str]:
    """The digests that approve these changes, by id; of a very large plan, by group of ids.

    A group is approved as a whole or not at all, so that thousands of changes fit into one comment. What is only
    written again needs no approval.
    """
    changes = [change for change in changes if change.action is not Action.REASSERT]
    if sum(len(change.offering_id) + _DIGEST_CHARACTERS for change in changes) <= MOST_CHARACTERS:
        return {change.offering_id: change.digest for change in changes}
    return {key: _group_digest(group) for key, group in _groups(changes).items()}


def approved(changes: Sequence[Change], kept: Mapping[str, str], reviews: Iterable[Review]) -> dict[str, str]:
    """The digest that approves each change, by id, for `plan.split`; changes that nobody reviewed are not in it.

    `kept` are the approvals that the state still holds; of `reviews` the newest is the first.
    """
    sources = [*(review.digests for review in reviews), kept]
    found = {change.offering_id: change.digest for change in changes if change.action is Action.REASSERT}
    for change in changes:
        # The newest approval of an id replaces all older ones, also where it is of another change.
        source = next((source for source in sources if change.offering_id in source), {})
        if covers(source, change):
            found[change.offering_id] = source[change.offering_id]
    # What is approved one by one is no longer part of a group: it came with another pull request.
    rest = [change for change in changes if change.offering_id not in found]
    for key, group in _groups(rest).items():
        if any(source.get(key) == _group_digest(group) for source in sources):
            found |= {change.offering_id: change.digest for change in group}
    return found


def reviewed_as(change: Change, kept: Mapping[str, str], reviews: Iterable[Review]) -> str | None:
    """The digest under which another change of the same id was reviewed, if there was one."""
    sources = [*(review.digests for review in reviews), kept]
    return next((source[change.offering_id] for source in sources if change.offering_id in source), None)


def _groups(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """At most 256 groups, by id alone: what else is in the plan moves no change into another one."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        key = _GROUP + canon.sha256(change.offering_id.encode())[:2]
        groups.setdefault(key, []).append(change)
    return groups


def _group_digest(group: Iterable[Change]) -> str:
    return canon.digest(sorted(change.digest for change in group))
