"""More than one apply: a stopped one that wakes up when another has finished, and two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.offering import Offering
from offerctl.state import Claim, RunRecord, Status, document
from support.driver import command
from support.ingit import InGit, in_git
from support.kills import KILLED
from support.plans import offering
from support.scenario import Trial, finish, sent, trial
from support.tiers import mostly_deep
from support.wire import Call, answer

LEASE = 2.0
HOMES = ("file", "git")
ONE = offering("one")
CHEAP, DEAR = offering("one", price=Decimal(149)), offering("one", price=Decimal(249))
OTHER = offering("other")
CASES = {
    "a late patch of another price": ((CHEAP,), (DEAR,)),
    "a late add of what was removed": ((ONE, OTHER), (ONE,)),
    "a late delete of what was kept": ((OTHER,), (DEAR, OTHER)),
}
"""What the zombie wants, and what the other run wants; ONE is listed before (and OTHER for the delete)."""


@pytest.fixture(params=mostly_deep(HOMES, ["file"]))
def it(tmp_path: Path, note: Callable[[str], None], request: pytest.FixtureRequest) -> Iterator[Trial]:
    """A project with one listing, whose state is in a file or in git."""
    note(f"zombies, {request.param}")
    project = in_git(tmp_path) if request.param == "git" else None
    with trial(tmp_path, (ONE,), project=project, lease=LEASE) as found:
        yield found


def elsewhere(it: Trial) -> Trial:
    """The same project on another machine: no lock tells there whether the first run is dead."""
    if isinstance(it.project, InGit):
        return replace(it, project=it.project.elsewhere())
    return replace(it, command=command(elsewhere=True))


Place = Callable[[Trial], Trial]
PLACES = pytest.mark.parametrize("place", [lambda it: it, elsewhere], ids=["same-machine", "elsewhere"])


@contextmanager
def stopped(it: Trial) -> Iterator[subprocess.Popen[str]]:
    """An apply that stopped between its check of the lease and its first request."""
    zombie = it.start(command=command(elsewhere=True, stop=1))
    try:
        _, status = os.waitpid(zombie.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        yield zombie
    finally:
        zombie.kill()
        zombie.wait()


def take_over(it: Trial, *now: Offering) -> None:
    """Another machine's apply, which waits for the lease to end and settles what the stopped one began."""
    other = elsewhere(it)
    other.want(*now)
    done = other.apply("--lock-timeout", "60s")
    assert done.code == 0, done
    other.check_equal()


@pytest.mark.parametrize("case", mostly_deep(CASES, []))
def test_a_zombie_marks_what_it_sent_too_late(it: Trial, case: str) -> None:
    """One request at most, its write is refused, its listing is in doubt, exit 4; the next run mends it."""
    late, now = CASES[case]
    if len(late) < len(now):  # a deletion waits for nothing else
        it.want(ONE, OTHER)
        it.settle()
    it.want(*late)
    with stopped(it) as zombie:
        take_over(it, *now)
        number = len(it.wire.seen)
        zombie.send_signal(signal.SIGCONT)
        done = finish(zombie)
    assert len(it.wire.seen) == number + 1
    _, id_ = sent(it.wire.seen)[-1]
    assert done.code == 4, done
    state = it.project.state()
    assert state is not None
    assert state.listings[id_].status is Status.MAYBE
    assert it.marketplace.listings() != it.marketplace.desired
    it.marketplace.needless.clear()  # it was right when that run was planned
    it.want(*now)
    it.settle()


@pytest.mark.deep
def test_a_zombie_that_is_killed_leaves_it_to_reassert(it: Trial) -> None:
    """Its late add is executed and nobody marks it: what was deleted is listed, and the state knows its id."""
    it.want(ONE, OTHER)
    with stopped(it) as zombie:
        take_over(it, ONE)

        def execute_and_kill(call: Call) -> None:
            call.execute()
            zombie.kill()
            zombie.wait()

        it.wire.script = lambda _seen: execute_and_kill
        zombie.send_signal(signal.SIGCONT)
        assert finish(zombie).code == KILLED
    assert set(it.marketplace.listings()) == {"one", "other"}
    it.check_known()
    it.want(ONE)
    it.settle("--reassert")


@PLACES
def test_a_second_run_is_refused_while_one_lives(it: Trial, place: Place) -> None:
    """Exit 3, nothing sent, and who holds the state; the first is not disturbed."""
    it.project.configure(it.wire.url, lease=120.0, timeout=60.0)  # however slow this machine is
    other = place(it)
    it.want(CHEAP)
    other.want(CHEAP)
    arrived, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> None:
        arrived.set()
        go_on.wait()
        answer(call)

    it.wire.script = lambda _seen: hold
    number = len(it.wire.seen)
    first = it.start()
    try:
        assert arrived.wait(60)
        refused = other.apply()
    finally:
        go_on.set()
    done = finish(first)
    assert refused.code == 3, refused
    assert "another run is applying to trial" in refused.err
    assert "Nothing was sent." in refused.err
    assert done.code == 0, done
    assert sent(it.wire.seen[number:]) == [("PATCH", "one")]
    it.check_equal()


@pytest.mark.deep
def test_a_claim_by_a_clock_far_ahead_holds_nobody_up(it: Trial) -> None:
    """An hour ahead and dead: watched unchanged for a lease and its margin, it is over."""
    state = it.project.state()
    assert state is not None
    until = datetime.now(UTC) + timedelta(hours=1)
    claim = Claim(id="dead", who="another machine", boot_id="another machine", lease_until=until)
    record = RunRecord(id="dead", who="another machine", started=datetime.now(UTC))
    it.project.put(document.encode(replace(state.successor(record), run=claim)))
    it.want(CHEAP)
    done = it.apply("--lock-timeout", "60s")
    assert done.code == 0, done
    it.check_equal()


@PLACES
def test_of_two_runs_at_once_one_wins(it: Trial, place: Place) -> None:
    """Started together, by the lock or by the swap of the state: exit 0 and 3, and every request once."""
    it.project.configure(it.wire.url, lease=120.0, timeout=60.0)  # however slow this machine is
    other = place(it)
    it.want(CHEAP)
    other.want(CHEAP)
    over = threading.Event()

    def until_the_other_gave_up(call: Call) -> None:
        over.wait()
        answer(call)

    it.wire.script = lambda _seen: until_the_other_gave_up
    number = len(it.wire.seen)
    runs = [it.start(), other.start()]

    def watch(run: subprocess.Popen[str]) -> None:
        run.wait()
        over.set()

    watchers = [threading.Thread(target=watch, args=(run,)) for run in runs]
    for watcher in watchers:
        watcher.start()
    done = [finish(run) for run in runs]
    for watcher in watchers:
        watcher.join()
    assert sorted(one.code for one in done) == [0, 3], done
    assert sent(it.wire.seen[number:]) == [("PATCH", "one")]
    it.settle()
