"""Progress while a run goes on: lines, JSON lines, or on a terminal a bar for long plans."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime

from offerctl.console import Console
from offerctl.render import progress
from offerctl.run import Ended, Event, Verdict

LONG = 20
"""A plan of more changes is shown as a bar: so many lines are no progress to look at."""


@dataclass(slots=True)
class Bar:
    """How far it is of `total`, on a terminal; `close` before anything else is printed."""

    console: Console
    total: int
    _done: int = 0
    _started: float = field(default_factory=time.monotonic)
    _width: int = 0

    def show(self, more: int = 0) -> None:
        """So many more are done."""
        self._done += more
        if self.console.progress:
            columns = shutil.get_terminal_size().columns
            text = progress.bar(self._done, self.total, time.monotonic() - self._started, columns - 1)
            self.console.status(f"\r{text}{' ' * (self._width - len(text))}")
            self._width = len(text)

    def close(self) -> None:
        """Take it away."""
        if self._width:
            self.console.status(f"\r{' ' * self._width}\r")
            self._width = 0


@dataclass(slots=True)
class Progress:
    """Tells events of one run over `total` changes; `close` before anything else is printed."""

    console: Console
    total: int
    as_json: bool = False
    _bar: Bar = field(init=False)

    def __post_init__(self) -> None:
        self._bar = Bar(self.console, self.total)

    @property
    def _as_bar(self) -> bool:
        return not self.as_json and self.total > LONG and self.console.progress

    def __call__(self, event: Event, at: datetime) -> None:
        """Tell one event of that time."""
        if self.as_json:
            if line := progress.event_json(event, at):
                self.console.document(line)
            return
        notable = isinstance(event, Ended) and (event.result.verdict is not Verdict.DONE or event.result.note)
        if notable or not self._as_bar:
            self.close()
            if line := progress.line(event, self.console.style):
                self.console.info(line)
        if self._as_bar:
            self._bar.show(more=isinstance(event, Ended))

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
