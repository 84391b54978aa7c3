"""A probe's conversation with a Marketplace, under a lease: *intent first*, questions, one final write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from offerctl import api
from offerctl.api.probing import Interview
from offerctl.api.questions import Question, Trace
from offerctl.apply.clock import Clock
from offerctl.apply.driver import GRACE, Controls
from offerctl.apply.late import Late, mark_late
from offerctl.apply.lease import Lease
from offerctl.errors import OfferctlError
from offerctl.offering import Offering
from offerctl.run import Author, Settings
from offerctl.state import Attempt, Belief, Claim, Intent, RunRecord, State, Status
from offerctl.state.backend import StateBackend, Version

MOST_REQUESTS = 25
PATIENCE = 40.0
"""Seconds after which only what is needed is still asked, so that all of it takes a minute at most."""
_MOST_PAUSE = 5.0
_LEASE_LOST = "the lease on the state could not be renewed in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intention:
    """Who probes, upon which state, under which settings; `clamped` are listings of a dead probe.

    Of these nothing is on its way any longer than one settle window from now.
    """

    read: State
    author: Author
    settings: Settings
    started: datetime
    offering: Offering
    clamped: tuple[str, ...] = ()

    def claim(self, last: State, now: datetime) -> State:
        """*Intent first*, and every renewal: the probe's listing is in doubt."""
        author, offering = self.author, self.offering
        until = now + self.settings.term
        held = self._belief(Status.MAYBE, quiet_until=until + self.settings.window, now=now)
        return replace(
            self._following(last, None).with_beliefs({**self._calmed(last, now), offering.offering_id: held}),
            run=Claim(id=author.run, who=author.who, boot_id=author.boot_id, lease_until=until),
        )

    def final(self, last: State, now: datetime, trace: Trace) -> State:
        """*End*: the lease released, and what is left of the probe; a Delete keeps its quiet period."""
        belief = None
        if trace is not Trace.NONE:
            status = Status.GONE if trace is Trace.GONE else Status.MAYBE
            belief = self._belief(status, quiet_until=now + self.settings.window, now=now)
        following = self._following(last, now).with_beliefs({self.offering.offering_id: belief})
        return replace(following, run=None)

    def late(self, now: datetime) -> Late:
        """What was sent after the lease had ended: the probe's one listing may be there."""
        held = self._belief(Status.MAYBE, quiet_until=now + self.settings.window, now=now)
        return Late(
            author=self.author,
            started=self.started,
            settings=self.settings,
            held={self.offering.offering_id: held},
        )

    def _belief(self, status: Status, *, quiet_until: datetime, now: datetime) -> Belief:
        attempt = Attempt(intent=Intent.PUT, body=self.offering, at=now, run=self.author.run)
        key = self.offering.training_standard_key
        return Belief(status=status, key=key, quiet_until=quiet_until, last_attempt=attempt)

    def _calmed(self, last: State, now: datetime) -> dict[str, Belief]:
        """*Quiet*: where the former run is surely dead, a settle window from now is enough."""
        limit = now + self.settings.window
        if last is not self.read:
            return {}
        beliefs = ((id_, last.listings[id_]) for id_ in self.clamped)
        return {id_: replace(b, quiet_until=min(b.quiet_until or limit, limit)) for id_, b in beliefs}

    def _following(self, last: State, finished: datetime | None) -> State:
        author = self.author
        record = RunRecord(id=author.run, who=author.who, started=self.started, finished=finished)
        following = last.successor(record)
        # Renewals are no kept versions: all later writes of a run chain to its first.
        is_renewal = last.serial > self.read.serial + 1
        return replace(following, previous=last.previous) if is_renewal else following


@dataclass(slots=True, kw_only=True)
class Conversation:
    """One probe at work. `halted` says why it stopped before its time, `unrecorded` why its end is not written."""

    interview: Interview
    intention: Intention
    clock: Clock
    send: Callable[[Question], Awaitable[api.Outcome]]
    controls: Controls
    asked: int = 0
    halted: str | None = None
    interrupted: bool = False
    unrecorded: str | None = None
    _began: float = field(default=0.0)
    _sent_late: bool = False

    async def hold(self, backend: StateBackend, version: Version | None) -> None:
        """From the intent to the final write.

        Raises:
            StateMoved: the first write was refused; nothing was sent.
            StateUnavailable: the first write cannot be made, or nobody can tell; nothing was sent.
        """
        it = self.intention
        lease = Lease(backend, it.read, version, run=it.author.run, seconds=it.settings.lease, clock=self.clock)
        await lease.take(it.claim)
        self._began = self.clock.elapsed()
        renewing = asyncio.create_task(self._renew(lease))
        try:
            await self._talk(lease)
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        try:
            await lease.write(lambda last, now: it.final(last, now, self.interview.trace()))
        except OfferctlError as error:
            self.unrecorded = f"{error.message.rstrip('.')}. What is left of this probe is not recorded"
            if self._sent_late and self.interview.trace() is not Trace.NONE:
                # Whoever took over may have deleted the listing before the late request put it there.
                self.unrecorded = await mark_late(backend, it.late(self.clock.now()), self.clock)

    async def _talk(self, lease: Lease) -> None:
        questions = self.interview.questions()
        question = next(questions, None)
        while question is not None and self.halted is None:
            outcome = await self._answer(question, lease) if self._may_ask(question) else None
            try:
                question = questions.send(outcome)
            except StopIteration:
                return

    def _may_ask(self, question: Question) -> bool:
        if question.reserve is None:
            return self.asked < MOST_REQUESTS
        is_late = self.clock.elapsed() - self._began > PATIENCE
        return not is_late and self.asked + 1 + question.reserve <= MOST_REQUESTS

    async def _answer(self, question: Question, lease: Lease) -> api.Outcome | None:
        """Once more where the Marketplace asks for patience."""
        outcome = await self._send(question, lease)
        if outcome is not None and outcome.kind is api.Kind.THROTTLED and self._may_ask(question):
            await asyncio.sleep(min(outcome.retry_after or 1.0, _MOST_PAUSE))
            again = await self._send(question, lease)
            doubtful = again is not None and outcome.may_have_run
            return replace(again, kind=api.Kind.UNSURE) if doubtful and again is not None else again or outcome
        return outcome

    async def _send(self, question: Question, lease: Lease) -> api.Outcome | None:
        if self.controls.asked():
            self.interrupted, self.halted = True, "interrupted"
            return None
        if not lease.holds():
            self.halted = _LEASE_LOST
            return None
        self.asked += 1  # *order*: the lease certainly holds
        call = asyncio.ensure_future(self.send(question))
        await self._patiently(call)
        outcome = api.unsure("interrupted before the answer") if call.cancelled() else call.result()
        if not lease.holds():
            self.halted, self._sent_late = _LEASE_LOST, True
            return replace(outcome, kind=api.Kind.UNSURE, message="the lease had ended when it was answered")
        return outcome

    async def _patiently(self, call: asyncio.Future[api.Outcome]) -> None:
        """Until the answer; after a first signal for the grace period, after a second no longer."""
        limit: float | None = None
        while not call.done():
            asked = asyncio.create_task(self.controls.asked_again())
            either: set[asyncio.Future[Any]] = {call, asked}
            await asyncio.wait(either, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            signalled = asked.done()
            asked.cancel()
            if call.done():
                return
            if limit is not None:
                call.cancel()
                await asyncio.wait({call})
            elif signalled:
                self.interrupted, self.halted = True, "interrupted"
                self.controls.asked()
                limit = GRACE

    async def _renew(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(max(self.intention.settings.lease / 4 - lease.age, 0.0))
            try:
                await lease.write(self.intention.claim)
            except OfferctlError as error:
                self.halted = f"{_LEASE_LOST}: {error.message}"
                return
