"""What runs did: read from the receipts in kept versions of the state, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from offerctl.state.belief import LISTED, Status
from offerctl.state.edits import EditKind
from offerctl.state.model import RecordedChange, RunRecord, State

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

    For each no more versions are taken than its own and the one before.
    """
    return (run for run, _ in _runs(states))


def life(states: Iterable[State], offering_id: str) -> Iterator[Moment]:
    """What was done to one listing, newest first; a run that was cut off tells what it was about to do."""
    for run, state in _runs(states):
        record = run.record
        changes = [*(record.changes if record.finished else _intended(state, offering_id, record.id))]
        if (protect := run.protections.get(offering_id)) is not None:
            noted = PROTECTED if protect else EXPOSED
            changes.append(RecordedChange(offering_id=offering_id, intent=noted, outcome=NOTED))
        yield from (Moment(run=run, change=change) for change in changes if change.offering_id == offering_id)


def _runs(states: Iterable[State]) -> Iterator[tuple[PastRun, State]]:
    """Each run with the last version that it kept."""
    seen: set[str] = set()
    last: State | None = None
    first: State | None = None
    for state in states:
        run = state.last_run.id if state.last_run else None
        if last is not None and first is not None:
            if last.last_run and run == last.last_run.id:
                first = state
                continue
            yield _past(last, state if state.checksum == first.previous else None, newest=len(seen) == 1)
            last = None
        if run is not None and run not in seen:
            seen.add(run)
            last = first = state
    if last is not None:
        yield _past(last, None, newest=len(seen) == 1)


def _past(last: State, former: State | None, *, newest: bool) -> tuple[PastRun, State]:
    """A run by its last version and the one that it began with; none where that is not kept."""
    assert last.last_run is not None
    run = PastRun(
        serial=last.serial,
        record=last.last_run,
        newest=newest,
        former={id_: belief.status for id_, belief in former.listings.items()} if former else {},
        protections=_protections(former, last) if former else {},
    )
    return run, last


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


def _intended(state: State, offering_id: str, run: str) -> Iterator[RecordedChange]:
    """What a run without an end wanted of a listing, by the belief that it wrote first."""
    belief = state.listings.get(offering_id)
    attempt = belief.last_attempt if belief else None
    if belief is None or attempt is None or attempt.run != run:
        return
    yield RecordedChange(
        offering_id=offering_id,
        intent=attempt.intent.value,
        outcome=CUT_OFF,
        before=belief.last_body,
        after=attempt.body,
    )
