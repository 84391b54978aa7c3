"""A run as a machine without I/O: handed outcomes and the time, it says what to send and what to write.

Every change of the plan is a `Job`, which asks the steps of its listing (`protocol`) for the next request and
hands them its outcome. The machine decides which job may go on, and when:

    queued --due--> sending --answered--> sending ... | waiting | saving | ended
                       ^                                  |        |
                       +------- its time has come --------+        |
                       +------- saved (to_save, begin_save) -------+

- queued: in the plan's order, puts and deletions in queues of their own (*order*). An id that is *quiet* leaves
  its place to the next one and comes back when its time has come. The deletions begin when every put is done.
- sending: at most `parallelism` at once. `due` hands out requests, each of which must be `answered`.
- waiting: after an unsure add or inside a replacement for the settle window; between two attempts for a moment.
- saving (*replace*): the replacements at this door go through together, by one write of the driver's.
- ended: with a belief, or none. A put that is not done keeps every deletion from starting.

`halt` ends what waits and starts nothing more; what is under way still gets its answers. A 429 pauses all of it.
`over` says that nothing is under way and nothing more will be sent; `close` then ends what was never started.

Whoever drives it does the sending and the writing, in this order: `writes.claim` before anything is due
(*intent first*), the same again for renewals and after `begin_save`, and `close` and `writes.final` when it is
over (*end*). That is `offerctl.apply`, and in the tests the exploration of every order of faults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from offerctl.api import Action as Call
from offerctl.api import Kind, Outcome, Request
from offerctl.plan import Change
from offerctl.run.breaker import CircuitBreaker
from offerctl.run.job import Job, held
from offerctl.run.protocol import Pause, Save, Send, Wait
from offerctl.run.queue import Queue
from offerctl.run.report import Report, Result, Verdict, Waiting
from offerctl.run.spec import RunSpec
from offerctl.run.writes import Writes
from offerctl.state import Belief, Intent


class Due(NamedTuple):
    """A request to send now."""

    offering_id: str
    request: Request


class Run:
    """One run of a plan, at work: made from its specification, and changed by every event that it is told of.

    `jitter` spreads repeated attempts: by how much each pause is multiplied. `halted` says why nothing more is
    sent, and `interrupted` that somebody wanted that.
    """

    def __init__(self, spec: RunSpec, *, jitter: Callable[[], float] = lambda: 1.0) -> None:
        self.spec = spec
        self.halted: str | None = None
        self.interrupted = False
        self._jitter = jitter
        self._jobs = {change.offering_id: self._job(change) for change in spec.plan.changes}
        by_kind = {put: [job for job in self._jobs.values() if job.is_put is put] for put in (True, False)}
        self._queues = {put: Queue(jobs) for put, jobs in by_kind.items()}
        self._open = {put: len(jobs) for put, jobs in by_kind.items()}
        self._active: list[Job] = []
        self._unhappy: list[str] = []
        self._paused_until: datetime | None = None
        self._flying = 0
        self._breaker = CircuitBreaker(reasserting=spec.plan.reasserting)
        self.writes = Writes(spec=spec, jobs=self._jobs)

    def _job(self, change: Change) -> Job:
        former = self.spec.read.listings.get(change.offering_id)
        return Job(
            change=change,
            former=former,
            held=held(change, former, self.spec.started, self.spec.author.run),
            not_before=self.found_quiet(former),
            full=self.spec.plan.reasserting,
        )

    def found_quiet(self, former: Belief | None) -> datetime | None:
        """*Quiet*: until when an id waits, by what the state said when it was read."""
        if former is None or former.quiet_until is None:
            return None
        latest = self.spec.settings.term + self.spec.settings.window
        if self.spec.former_dead and self.spec.read.run is not None:
            latest = self.spec.settings.window
        return min(former.quiet_until, self.spec.started + latest)

    # What is sent

    def due(self, now: datetime) -> list[Due]:
        """The requests to send now, as many as the parallelism allows; each is then under way."""
        found: list[Due] = []
        if self._paused_until and now >= self._paused_until:
            self._paused_until = None
        if self.halted or self._paused_until:
            return found
        for job in self._candidates(now):
            if self._flying >= self.spec.settings.parallelism:
                break
            if job.step is None:
                job.begin()
            elif isinstance(job.step, Wait | Pause):
                self._advance(job, now, job.go_on)
            if isinstance(job.step, Send) and not job.in_flight:
                job.in_flight = True
                job.calls.append(job.step.request.action)
                self._flying += 1
                found.append(Due(job.offering_id, job.step.request))
        return found

    def _candidates(self, now: datetime) -> list[Job]:
        """Jobs that may send now, those at work first."""
        ready = [
            job for job in self._active if not job.in_flight and not isinstance(job.step, Save) and job.is_due(now)
        ]
        room = self.spec.settings.parallelism - self._flying - len(ready)
        for put, queue in self._queues.items():
            if put or self._may_delete():
                admitted = queue.take(room, now)
                room -= len(admitted)
                self._active += admitted
                ready += admitted
        return ready

    def _may_delete(self) -> bool:
        return not self._open[True] and not self._unhappy

    def answered(self, offering_id: str, outcome: Outcome, now: datetime) -> None:
        """*Brakes*, then the listing's own steps: what the outcome of a request under way leads to."""
        job = self._jobs[offering_id]
        self._flying -= 1
        call = job.calls[-1]
        reason = self._breaker.judge(call, job.former.status if job.former else None, outcome)
        if call is Call.ADD and outcome.kind is Kind.ABSENT:
            outcome = replace(outcome, kind=Kind.REJECTED)  # nothing can be absent that is only to be added
        if outcome.kind is Kind.THROTTLED:
            reason = self._throttle(job, outcome, now) or reason
        else:
            self._advance(job, now, lambda: job.answer(outcome))
        if reason:
            self.halt(reason)
        elif self.halted:
            job.stop()
            self._note_end(job)

    def _throttle(self, job: Job, outcome: Outcome, now: datetime) -> str | None:
        job.in_flight = False
        job.note_throttled(outcome)
        paused = self._paused_until is not None
        if outcome.retry_after is None and paused:
            return None  # another answer of the same moment has set the pause already
        pause = self._breaker.pause(outcome, paused=paused)
        if isinstance(pause, str):
            job.said = replace(outcome, kind=Kind.UNSURE) if outcome.may_have_run else outcome
            return pause
        until = now + timedelta(seconds=pause)
        self._paused_until = max(until, self._paused_until or until)
        return None

    def _advance(self, job: Job, now: datetime, tell: Callable[[], None]) -> None:
        tell()
        match job.step:
            case Wait():
                job.not_before = now + self.spec.settings.window
            case Pause(seconds):
                job.not_before = now + timedelta(seconds=seconds * self._jitter())
            case _:
                pass
        self._note_end(job)

    def _note_end(self, job: Job) -> None:
        if not job.ended:
            return
        if job in self._active:
            self._active.remove(job)
        self._open[job.is_put] -= 1
        if job.is_put and job.verdict is not Verdict.DONE:
            self._unhappy.append(job.offering_id)

    # The write inside replacements

    def to_save(self) -> tuple[str, ...]:
        """Replacements that are deleted and waited for, once no other is on its way there: one write for all."""
        at_door = [job for job in self._active if isinstance(job.step, Save)]
        on_the_way = any(
            job.change.intent is Intent.REPLACE and not isinstance(job.step, Save) and Call.ADD not in job.calls
            for job in self._active
        )
        return () if on_the_way else tuple(job.offering_id for job in at_door)

    def begin_save(self, offering_ids: tuple[str, ...]) -> None:
        """From now on the state is to hold what these replacements want saved; write a renewal next."""
        for offering_id in offering_ids:
            job = self._jobs[offering_id]
            assert isinstance(job.step, Save)
            job.held = replace(job.held, key=job.step.belief.key)

    def saved(self, offering_ids: tuple[str, ...], now: datetime) -> None:
        """That write succeeded: these replacements go on."""
        for offering_id in offering_ids:
            job = self._jobs[offering_id]
            if not job.ended:
                self._advance(job, now, job.go_on)

    # The end

    def halt(self, reason: str) -> None:
        """No new request from now on; what is under way still gets its answers."""
        self.halted = self.halted or reason
        for job in [job for job in self._active if not job.in_flight]:
            job.stop()
            self._note_end(job)

    @property
    def over(self) -> bool:
        """Nothing is under way and nothing more will be sent."""
        if self._active:
            return False
        return bool(self.halted) or not (self._open[True] or (self._open[False] and self._may_delete()))

    def wake_at(self, now: datetime) -> datetime | None:
        """The next moment at which something may become due; none while only answers are waited for."""
        if self._paused_until:
            return self._paused_until
        waiting = [job.not_before for job in self._active if not job.in_flight]
        waiting += [queue.wake_at() for queue in self._queues.values()]
        return min((moment for moment in waiting if moment and moment > now), default=None)

    def waiting(self, now: datetime) -> Waiting | None:
        """For whom nothing is sent, until when, and why; none while only answers are waited for."""
        until = self.wake_at(now)
        if until is None:
            return None
        ids, reason = self._held_back(now, until)
        return Waiting(offering_ids=ids, until=until, seconds=(until - now).total_seconds(), reason=reason)

    def _held_back(self, now: datetime, until: datetime) -> tuple[tuple[str, ...], str]:
        """What goes on at that moment, and what all of it waits for."""
        if self._paused_until:
            return (), "the Marketplace asked to wait (429)"
        waiting = [job for job in self._active if not job.is_due(now)]
        waiting += [job for queue in self._queues.values() for job in queue.waiting()]
        # Between two attempts nothing is on its way: other words than for a quiet period.
        reason = next((job.retrying for job in waiting if job.not_before == until), None)
        ids = tuple(job.offering_id for job in waiting if job.retrying == reason)
        return ids, reason or "a request of unknown fate may still arrive"

    def change(self, offering_id: str) -> Change:
        """The change of this id."""
        return self._jobs[offering_id].change

    def held(self, offering_id: str) -> Belief:
        """What the state believes of this id while the run is at work."""
        return self._jobs[offering_id].held

    def close(self) -> None:
        """Everything that was not started or not finished comes to its end; before the final write."""
        for job in self._jobs.values():
            if not job.ended:
                job.stop()
                self._note_end(job)

    def ended(self, offering_id: str) -> Result | None:
        """The result of a change that came to its end."""
        job = self._jobs[offering_id]
        return job.result(self._why_not_started(job)) if job.ended else None

    def report(self) -> Report:
        """How everything came out, in the plan's order."""
        return Report(
            run=self.spec.author.run,
            results=tuple(job.result(self._why_not_started(job)) for job in self._jobs.values()),
            contested=tuple(id_ for id_, desired in self.spec.plan.contested.items() if desired),
            protections=len(self.spec.plan.protections),
            halted=self.halted,
            interrupted=self.interrupted,
        )

    def _why_not_started(self, job: Job) -> str:
        if not job.is_put and self._unhappy:
            return f"deletions wait until {', '.join(self._unhappy[:3])} succeeds; --target deletes it anyway"
        return self.halted or "not reached"
