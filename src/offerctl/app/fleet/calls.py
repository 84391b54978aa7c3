"""One command for each of many environments: some at once, each in a process of its own, as if called by hand.

So none can take another one down or keep it waiting, and what is said of one stands together.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import RLock
from types import FrameType

from offerctl.app.progress import Bar
from offerctl.app.session import Session
from offerctl.app.signals import IMPATIENT, obeyed
from offerctl.errors import Exit

AT_ONCE = 8
"""Environments at work at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The words of a command for one environment, from the command's name on."""

    environment: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended and what it said; `why` where it said nothing itself: it was never started, or killed."""

    environment: str
    code: Exit
    out: bytes = b""
    errors: str = ""
    why: str = ""
    started: bool = True


def run_each(
    session: Session, calls: Sequence[Call], tell: Callable[[Ended], None], *, seconds: float | None = None
) -> tuple[Ended, ...]:
    """Run them all; each is told when it and all before it have ended, so that the order is always the same.

    A first Ctrl-C starts no further one and is passed on to those at work, which end in order; so are a second and
    a third, which ends this process, too. What was not started within `seconds` is not started.
    """
    crew = _Crew(session=session, until=None if seconds is None else time.monotonic() + seconds)
    bar = Bar(session.console, len(calls))
    ended: list[Ended] = []
    with crew.obeying(), ThreadPoolExecutor(AT_ONCE) as pool:
        futures = [pool.submit(crew.run, call) for call in calls]
        left: set[Future[Ended]] = {*futures}
        while left:
            bar.show()
            done, left = wait(left, return_when=FIRST_COMPLETED)
            bar.show(more=len(done))
            while len(ended) < len(futures) and futures[len(ended)].done():
                bar.close()
                ended.append(futures[len(ended)].result())
                tell(ended[-1])
    bar.close()
    return tuple(ended)


@dataclass(slots=True, kw_only=True)
class _Crew:
    """Those at work, and how often it was asked to stop."""

    session: Session
    until: float | None
    asked: int = 0
    at_work: set[subprocess.Popen[bytes]] = field(default_factory=set)
    lock: RLock = field(default_factory=RLock)

    def run(self, call: Call) -> Ended:
        """One call, to its end, unless there is no time for it any more."""
        with self.lock:
            if self.asked:
                return _not_started(call, Exit.INTERRUPTED, "interrupted")
            left = None if self.until is None else self.until - time.monotonic()
            if left is not None and left <= 0:
                return _not_started(call, Exit.INCOMPLETE, "no time was left")
            words = (*call.words, *(("--max-time", f"{max(left, 0.1):.1f}s") if left is not None else ()))
            try:
                process = self._started(words)
            except OSError as error:  # too many files or processes, say: the others go on
                return _not_started(call, Exit.ERROR, error.strerror or str(error))
            self.at_work.add(process)
        out, errors = process.communicate()
        with self.lock:
            self.at_work.discard(process)
            stopped = self.asked > 0
        code, why = _told(process.returncode, stopped=stopped)
        return Ended(
            environment=call.environment, code=code, out=out, errors=errors.decode("utf-8", "replace"), why=why
        )

    def _started(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        console, file = self.session.console, self.session.config_file
        common = ["--color", "always" if console.style.color else "never"]
        common += ["--config", str(file)] if file else []
        common += ["-v"] if console.verbose else ["-q"] if console.quiet else []
        return subprocess.Popen(  # noqa: S603 - this program itself, no shell
            [sys.executable, "-P", "-m", "offerctl", *common, *words],  # -P: no module of the present folder
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C comes to us alone, and nobody asks for a password there
        )

    @contextmanager
    def obeying(self) -> Iterator[None]:
        """While they are at work, signals are theirs."""
        former = {number: signal.signal(number, self._obey) for number in obeyed()}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _obey(self, number: int, frame: FrameType | None) -> None:
        del frame
        with self.lock:
            self.asked += 1
            for process in self.at_work:
                with suppress(ProcessLookupError):
                    process.send_signal(number)
        if self.asked >= IMPATIENT:
            os._exit(Exit.INTERRUPTED)
        if self.asked == 1:
            said = "Interrupted: no further environment is begun; those at work end in order."
            self.session.console.status(f"\n{said} Press Ctrl-C again to stop at once.\n")


def _not_started(call: Call, code: Exit, why: str) -> Ended:
    return Ended(environment=call.environment, code=code, why=f"not started: {why}", started=False)


def _told(code: int, *, stopped: bool) -> tuple[Exit, str]:
    """An exit code that offerctl has; and what to say where a process did not come to its end."""
    if code in {*Exit}:
        return Exit(code), ""
    if stopped:
        return Exit.INTERRUPTED, "interrupted"
    how = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}, which offerctl has not"
    return Exit.INCOMPLETE, f"{how}: if it was sending, the next run settles what is in doubt"
