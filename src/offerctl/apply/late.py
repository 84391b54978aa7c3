"""*Order*, its last part: a request may have gone out after the lease had ended, and another run was there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from offerctl.apply.clock import Clock
from offerctl.errors import OfferctlError, StateElsewhere, StateMoved
from offerctl.run import Author, Settings
from offerctl.state import Belief, RunRecord, Status, document
from offerctl.state.backend import StateBackend
from offerctl.state.claims import liveness

_PATIENCE = 20
"""How many leases of other runs are waited for before `--reassert` is left to repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Who sent too late, and what it believes of each listing that it did so for."""

    author: Author
    started: datetime
    settings: Settings
    held: Mapping[str, Belief]


async def mark_late(backend: StateBackend, late: Late, clock: Clock) -> str:
    """Put these ids in doubt as soon as nobody holds the lease; gives back what is told, also of a failure."""
    lease = late.settings.lease
    pause = max(lease / 8, 0.05)
    end = clock.elapsed() + _PATIENCE * lease
    while clock.elapsed() < end:
        try:
            if await asyncio.to_thread(_mark, backend, late, clock):
                return "this run had lost its lease; what it sent too late is marked as in doubt: run apply again"
        except StateMoved:
            pass
        except OfferctlError as error:
            return f"{_advice(late)} ({error.message})"
        await asyncio.sleep(pause)
    return _advice(late)


def _advice(late: Late) -> str:
    ids = ", ".join(sorted(late.held))
    return f"sent after the lease had ended, and not recorded: {ids}; run apply --reassert"


def _mark(backend: StateBackend, late: Late, clock: Clock) -> bool:
    found = backend.read()
    if found is None:
        return False
    state, now = document.parse(found[0]), clock.now()
    if state.moved_to is not None:
        raise StateElsewhere("the state was moved meanwhile")
    if liveness(state.run, now=now, lease=late.settings.lease).may_live:
        return False
    author, quiet_until = late.author, now + late.settings.window
    record = RunRecord(id=author.run, who=author.who, started=late.started, finished=now)
    doubtful = {id_: _doubtful(state.listings.get(id_), ours) for id_, ours in late.held.items()}
    marked = {id_: replace(belief, quiet_until=quiet_until) for id_, belief in doubtful.items()}
    backend.write(document.seal(replace(state.successor(record).with_beliefs(marked), run=None)), found[1])
    return True


def _doubtful(present: Belief | None, ours: Belief) -> Belief:
    """In doubt; its key is unknown where this run and the state differ."""
    if present is None:
        return ours
    return replace(present, status=Status.MAYBE, body=None, key=present.key if present.key == ours.key else None)
