"""When a write tries that others may overtake: a branch takes one push at a time, whoever's file is in it.

Nobody hands out turns. So a commit that others came before says how many, which is how long the queue is: whoever
was overtaken less often than those that came through last waits for as many turns, and then tries. So writes come
through about in the order in which they began, and few of them work in vain.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from offerctl.backends.git_remote import no_turn
from offerctl.git import GitFailed

PATIENCE = 60.0
"""Seconds after which a push is given up that is refused as if the branch had moved, though it does not move."""
LONGEST = 1800.0
"""Seconds for a write as a whole, while others come before it. As long as they do, the branch takes writes."""
_QUEUE = 8
"""Commits that tell how long the queue is."""
_FRESH = 15.0
"""Seconds after which a commit tells nothing about the queue."""
_STEPS = 4
"""Tries up to which each that was lost makes the next pause longer."""
_PAUSE = 30.0
"""Seconds for one pause: whoever may push there may write any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A commit of the branch: made `at` that second since 1970, after so many others that came before it."""

    at: int
    overtaken: int


class Turn:
    """One write on its way to its turn: `look` before the branch is read, `saw` after it, then try or `wait`."""

    def __init__(self) -> None:
        self._began = self._moved = self._looked = time.monotonic()
        self._queue: deque[int] = deque(maxlen=_QUEUE)
        self._waited = False
        self._lost = 0
        self.tip: str | None = None
        self.overtaken = 0

    def look(self) -> None:
        """Another look at the branch begins."""
        self._looked = time.monotonic()

    def saw(self, tip: str | None, landed: Sequence[Landed]) -> None:
        """The branch points there, and these commits are new on it, the newest first; at first the last ones."""
        if self.tip is None:
            now = time.time()
            landed = [one for one in landed if abs(now - one.at) <= _FRESH]
        else:
            self.overtaken += len(landed)
        if tip != self.tip:
            self._moved = self._looked
        self._queue.extend(one.overtaken for one in reversed(landed))
        self.tip = tip

    @property
    def has_come(self) -> bool:
        """Whether to try now. Who has waited tries in any case: nobody else may be there any more."""
        return self._waited or self._ahead < 1

    @property
    def _ahead(self) -> float:
        """How many turns come before this one's."""
        return sum(self._queue) / len(self._queue) - self.overtaken if self._queue else 0.0

    def wait(self, branch: str, failure: GitFailed | None) -> None:
        """Until it is worth another look; `failure` is that of a try.

        Raises:
            GitFailed: the branch does not move at all, so others are not the reason.
            StateUnavailable: others came first for too long.
        """
        now = time.monotonic()
        if failure is not None and self._looked - self._moved > PATIENCE:
            raise failure
        if failure is not None and now - self._began > LONGEST:
            raise no_turn(branch, LONGEST) from failure
        self._waited = True
        self._lost += failure is not None
        look = now - self._looked  # what a turn takes at most: a slow remote, or a busy machine, makes it longer
        turn = min(look, (now - self._began) / self.overtaken) if self.overtaken else look
        pause = max(turn * self._ahead, look * min(self._lost, _STEPS))
        time.sleep(min(pause, _PAUSE) * random.uniform(0.5, 1.5))  # noqa: S311 - keeps tries apart, guards nothing
