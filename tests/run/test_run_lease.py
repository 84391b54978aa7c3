"""The lease: every write of a run, and what an answer that was lost leaves to be found out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from offerctl.apply.lease import Lease
from offerctl.errors import StateMoved, StateUnavailable
from offerctl.state import Claim, RunRecord, State, document
from offerctl.state.backend import StoredVersion, Version
from support.plans import HOME, NOW, state

READ = state({})


class Home:
    """A home of states in memory whose answers can be lost."""

    def __init__(self) -> None:
        self.data = document.encode(READ)
        self.lose: list[str] = []
        self.busy: Callable[[], None] = lambda: None

    def read(self) -> tuple[bytes, Version] | None:
        """What is there."""
        return self.data, Version(str(hash(self.data)))

    def write(self, sealed: document.SealedState, expected: Version | None) -> Version:
        """A swap; `lose` says for the next ones what becomes of them, and `busy` is what happens before each."""
        self.busy()
        fate = self.lose.pop(0) if self.lose else "answered"
        if fate == "not executed":
            raise StateUnavailable("the network is gone")
        if expected != Version(str(hash(self.data))):
            raise StateMoved("somebody else wrote")
        self.data = sealed.data
        if fate == "executed":
            raise StateUnavailable("the answer is gone")
        return Version(str(hash(self.data)))

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """No lock."""
        yield False

    def history(self) -> Iterable[StoredVersion]:
        """Nothing is kept."""
        return ()


class Clock:
    """A clock that is set by hand."""

    seconds = 0.0

    def now(self) -> datetime:
        """The time of day."""
        return NOW + timedelta(seconds=self.seconds)

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.seconds


def renewed(last: State, now: datetime) -> State:
    record = RunRecord(id="r", who="a test", started=NOW)
    claim = Claim(id="r", who="a test", boot_id=None, lease_until=now + timedelta(seconds=8))
    return replace(last.successor(record), run=claim)


def lease(home: Home, clock: Clock) -> Lease:
    found = home.read()
    assert found is not None
    return Lease(home, document.parse(found[0]), found[1], run="r", seconds=8.0, clock=clock)


def test_it_holds_from_the_beginning_of_the_last_write() -> None:
    """Not from its end: the write may have waited long before it took effect."""
    home, clock = Home(), Clock()
    it = lease(home, clock)
    assert not it.holds()
    asyncio.run(it.write(renewed))
    clock.seconds = 7.9
    assert it.holds()
    clock.seconds = 8.0
    assert not it.holds()


@pytest.mark.parametrize(
    ("waits", "holds", "writes"), [([7.0], True, 1), ([9.0, 1.0], True, 2), ([9.0, 9.0], False, 2)]
)
def test_one_that_waited_for_its_turn_until_it_was_over_is_renewed(
    waits: list[float], *, holds: bool, writes: int
) -> None:
    """Once: then the home is too slow for the lease, nothing is sent, and the run says why."""
    home, clock = Home(), Clock()
    it = lease(home, clock)

    def busy() -> None:
        clock.seconds += waits.pop(0)

    home.busy = busy
    asyncio.run(it.take(renewed))
    assert (it.holds(), document.parse(home.data).serial - READ.serial, waits) == (holds, writes, [])


@pytest.mark.parametrize("fates", [["executed"], ["executed", "answered"]])
def test_a_write_whose_answer_was_lost_is_found(fates: list[str]) -> None:
    """What is there tells that it was ours; the next write goes on from it."""
    home, clock = Home(), Clock()
    it = lease(home, clock)
    home.lose = list(fates)
    asyncio.run(it.write(renewed))
    asyncio.run(it.write(renewed))
    assert document.parse(home.data).serial == READ.serial + 2
    assert it.holds()


def test_a_write_that_did_not_happen_is_an_error() -> None:
    """Nothing was written and nothing is believed to be."""
    home, clock = Home(), Clock()
    it = lease(home, clock)
    home.lose = ["not executed"]
    with pytest.raises(StateUnavailable):
        asyncio.run(it.write(renewed))
    assert not it.holds()
    assert document.parse(home.data).serial == READ.serial


def test_a_state_that_another_run_took_over_is_not_overwritten() -> None:
    """The swap is refused, whatever this run believes."""
    home, clock = Home(), Clock()
    it = lease(home, clock)
    other = replace(READ.successor(RunRecord(id="other", who="b", started=NOW)), home=HOME)
    home.data = document.encode(other)
    with pytest.raises(StateMoved):
        asyncio.run(it.write(renewed))
    assert home.data == document.encode(other)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]"])
def test_a_state_that_was_damaged_meanwhile_is_not_overwritten(damage: bytes) -> None:
    """It is not ours any more, and the report of what was done is not lost over it."""
    home, clock = Home(), Clock()
    it = lease(home, clock)
    home.data = damage
    with pytest.raises(StateMoved):
        asyncio.run(it.write(renewed))
    assert home.data == damage
