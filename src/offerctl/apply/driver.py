"""One run from its intent to its final write: requests in parallel, the lease renewed, signals obeyed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from offerctl import api
from offerctl.api import Outcome, Request
from offerctl.apply.clock import Clock
from offerctl.apply.late import Late, mark_late
from offerctl.apply.lease import Lease
from offerctl.errors import OfferctlError, StateMoved, StateUnavailable
from offerctl.run import INTERRUPTED, OUT_OF_TIME, Due, Ended, Event, Report, Run, Started, StillGoing
from offerctl.state.backend import StateBackend, Version

GRACE = 5.0
"""Seconds that calls under way get after a first signal (*signals*)."""
TOLD_EVERY = 2.0
"""Seconds between two lines about the same change."""
WAIT_TOLD_EVERY = 10.0
_LEASE_LOST = "the lease on the state could not be renewed in time"


@dataclass
class Controls:
    """What stops a run from outside: `interrupt` once for the grace period, twice for now.

    From `until` on, by the clock of the run, nothing more is sent (none: no such time).
    """

    until: float | None = None
    _asked: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def interrupt(self) -> int:
        """Stop; gives back how often that was asked for."""
        self._asked += 1
        self._wake.set()
        return self._asked

    def asked(self) -> int:
        """How often it was asked for so far."""
        self._wake.clear()
        return self._asked

    async def asked_again(self) -> None:
        """Until it is asked for once more."""
        await self._wake.wait()


@dataclass(kw_only=True)
class _Driver:
    run: Run
    lease: Lease
    clock: Clock
    send: Callable[[Request], Awaitable[Outcome]]
    emit: Callable[[Event], None]
    controls: Controls
    calls: dict[asyncio.Task[Outcome], str] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    bug: BaseException | None = None
    deadline: float | None = None
    wait_told: float | None = None

    async def work(self) -> None:
        """Everything between the intent and the final write."""
        renewing = asyncio.create_task(self._renew())
        try:
            while not self.run.over:
                self._obey()
                await self._save()
                for due in self.run.due(self.clock.now()):
                    self._start(due)
                if self._must_wait():
                    await self._next()
                    self._tell()
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        self._tell()

    def _must_wait(self) -> bool:
        return not self.run.over and not self.run.to_save()

    def _start(self, due: Due) -> None:
        id_ = due.offering_id
        if id_ not in self.told:
            self.began[id_] = self.told[id_] = self.clock.elapsed()
            self._emit(Started(change=self.run.change(id_)))
        self.calls[asyncio.create_task(self._call(due))] = id_

    async def _call(self, due: Due) -> Outcome:
        """*Order*: one request, if the lease certainly holds; an answer after its end puts the id in doubt."""
        if not self.lease.holds():
            self.run.halt(_LEASE_LOST)
            return api.withheld(_LEASE_LOST)
        try:
            outcome = await self.send(due.request)
        finally:
            if late := not self.lease.holds():  # cancelled calls too: they may have gone out
                self.late.add(due.offering_id)
                self.run.halt(_LEASE_LOST)
        if late:
            return replace(outcome, kind=api.Kind.UNSURE, message="the lease had ended when it was answered")
        return outcome

    async def _next(self) -> None:
        """Until an answer, a signal, or the next moment at which something is due or worth telling."""
        asked = asyncio.create_task(self.controls.asked_again())
        await asyncio.wait({*self.calls, asked}, timeout=self._patience(), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        for task in [task for task in self.calls if task.done()]:
            self._answered(task)

    def _patience(self) -> float:
        now, elapsed = self.clock.now(), self.clock.elapsed()
        limits = [TOLD_EVERY]
        if wake := self.run.wake_at(now):
            limits.append((wake - now).total_seconds())
        limits += [self.told[id_] + TOLD_EVERY - elapsed for id_ in self.calls.values()]
        limits += [end - elapsed for end in (self.deadline, self.controls.until) if end is not None]
        return max(min(limits), 0.001)

    def _answered(self, task: asyncio.Task[Outcome]) -> None:
        id_ = self.calls.pop(task)
        if task.cancelled():
            outcome = api.unsure("interrupted before the answer")
        elif error := task.exception():
            # A fault of ours must not cost the record of what was sent: it is told after the final write.
            self.bug = self.bug or error
            outcome = api.unsure("offerctl failed while it waited for the answer")
            self.run.halt("offerctl failed")
        else:
            outcome = task.result()
        self.run.answered(id_, outcome, self.clock.now())

    async def _save(self) -> None:
        ids = self.run.to_save()
        if not ids or self.run.halted:
            return
        self.run.begin_save(ids)
        if await self._write_claim():
            self.run.saved(ids, self.clock.now())

    async def _renew(self) -> None:
        every = self.run.spec.settings.lease / 4
        while True:
            # A write that waited for its turn has used up some of the lease that it takes.
            await asyncio.sleep(max(every - self.lease.age, 0.0))
            if not await self._write_claim():
                return

    async def _write_claim(self) -> bool:
        try:
            await self.lease.write(self.run.writes.claim)
        except OfferctlError as error:
            self.run.halt(f"{_LEASE_LOST}: {error.message}")
            return False
        return True

    def _obey(self) -> None:
        if self.controls.until is not None and self.clock.elapsed() >= self.controls.until:
            self.run.halt(OUT_OF_TIME)
        asked = self.controls.asked()
        if not asked:
            return
        if not self.run.interrupted:
            self.run.interrupted = True
            self.run.halt(INTERRUPTED)
            self.deadline = self.clock.elapsed() + GRACE
        if asked > 1 or (self.deadline is not None and self.clock.elapsed() >= self.deadline):
            for task in self.calls:
                task.cancel()

    def _tell(self) -> None:
        elapsed = self.clock.elapsed()
        for id_, began in list(self.began.items()):
            if result := self.run.ended(id_):
                del self.began[id_]
                self._emit(Ended(result=result, seconds=elapsed - began))
            elif id_ in self.calls.values() and elapsed - self.told[id_] >= TOLD_EVERY:
                self.told[id_] = elapsed
                self._emit(StillGoing(change=self.run.change(id_), seconds=elapsed - began))
        self._tell_wait(elapsed)

    def _emit(self, event: Event) -> None:
        """*Printing*: what cannot be told is dropped; a fault of ours in it is told after the final write."""
        try:
            self.emit(event)
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the final write comes first
            self.bug = self.bug or error

    def _tell_wait(self, elapsed: float) -> None:
        now = self.clock.now()
        if self.calls or self.run.wake_at(now) is None:
            self.wait_told = None
        elif self.wait_told is None or elapsed - self.wait_told >= WAIT_TOLD_EVERY:
            self.wait_told = elapsed
            if waiting := self.run.waiting(now):
                self._emit(waiting)


async def run(
    machine: Run,
    backend: StateBackend,
    version: Version | None,
    *,
    clock: Clock,
    send: Callable[[Request], Awaitable[Outcome]],
    emit: Callable[[Event], None],
    controls: Controls | None = None,
) -> Report:
    """Run a plan; `version` is that of the state it was made from (none: there is none yet).

    Raises:
        StateMoved: the first write was refused; nothing was sent.
        StateUnavailable: the first write cannot be made, or nobody can tell; nothing was sent.
    """
    lease = Lease(
        backend,
        machine.spec.read,
        version,
        run=machine.spec.author.run,
        seconds=machine.spec.settings.lease,
        clock=clock,
    )
    driver = _Driver(run=machine, lease=lease, clock=clock, send=send, emit=emit, controls=controls or Controls())
    if machine.spec.plan.changes:
        await lease.take(machine.writes.claim)
        await driver.work()
    machine.close()
    report = await _finish(machine, lease, machine.report())
    if driver.late and report.unrecorded:  # whoever cannot write cannot tell who took over
        spec, held = machine.spec, {id_: machine.held(id_) for id_ in driver.late}
        late = Late(author=spec.author, started=spec.started, settings=spec.settings, held=held)
        told = await mark_late(backend, late, clock)
        report = replace(report, unrecorded=told, remedy=None, held_until=None, taken_over=False)
    if driver.bug is not None:
        raise driver.bug
    return report


async def _finish(machine: Run, lease: Lease, report: Report) -> Report:
    """*Unrecorded*: the final write, and what is told when it fails."""
    try:
        await lease.write(machine.writes.final)
    except StateMoved:
        return replace(
            report, taken_over=True, unrecorded="another run took the state over and settles this run's changes"
        )
    except StateUnavailable as error:
        claim = lease.last.run
        return replace(
            report,
            unrecorded=f"{error.message.rstrip('.')}. The next run settles all of it",
            remedy=error.hint,
            held_until=claim.lease_until if claim else None,
        )
    return report
