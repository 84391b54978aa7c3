"""Which changes of a plan were reviewed: digests into a comment, and out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from offerctl import canon
from offerctl.github.marker import Marker
from offerctl.plan import Change, covers

MOST_CHARACTERS = 20_000
"""For the digests in one comment; a plan that needs more is sealed in groups."""
_DIGEST_CHARACTERS = 50
"""One digest in base64, its quotes and separators."""
_GROUP = "#"
"""Begins the key of a group; no offering's id can."""


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


def seals(changes: Sequence[Change]) -> dict[str, str]:
    """The digests that approve these changes, by id; of a very large plan, by group of ids.

    A group is approved as a whole or not at all, so that thousands of changes fit into one comment.
    """
    if sum(len(change.offering_id) + _DIGEST_CHARACTERS for change in changes) <= MOST_CHARACTERS:
        return {change.offering_id: change.digest for change in changes}
    return {key: _group_digest(group) for key, group in _groups(changes).items()}


def approved(changes: Sequence[Change], kept: Mapping[str, str], reviews: Iterable[Review]) -> dict[str, str]:
    """The digest that approves each change, by id, for `plan.split`; changes that nobody reviewed are not in it.

    `kept` are the approvals that the state still holds.
    """
    sources = [kept, *(review.digests for review in reviews)]
    found: dict[str, str] = {}
    for change in changes:
        if source := next((source for source in sources if covers(source, change)), None):
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
