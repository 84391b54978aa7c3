"""The clock of a real run."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

# Linux stops CLOCK_MONOTONIC while the machine sleeps, macOS does not; a lease must see that time pass.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


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
