"""Holding this machine's lock on the state: every command that writes one does, and waits for another's run.

Whether that lives is learned by `app.liveness`; each refusal is worded by `render.liveness`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from offerctl.app import host
from offerctl.app.liveness import judged
from offerctl.app.workspace import Workspace
from offerctl.console import Console
from offerctl.errors import StateError, StateLocked
from offerctl.render import liveness as words
from offerctl.state import State
from offerctl.state.backend import Version
from offerctl.state.claims import Liveness, Lock

NOTHING_SENT = "Nothing was sent."
"""What was not done where a run did not begin."""
_LOCK_AGAIN = 0.2
"""Seconds between two tries for this machine's lock."""
_LEASE_AGAIN = 1.0
"""Seconds between two looks at a lease that is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how many seconds another run is waited for, from now on, and how that is told.

    `nothing` says what was not done when it is over; `waits`: the command has `--lock-timeout`.
    """

    nothing: str
    seconds: float = 0.0
    waits: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Whether it is."""
        return time.monotonic() - self.began >= self.seconds


@dataclass(slots=True)
class _Wait:
    """One wait, which is told once. A refusal is made when it is needed: it may take a look at the state."""

    console: Console
    patience: Patience
    told: bool = False

    def pause(self, seconds: float, refusal: Callable[[], StateLocked]) -> None:
        """Until the next look.

        Raises:
            StateLocked: the patience is over.
        """
        if self.patience.over:
            raise refusal() from None
        if not self.told:
            self.told = True
            why = refusal().message.removesuffix(f" {self.patience.nothing}")
            self.console.status(f"Waiting: {why}\n")
        time.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """This machine's lock on the state, in the hands of this process until the end of `holding`."""

    workspace: Workspace
    lock: Lock
    boot_id: str | None
    patience: Patience

    def liveness(self, state: State | None, *, watched: float = 0.0) -> Liveness:
        """Whether the run that this state shows at work lives; `watched`: unchanged for so many seconds."""
        return judged(self.workspace, state, lock=self.lock, boot_id=self.boot_id, watched=watched)

    def refuse_live(self, state: State | None) -> None:
        """Refuse beside a run that may live.

        Raises:
            StateLocked: another run holds the lease.
        """
        found = self.liveness(state)
        if state is not None and found.may_live:
            raise _refusal(self.workspace, state, found, self.patience)

    def await_end(self) -> tuple[State, Version] | None:
        """The state, read when no other run can hold its lease (*foreign lease*); none when there is none.

        Raises:
            StateLocked: another run still holds it when the patience is over.
        """
        wait = _Wait(self.workspace.console, self.patience)
        serial, since = None, time.monotonic()
        while True:
            stored = self.workspace.read_state()
            state = stored[0] if stored else None
            if state is not None and state.serial != serial:
                serial, since = state.serial, time.monotonic()
            found = self.liveness(state, watched=time.monotonic() - since)
            if state is None or not found.may_live:
                return stored
            pause = min(_LEASE_AGAIN, self.workspace.environment.lease / 4)
            wait.pause(pause, partial(_refusal, self.workspace, state, found, self.patience))


@contextmanager
def holding(workspace: Workspace, patience: Patience) -> Iterator[Hold]:
    """Hold this machine's lock on the state, waited for as long as the patience lasts.

    Raises:
        StateLocked: a living process of this machine has it.
    """
    boot_id = host.boot_id()
    with ExitStack() as stack:
        lock = _lock(workspace, patience, boot_id, stack)
        yield Hold(workspace=workspace, lock=lock, boot_id=boot_id, patience=patience)


def _lock(workspace: Workspace, patience: Patience, boot_id: str | None, stack: ExitStack) -> Lock:
    wait = _Wait(workspace.console, patience)
    while True:
        try:
            return Lock.FREE if stack.enter_context(workspace.backend.hold()) else Lock.SILENT
        except StateLocked as error:
            wait.pause(_LOCK_AGAIN, partial(_busy, workspace, error, boot_id, patience))


def _busy(workspace: Workspace, error: StateLocked, boot_id: str | None, patience: Patience) -> StateLocked:
    """The refusal of a lock that a living process has, naming its run where the state tells."""
    try:
        stored = workspace.read_state()
    except StateError:  # what is wrong with it is for whoever has the lock
        stored = None
    state = stored[0] if stored else None
    found = judged(workspace, state, lock=Lock.HELD, boot_id=boot_id)
    if state is not None and found is Liveness.LIVES:
        return _refusal(workspace, state, found, patience)
    hint = error.hint if patience.waits else "Answer it, or run this again when that has ended."
    asks = "It may be waiting at its question."
    return StateLocked(f"{error.message.rstrip('.')}. {asks} {patience.nothing}", hint=hint)


def _refusal(workspace: Workspace, state: State, found: Liveness, patience: Patience) -> StateLocked:
    lease, now = workspace.environment.lease, datetime.now(UTC)
    # `state unlock` works where the configuration says; of another home the end of the lease is waited for.
    hint = "Run it again when that has ended." if workspace.is_former else None
    return StateLocked(
        words.refusal(state, found, now, lease=lease, nothing=patience.nothing),
        hint=hint or words.way_on(state, found, waits=patience.waits),
    )
