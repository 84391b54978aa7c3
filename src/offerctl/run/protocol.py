"""The protocol of one listing, *put*, *add*, *delete* and *replace*, as generators without I/O.

Each generator yields what to do next (`Send`, `Wait`, `Pause`, `Save`), is sent back the outcome of a `Send` and
nothing after the others, and returns the belief at its end. Sent an outcome of kind STOP at any point, it sends
nothing more and returns the *former belief* or a doubt. It is the same code that the exploration drives through
every order of faults.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field

from offerctl import api
from offerctl.api import Action, Kind, Outcome, Request
from offerctl.offering import PATCHABLE, Offering
from offerctl.plan import Action as Planned
from offerctl.plan import Change
from offerctl.standards import StandardKey
from offerctl.state import Belief, Intent, Status

PAUSES = (0.5, 1.0)
"""Seconds between the three attempts that one request has at most (*brakes*), before jitter."""
_WITHOUT_EFFECT = frozenset({Kind.NOT_SENT, Kind.REJECTED, Kind.STOP})


@dataclass(frozen=True, slots=True)
class Send:
    """Send this request; the answer is its outcome."""

    request: Request


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait one settle window: what is still on its way takes effect or never will."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait some seconds before the same request goes out again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Save:
    """Write this belief into the state before going on."""

    belief: Belief


Step = Send | Wait | Pause | Save
Steps = Generator[Step, Outcome | None, Belief | None]
Asking = Generator[Step, Outcome | None, Outcome]


@dataclass(slots=True)
class _Talk:
    """What this run has sent for one id, and what it may say at the end."""

    former: Belief | None
    key: StandardKey | None
    kinds: list[Kind] = field(default_factory=list)

    def ask(self, request: Request) -> Asking:
        """One request, repeated where that is safe: never a POST that may have been executed."""
        repeatable = {Kind.NOT_SENT} if request.action is Action.ADD else {Kind.NOT_SENT, Kind.UNSURE}
        outcome = yield from self._once(request)
        for pause in PAUSES:
            if outcome.kind not in repeatable:
                break
            if (yield Pause(pause)) is not None:
                break
            again = yield from self._once(request)
            if again.kind is Kind.STOP:
                break
            outcome = again
        return outcome

    def _once(self, request: Request) -> Asking:
        outcome = yield Send(request)
        assert outcome is not None
        self.kinds.append(outcome.kind)
        return outcome

    @property
    def clean(self) -> bool:
        """Nothing of this id was known before, and nothing of this run can have had an effect yet."""
        return self.former is None and all(kind in _WITHOUT_EFFECT | {Kind.EXISTS} for kind in self.kinds)

    def unfinished(self) -> Belief | None:
        """*Former belief*: the former belief if nothing can have had an effect, and doubt otherwise."""
        if all(kind in _WITHOUT_EFFECT for kind in self.kinds):
            return self.former
        return Belief(status=Status.MAYBE, key=self.key)


def for_change(change: Change, former: Belief | None, *, full: bool) -> Steps:
    """The steps that a change of a plan takes; `full` sends every attribute to a confirmed listing too."""
    want = change.after
    if want is None:
        assert former is not None
        return remove(former, change.offering_id)
    if former is None:
        return add(want)
    if change.intent is Intent.REPLACE:
        return replace(former, want)
    if change.action is Planned.CHANGE and not full:
        return put(former, want, change.changed)
    return put(former, want)


def put(former: Belief, want: Offering, fields: tuple[str, ...] = PATCHABLE) -> Steps:
    """Make a listing that was or may be there hold `want` (*put*); `fields` are what the first PATCH sends."""
    talk = _Talk(former, want.training_standard_key)
    return (yield from _patch_or_post(talk, want, fields, recheck=True))


def add(want: Offering) -> Steps:
    """Make a new listing (*add*). One that exists although nobody here added it ends as contested."""
    talk = _Talk(None, want.training_standard_key)
    return (yield from _post(talk, want, recheck=True))


def remove(former: Belief, offering_id: str) -> Steps:
    """Delete a listing (*delete*); the tombstone keeps its key for life."""
    talk = _Talk(former, former.key)
    outcome = yield from talk.ask(api.delete(offering_id))
    if outcome.kind in {Kind.OK, Kind.ABSENT}:
        return Belief(status=Status.GONE, key=former.key)
    return talk.unfinished()


def replace(former: Belief, want: Offering) -> Steps:
    """Delete, wait, record, add (*replace*): the only way to another training standard under one id."""
    talk = _Talk(former, former.key)
    outcome = yield from talk.ask(api.delete(want.offering_id))
    if outcome.kind not in {Kind.OK, Kind.ABSENT}:
        return talk.unfinished()
    if (yield Wait()) is not None:
        return talk.unfinished()
    talk.key = want.training_standard_key
    # A killed run must not make the next one take the new listing for the old one and delete it.
    if (yield Save(Belief(status=Status.MAYBE, key=talk.key))) is not None:
        return talk.unfinished()
    return (yield from _post(talk, want, recheck=True, replacing=True))


def _patch_or_post(talk: _Talk, want: Offering, fields: tuple[str, ...], *, recheck: bool) -> Steps:
    outcome = yield from talk.ask(api.patch(want, fields))
    if outcome.kind is Kind.OK:
        return _live(want)
    if outcome.kind is not Kind.ABSENT:
        return talk.unfinished()
    return (yield from _post(talk, want, recheck=recheck))


def _post(talk: _Talk, want: Offering, *, recheck: bool, replacing: bool = False) -> Steps:
    outcome = yield from talk.ask(api.add(want))
    if outcome.kind is Kind.OK:
        return _live(want)
    if outcome.kind is Kind.EXISTS:
        return (yield from _exists(talk, want, replacing=replacing))
    if outcome.kind is not Kind.UNSURE or not recheck:
        return talk.unfinished()
    found = yield from talk.ask(api.patch(want, PATCHABLE))
    if found.kind is Kind.OK:
        return _live(want)
    if found.kind is not Kind.ABSENT or (yield Wait()) is not None:
        return talk.unfinished()
    return (yield from _patch_or_post(talk, want, PATCHABLE, recheck=False))


def _exists(talk: _Talk, want: Offering, *, replacing: bool) -> Steps:
    if talk.clean:
        return Belief(status=Status.CONTESTED, key=None)
    if replacing:
        return Belief(status=Status.MAYBE, key=None)
    outcome = yield from talk.ask(api.patch(want, PATCHABLE))
    return _live(want) if outcome.kind is Kind.OK else talk.unfinished()


def _live(want: Offering) -> Belief:
    return Belief(status=Status.LIVE, key=want.training_standard_key, body=want)
