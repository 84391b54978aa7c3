"""Ctrl-C and its like, sent to the real apply while a request of it is at the server."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support.cli import Done
from support.scenario import AFTER, BEFORE, REQUESTS, Trial, finish, sent, trial
from support.tiers import mostly_deep
from support.wire import Call, Fault, Seen, answer

STOPPED_AT = 4
"""The request that is under way when the signal comes; what is sent one at a time stands in the wire tests."""


@pytest.fixture
def it(tmp_path: Path, note: Callable[[str], None]) -> Iterator[Trial]:
    note("signals")
    with trial(tmp_path, BEFORE, timeout=60.0, lease=60.0) as found:
        found.want(*AFTER)
        found.wire.seen.clear()
        yield found


class Held:
    """A server that keeps one request, executed, until it is told to answer."""

    def __init__(self, it: Trial) -> None:
        self.arrived = threading.Event()
        self.answer = threading.Event()
        it.wire.script = self._script

    def _script(self, seen: Seen) -> Fault:
        return self._hold if seen.number == STOPPED_AT else answer

    def _hold(self, call: Call) -> None:
        status, body = call.execute()
        self.arrived.set()
        self.answer.wait()
        call.answer(status, body)

    def answer_after(self, seconds: float) -> None:
        """Answer then, or at the end of the test."""
        threading.Thread(target=self._answer_after, args=(seconds,), daemon=True).start()

    def _answer_after(self, seconds: float) -> None:
        self.answer.wait(seconds)
        self.answer.set()

    def run(self, it: Trial, signals: Callable[[subprocess.Popen[str]], None]) -> Done:
        """An apply that gets its signals while its request is here."""
        process = it.start()
        try:
            assert self.arrived.wait(60)
            signals(process)
            return finish(process)
        finally:
            self.answer.set()
            process.kill()


def until_told(process: subprocess.Popen[str]) -> str:
    """Until it says that it was interrupted, so that another signal is a second one; the line."""
    assert process.stderr is not None
    while "Interrupted" not in (line := process.stderr.readline()):
        assert process.poll() is None
    return line


@contextmanager
def writes_held(it: Trial) -> Iterator[None]:
    """Nobody writes the state: whoever wants to waits, as for another process that is writing."""
    lock = it.project.state_file.with_name(f"{it.project.state_file.name}.versions") / "lock"
    with lock.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(
    "number", mostly_deep([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], fast=[signal.SIGTERM, signal.SIGHUP])
)
def test_a_first_signal_ends_it_in_order(it: Trial, number: signal.Signals) -> None:
    """The call under way gets its answer, nothing else is sent, what was done is recorded, exit 130."""
    held = Held(it)
    told: list[str] = []

    def interrupt(process: subprocess.Popen[str]) -> None:
        process.send_signal(number)
        told.append(until_told(process))
        held.answer.set()

    done = held.run(it, interrupt)
    assert done.code == 130, done
    assert "Apply interrupted: 4 done, 4 not started." in done.out
    assert "Sending was stopped" not in done.out
    assert "Press Ctrl-C again to stop at once." in told[0]
    assert len(it.wire.seen) == STOPPED_AT
    it.check_known()
    state = it.project.state()
    assert state is not None
    assert state.run is None
    it.settle()


def test_a_second_signal_does_not_wait_for_answers(it: Trial) -> None:
    """The open call counts as unsure at once, though an answer would come within the grace; exit 130."""
    held = Held(it)

    def interrupt_twice(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGINT)
        until_told(process)
        process.send_signal(signal.SIGTERM)
        held.answer_after(3.0)

    done = held.run(it, interrupt_twice)
    assert done.code == 130, done
    assert "3 done, 1 in doubt, 4 not started." in done.out
    assert len(it.wire.seen) == STOPPED_AT
    state = it.project.state()
    assert state is not None
    assert state.run is None
    it.settle()


def test_a_run_that_has_no_more_time_ends_in_order(it: Trial) -> None:
    """What is under way gets its answer, all of it is recorded, exit 4; the next run goes on."""

    def slow(call: Call) -> None:
        status, body = call.execute()
        time.sleep(0.5)
        call.answer(status, body)

    it.wire.script = lambda _: slow
    done = finish(it.start("--max-time", "2s"))
    assert done.code == 4, done
    sent_then = len(it.wire.seen)
    assert 1 <= sent_then < REQUESTS
    assert "Sending was stopped: the time that --max-time gives is nearly over." in done.out
    assert "0 failed" not in done.out
    assert "in doubt" not in done.out.partition("Apply incomplete")[2]
    state = it.project.state()
    assert state is not None
    assert state.run is None
    it.wire.script = lambda _: answer
    it.settle()


@pytest.mark.deep
def test_without_another_signal_the_grace_ends_by_itself(it: Trial) -> None:
    """A call that gets no answer within five seconds is in doubt, though one would come."""
    held = Held(it)

    def interrupt(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGINT)
        held.answer_after(15.0)

    done = held.run(it, interrupt)
    assert done.code == 130, done
    assert "3 done, 1 in doubt, 4 not started." in done.out
    it.settle()


@pytest.mark.deep
def test_a_third_signal_ends_the_process(it: Trial) -> None:
    """On the spot, as a kill: the next run settles it."""
    held = Held(it)

    def insist(process: subprocess.Popen[str]) -> None:
        with writes_held(it):
            process.send_signal(signal.SIGINT)
            until_told(process)
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.1)

    done = held.run(it, insist)
    assert done.code == 130, done
    assert sent(it.wire.seen)[-1] == ("POST", "new-08")
    state = it.project.state()
    assert state is not None
    assert state.run is not None, "the final write was not waited for"
    it.settle()
