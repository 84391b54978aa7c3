"""What runs did: read from kept versions of the state, and from nothing else.

A run that ended left its receipt; one that was cut off is told by the beliefs that it wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from offerctl.offering import Offering
from offerctl.state.belief import LISTED, Belief, Status
from offerctl.state.model import RecordedChange, RunRecord, State
from offerctl.state.receipts import DONE, EditKind

CUT_OFF = "cut off"
NOTED = "noted"
BY_HAND = frozenset(kind.value for kind in EditKind)
"""Intents of what people did to a state, no run."""
PROTECTED, EXPOSED = "protect", "unprotect"
"""Intents of what a run noted of a listing's protection, beside the changes in its receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run, and the serial of the last version that it kept.

    `former` is how its listings stood before it, where the version before it is kept, and `protections` what it
    noted of them beside its changes: the receipt holds neither.
    """

    serial: int
    record: RunRecord
    newest: bool = True
    former: Mapping[str, Status] = field(default_factory=dict)
    protections: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What one run did to one listing."""

    run: PastRun
    change: RecordedChange


def runs(states: Iterable[State]) -> Iterator[PastRun]:
    """The runs of kept versions, newest first; of a run's versions its last one tells how it came out.

    For each no more versions are taken than its own and the one before. One that was cut off has no receipt: its
    changes are those that it announced and had recorded by then.
    """
    seen: set[str] = set()
    last: State | None = None
    first: State | None = None
    for state in states:
        run = state.last_run.id if state.last_run else None
        if last is not None and first is not None:
            if last.last_run and run == last.last_run.id:
                first = state
                continue
            former = state if state.checksum == first.previous else None
            yield _past(last, first, former, newest=len(seen) == 1)
            last = None
        if run is not None and run not in seen:
            seen.add(run)
            last = first = state
    if last is not None and first is not None:
        yield _past(last, first, None, newest=len(seen) == 1)


def life(states: Iterable[State], offering_id: str) -> Iterator[Moment]:
    """What was done to one listing, newest first; a run that was cut off tells what it did and was about to do."""
    for run in runs(states):
        changes = [*run.record.changes]
        if (protect := run.protections.get(offering_id)) is not None:
            noted = PROTECTED if protect else EXPOSED
            changes.append(RecordedChange(offering_id=offering_id, intent=noted, outcome=NOTED))
        yield from (Moment(run=run, change=change) for change in changes if change.offering_id == offering_id)


def _past(last: State, first: State, former: State | None, *, newest: bool) -> PastRun:
    """A run by its last version, its first, and the one that it began with (none where that is not kept)."""
    record = last.last_run
    assert record is not None
    if record.finished is None:
        record = record._replace(changes=tuple(_unrecorded(record.id, last, former or first)))
    return PastRun(
        serial=last.serial,
        record=record,
        newest=newest,
        former={id_: belief.status for id_, belief in former.listings.items()} if former else {},
        protections=_protections(former, last) if former else {},
    )


def _protections(former: State, after: State) -> dict[str, bool]:
    assert after.last_run is not None
    if any(change.intent in BY_HAND for change in after.last_run.changes):
        return {}
    both = former.listings.keys() & after.listings.keys()
    return {
        id_: after.listings[id_].protect
        for id_ in sorted(both)
        if former.listings[id_].status in LISTED and after.listings[id_].status is not Status.GONE
        if former.listings[id_].protect is not after.listings[id_].protect
    }


def _unrecorded(run: str, last: State, earlier: State) -> Iterator[RecordedChange]:
    """What a run without an end did and wanted, by the beliefs that it wrote; `earlier` tells what was there.

    A long run writes what came of it with its renewals: that was done, whatever became of the run.
    """
    for id_ in last.listings.attempted_by(run):
        belief, before = last.listings[id_], earlier.listings.get(id_)
        attempt, confirmed = belief.last_attempt, belief.last_confirmed
        assert attempt is not None
        is_done = belief.status in {Status.LIVE, Status.GONE} and confirmed is not None and confirmed.run == run
        yield RecordedChange(
            offering_id=id_,
            intent=attempt.intent.value,
            outcome=DONE if is_done else CUT_OFF,
            before=_body_before(run, before) if before else None,
            after=attempt.body,
        )


def _body_before(run: str, belief: Belief) -> Offering | None:
    """What was listed by the belief of before a run, or by the one that it wrote first."""
    by_itself = belief.last_confirmed is not None and belief.last_confirmed.run == run
    return None if by_itself or belief.status is Status.GONE else belief.last_body
