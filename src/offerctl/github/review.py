"""Which changes of a plan were reviewed: a plan against the approvals of reviews and of the state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from offerctl.github import texts
from offerctl.github.approvals import Approvals, losing_protection, needs_no_review
from offerctl.github.record import Record
from offerctl.plan import Change, Plan, covers, split


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment on a pull request that the workflow's bot wrote."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A merged pull request with its newest commit, the one that it came in with, and what was recorded of it.

    There is no record of a fork's, nor of one from before there were plans; nor a comment.
    """

    number: int
    head: str
    merged: str
    comment: Comment | None
    record: Record | None

    @property
    def approvals(self) -> Approvals:
        """What the record says, where the comment still is the recorded one: nothing else was shown to anybody."""
        return self.record.approvals if self.record and self.shown else Approvals()

    @property
    def shown(self) -> bool:
        """Whether the comment shows the text that was recorded."""
        if self.comment is None or self.record is None:
            return False
        return texts.shown(self.comment.body) == self.record.comment

    @property
    def doubt(self) -> str | None:
        """Why it approves nothing although there is a comment; none where it does, or never could."""
        if self.comment is None or self.shown:
            return None
        if self.record is None:
            return f"#{self.number} has a comment but no record of its newest commit: it approves nothing."
        return f"The comment on #{self.number} is not the one that was recorded: it approves nothing."

    @property
    def settings(self) -> str | None:
        """The digest of the configuration that it showed (`config.settings`); none where it showed none."""
        return self.record.settings if self.record and self.shown else None

    @property
    def settings_from(self) -> str | None:
        """The digest of the configuration from which it showed every change; none where it showed none."""
        return self.record.settings_from if self.record and self.shown else None


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
    exposed = tuple(id_ for id_ in losing_protection(plan) if not _may_lose_protection(id_, sources))
    protections = {id_: protect for id_, protect in plan.protections.items() if id_ not in exposed}
    return Examined(kept=replace(runs, protections=protections), approvals=approvals, left=left, exposed=exposed)


def approved(changes: Sequence[Change], sources: Sequence[Approvals]) -> dict[str, str]:
    """The digest that approves each change, by id, for `plan.split`; of `sources` the newest is the first."""
    found = {change.offering_id: change.digest for change in changes if needs_no_review(change)}
    for change in changes:
        if change.offering_id not in found and (digest := _of(change, sources)) is not None:
            found[change.offering_id] = digest
    return found


def speaks(offering_id: str, sources: Sequence[Approvals]) -> str | None:
    """What the newest source that speaks of this listing approves; none where no one does."""
    for source in sources:
        if offering_id in source.listings or source.withholds(offering_id):
            return source.listings.get(offering_id)
    return None


def _of(change: Change, sources: Sequence[Approvals]) -> str | None:
    """What approves this change: the first source that speaks of its listing, or that shows it beside its own."""
    id_ = change.offering_id
    for source in sources:
        if id_ in source.listings:
            return source.listings[id_] if covers(source.listings, change) else None
        if covers(source.beside, change):
            return source.beside[id_]
        if source.withholds(id_):
            return None
    return None


def _may_lose_protection(offering_id: str, sources: Iterable[Approvals]) -> bool:
    """By the newest source that says anything of it."""
    said = (source.unprotects(offering_id) for source in sources)
    return next((may for may in said if may is not None), False)
