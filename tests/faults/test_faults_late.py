"""What was sent after the lease had ended is marked, however the call and the final write end (*order*)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from offerctl import api, apply
from offerctl.api.probing import Interview
from offerctl.api.questions import Question
from offerctl.apply.conversation import Conversation, Intention
from offerctl.errors import StateUnavailable
from offerctl.plan import Options, Origin, make
from offerctl.run import Author, Report, Run, RunSpec, Settings
from offerctl.state import Belief, Place, RunRecord, State, Status, document, moving
from offerctl.state.backend import Version
from offerctl.state.listings import Listings
from support.plans import FREE, HOME, offering, wanted
from support.world import BEGIN, Disk


class Clock:
    """A clock that is set by hand."""

    seconds = 0.0

    def now(self) -> datetime:
        """The time of day."""
        return BEGIN + timedelta(seconds=self.seconds)

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.seconds


class FailingDisk(Disk):
    """A home of states of which the next write can be made to fail."""

    full = False

    def write(self, sealed: document.SealedState, expected: Version | None) -> Version:
        """A swap, unless the disk is full for this once."""
        if self.full:
            self.full = False
            raise StateUnavailable("the disk is full")
        return super().write(sealed, expected)


def finished_elsewhere(disk: Disk, clock: Clock, id_: str = "x") -> None:
    """Another run takes the state over and ends: the listing is believed to be gone."""
    found = disk.read()
    assert found is not None
    state = document.parse(found[0])
    record = RunRecord(id="other", who="b", started=clock.now(), finished=clock.now())
    gone = Belief(status=Status.GONE, key=state.listings[id_].key)
    disk.write(document.seal(replace(state.successor(record), run=None, listings=Listings({id_: gone}))), found[1])


async def answered(disk: FailingDisk, controls: apply.Controls) -> api.Outcome:
    del disk, controls
    return api.Outcome(kind=api.Kind.OK, status=201)


async def cancelled(disk: FailingDisk, controls: apply.Controls) -> api.Outcome:
    del disk
    controls.interrupt()
    controls.interrupt()
    await asyncio.sleep(3600)
    raise AssertionError("the second signal cancels the call")


async def answered_on_a_full_disk(disk: FailingDisk, controls: apply.Controls) -> api.Outcome:
    disk.full = True
    return await answered(disk, controls)


Ending = Callable[[FailingDisk, apply.Controls], Awaitable[api.Outcome]]


Meanwhile = Callable[[Disk, Clock], None]


async def late_run(disk: FailingDisk, ending: Ending, meanwhile: Meanwhile = finished_elsewhere) -> Report:
    """A run that slept between the check of its lease and the request, while another one came and went."""
    clock, controls = Clock(), apply.Controls()
    disk.write(document.seal(State(lineage="l", home=HOME)), None)
    found = disk.read()
    assert found is not None
    read = document.parse(found[0])
    plan = make(wanted(offering("x")), read, home=HOME, options=Options(), guards=FREE, origin=Origin())
    spec = RunSpec(
        plan=plan,
        read=read,
        settings=Settings(lease=120, settle_window=120),
        author=Author(run="zombie", who="a"),
        started=clock.now(),
    )

    async def send(request: api.Request) -> api.Outcome:
        assert request.offering_id == "x"
        clock.seconds += 1000
        meanwhile(disk, clock)
        return await ending(disk, controls)

    return await apply.run(
        Run(spec), disk, found[1], clock=clock, send=send, emit=lambda _event: None, controls=controls
    )


@pytest.mark.parametrize("ending", [answered, cancelled, answered_on_a_full_disk])
def test_an_id_that_was_sent_too_late_is_in_doubt(ending: Ending) -> None:
    """Marked, whether the call was answered or cancelled, and whether or not the final write could be tried."""
    disk = FailingDisk()
    report = asyncio.run(asyncio.wait_for(late_run(disk, ending), 30))
    assert disk.state is not None
    assert disk.state.listings["x"].status is Status.MAYBE
    assert disk.state.listings["x"].quiet_until is not None
    assert "sent too late" in str(report.unrecorded)


def moved_away(disk: Disk, clock: Clock) -> None:
    """`state move` marks the state: it is in another home now."""
    found = disk.read()
    assert found is not None
    state, version = document.parse(found[0]), found[1]
    record = RunRecord(id="move", who="b", started=clock.now(), finished=clock.now())
    disk.write(document.seal(moving.marked(state, to=Place("prod", "git:new"), record=record)), version)


def test_what_was_sent_too_late_beside_a_move_is_told_and_not_marked() -> None:
    """The old home is not written any more; what repairs it, wherever the state is, is said."""
    disk = FailingDisk()
    report = asyncio.run(asyncio.wait_for(late_run(disk, answered, moved_away), 30))
    assert disk.state is not None
    assert disk.state.moved_to == Place("prod", "git:new")
    assert disk.state.last_run is not None
    assert disk.state.last_run.id == "move"
    assert "run apply --reassert (the state was moved meanwhile)" in str(report.unrecorded)


class Probing:
    """A probe that sleeps between the check of its lease and a request, while another run comes and goes."""

    def __init__(self, action: api.Action) -> None:
        self.disk, self.clock, self.action, self.sent = Disk(), Clock(), action, list[api.Action]()
        self.disk.write(document.seal(State(lineage="l", home=HOME)), None)
        read = document.parse((self.disk.read() or (b"", 0))[0])
        interview = Interview(assumed=api.DEFAULT, written=frozenset(), offering=offering("x"))
        intention = Intention(
            read=read,
            author=Author(run="zombie", who="a"),
            settings=Settings(lease=120, settle_window=120),
            started=self.clock.now(),
            offering=interview.offering,
        )
        self.talk = Conversation(
            interview=interview,
            intention=intention,
            clock=self.clock,
            send=self.send,
            controls=apply.Controls(),
        )

    async def send(self, question: Question) -> api.Outcome:
        """Absent until it is added, and then there."""
        action = question.request.action
        self.sent.append(action)
        if action is self.action:
            self.clock.seconds += 1000
            finished_elsewhere(self.disk, self.clock)
        if api.Action.ADD in self.sent:
            return api.Outcome(kind=api.Kind.OK, status=204)
        return api.Outcome(kind=api.Kind.ABSENT, status=404, code="notFound")

    def run(self) -> Belief:
        """What is believed of its listing at the end."""
        found = self.disk.read()
        assert found is not None
        asyncio.run(asyncio.wait_for(self.talk.hold(self.disk, found[1]), 30))
        assert self.disk.state is not None
        return self.disk.state.listings["x"]


def test_what_a_probe_sent_too_late_is_in_doubt() -> None:
    """Its Add may have come after the other run's Delete: the next probe or apply deletes the listing again."""
    it = Probing(api.Action.ADD)
    belief = it.run()
    assert belief.status is Status.MAYBE
    assert belief.quiet_until is not None
    assert "sent too late is marked" in str(it.talk.unrecorded)
    assert it.sent[-1] is api.Action.ADD, "nothing is asked after that"


def test_a_question_that_lists_nothing_is_never_too_late() -> None:
    """The other run's word stands."""
    it = Probing(api.Action.DELETE)
    assert it.run().status is Status.GONE
    assert "not recorded" in str(it.talk.unrecorded)
