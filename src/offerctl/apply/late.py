"""*Order*, its last part: a request may have gone out after the lease had ended, and another run was there."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import replace

from offerctl.apply.clock import Clock
from offerctl.errors import OfferctlError, StateMoved
from offerctl.run import Report, Run
from offerctl.state import Belief, RunRecord, State, Status, document
from offerctl.state.backend import StateBackend
from offerctl.state.claims import liveness

_PATIENCE = 20
"""How many leases of other runs are waited for before `--reassert` is left to repair."""


async def mark_late(
    backend: StateBackend, ids: AbstractSet[str], machine: Run, report: Report, clock: Clock
) -> Report:
    """Put these ids in doubt as soon as nobody holds the lease; the report says whether that was possible."""
    lease = machine.spec.settings.lease
    pause = max(lease / 8, 0.05)
    end = clock.elapsed() + _PATIENCE * lease
    while clock.elapsed() < end:
        try:
            if await asyncio.to_thread(_mark, backend, ids, machine, clock):
                told = "this run had lost its lease; what it sent too late is marked as in doubt: run apply again"
                return replace(report, unrecorded=told, taken_over=False)
        except StateMoved:
            pass
        except OfferctlError as error:
            return replace(report, unrecorded=f"{_advice(ids)} ({error.message})", taken_over=False)
        await asyncio.sleep(pause)
    return replace(report, unrecorded=_advice(ids), taken_over=False)


def _advice(ids: AbstractSet[str]) -> str:
    return f"sent after the lease had ended, and not recorded: {', '.join(sorted(ids))}; run apply --reassert"


def _mark(backend: StateBackend, ids: AbstractSet[str], machine: Run, clock: Clock) -> bool:
    found = backend.read()
    if found is None:
        return False
    state, now, spec = document.parse(found[0]), clock.now(), machine.spec
    if liveness(state.run, now=now, lease=spec.settings.lease).may_live:
        return False
    record = RunRecord(id=spec.author.run, who=spec.author.who, started=spec.started, finished=now)
    doubtful = {id_: _doubtful(state, id_, machine) for id_ in ids}
    marked = {id_: replace(b, quiet_until=now + spec.settings.window) for id_, b in doubtful.items()}
    backend.write(document.seal(replace(state.successor(record).with_beliefs(marked), run=None)), found[1])
    return True


def _doubtful(state: State, offering_id: str, machine: Run) -> Belief:
    """In doubt; its key is unknown where this run and the state differ."""
    present, ours = state.listings.get(offering_id), machine.held(offering_id)
    if present is None:
        return ours
    return replace(present, status=Status.MAYBE, body=None, key=present.key if present.key == ours.key else None)
