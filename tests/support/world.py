"""The production driver in a world of its own: a clock that jumps, a Marketplace, a wire, mortal processes.

`offerctl.apply.run` runs as it is, with its lease, its renewals and its writes; only time, network and
disk are ours. Each process has an event loop over the one clock: it can be killed, stopped and continued,
while another works. Hours pass in milliseconds, and the same calls give the same history.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, TypeVar

from offerctl import api, apply
from offerctl.api import Action, Kind, Outcome, Request
from offerctl.errors import StateMoved, StateUnavailable
from offerctl.offering import Offering
from offerctl.plan import Options, Origin, make
from offerctl.run import Author, Report, Run, RunSpec, Settings, Verdict
from offerctl.state import Claim, RunRecord, State, Status, document, edits
from offerctl.state.backend import StoredVersion, Version
from offerctl.state.claims import liveness
from offerctl.state.receipts import EditKind
from support.plans import FREE, HOME, wanted

T = TypeVar("T")

BEGIN = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)
LEASE = WINDOW = 120.0
LATENCY = 0.1
"""Seconds that an answer takes."""
TIMEOUT = 30.0
DAY = 86400.0


class Fault(Enum):
    """What happens to one request."""

    ANSWER = auto()
    REFUSED = auto()
    """400 invalid."""
    FORBIDDEN = auto()
    """401: nothing more may be sent."""
    NOT_SENT = auto()
    LOST = auto()
    """No answer, never executed."""
    EXECUTED = auto()
    """Executed, the answer lost."""
    LATE = auto()
    """No answer; executed at some later time, at most W after it was sent."""
    COPIED = auto()
    """Executed and answered; a proxy sends a DELETE again within W, as it may with what is idempotent."""
    KILL_BEFORE = auto()
    KILL_AFTER = auto()
    KILL_LATE = auto()
    """The process dies; its request is executed later, within W."""
    STOP = auto()
    """SIGSTOP between the check of the lease and the request."""


class WriteFault(Enum):
    """What happens to one write of the state."""

    KILL_BEFORE = auto()
    KILL_AFTER = auto()
    FAIL = auto()
    """The home cannot be written."""
    ANSWER_LOST = auto()
    """Written, but nobody says so."""


class End(Enum):
    """How far a process came."""

    DONE = auto()
    KILLED = auto()
    STOPPED = auto()


@dataclass(slots=True)
class Time:
    """Seconds since the world began; whoever wants to do something at some time is in `alarms`."""

    elapsed: float = 0.0
    alarms: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def go_on(self, seconds: float) -> None:
        """Time passes, and alarms go off at their time."""
        end = self.elapsed + seconds
        while due := [alarm for alarm in self.alarms if alarm[0] <= end]:
            alarm = min(due, key=lambda one: one[0])
            self.alarms.remove(alarm)
            self.elapsed = max(self.elapsed, alarm[0])
            alarm[1]()
        self.elapsed = max(self.elapsed, end)


@dataclass(frozen=True, slots=True)
class SkewedClock:
    """The clock of one machine: its time of day is wrong by `skew` seconds."""

    time: Time
    skew: float = 0.0

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.time.elapsed + self.skew)

    def elapsed(self) -> float:
        return self.time.elapsed


class _Selector(selectors.DefaultSelector):
    """Never sleeps: where there is nothing to do, time goes on."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time
        self.until = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found:
            assert timeout is not None, "this process waits for nothing that could ever happen"
            assert self._time.elapsed < self.until, "this process does not come to its end"
            self._time.go_on(timeout)
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, time: Time) -> None:
        self._select = _Selector(time)
        super().__init__(self._select)
        self._world_time = time
        self.set_default_executor(_AtOnce())

    def time(self) -> float:
        return self._world_time.elapsed

    def run_forever(self) -> None:
        """Until it is stopped; a day is longer than any run takes."""
        self._select.until = self._world_time.elapsed + DAY
        super().run_forever()


class _AtOnce(ThreadPoolExecutor):
    """A thread that is always quick enough."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - as a thread hands it on
            done.set_exception(error)
        return done


class _Dead(Exception):
    pass


class Disk:
    """The state document, and the versions that were kept."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.kept: list[bytes] = []
        self.writes = 0

    def read(self) -> tuple[bytes, Version] | None:
        return None if self.data is None else (self.data, self._version())

    def write(self, sealed: document.SealedState, expected: Version | None) -> Version:
        if (None if self.data is None else self._version()) != expected:
            raise StateMoved("somebody else wrote it")
        assert document.heading(sealed.data) == sealed.heading
        self.data = sealed.data
        self.kept.append(sealed.data)
        self.writes += 1
        return self._version()

    def _version(self) -> Version:
        assert self.data is not None
        return Version(document.parse(self.data).checksum or "")

    @contextmanager
    def hold(self) -> Iterator[bool]:
        yield False

    def history(self) -> Iterator[StoredVersion]:
        return iter(())

    @property
    def state(self) -> State | None:
        return None if self.data is None else document.parse(self.data)


class World:
    """Files, a Marketplace, a state, and the time. `check` is what must hold after everything that happens."""

    def __init__(self) -> None:
        self.time = Time()
        self.disk = Disk()
        self.desired: dict[str, Offering] = {}
        self.listed: dict[str, Offering] = {}
        self.executed: list[tuple[Action, str]] = []
        self.flying: list[tuple[float, Request]] = []
        self.runs: dict[str, Process] = {}
        self.longest_delay = WINDOW
        self.watched: Callable[[Request], None] = lambda _request: None

    def close(self) -> None:
        """The end of every process that still lives."""
        for process in self.runs.values():
            process.kill()

    # What people and others do

    def want(self, *offerings: Offering) -> None:
        """These are the files, and no others."""
        self.desired = {wanted.offering_id: wanted for wanted in offerings}

    def wipe(self) -> None:
        """The Marketplace forgets everything."""
        self.listed.clear()

    def land(self, number: int = 0) -> None:
        """A request that is on its way is executed now."""
        self._land(self.flying[number])

    def restore(self, number: int) -> None:
        """Bring back the kept version of that number."""
        present = self.disk.state
        now = SkewedClock(self.time).now()
        record = RunRecord(id=f"restore-{self.disk.writes}", who="a test", started=now, finished=now)
        brought = document.parse(self.disk.kept[number])
        found = self.disk.read()
        state = edits.merge_restored(brought, present, mend=EditKind.RESTORE, record=record)
        self.disk.write(document.seal(state), found[1] if found else None)

    # What the Marketplace does

    def execute(self, request: Request) -> Outcome:
        """One request takes effect."""
        id_, action = request.offering_id, request.action
        self.executed.append((action, id_))
        there = self.listed.get(id_)
        if action is Action.ADD:
            if there is not None:
                return Outcome(kind=Kind.EXISTS, status=400, code="general")
            self.listed[id_] = Offering.from_attributes(dict(request.attributes))
        elif there is None:
            return Outcome(kind=Kind.ABSENT, status=404, code="notFound")
        elif action is Action.PATCH:
            self.listed[id_] = Offering.from_attributes({**there.attributes(), **dict(request.attributes)})
        else:
            del self.listed[id_]
        self.check_known()
        return Outcome(kind=Kind.OK, status=204)

    def later(self, request: Request, within: float | None = None) -> None:
        """A request that is on its way for at most so long; otherwise for the longest that is promised."""
        end = self.time.elapsed + (self.longest_delay if within is None else within)
        flight = (end, request)
        self.flying.append(flight)
        self.time.alarms.append((end, lambda: self._land(flight)))

    def hold_back(self, within: float) -> None:
        """The request that left last takes longer."""
        _, request = self.flying.pop()
        self.later(request, within)

    def _land(self, flight: tuple[float, Request]) -> None:
        left = [one for one in self.flying if one is not flight]
        if len(left) < len(self.flying):
            self.flying = left
            self.execute(flight[1])

    # What must hold

    def check_known(self) -> None:
        """T1: no listing is unknown to the state."""
        state = self.disk.state
        unknown = set(self.listed) - set(state.listings if state else {})
        assert not unknown, f"unknown to the state: {unknown}"

    def check_equal(self) -> None:
        """T2: Marketplace == files == state, without doubt."""
        state = self.disk.state
        listings = state.listings if state else {}
        assert self.listed == self.desired
        assert {id_: belief.body for id_, belief in listings.items() if belief.body} == self.desired
        assert {belief.status for belief in listings.values()} <= {Status.LIVE, Status.GONE}

    def settle(self, *, reassert: bool = False, **how: Any) -> None:
        """One clean run makes everything equal, deletes nothing that is right, and the next does nothing.

        Where the key of a listing is not known it has to be deleted, right or not.
        """
        before = self.disk.state
        unsure = {id_ for id_, belief in (before.listings if before else {}).items() if belief.key is None}

        def watch(request: Request) -> None:
            id_, want = request.offering_id, self.desired.get(request.offering_id)
            there = self.listed.get(id_)
            right = want and there and want.training_standard_key is there.training_standard_key
            needless = request.action is Action.DELETE and right and id_ not in unsure
            assert not needless, f"needless deletion of {id_}"

        self.watched = watch
        process = self.run(reassert=reassert, **how)
        if process is not None:
            assert process.end is End.DONE
            assert process.report.complete, process.report
        # What was on its way has arrived, or never will.
        self.time.go_on(WINDOW)
        self.watched = lambda _request: None
        self.check_equal()
        writes, sent = self.disk.writes, len(self.executed)
        assert self.run() is None
        assert (self.disk.writes, len(self.executed)) == (writes, sent)

    def run(self, **how: Any) -> Process | None:
        """A run of the files as they are, to its end; none where there is nothing to do."""
        process = self.start(**how)
        if process is not None:
            process.go_on()
        return process

    def start(
        self,
        faults: Mapping[int, Fault] | None = None,
        writes: Mapping[int, WriteFault] | None = None,
        *,
        skew: float = 0.0,
        reassert: bool = False,
        parallelism: int = 1,
        elsewhere: bool = False,
    ) -> Process | None:
        """A run of the files as they are, once no other holds the lease (*foreign lease*).

        `elsewhere`: on another machine than the run before it, so that it cannot know that that one is dead.
        """
        clock = SkewedClock(self.time, skew)
        dead = self._await_lease(clock, elsewhere=elsewhere)
        found = self.disk.read()
        state = document.parse(found[0]) if found else None
        options = Options(reassert=reassert, allow_deletes="all")
        desired = wanted(*self.desired.values())
        plan = make(desired, state, home=HOME, options=options, guards=FREE, origin=Origin())
        assert not plan.refusals
        if plan.empty:
            return None
        spec = RunSpec(
            plan=plan,
            read=state or State(lineage="a-world", home=HOME),
            settings=Settings(lease=LEASE, settle_window=WINDOW, parallelism=parallelism),
            author=Author(run=f"run-{len(self.runs)}", who="a test", boot_id=None),
            started=clock.now(),
            former_dead=dead,
        )
        process = Process(
            self, Run(spec), found[1] if found else None, clock=clock, faults=faults or {}, writes=writes or {}
        )
        self.runs[spec.author.run] = process
        return process

    def _await_lease(self, clock: SkewedClock, *, elsewhere: bool) -> bool:
        """Whether the run that holds the lease is surely dead; of any other, the lease is over now."""
        while (state := self.disk.state) and (claim := state.run):
            if not elsewhere and self.runs[claim.id].end is End.KILLED:
                return True
            if not liveness(claim, now=clock.now(), lease=LEASE).may_live:
                return False
            self.time.go_on(_until(claim, clock))
        return False


def _until(claim: Claim, clock: SkewedClock) -> float:
    """Seconds until it is worth another look."""
    return max((claim.lease_until - clock.now()).total_seconds(), 1.0)


class Process:
    """A run in its own process: `end` says how far it came, `report` what it told."""

    def __init__(
        self,
        world: World,
        machine: Run,
        version: Version | None,
        *,
        clock: SkewedClock,
        faults: Mapping[int, Fault],
        writes: Mapping[int, WriteFault],
    ) -> None:
        self.plan = machine.spec.plan
        self.sent: list[tuple[Action, str]] = []
        self.end: End | None = None
        self.error: BaseException | None = None
        self._world = world
        self._faults = faults
        self._write_faults = writes
        self._writes = 0
        self._loop = _Loop(world.time)
        self._asleep: asyncio.Future[None] | None = None
        self._task = self._loop.create_task(
            apply.run(machine, self, version, clock=clock, send=self._send, emit=lambda _event: None)
        )
        self._task.add_done_callback(lambda _task: self._leave(End.DONE))

    @property
    def report(self) -> Report:
        """What the run told at its end."""
        return self._task.result()

    def go_on(self) -> End:
        """Let it run until it ends, dies or is stopped; SIGCONT where it was stopped."""
        self.end = None
        if self._asleep is not None:
            self._loop.call_soon(self._asleep.set_result, None)
            self._asleep = None
        self._loop.run_forever()
        end = self._reached()
        if end is not End.STOPPED:
            self._bury()
        if end is End.DONE:
            self.error = self._task.exception()
            assert self.error is None or isinstance(self.error, StateMoved | StateUnavailable), repr(self.error)
        return end

    def _reached(self) -> End:
        assert self.end is not None
        return self.end

    def stop_in(self, seconds: float) -> None:
        """SIGSTOP, so many seconds from now."""
        time = self._world.time
        time.alarms.append((time.elapsed + seconds, lambda: self._leave(End.STOPPED)))

    def kill(self) -> None:
        """SIGKILL, of one that still lives."""
        if not self._loop.is_closed():
            self.end = End.KILLED
            self._bury()

    def _leave(self, end: End) -> None:
        if self.end is None or (self.end is End.STOPPED and end is End.KILLED):
            self.end = end
            self._loop.stop()

    def _bury(self) -> None:
        """Whatever a dead process still has open comes to nothing."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _die(self) -> Outcome:
        self._leave(End.KILLED)
        await self._loop.create_future()
        raise AssertionError

    # The wire

    async def _send(self, request: Request) -> Outcome:
        if self.end is End.KILLED:
            return await self._die()
        fault = self._faults.get(len(self.sent), Fault.ANSWER)
        self.sent.append((request.action, request.offering_id))
        if fault is Fault.STOP:
            self._asleep = self._asleep or self._loop.create_future()
            self._leave(End.STOPPED)
            await self._asleep
        return await self._treat(request, fault)

    async def _treat(self, request: Request, fault: Fault) -> Outcome:
        world = self._world
        match fault:
            case Fault.NOT_SENT:
                return api.not_sent("connection refused")
            case Fault.REFUSED:
                return Outcome(kind=Kind.REJECTED, status=400, code="invalid")
            case Fault.FORBIDDEN:
                return Outcome(kind=Kind.STOP, status=401, code="unauthorized")
            case Fault.KILL_BEFORE | Fault.KILL_LATE:
                if fault is Fault.KILL_LATE:
                    world.later(request)
                return await self._die()
            case Fault.LOST | Fault.LATE:
                if fault is Fault.LATE:
                    world.later(request)
                await asyncio.sleep(TIMEOUT)
                return api.unsure("no answer")
            case _:
                return await self._executed(request, fault)

    async def _executed(self, request: Request, fault: Fault) -> Outcome:
        await asyncio.sleep(LATENCY / 2)
        if self.end is End.KILLED:
            return await self._die()
        self._world.watched(request)
        outcome = self._world.execute(request)
        if fault is Fault.KILL_AFTER:
            return await self._die()
        if fault is Fault.EXECUTED:
            await asyncio.sleep(TIMEOUT)
            return api.unsure("no answer")
        if fault is Fault.COPIED and request.action is Action.DELETE:
            self._world.later(request)
        await asyncio.sleep(LATENCY / 2)
        return outcome

    # The state's home

    def read(self) -> tuple[bytes, Version] | None:
        return self._world.disk.read()

    def write(self, sealed: document.SealedState, expected: Version | None) -> Version:
        if self.end is End.KILLED:
            raise _Dead
        fault = self._write_faults.get(self._writes)
        self._writes += 1
        if fault is WriteFault.KILL_BEFORE:
            self._leave(End.KILLED)
            raise _Dead
        if fault is WriteFault.FAIL:
            raise StateUnavailable("the disk is full")
        version = self._world.disk.write(sealed, expected)
        if fault is WriteFault.KILL_AFTER:
            self._leave(End.KILLED)
            raise _Dead
        if fault is WriteFault.ANSWER_LOST:
            raise StateUnavailable("no answer from the home of the state")
        return version

    def hold(self) -> Any:
        return self._world.disk.hold()

    def history(self) -> Iterator[StoredVersion]:
        return iter(())


def verdicts(process: Process) -> dict[str, Verdict]:
    """How each change of a run came out."""
    return {result.change.offering_id: result.verdict for result in process.report.results}
