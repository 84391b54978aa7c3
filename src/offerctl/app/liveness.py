"""Does a run live? What this process can learn: this machine's lock, its clock, its boot, and watching.

A plan only looks (`look`); whoever writes a state holds that lock meanwhile (`app.holding`). What is
learned is judged by `state.claims`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from offerctl.app import host
from offerctl.errors import StateError, StateLocked
from offerctl.state.claims import Liveness, Lock, liveness

if TYPE_CHECKING:
    from offerctl.app.workspace import Workspace
    from offerctl.state import State


def look(workspace: Workspace, state: State | None) -> Liveness:
    """What is known of the run that this state shows at work, without disturbing anybody.

    The lock is taken for the blink of an eye, and only where it would tell something: the run is of this boot of
    this machine. Whoever begins a run has the patience for that.
    """
    boot_id = host.boot_id()
    found = judged(workspace, state, lock=Lock.SILENT, boot_id=boot_id)
    if found is not Liveness.UNKNOWN:
        return found
    if judged(workspace, state, lock=Lock.FREE, boot_id=boot_id) is not Liveness.DEAD:
        return found
    try:
        with workspace.backend.hold() as is_free:
            pass
        again = workspace.read_state() if is_free else None
    except StateLocked:
        return Liveness.LIVES
    except StateError:
        return found
    # A run that ended since the state was read has written its end.
    is_dead = again is not None and state is not None and again[0].serial == state.serial
    return Liveness.DEAD if is_dead else found


def judged(
    workspace: Workspace, state: State | None, *, lock: Lock, boot_id: str | None, watched: float = 0.0
) -> Liveness:
    """What these findings say of the run that this state shows at work."""
    return liveness(
        state.run if state else None,
        now=datetime.now(UTC),
        lease=workspace.environment.lease,
        lock=lock,
        boot_id=boot_id,
        watched=watched,
    )
