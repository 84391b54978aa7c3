"""Time, passed in: the protocol of a clock, and the clock of a real run."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

# Linux stops CLOCK_MONOTONIC while the machine sleeps, macOS does not; a lease must see that time pass.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """Time, passed in: the wall's for what is written, and one that also runs while the machine sleeps."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        ...

    def elapsed(self) -> float:
        """Seconds since some fixed moment; never set back, and counting while the machine sleeps."""
        ...


class SystemClock:
    """The time of day as it was at the start, moved on by a clock that nobody sets and that counts sleep."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._elapsed = self.elapsed()

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return self._start + timedelta(seconds=self.elapsed() - self._elapsed)

    def elapsed(self) -> float:
        """Seconds since the machine started."""
        return time.clock_gettime(_CLOCK)
