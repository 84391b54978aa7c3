"""One change at work: the steps of its listing, what they were answered, and what is left of it at the end."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from offerctl.api import Action as Call
from offerctl.api import Kind, Outcome
from offerctl.plan import Action, Change
from offerctl.run import protocol
from offerctl.run.protocol import Pause, Step, Steps
from offerctl.run.report import Cause, Result, Verdict
from offerctl.state import Attempt, Belief, Confirmed, Intent, RecordedChange, Status

_ABOUT_US = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_DONE = range(200, 300)
_REDIRECTED = range(300, 400)
_ABOUT_FORM = {
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.LENGTH_REQUIRED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}
"""Of a method, a length or a type that is not taken, by the Marketplace or by something before it."""
STOPPED = Outcome(kind=Kind.STOP)
"""What steps are sent when nothing more may be sent."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A change at work. `held` is what the state believes meanwhile; nothing is sent before `not_before`."""

    change: Change
    former: Belief | None
    held: Belief
    not_before: datetime | None
    full: bool = False
    kinds: list[Kind] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    step: Step | None = None
    in_flight: bool = False
    said: Outcome | None = None
    ended: bool = False
    belief: Belief | None = None
    throttled_in_doubt: bool = False
    _steps: Steps | None = None

    @property
    def offering_id(self) -> str:
        """The listing's id."""
        return self.change.offering_id

    @property
    def is_put(self) -> bool:
        """Whether deletions wait for it."""
        return self.change.intent is not Intent.DELETE

    def begin(self) -> None:
        """Ask the steps for the first thing to do."""
        self._steps = protocol.for_change(self.change, self.former, full=self.full)
        self._go(None)

    def answer(self, outcome: Outcome) -> None:
        """Tell the steps what became of the request under way."""
        self.kinds.append(outcome.kind)
        self.said = outcome
        self._go(outcome)

    def note_throttled(self, outcome: Outcome) -> None:
        """The same request goes out again; the steps are not told of this answer, but a 503 leaves a doubt."""
        if outcome.may_have_run:
            self.kinds.append(Kind.UNSURE)
            self.throttled_in_doubt = True

    def go_on(self) -> None:
        """Tell the steps that what they waited for, or wanted saved, is done."""
        self._go(None)

    def stop(self) -> None:
        """Nothing more is sent for this listing: the steps come to their end."""
        if self._steps is None:
            self._end(self.former)
        while not self.ended:
            self._go(STOPPED)

    def _go(self, outcome: Outcome | None) -> None:
        assert self._steps is not None
        self.in_flight, self.not_before = False, None
        try:
            self.step = next(self._steps) if outcome is None else self._steps.send(outcome)
        except StopIteration as end:
            self._end(end.value)

    def _end(self, belief: Belief | None) -> None:
        if self.throttled_in_doubt and belief is not None and belief is self.former:
            belief = Belief(status=Status.MAYBE, key=belief.key)
        self.ended, self.step, self.belief = True, None, belief

    @property
    def untouched(self) -> bool:
        """*Former belief*: nothing of this run can have had an effect, so what was believed before holds."""
        return self.belief is self.former

    def final(
        self, now: datetime, window: timedelta, run: str, commit: str | None, *, protect: bool
    ) -> Belief | None:
        """The belief to write: the former one untouched, or the new one with its quiet period and receipts."""
        if self.belief is None or self.untouched:
            return self.former
        clean = self.belief.status in {Status.LIVE, Status.GONE}
        confirmed = Confirmed(body=self.belief.body, at=now, run=run, commit=commit, file=self.change.file)
        lingering = Kind.UNSURE in self.kinds or Call.DELETE in self.calls
        return replace(
            self.belief,
            quiet_until=now + window if lingering else None,
            protect=protect and self.belief.status is not Status.GONE,
            last_confirmed=confirmed if clean else self.held.last_confirmed,
            last_attempt=self.held.last_attempt,
        )

    def is_due(self, now: datetime) -> bool:
        """Whether its wait, if it has one, is over."""
        return self.not_before is None or now >= self.not_before

    @property
    def retrying(self) -> str | None:
        """Why the same request goes out again after a pause; none where none does."""
        if self.said is None or not isinstance(self.step, Pause):
            return None
        if self.said.kind is Kind.NOT_SENT:
            return "no connection yet; trying again"
        what = f"the Marketplace answered {self.said.status}" if self.said.status else "no usable answer"
        return f"{what}; trying again"

    @property
    def verdict(self) -> Verdict:
        """How this change came out so far."""
        return self._verdict("")[0]

    def record(self) -> RecordedChange:
        """The receipt of this change."""
        return RecordedChange(
            offering_id=self.offering_id,
            intent=self.change.intent.value,
            outcome=self.verdict.value,
            before=self.change.before,
            after=self.change.after,
        )

    def result(self, why_not_started: str) -> Result:
        """How this change came out, in words."""
        verdict, reason = self._verdict(why_not_started)
        removed = (
            verdict is Verdict.DONE
            and self.is_put
            and self.change.action is not Action.REPLACE
            and self.former is not None
            and self.former.status is Status.LIVE
            and Kind.ABSENT in self.kinds
        )
        return Result(
            change=self.change,
            verdict=verdict,
            reason=reason,
            note="was removed outside offerctl; added again" if removed else "",
            status=self.said.status if self.said and verdict is not Verdict.DONE else None,
            code=self.said.code if self.said and verdict is not Verdict.DONE else None,
            cause=None if verdict is Verdict.DONE else self._cause(),
            contested=self.belief is not None and self.belief.status is Status.CONTESTED,
        )

    def _verdict(self, why_not_started: str) -> tuple[Verdict, str]:
        if not self.kinds or not self.ended:
            return Verdict.NOT_STARTED, why_not_started
        if self.untouched:
            return Verdict.FAILED, f"{_refused(self.said)}{self._misdirected()} Not changed."
        assert self.belief is not None
        if self.belief.status is Status.CONTESTED:
            words = f" ({self.said.message})" if self.said and self.said.message else ""
            return Verdict.FAILED, f"it exists already, and nobody here added it{words}"
        if self.belief.status is not Status.MAYBE:
            return Verdict.DONE, ""
        if self.change.intent is Intent.REPLACE and Call.ADD not in self.calls and self._deleted:
            return Verdict.IN_DOUBT, "deleted, not added yet"
        return Verdict.IN_DOUBT, _doubt(self.said, self.change.intent, self._misdirected())

    def _cause(self) -> Cause | None:
        if self.said is None:
            return None
        if self.said.kind is Kind.NOT_SENT:
            return Cause.NETWORK
        if self.said.kind is Kind.STOP and self.said.status is None:
            return Cause.STOPPED
        if self.said.status in _ABOUT_FORM:
            return Cause.FORM
        if self.said.status in _ABOUT_US:
            return Cause.CREDENTIALS
        return Cause.ADDRESS if self._looks_misdirected(self.said) else None

    def _misdirected(self) -> str:
        return " Is base_url right?" if self.said and self._looks_misdirected(self.said) else ""

    def _looks_misdirected(self, said: Outcome) -> bool:
        """Whether something else than the Marketplace's API seems to have answered."""
        if said.status == HTTPStatus.NOT_FOUND:
            return said.kind is not Kind.ABSENT
        is_page = said.kind is Kind.UNSURE and said.status in _DONE and said.message.startswith("<")
        return said.status in _REDIRECTED or is_page

    @property
    def _deleted(self) -> bool:
        return any(kind in {Kind.OK, Kind.ABSENT} for kind in self.kinds)


def held(change: Change, former: Belief | None, now: datetime, run: str) -> Belief:
    """*Intent first*: what the state believes while a change is at work; each write sets the quiet period."""
    new_key = change.after.training_standard_key if change.after else None
    return Belief(
        status=Status.MAYBE,
        key=former.key if former else new_key,
        protect=former.protect if former else False,
        last_confirmed=former.last_confirmed if former else None,
        last_attempt=Attempt(intent=change.intent, body=change.after, at=now, run=run),
    )


def _refused(said: Outcome | None) -> str:
    if said is None or (said.kind is Kind.STOP and said.status is None):
        return f"not sent{_quote(said.message if said else '')}"
    if said.kind is Kind.NOT_SENT:
        return f"the Marketplace could not be reached ({said.message})."
    code = " ".join(str(part) for part in (said.status, said.code) if part is not None)
    return f"refused by the Marketplace ({code}){_quote(said.message)}"


def _doubt(said: Outcome | None, intent: Intent, misdirected: str) -> str:
    """The fact first, then what the Marketplace made of it in its own words, then what that leaves open."""
    what = "it may still be listed" if intent is Intent.DELETE else "it may or may not be listed as wanted"
    if said is None or said.kind is Kind.STOP:
        return f"stopped before it was certain: {what}"
    if said.kind is Kind.UNSURE:
        quoted = f" ({said.message})" if said.message else ""
        fact = f"the Marketplace answered {said.status}{quoted}" if said.status else said.message
        if not misdirected:
            return f"{fact.rstrip('. ') or 'no usable answer'}: {what}"
        return f"{fact.rstrip('. ')}.{misdirected} {what[0].upper()}{what[1:]}."
    return f"{_refused(said)} {what[0].upper()}{what[1:]}."


def _quote(message: str) -> str:
    text = message.rstrip(". ")
    return f": {text}." if text else "."
