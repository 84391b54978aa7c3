"""A run's writes of the state: its lease, taken and renewed by compare-and-swap in the document itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from offerctl.apply.clock import Clock
from offerctl.errors import StateError, StateMoved, StateUnavailable
from offerctl.state import State, document
from offerctl.state.backend import StateBackend, Version


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
        return self.age < self._seconds

    @property
    def age(self) -> float:
        """Seconds since the last write that succeeded began; endless where there was none."""
        return float("inf") if self._began is None else self._clock.elapsed() - self._began

    async def take(self, compose: Callable[[State, datetime], State]) -> None:
        """The first write, as `write`. One that waited for its turn until the lease was over is made again."""
        await self.write(compose)
        if not self.holds():
            await self.write(compose)

    async def write(self, compose: Callable[[State, datetime], State]) -> None:
        """One compare-and-swap of `compose(last written state, now)`.

        Raises:
            StateMoved: another run took the state over.
            StateUnavailable: it cannot be written, or nobody can tell whether it was.
        """
        async with self._one_at_a_time:
            for again in (True, False):
                began = self._clock.elapsed()
                sealed = document.seal(compose(self.last, self._clock.now()))
                try:
                    version = await asyncio.to_thread(self._backend.write, sealed, self._version)
                except (StateMoved, StateUnavailable):
                    # An answer may have been lost, of this write or of the one before: what is there tells.
                    ours = await asyncio.to_thread(self._own_present)
                    if ours is None:
                        raise
                    self.last, self._version = ours
                    if self.last.checksum == sealed.heading.checksum:
                        self._began = began
                        return
                    if not again:
                        raise
                    continue
                self.last, self._version, self._began = sealed.state, version, began
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
