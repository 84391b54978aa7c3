"""The lease: a run's claim on the state, in the state document itself, taken and renewed by compare-and-swap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType, Protocol

from offerctl.errors import StateError, StateMoved, StateUnavailable
from offerctl.state import Claim, State, document

Version = NewType("Version", str)
"""An opaque name of one stored document, which a write can be conditioned on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """A kept version of a state document."""

    version: Version
    serial: int
    data: bytes


class StateBackend(Protocol):
    """Where state documents live. Synchronous: callers with an event loop use a thread.

    Every method raises `StateUnavailable` where its home cannot be reached, read or written.
    """

    def read(self) -> tuple[bytes, Version] | None:
        """The present document; none when there is none and nothing says that there was one.

        Raises:
            StateMissing: there is none, or an older one, though a kept version shows that there was.
        """
        ...

    def write(self, data: bytes, expected: Version | None) -> Version:
        """Compare-and-swap: writes when the present version is `expected` (none: there must be no document).

        A document of the same writer that is still open replaces the one before it without keeping it; every
        other write keeps a version.

        Raises:
            StateMoved: the present version is another one; nothing was written.
        """
        ...

    def hold(self) -> AbstractContextManager[bool]:
        """Hold this machine's lock while a run lives; yields True where any earlier run is surely dead.

        Raises:
            StateLocked: a living process of this machine holds it.
        """
        ...

    def history(self) -> Iterable[StoredVersion]:
        """The kept versions, newest first."""
        ...


class Clock(Protocol):
    """Time, passed in: the wall's for what is written, and one that also runs while the machine sleeps."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    def elapsed(self) -> float:
        """Seconds since some fixed moment; never set back, and counting while the machine sleeps."""
        ...


class Lease:
    """A run's hold on the state: every write of the run goes through here, one at a time.

    `holds` is what is checked before each request: the last write that succeeded *began* less than `seconds` ago.
    """

    def __init__(
        self,
        backend: StateBackend,
        read: State,
        version: Version | None,
        *,
        run: str,
        seconds: float,
        clock: Clock,
    ) -> None:
        self._backend = backend
        self.last = read
        self._version = version
        self._run = run
        self._seconds = seconds
        self._clock = clock
        self._began: float | None = None
        self._one_at_a_time = asyncio.Lock()

    def holds(self) -> bool:
        """Whether the lease is certainly still ours."""
        return self._began is not None and self._clock.elapsed() - self._began < self._seconds

    async def write(self, compose: Callable[[State, datetime], State]) -> None:
        """One compare-and-swap of `compose(last written state, now)`.

        Raises:
            StateMoved: another run took the state over.
            StateUnavailable: it cannot be written, or nobody can tell whether it was.
        """
        async with self._one_at_a_time:
            for again in (True, False):
                began = self._clock.elapsed()
                data, sealed = document.seal(compose(self.last, self._clock.now()))
                try:
                    version = await asyncio.to_thread(self._backend.write, data, self._version)
                except (StateMoved, StateUnavailable):
                    # An answer may have been lost, of this write or of the one before: what is there tells.
                    ours = await asyncio.to_thread(self._own_present)
                    if ours is None:
                        raise
                    self.last, self._version = ours
                    if self.last.checksum == sealed.checksum:
                        self._began = began
                        return
                    if not again:
                        raise
                    continue
                self.last, self._version, self._began = sealed, version, began
                return

    def _own_present(self) -> tuple[State, Version] | None:
        """The document that is there, if this run wrote it after the last one that it knows of."""
        try:
            found = self._backend.read()
            if found is None:
                return None
            present = document.parse(found[0])
        except StateError:
            return None
        written = present.last_run is not None and present.last_run.id == self._run
        return (present, found[1]) if written and present.serial >= self.last.serial else None


def surely_dead(claim: Claim | None, *, lock_free: bool, boot_id: str | None) -> bool:
    """Rule 5: whether the claimant ran on this boot of this machine, whose lock it would still hold if it lived.

    `lock_free` is what `StateBackend.hold` yielded. Where no boot has a name (none), nothing is sure.
    """
    return lock_free and claim is not None and boot_id is not None and claim.boot_id == boot_id


def is_over(claim: Claim, now: datetime, lease: float) -> bool:
    """Rule 17: whether a claim of another machine has surely ended, its clock being up to a quarter lease off."""
    return now > claim.lease_until + timedelta(seconds=lease / 4)
