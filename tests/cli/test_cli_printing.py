"""Printing is no part of what a command does: full disks, closed terminals and readers who never read."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from offerctl import api, apply
from offerctl.app.telling import MOST, Telling
from offerctl.errors import StateLocked
from offerctl.plan import Options, Origin, make
from offerctl.run import Author, Event, Report, Run, RunSpec, Settings
from offerctl.state import State, Status, document
from support.cli import environ
from support.plans import FREE, HOME, offering, wanted
from support.scenario import AFTER, BEFORE, REQUESTS, SECRETS, Trial, trial
from support.wire import Call, Seen, answer
from support.world import Disk

FULL = Path("/dev/full")
MANY = 150
"""Offerings whose plan is more than a pipe holds (64 KiB)."""

needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")


def run_onto(it: Trial, *args: str, out: int, err: int) -> subprocess.Popen[bytes]:
    """The executable with these as its streams."""
    command = [sys.executable, "-m", "offerctl", *args]
    env = environ(it.project.root, **SECRETS)
    return subprocess.Popen(
        command, cwd=it.project.root, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
    )


def check_recorded(it: Trial) -> None:
    """The run's final write was made, and nothing is in doubt."""
    state = it.project.state()
    assert state is not None
    assert state.run is None
    it.check_equal()


@needs_full
@pytest.mark.parametrize("options", [[], ["--json"], ["-v"]], ids=["lines", "json", "verbose"])
def test_a_full_log_disk_ends_no_run(tmp_path: Path, options: list[str]) -> None:
    """Everything is done and recorded; exit 1 says that the report is lost."""
    with trial(tmp_path, BEFORE) as it, FULL.open("wb") as full:
        it.want(*AFTER)
        front = [option for option in options if option == "-v"]
        after = [option for option in options if option != "-v"]
        process = run_onto(it, *front, "apply", "--auto-approve", *after, out=full.fileno(), err=full.fileno())
        assert process.wait(60) == 1
        check_recorded(it)


@needs_full
@pytest.mark.parametrize(
    "args",
    [["plan", "--format", "json"], ["plan"], ["plan", "--detailed-exitcode"], ["state", "pull"], ["history"]],
    ids=" ".join,
)
def test_a_result_that_cannot_be_written_is_an_error(tmp_path: Path, args: list[str]) -> None:
    """Exit 1 and the reason, once, on standard error."""
    with trial(tmp_path, BEFORE) as it, FULL.open("wb") as full:
        it.want(*AFTER)
        with run_onto(it, *args, out=full.fileno(), err=subprocess.PIPE) as process:
            assert process.stderr is not None
            said = process.stderr.read().decode()
    assert process.returncode == 1
    assert [line for line in said.splitlines() if not line.startswith("Warning: ")] == [
        (
            "Error: standard output could not be written: No space left on device. "
            "A part of it is lost; what was done stands."
        )
    ]


@needs_full
def test_help_onto_a_full_disk_is_an_error(tmp_path: Path) -> None:
    """What click prints counts too, and the interpreter's end says nothing of its own (exit 120)."""
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "offerctl", "--help"],
            env=environ(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_closed_terminal_ends_no_run(tmp_path: Path) -> None:
    """Every print fails with EIO; what was under way is done and recorded."""
    with trial(tmp_path, BEFORE) as it:
        it.want(*AFTER)
        ours, theirs = pty.openpty()
        arrived, closed = threading.Event(), threading.Event()

        def hold(call: Call) -> None:
            arrived.set()
            closed.wait(60)
            answer(call)

        it.wire.seen.clear()
        it.wire.script = lambda seen: hold if seen.number == 1 else answer
        process = run_onto(it, "apply", "--auto-approve", out=theirs, err=theirs)
        os.close(theirs)
        assert arrived.wait(60)
        os.close(ours)
        closed.set()
        process.wait(60)
        check_recorded(it)


def fill(pipe: int) -> None:
    """Until it takes no more."""
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x")
    os.set_blocking(pipe, True)


def test_a_reader_who_never_reads_holds_up_no_run(tmp_path: Path) -> None:
    """A held terminal or a stopped pager: the final write is made before another byte was taken."""
    with trial(tmp_path, BEFORE) as it:
        it.want(*AFTER)
        taken, given = os.pipe()

        def hold_up(call: Call) -> None:
            fill(given)
            answer(call)

        it.wire.seen.clear()
        it.wire.script = lambda seen: hold_up if seen.number == 1 else answer
        process = run_onto(it, "apply", "--auto-approve", out=given, err=given)
        try:
            until(lambda: len(it.wire.seen) == REQUESTS and is_released(it))
            check_recorded(it)
            assert process.poll() is None, "what is left to tell waits for its reader"
        finally:
            os.close(given)
            with os.fdopen(taken, "rb") as pipe:
                pipe.read()
        assert process.wait(60) == 0


def is_released(it: Trial) -> bool:
    """Whether the final write was made."""
    state = it.project.state()
    return state is not None and state.run is None


def until(happened: Callable[[], bool]) -> None:
    """Until it has, within a minute."""
    for _ in range(600):
        if happened():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen")


def test_a_pipe_that_does_not_wait_gets_the_whole_document(tmp_path: Path) -> None:
    """JSON of more than 64 KiB was cut in the middle, with exit 0, where the pipe was non-blocking."""
    with trial(tmp_path, []) as it:
        it.want(*(offering(f"en-{number:03}") for number in range(MANY)))
        taken, given = os.pipe()
        os.set_blocking(given, False)
        process = run_onto(it, "plan", "--format", "json", "--allow-deletes", "all", out=given, err=given)
        os.close(given)
        with selectors.DefaultSelector() as waiting:
            waiting.register(taken, selectors.EVENT_READ)
            assert waiting.select(60)
        time.sleep(0.5)  # long enough to fill it and to have to wait
        with os.fdopen(taken, "rb") as pipe:
            data = pipe.read()
        assert process.wait(60) == 0
    assert len(data) > 65536
    assert len(json.loads(data)["changes"]) == MANY


def test_under_nohup_a_closed_terminal_is_no_signal(tmp_path: Path) -> None:
    """Where SIGHUP is ignored when offerctl starts it stays so: the run goes on to its end."""
    with trial(tmp_path, BEFORE) as it:
        it.want(*AFTER)
        processes: list[subprocess.Popen[bytes]] = []

        def hang_up(call: Call) -> None:
            os.kill(processes[0].pid, signal.SIGHUP)
            answer(call)

        started = threading.Event()

        def script(seen: Seen) -> Callable[[Call], None]:
            started.wait(60)
            return hang_up if seen.number == 1 else answer

        it.wire.seen.clear()
        it.wire.script = script
        previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            processes.append(
                run_onto(it, "apply", "--auto-approve", out=subprocess.DEVNULL, err=subprocess.DEVNULL)
            )
        finally:
            signal.signal(signal.SIGHUP, previous)
        started.set()
        assert processes[0].wait(60) == 0
        check_recorded(it)


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ZeroDivisionError("oh")], ids=repr)
def test_an_event_that_cannot_be_told_costs_no_final_write(error: Exception) -> None:
    """Whoever listens to a run: its outcome is recorded first. A fault of ours is told after that."""
    disk = Disk()
    disk.write(document.seal(State(lineage="l", home=HOME)), None)

    def fail(_event: Event) -> None:
        raise error

    with nullcontext() if isinstance(error, OSError) else pytest.raises(ZeroDivisionError):
        asyncio.run(one_add(disk, fail))
    assert disk.state is not None
    assert disk.state.run is None
    assert disk.state.listings["x"].status is Status.LIVE


async def one_add(disk: Disk, emit: Callable[[Event], None]) -> Report:
    """A run that adds a listing, and is answered."""
    found = disk.read()
    assert found is not None
    read = document.parse(found[0])
    spec = RunSpec(
        plan=make(wanted(offering("x")), read, home=HOME, options=Options(), guards=FREE, origin=Origin()),
        read=read,
        settings=Settings(lease=120, settle_window=120),
        author=Author(run="loud", who="a"),
        started=datetime.now(UTC),
    )

    async def send(_request: api.Request) -> api.Outcome:
        return api.Outcome(kind=api.Kind.OK, status=201)

    return await apply.run(Run(spec), disk, found[1], clock=apply.SystemClock(), send=send, emit=emit)


def test_a_fault_in_the_telling_is_told_when_all_else_was() -> None:
    """It ends neither the run nor what is told after it, and does not hide a failure of the run itself."""
    told: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Telling() as telling:  # noqa: PT012 - the order is the matter
        telling(fail)
        telling(lambda: told.append("after"))
    with pytest.raises(StateLocked), Telling() as telling:  # noqa: PT012 - the order is the matter
        telling(fail)
        raise StateLocked("another run")
    assert told == ["after"]


def test_what_nobody_reads_is_kept_to_a_bound() -> None:
    """A terminal that is held for hours costs a run neither time nor memory: the rest is dropped."""
    told: list[int] = []
    begun, held = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        held.wait()

    with Telling() as telling:
        telling(hold)
        begun.wait()
        for number in range(MOST + 5):
            telling(partial(told.append, number))
        held.set()
    assert told == [*range(MOST)]
