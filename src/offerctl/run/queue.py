"""Changes that were not begun yet: in the plan's order, but for those that must stay quiet for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush

from offerctl.run.job import Job


class Queue:
    """Jobs in the plan's order; one that is quiet delays no other. A run after a crash may have thousands.

    `quiet` is a heap by the end of their quiet periods. Nobody is looked at before there is room for it.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.fresh = deque(enumerate(jobs))
        self.quiet: list[tuple[datetime, int, Job]] = []

    def take(self, room: int, now: datetime) -> list[Job]:
        """Up to so many jobs that may begin now; those whose quiet period is over come first."""
        awake: list[tuple[int, Job]] = []
        while self.quiet and self.quiet[0][0] <= now:
            awake.append(heappop(self.quiet)[1:])
        self.fresh.extendleft(sorted(awake, key=lambda numbered: -numbered[0]))
        taken: list[Job] = []
        while self.fresh and len(taken) < room:
            number, job = self.fresh.popleft()
            if job.not_before is None or job.not_before <= now:
                taken.append(job)
            else:
                heappush(self.quiet, (job.not_before, number, job))
        return taken

    def wake_at(self) -> datetime | None:
        """When the first of the quiet ones may begin."""
        return self.quiet[0][0] if self.quiet else None

    def waiting(self) -> list[Job]:
        """The quiet ones, as they will wake."""
        return [job for _, _, job in sorted(self.quiet, key=lambda entry: entry[:2])]
