"""Two machines whose clocks differ by 30 seconds, over the production driver in a world of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from support.plans import offering
from support.world import LEASE, WINDOW, End, Fault, World

SKEW = 30.0
CHEAP, DEAR = offering("one", price=Decimal(149)), offering("one", price=Decimal(249))


@pytest.fixture
def world(note: Callable[[str], None]) -> Iterator[World]:
    note("clocks")
    found = World()
    found.want(offering("one"))
    found.settle()
    yield found
    found.close()


@pytest.mark.parametrize("skew", [-SKEW, 0.0, SKEW])
def test_no_lease_is_taken_over_before_its_holder_knows_that_it_ended(world: World, skew: float) -> None:
    """Whichever clock is wrong: the other waits until the stopped one, waking up, would send nothing more."""
    world.want(CHEAP)
    zombie = world.start({0: Fault.STOP}, skew=skew)
    assert zombie is not None
    began = world.time.elapsed
    assert zombie.go_on() is End.STOPPED
    world.want(DEAR)
    other = world.start(elsewhere=True)
    assert other is not None
    assert world.time.elapsed - began >= LEASE
    assert world.time.elapsed - began <= LEASE + 2 * SKEW + 2
    assert other.go_on() is End.DONE
    assert other.report.complete
    assert zombie.go_on() is End.DONE
    assert len(zombie.sent) == 1
    world.settle()


@pytest.mark.parametrize("skew", [-SKEW, 0.0, SKEW])
@pytest.mark.parametrize("fault", [Fault.LATE, Fault.KILL_LATE])
def test_a_late_request_of_another_machine_is_waited_for(world: World, skew: float, fault: Fault) -> None:
    """W covers the longest delay and the clocks' difference: one clean run makes everything equal."""
    world.longest_delay = WINDOW - SKEW
    world.want(CHEAP)
    first = world.start({0: fault}, skew=skew)
    assert first is not None
    first.go_on()
    world.want(DEAR)
    world.settle(elsewhere=True)


@pytest.mark.parametrize("skew", [-SKEW, SKEW])
def test_a_clock_that_is_wrong_breaks_no_lease_of_its_own(world: World, skew: float) -> None:
    """A run of many renewals holds its lease by the clock that nobody sets."""
    world.want(CHEAP, offering("two"), offering("three"))
    slow = world.start(dict.fromkeys(range(6), Fault.LATE), skew=skew, parallelism=3)
    assert slow is not None
    assert slow.go_on() is End.DONE
    assert slow.report.halted is None
    world.settle(elsewhere=True)
