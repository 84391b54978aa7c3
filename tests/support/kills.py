"""Ends the client while its request is at the server: before, in the middle, after, and with a late request."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from enum import StrEnum

from support.cli import OFFERCTL, Done
from support.scenario import Trial, finish
from support.wire import Call, Fault, Seen, answer

KILLED = -9


class Moment(StrEnum):
    """When the client is killed, seen from the server that has its request."""

    BEFORE = "before"
    """It was read, and is never executed."""
    MIDDLE = "middle"
    """Its headers are read; the server goes on with what has arrived, as servers do."""
    AFTER = "after"
    """It was executed and is not answered."""
    LATE = "late"
    """It was read, and is executed when the next run is already there."""


class Killer:
    """A script that kills the client, with SIGKILL, at its request number `number`."""

    def __init__(self, number: int, moment: Moment) -> None:
        self.number = number
        self.moment = moment
        self.late: list[Call] = []
        self._requests = 0
        self._heads = 0
        self._lock = threading.Lock()
        self._victim: subprocess.Popen[str] | None = None
        self._named = threading.Event()

    def __call__(self, seen: Seen) -> Fault:
        """The fault for one request."""
        del seen
        with self._lock:
            self._requests += 1
            struck = self._requests == self.number and self.moment is not Moment.MIDDLE
        return self._strike if struck else answer

    def headers_read(self) -> None:
        """Told by the server once it has a request's headers and before it reads the body."""
        with self._lock:
            self._heads += 1
            struck = self._heads == self.number and self.moment is Moment.MIDDLE
        if struck:
            self._kill()

    def _strike(self, call: Call) -> None:
        if self.moment is Moment.AFTER:
            call.execute()
        if self.moment is Moment.LATE:
            self.late.append(call)
        self._kill()

    def _kill(self) -> None:
        self._named.wait()
        assert self._victim is not None
        self._victim.kill()
        self._victim.wait()

    def execute(self, victim: subprocess.Popen[str]) -> Done:
        """Name the victim; how it ended."""
        self._victim = victim
        self._named.set()
        return finish(victim)


def killed(it: Trial, number: int, moment: Moment, *args: str, command: Sequence[str] = OFFERCTL) -> Killer:
    """One apply that dies at its request `number`; nothing it did is unknown to the state."""
    killer = Killer(number, moment)
    it.wire.script, it.wire.headers_read = killer, killer.headers_read
    done = killer.execute(it.start(*args, command=command))
    it.wire.headers_read = _nothing
    assert done.code == KILLED, done
    assert "complete" not in done.out
    it.check_known()
    return killer


def recover(it: Trial, killer: Killer, *args: str) -> None:
    """The next run, which finds the late request of the dead one on its way; then everything is equal."""
    it.wire.script = lambda _seen: answer
    run = it.start(*args)
    for call in killer.late:
        call.execute()
    it.check_settled(finish(run))


def _nothing() -> None:
    pass
