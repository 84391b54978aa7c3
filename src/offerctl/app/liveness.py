"""Whether the run that a state shows at work lives: a look that disturbs nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, auto

from offerctl.app import host
from offerctl.app.workspace import Workspace
from offerctl.errors import StateError, StateLocked
from offerctl.state import State, Status
from offerctl.state.claims import surely_dead


class Pulse(Enum):
    """What is known of a run whose lease lasts."""

    LIVES = auto()
    DEAD = auto()
    UNKNOWN = auto()


def pulse(workspace: Workspace, state: State | None) -> Pulse | None:
    """What this machine's lock tells of the run that has the lease; none where no lease lasts.

    The lock is taken for the blink of an eye, and only where the run is of this boot of this machine: nothing
    else could be learned. Whoever begins a run has the patience for that.
    """
    claim = state.run if state else None
    if claim is None or claim.lease_until <= datetime.now(UTC):
        return None
    boot_id = host.boot_id()
    if not surely_dead(claim, lock_free=True, boot_id=boot_id):
        return Pulse.UNKNOWN
    try:
        with workspace.backend.hold() as lock_free:
            pass
        again = workspace.read_state() if lock_free else None
    except StateLocked:
        return Pulse.LIVES
    except StateError:
        return Pulse.UNKNOWN
    # A run that ended since the state was read has written its end.
    is_dead = again is not None and state is not None and again[0].serial == state.serial
    return Pulse.DEAD if is_dead else Pulse.UNKNOWN


def at_work(state: State) -> frozenset[str]:
    """Ids that the run which has the lease left in doubt until it ends."""
    run = state.run.id if state.run else None
    return frozenset(
        id_
        for id_, belief in state.listings.items()
        if belief.status is Status.MAYBE and belief.last_attempt and belief.last_attempt.run == run
    )
