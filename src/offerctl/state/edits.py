"""Edits of a state by hand: what leaves it, what comes into it, and how sure that is. Pure.

Whatever comes into a state without an answer of the Marketplace is in doubt (*beliefs, never facts*, *state lost*)
and the next apply settles it. Each function gives the next document of the state: the claim of a run that has
ended is taken off, and the receipt names every listing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from offerctl.errors import StateForeign, UsageError
from offerctl.offering import Desired, Offering
from offerctl.standards import StandardKey
from offerctl.state.belief import LISTED, Belief, Status
from offerctl.state.checksum import ZEROS
from offerctl.state.claims import LEAST_PREFIX, in_doubt_by
from offerctl.state.listings import Listings
from offerctl.state.model import Claim, Home, RecordedChange, RunRecord, State
from offerctl.state.receipts import DONE, IN_DOUBT, EditKind
from offerctl.wording import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What old files tell of one id: its key (none: it had several), and whether it was protected at last."""

    key: StandardKey | None
    protect: bool = False


def forget(state: State, offering_id: str, record: RunRecord) -> State:
    """Without the belief of one listing, and without an approval of its change.

    That of a contested one stays: what was reviewed is what is tried again.

    Raises:
        UsageError: nothing is believed of that id.
    """
    belief = belief_of(state, offering_id)
    change = RecordedChange(offering_id=offering_id, intent=EditKind.FORGET, outcome=DONE, before=belief.last_body)
    following = _following(state, record, (change,)).with_beliefs({offering_id: None})
    if belief.status is Status.CONTESTED:
        return following
    return replace(following, approved={id_: d for id_, d in state.approved.items() if id_ != offering_id})


def unlock(state: State, run: str, record: RunRecord) -> State:
    """Without the claim of the run whose id begins so. Its listings stay in doubt, and as quiet as before.

    Raises:
        UsageError: no run has a claim, or another one.
    """
    claim = _claim(state, run)
    left = (
        RecordedChange(offering_id=id_, intent=EditKind.UNLOCK, outcome=IN_DOUBT, before=belief.last_body)
        for id_, belief in in_doubt_by(state, claim.id).items()
    )
    return _following(state, record, tuple(left))


def adopt(state: State, wants: Sequence[Desired], record: RunRecord) -> State:
    """With listings that exist already: in doubt, under the key of their file. A known quiet period is kept.

    All of them or none.

    Raises:
        UsageError: listings that are managed already, or were deleted under another key; with every reason.
    """
    refused = [reason for want in wants for reason in _not_importable(want, state)]
    if refused:
        raise UsageError(f"nothing was imported: {'; '.join(refused)}")
    changes = tuple(
        RecordedChange(
            offering_id=want.offering.offering_id, intent=EditKind.IMPORT, outcome=IN_DOUBT, after=want.offering
        )
        for want in wants
    )
    return _following(state, record, changes).with_beliefs(
        {want.offering.offering_id: _imported(want, state) for want in wants}
    )


def merge_restored(
    brought: State,
    newest: State | None,
    *,
    mend: EditKind,
    record: RunRecord,
    beyond: int = 0,
    unread_until: datetime | None = None,
) -> State:
    """The union of what a document says and of what is known now, as beliefs in doubt.

    `newest` is the present state, or where that cannot be read the newest kept version that can; `unread_until` is
    given only then: now + lease + W. `beyond` is the highest serial that may have been in use.

    Every id of either becomes `maybe`, a tombstone too: the document may be older than a later add. Keys that
    differ become unknown; a protection of either holds; the later quiet period holds. The exception is
    `contested`, which stays so where the later document that knows the id says it: in doubt it could be deleted,
    and it may be somebody else's. Where only the earlier one says it, an import has since decided that it is ours.
    Nothing is sent for a contested listing, so this errs on the side that does no harm. Approvals and the commit
    last applied are those of `newest`.
    """
    sources = sorted((s for s in (newest, brought) if s), key=lambda state: state.serial, reverse=True)
    ids = {id_: None for state in sources for id_ in state.listings}
    beliefs: dict[str, Belief | None] = {
        id_: together([s.listings[id_] for s in sources if id_ in s.listings], unread_until) for id_ in ids
    }
    changes = tuple(
        RecordedChange(offering_id=id_, intent=mend, outcome=IN_DOUBT, before=_known_body(newest, id_))
        for id_ in ids
    )
    base = newest or replace(brought, approved={}, applied_commit=None)
    following = _following(base, record, changes).with_beliefs(beliefs)
    serial = max(beyond, *(state.serial for state in sources)) + 1
    # Only the very first document follows none; what cannot be read any more has no checksum.
    previous = following.previous or (ZEROS if serial > 1 else None)
    return replace(following, serial=serial, previous=previous, moved_to=None, closed=None)


def remembered(ids: Mapping[str, Remembered], *, home: Home, lineage: str) -> State:
    """What the history of the files remembers, as a state older than every document."""
    listings = {
        id_: Belief(status=Status.MAYBE, key=found.key, protect=found.protect) for id_, found in ids.items()
    }
    return State(lineage=lineage, home=home, listings=Listings(listings))


def check_ours(found: State, *, home: Home, lineage: str | None, what: str) -> None:
    """Refuse a document of another environment, Marketplace, provider or lineage (none: any lineage is ours).

    Raises:
        StateForeign: `what` is not ours.
    """
    theirs = (*found.home, found.lineage)
    ours = (*home, found.lineage if lineage is None else lineage)
    for name, their, our in zip((*Home._fields, "lineage"), theirs, ours, strict=True):
        if their != our:
            raise StateForeign(
                f"{what} belongs to {name} {their!r}, not to {our!r}. Nothing was written.",
                hint="States of different Marketplaces, providers or lineages are never mixed.",
            )


def belief_of(state: State, offering_id: str) -> Belief:
    """What is believed of a listing.

    Raises:
        UsageError: nothing, with the nearest id.
    """
    belief = state.listings.get(offering_id)
    if belief is None:
        raise UsageError(
            f"the state of {state.home.environment} knows no listing {offering_id}",
            hint=did_you_mean(offering_id, state.listings),
        )
    return belief


def _following(state: State, record: RunRecord, changes: tuple[RecordedChange, ...]) -> State:
    return replace(state.successor(record._replace(changes=changes)), run=None)


def _claim(state: State, run: str) -> Claim:
    environment, claim = state.home.environment, state.run
    if claim is None:
        raise UsageError(f"no run holds the state of {environment}: there is nothing to unlock")
    if claim.id != run and not (len(run) >= LEAST_PREFIX and claim.id.startswith(run)):
        raise UsageError(
            f"the state of {environment} is held by run {claim.id} ({claim.who}), not by {run}",
            hint=f"If that run is surely dead: offerctl state unlock {claim.id} -e {environment}",
        )
    return claim


def _not_importable(want: Desired, state: State) -> Iterator[str]:
    id_, key = want.offering.offering_id, want.offering.training_standard_key
    belief = state.listings.get(id_)
    if belief is None or belief.status is Status.CONTESTED:
        return
    if belief.status in LISTED:
        yield f"{want.file}: {id_} is managed already"
    elif belief.key != key:
        was = f"as {belief.key}" if belief.key else "under a standard that is not known"
        yield f"{want.file}: {id_} was deleted {was} and cannot come back as {key}; give it another offeringId"


def _imported(want: Desired, state: State) -> Belief:
    former = state.listings.get(want.offering.offering_id)
    return Belief(
        status=Status.MAYBE,
        key=want.offering.training_standard_key,
        quiet_until=former.quiet_until if former else None,
        protect=want.protect,
        last_confirmed=former.by_hand().last_confirmed if former else None,
    )


def together(beliefs: Sequence[Belief], unread_until: datetime | None) -> Belief:
    """One belief of several of the same id, the latest first."""
    keys = {belief.key for belief in beliefs}
    confirmed = [belief.last_confirmed for belief in beliefs if belief.last_confirmed]
    # An attempt that had its answer says nothing about the doubt.
    attempts = [b.last_attempt for b in beliefs if b.last_attempt and b.status is Status.MAYBE]
    return Belief(
        status=Status.CONTESTED if beliefs[0].status is Status.CONTESTED else Status.MAYBE,
        key=keys.pop() if len(keys) == 1 else None,
        quiet_until=_latest([*(belief.quiet_until for belief in beliefs), unread_until]),
        protect=any(belief.protect for belief in beliefs),
        last_confirmed=max(confirmed, key=lambda last: (last.at, not last.by_hand), default=None),
        last_attempt=max(attempts, key=lambda last: last.at, default=None),
    )


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


def _known_body(state: State | None, offering_id: str) -> Offering | None:
    belief = state.listings.get(offering_id) if state else None
    return belief.last_body if belief else None
