"""Tells what a run does from a thread of its own: printing is no part of a run (*printing*).

A terminal that is held (Ctrl-S), a pager that is not read to its end or a full pipe makes a print wait for as long
as somebody pleases. The run, which must renew its lease and obey signals meanwhile, hands over what there is to
tell and goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

MOST = 10_000
"""Things that wait to be told; what comes while there are more is dropped."""


class Telling:
    """Calls what it is handed, one after the other; when it is left, all of that was told.

    Raises, when it is left:
        Exception: a fault of ours in the telling, which cost nothing but what was to be told.
    """

    def __init__(self) -> None:
        self._waiting: SimpleQueue[Callable[[], None] | None] = SimpleQueue()  # the run never waits for its lock
        self._thread = Thread(target=self._work, daemon=True)  # the third signal waits for nobody
        self._bug: Exception | None = None

    def __call__(self, tell: Callable[[], None]) -> None:
        """Have it called soon."""
        if self._waiting.qsize() < MOST:
            self._waiting.put(tell)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.put(None)
        self._thread.join()
        if error is None and self._bug is not None:
            raise self._bug

    def _work(self) -> None:
        while (tell := self._waiting.get()) is not None:
            try:
                tell()
            except Exception as bug:  # noqa: BLE001 - whatever it is, it is no part of the run
                self._bug = self._bug or bug
