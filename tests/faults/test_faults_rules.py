"""The shortest history that needs each rule of the protocol, over the production driver: without it, red.

Two settings of one listing (`CHEAP`, `DEAR`) and its other training standard (`FRENCH_ONE`); who settles comes
after, with other files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from offerctl.api import Action, add
from offerctl.errors import StateUnavailable
from offerctl.offering import Offering
from offerctl.run import Verdict
from offerctl.state import Status
from support.plans import FRENCH, offering
from support.world import LEASE, WINDOW, End, Fault, Process, World, WriteFault, verdicts

ONE = offering("one")
CHEAP, DEAR = offering("one", price=Decimal(149)), offering("one", price=Decimal(249))
FRENCH_ONE = offering("one", training_standard_key=FRENCH)
OTHER = offering("other")


@pytest.fixture
def world(note: Callable[[str], None]) -> Iterator[World]:
    note("rules")
    found = World()
    yield found
    found.close()


def listed(world: World, *offerings: Offering) -> None:
    """These are listed and believed."""
    world.want(*offerings)
    world.settle()


def go(world: World, faults: dict[int, Fault] | None = None, **how: object) -> Process:
    """A run that has something to do, as far as it comes."""
    process = world.start(faults, **how)  # type: ignore[arg-type]
    assert process is not None
    process.go_on()
    return process


def sent(process: Process) -> list[tuple[str, str]]:
    return [(action.value, id_) for action, id_ in process.sent]


# *Plan by belief*: what a doubt leads to


def test_a_doubt_is_settled_with_everything(world: World) -> None:
    """Killed after a patch, the file reverted: no difference to the last confirmed body, and yet doubt."""
    listed(world, ONE)
    world.want(DEAR)
    assert go(world, {0: Fault.KILL_AFTER}).end is End.KILLED
    world.want(ONE)
    world.settle()


def test_an_unfinished_add_keeps_its_key(world: World) -> None:
    """Killed after an add, the file changed to another standard: a patch would answer OK on the wrong listing."""
    world.want(ONE)
    assert go(world, {0: Fault.KILL_AFTER}).end is End.KILLED
    world.want(FRENCH_ONE)
    world.settle()


# *Intent first*: its quiet periods move along with the lease


def test_nothing_is_sent_before_the_intent_is_written(world: World) -> None:
    """The home cannot be written: an error, and not one request."""
    world.want(ONE)
    process = world.run(writes={0: WriteFault.FAIL})
    assert process is not None
    assert isinstance(process.error, StateUnavailable)
    assert process.sent == []
    world.settle()


def test_an_intent_whose_answer_was_lost_is_found(world: World) -> None:
    """Read again, our own run stands there: it goes on."""
    world.want(ONE)
    process = world.run(writes={0: WriteFault.ANSWER_LOST})
    assert process is not None
    assert process.report.complete
    world.check_equal()


def test_what_is_on_its_way_is_known(world: World) -> None:
    """T1: an add in flight when its run dies comes up long after its file is gone; the state still knows it."""
    listed(world, OTHER)
    world.want(ONE, OTHER)
    assert go(world, {0: Fault.KILL_LATE}).end is End.KILLED
    world.hold_back(4 * WINDOW)
    listed(world, OTHER)
    world.time.go_on(4 * WINDOW)
    assert set(world.listed) == {"one", "other"}
    world.settle(reassert=True)


def test_quiet_periods_move_along_with_renewals(world: World) -> None:
    """A run that lasts longer than lease and W, and dies with a request on its way: that one is waited for."""
    slow = [offering(name) for name in ("a", "b", "c")]
    listed(world, ONE, *slow)
    world.want(CHEAP, *(offering(want.offering_id, price=Decimal(1)) for want in slow))
    lost = dict.fromkeys(range(9), Fault.LOST)
    process = go(world, {**lost, 9: Fault.KILL_LATE})
    assert process.end is End.KILLED
    assert sent(process)[-1] == ("PATCH", "one")
    assert world.time.elapsed > LEASE + WINDOW
    world.want(DEAR, *slow)
    world.settle()


# *Quiet*: what was found is waited for


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("now", [(DEAR,), (FRENCH_ONE,), ()])
def test_a_late_request_is_waited_for(world: World, elsewhere: bool, now: tuple[Offering, ...]) -> None:  # noqa: FBT001
    """A patch on its way when its run dies: whatever the next run wants, it comes first."""
    listed(world, ONE, OTHER)
    world.want(CHEAP, OTHER)
    assert go(world, {0: Fault.KILL_LATE}).end is End.KILLED
    world.want(*now, OTHER)
    world.settle(elsewhere=elsewhere)


def test_a_dead_run_of_this_machine_is_taken_over_at_once(world: World) -> None:
    """Nothing but W is waited for, not the rest of its lease."""
    listed(world, ONE)
    world.want(DEAR)
    assert go(world, {0: Fault.KILL_LATE}).end is End.KILLED
    began = world.time.elapsed
    assert go(world).report.complete
    assert world.time.elapsed - began == pytest.approx(WINDOW, abs=5)


# *Order*: the lease


def test_deletes_wait_for_what_takes_their_place(world: World) -> None:
    """A course that moves to a new id, whose add is refused, does not disappear."""
    listed(world, ONE)
    world.want(OTHER)
    process = go(world, {0: Fault.REFUSED})
    assert sent(process) == [("POST", "other")]
    assert verdicts(process) == {"other": Verdict.FAILED, "one": Verdict.NOT_STARTED}
    assert set(world.listed) == {"one"}
    world.settle()


def test_a_run_that_slept_past_its_lease_sends_nothing(world: World) -> None:
    """Stopped while it waits to ask again, and woken after another finished: not one request more."""
    listed(world, OTHER)
    world.want(ONE, OTHER)
    zombie = world.start({0: Fault.LOST})
    assert zombie is not None
    zombie.stop_in(40)
    assert zombie.go_on() is End.STOPPED
    assert sent(zombie) == [("POST", "one"), ("PATCH", "one")]
    world.want(DEAR, OTHER)
    world.settle(elsewhere=True)
    assert zombie.go_on() is End.DONE
    assert len(zombie.sent) == 2
    assert zombie.report.taken_over
    world.check_equal()


def test_what_was_sent_too_late_is_marked(world: World) -> None:
    """Stopped between the check and the request: one request, its write refused, its listing in doubt."""
    listed(world, ONE, OTHER)
    world.want(CHEAP, offering("other", price=Decimal(1)))
    zombie = go(world, {0: Fault.STOP})
    world.want(DEAR, OTHER)
    world.settle(elsewhere=True)
    assert zombie.go_on() is End.DONE
    assert sent(zombie) == [("PATCH", "one")]
    state = world.disk.state
    assert state is not None
    assert {id_: belief.status for id_, belief in state.listings.items()} == {
        "one": Status.MAYBE,
        "other": Status.LIVE,
    }
    world.settle()


def test_a_renewal_that_fails_stops_all_sending(world: World) -> None:
    """The home is gone for good: what is under way gets its answer, the rest is not started, nothing is lost."""
    wants = [offering(name) for name in ("a", "b", "c", "d")]
    listed(world, *wants)
    world.want(*(offering(want.offering_id, price=Decimal(1)) for want in wants))
    process = world.run(
        faults=dict.fromkeys(range(2), Fault.LOST), writes=dict.fromkeys(range(1, 99), WriteFault.FAIL)
    )
    assert process is not None
    assert process.report.unrecorded
    assert process.report.halted
    assert {id_ for _, id_ in process.sent} <= {"a", "b"}
    world.settle()


# *Put* and *add*


def test_a_ghost_that_comes_up_meanwhile_is_adopted(world: World) -> None:
    """PATCH says absent, then a late add lands, so POST says exists: PATCH again, with everything."""
    listed(world, ONE, OTHER)
    listed(world, OTHER)
    world.want(DEAR, OTHER)
    world.later(add(CHEAP), within=0.12)
    process = go(world)
    assert [action for action, _ in sent(process)] == ["PATCH", "POST", "PATCH"]
    assert process.report.complete
    world.check_equal()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.EXECUTED, ["POST", "PATCH"]),
        (Fault.LOST, ["POST", "PATCH", "PATCH", "POST"]),
        (Fault.LATE, ["POST", "PATCH", "PATCH"]),
    ],
)
def test_an_add_of_unknown_fate_is_asked_about(world: World, fault: Fault, expected: list[str]) -> None:
    """Never a blind POST: PATCH tells, and where it says absent, PATCH tells again after W."""
    world.want(ONE)
    process = go(world, {0: fault})
    assert [action for action, _ in sent(process)] == expected
    assert process.report.complete
    world.check_equal()


def test_what_somebody_else_listed_is_left_alone(world: World) -> None:
    """It exists though nobody here added it: contested, and nothing is sent for it any more."""
    listed(world, OTHER)
    world.want(ONE, OTHER)
    world.watched = lambda request: world.listed.update(one=DEAR) if request.action is Action.ADD else None
    process = go(world)
    assert sent(process) == [("POST", "one")]
    assert verdicts(process) == {"one": Verdict.FAILED}
    state = world.disk.state
    assert state is not None
    assert state.listings["one"].status is Status.CONTESTED
    assert world.run() is None


# *Delete*


def test_what_is_not_there_is_deleted(world: World) -> None:
    """Somebody else removed it: gone, as was wanted."""
    listed(world, ONE, OTHER)
    del world.listed["one"]
    world.want(OTHER)
    world.settle()


# *Replace*


@pytest.mark.parametrize("fault", [Fault.COPIED, Fault.LATE, Fault.EXECUTED])
def test_a_delete_that_comes_twice_does_not_hit_the_replacement(world: World, fault: Fault) -> None:
    """Between the DELETE and the POST one W is always waited."""
    listed(world, ONE)
    world.want(FRENCH_ONE)
    assert go(world, {0: fault}).report.complete
    world.time.go_on(WINDOW)
    world.check_equal()


def test_a_replacement_is_recorded_before_it_is_added(world: World) -> None:
    """Killed after both calls: the next run does not take the right listing for the old one."""
    listed(world, ONE)
    world.want(FRENCH_ONE)
    assert go(world, {1: Fault.KILL_AFTER}).end is End.KILLED
    assert world.listed == {"one": FRENCH_ONE}
    world.settle()


def test_a_replacement_that_was_never_begun_still_is_one(world: World) -> None:
    """Killed before its DELETE: the old listing is still there, under its old key."""
    listed(world, ONE)
    world.want(FRENCH_ONE)
    assert go(world, {0: Fault.KILL_BEFORE}).end is End.KILLED
    world.settle()


# *End*: which quiet periods a run leaves


@pytest.mark.parametrize("fault", [Fault.LATE, Fault.EXECUTED, Fault.LOST])
def test_an_unsure_attempt_leaves_its_listing_quiet(world: World, fault: Fault) -> None:
    """The same request succeeded at the second attempt; the first may still arrive."""
    listed(world, ONE)
    world.want(CHEAP)
    assert go(world, {0: fault}).report.complete
    world.want(DEAR)
    world.settle()


def test_a_clean_delete_leaves_its_listing_quiet(world: World) -> None:
    """A proxy repeats the DELETE: what is listed again must not be hit by the copy."""
    listed(world, ONE, OTHER)
    world.want(OTHER)
    assert go(world, {0: Fault.COPIED}).report.complete
    world.want(DEAR, OTHER)
    world.settle()


def test_a_typo_is_mended_at_once(world: World) -> None:
    """After a clean add or patch nothing is waited for."""
    world.want(CHEAP)
    go(world)
    world.want(DEAR)
    began = world.time.elapsed
    assert go(world).report.complete
    assert world.time.elapsed - began < 1


# *Former belief*: what comes back


def test_a_refusal_restores_the_former_quiet_too(world: World) -> None:
    """A 401 of another listing while one waits: its old quiet period still holds."""
    listed(world, ONE, OTHER)
    world.want(CHEAP, OTHER)
    assert go(world, {0: Fault.KILL_LATE}).end is End.KILLED
    world.want(CHEAP, offering("other", price=Decimal(1)))
    process = go(world, {0: Fault.FORBIDDEN})
    assert verdicts(process) == {"one": Verdict.NOT_STARTED, "other": Verdict.FAILED}
    world.want(DEAR, OTHER)
    world.settle()


def test_a_refusal_after_a_clean_step_restores_nothing(world: World) -> None:
    """DELETE was done, POST refused: what was live is not live any more, and a revert has something to do."""
    listed(world, ONE)
    world.want(FRENCH_ONE)
    assert verdicts(go(world, {1: Fault.REFUSED})) == {"one": Verdict.IN_DOUBT}
    world.want(ONE)
    world.settle()


def test_a_refusal_after_an_unsure_attempt_restores_nothing(world: World) -> None:
    """The POST ran, the PATCH was refused: the listing is there, and the state knows it."""
    world.want(ONE)
    assert verdicts(go(world, {0: Fault.EXECUTED, 1: Fault.REFUSED})) == {"one": Verdict.IN_DOUBT}
    world.check_known()
    world.want(DEAR)
    world.settle()


def test_what_was_refused_at_first_is_as_it_was(world: World) -> None:
    """The former belief holds, live and not in doubt."""
    listed(world, ONE)
    world.want(DEAR)
    assert verdicts(go(world, {0: Fault.REFUSED})) == {"one": Verdict.FAILED}
    world.want(ONE)
    assert world.run() is None


# *Reassert*: everything again


def test_a_wiped_marketplace_is_filled_again(world: World) -> None:
    """Every body is sent, whole, though nothing changed."""
    listed(world, ONE, OTHER)
    world.wipe()
    world.settle(reassert=True)


def test_a_patch_of_one_attribute_would_not_do(world: World) -> None:
    """One that was changed by others in another attribute than the file's: the whole body is sent."""
    listed(world, ONE)
    world.listed["one"] = offering("one", course_name="Somebody else's name")
    world.want(DEAR)
    world.settle(reassert=True)


# *Unrecorded*: the final write


@pytest.mark.parametrize("fault", [WriteFault.FAIL, WriteFault.KILL_BEFORE, WriteFault.KILL_AFTER])
def test_a_final_write_that_fails_is_settled_by_the_next_run(world: World, fault: WriteFault) -> None:
    """Told as not recorded where anybody is there to tell; nothing is lost."""
    listed(world, ONE)
    world.want(DEAR)
    process = world.run(writes={1: fault, 2: fault})
    assert process is not None
    if process.end is End.DONE:
        assert "The next run settles" in (process.report.unrecorded or "")
        assert not process.report.complete
    world.settle()


def test_a_final_write_whose_answer_was_lost_is_found(world: World) -> None:
    """It is there: the run is complete."""
    world.want(ONE)
    process = world.run(writes={1: WriteFault.ANSWER_LOST})
    assert process is not None
    assert process.report.complete
    world.check_equal()
