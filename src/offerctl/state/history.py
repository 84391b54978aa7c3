"""What runs did: read from the receipts in kept versions of the state, and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


def runs(states: Sequence[State]) -> tuple[PastRun, ...]:
    """The runs of kept versions, newest first; of a run's versions its last one tells how it came out."""
    return tuple(run for run, _ in _runs(states))


def life(states: Sequence[State], offering_id: str) -> tuple[Moment, ...]:
    """What was done to one listing, newest first; a run that was cut off tells what it was about to do."""
    found: list[Moment] = []
    for run, state in _runs(states):
        record = run.record
        changes = [*(record.changes if record.finished else _intended(state, offering_id, record.id))]
        if (protect := run.protections.get(offering_id)) is not None:
            noted = PROTECTED if protect else EXPOSED
            changes.append(RecordedChange(offering_id=offering_id, intent=noted, outcome=NOTED))
        found += [Moment(run=run, change=change) for change in changes if change.offering_id == offering_id]
    return tuple(found)


def _runs(states: Sequence[State]) -> Iterator[tuple[PastRun, State]]:
    """Each run with the last version that it kept."""
    seen: set[str] = set()
    for number, state in enumerate(states):
        record = state.last_run
        if record is None or record.id in seen:
            continue
        former = _before(states[number:], record.id)
        yield (
            PastRun(
                serial=state.serial,
                record=record,
                newest=not seen,
                former={id_: belief.status for id_, belief in former.listings.items()} if former else {},
                protections=_protections(former, state) if former else {},
            ),
            state,
        )
        seen.add(record.id)


def _before(states: Sequence[State], run: str) -> State | None:
    """The version that a run began with; none where it is not kept."""
    first = states[0]
    for state in states[1:]:
        if state.last_run is None or state.last_run.id != run:
            return state if state.checksum == first.previous else None
        first = state
    return None


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
