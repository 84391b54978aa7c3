"""The protocol with one rule left out: each must break the promise that the rule keeps.

Production code is weakened from outside, for the length of a `with` block; where a rule lives in what drives the
machine (intent first, the check of the lease), the family's rules leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, cast

from model.families import FAMILIES, FOREIGN, MOVES, ONE_KEY
from model.rules import TWO_RUNS, Fault, Rules
from offerctl.api import Action, Kind, answer
from offerctl.apply import late
from offerctl.offering import Desired
from offerctl.plan import Change
from offerctl.run import Run, machine, protocol
from offerctl.run import job as jobs
from offerctl.run.job import Job
from offerctl.run.protocol import Save, Step, Steps, Wait, _Talk
from offerctl.run.writes import Writes
from offerctl.state import Belief, Place, State, Status, moving
from offerctl.state.listings import Listings
from offerctl.state.moving import Step as Moved

making = import_module("offerctl.plan.make")  # the package has a function of this name


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A weakened protocol, and the promise that must break.

    `steps` is the length of the counterexample that the protocol names for it (none: the protocol names none, and
    the rule is part of another).
    """

    name: str
    promise: str
    steps: int | None = None
    rules: Rules
    weaken: Callable[[], Any]

    def sound(self) -> Rules:
        """The same worlds under the whole protocol."""
        return replace(
            self.rules,
            intent_first=True,
            checks_lease=True,
            marks_late=True,
            move_swaps=True,
            refuses_older=True,
        )


@contextmanager
def patched(owner: object, name: str, value: object) -> Iterator[None]:
    """An attribute of a module or class is another one for a while."""
    former = owner.__dict__[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, former)


@contextmanager
def nothing() -> Iterator[None]:
    """The weakening stands in the family's rules."""
    yield


def silence_is_refusal() -> Any:
    """5xx is taken for "did not happen"."""
    kept = answer._kind

    def kind(action: Action, status: int, *rest: Any, **more: Any) -> Kind:
        return Kind.REJECTED if status >= 500 else kept(action, status, *rest, **more)

    return patched(answer, "_kind", kind)


def _ending(former_if: Callable[[_Talk], bool]) -> Any:
    kept = _Talk.unfinished

    def unfinished(self: _Talk) -> Belief | None:
        return self.former if former_if(self) else kept(self)

    return patched(_Talk, "unfinished", unfinished)


def refused_last(talk: _Talk) -> bool:
    """The last request was refused."""
    return talk.kinds[-1] in {Kind.REJECTED, Kind.STOP}


def refusal_forgets_doubt() -> Any:
    """Refused after an unsure attempt: the former belief comes back."""
    return _ending(lambda talk: refused_last(talk) and Kind.UNSURE in talk.kinds)


def refusal_forgets_progress() -> Any:
    """Refused after a clean first request: the former belief comes back."""
    return _ending(lambda talk: refused_last(talk) and Kind.UNSURE not in talk.kinds)


def intent_keeps_the_body() -> Any:
    """While a patch is at work the listing still counts as confirmed, so a revert has nothing to do."""
    kept = jobs.held

    def held(change: Change, former: Belief | None, *rest: Any) -> Belief:
        sound = former is not None and former.status is Status.LIVE and change.after is not None
        return former if sound and former else kept(change, former, *rest)

    return patched(machine, "held", held)


def _believing(as_wanted: Callable[[Belief], bool]) -> Any:
    kept = making._change

    def change(id_: str, want: Desired | None, belief: Belief | None, **options: bool) -> Change | None:
        if want is not None and belief is not None and as_wanted(belief):
            belief = replace(belief, key=want.offering.training_standard_key)
        return cast("Change | None", kept(id_, want, belief, **options))

    return patched(making, "_change", change)


def key_of_doubt_is_forgotten() -> Any:
    """A listing in doubt is taken to have the key that is wanted now."""
    return _believing(lambda belief: belief.status is Status.MAYBE)


def key_of_tombstones_is_forgotten() -> Any:
    """So is one that was deleted."""
    return _believing(lambda belief: belief.status is Status.GONE)


def _at_the_end(change: Callable[[Job, Belief], Belief]) -> Any:
    kept = Job.final

    def final(self: Job, *args: Any, **kwargs: Any) -> Belief | None:
        belief = kept(self, *args, **kwargs)
        return belief and change(self, belief)

    return patched(Job, "final", final)


@contextmanager
def no_quiet_after_doubt() -> Iterator[None]:
    """Neither an intent nor an unsure attempt leaves a quiet period; a clean DELETE does."""
    kept = Writes.claim

    def claim(self: Writes, *args: Any) -> State:
        state = kept(self, *args)
        return replace(
            state, listings=Listings({i: replace(b, quiet_until=None) for i, b in state.listings.items()})
        )

    def loud(job: Job, belief: Belief) -> Belief:
        return replace(belief, quiet_until=None) if Action.DELETE not in job.calls else belief

    with patched(Writes, "claim", claim), _at_the_end(loud):
        yield


def no_quiet_after_delete() -> Any:
    """A clean DELETE leaves no quiet period."""
    return _at_the_end(lambda job, b: b if Kind.UNSURE in job.kinds else replace(b, quiet_until=None))


def former_quiet_is_lost() -> Any:
    """What is restored by *former belief* comes back without its quiet period."""
    return _at_the_end(lambda job, belief: replace(belief, quiet_until=None) if job.untouched else belief)


def found_quiet_is_not_waited_for() -> Any:
    """A run sends at once, whatever the state said when it was read."""
    return patched(machine.Run, "found_quiet", lambda _self, _former: None)


def renewals_leave_quiet_behind() -> Any:
    """The lease moves along, the quiet periods stay where the intent put them."""
    kept = Writes.claim

    def claim(self: Writes, last: State, *rest: Any) -> State:
        state = kept(self, last, *rest)
        if last.run is None or last.run.id != self.spec.author.run:
            return state
        old = {id_: belief.quiet_until for id_, belief in last.listings.items()}
        still = {i: replace(b, quiet_until=old.get(i)) for i, b in state.listings.items()}
        return replace(state, listings=Listings(still))

    return patched(Writes, "claim", claim)


def _skipping(kind: type[Step], name: str) -> Any:
    kept = getattr(protocol, name)

    def skipping(*args: Any) -> Steps:
        inner = kept(*args)
        step = next(inner)
        while True:
            try:
                step = inner.send(None) if isinstance(step, kind) else inner.send((yield step))
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    return patched(protocol, name, skipping)


def replace_does_not_wait() -> Any:
    """DELETE, and POST right after it."""
    return _skipping(Wait, "replace")


def replace_does_not_write() -> Any:
    """The new key is in no state before the POST."""
    return _skipping(Save, "replace")


@contextmanager
def no_tombstones() -> Iterator[None]:
    """What is deleted is forgotten."""
    kept = Writes._settled

    def settled(self: Writes, *args: Any) -> dict[str, Belief | None]:
        found: Mapping[str, Belief | None] = kept(self, *args)
        return {id_: None if b and b.status is Status.GONE else b for id_, b in found.items()}

    with patched(Writes, "_settled", settled):
        yield


def reassert_spares_tombstones() -> Any:
    """`--reassert` sends no DELETE for what is believed to be gone."""
    kept = making._unwanted

    def unwanted(id_: str, belief: Belief | None, *, reassert: bool, **more: Any) -> Change | None:
        del reassert
        return cast("Change | None", kept(id_, belief, reassert=False, **more))

    return patched(making, "_unwanted", unwanted)


def exists_means_ours() -> Any:
    """A POST that finds a listing adopts it."""
    return patched(_Talk, "clean", property(lambda _self: False))


# Parts of rules that the protocol's table does not name


def intent_is_quiet_for_a_window_only() -> Any:
    """The intent's quiet period counts from now, not from the end of the lease."""
    kept = Writes.claim

    def claim(self: Writes, last: State, now: datetime) -> State:
        state, until = kept(self, last, now), now + self.spec.settings.window
        at_work = {i for i, job in self.jobs.items() if not job.ended}
        soon = {i: replace(b, quiet_until=until) if i in at_work else b for i, b in state.listings.items()}
        return replace(state, listings=Listings(soon))

    return patched(Writes, "claim", claim)


def the_dead_are_not_waited_for() -> Any:
    """A run that takes over from a dead one sends at once."""
    kept = Run.found_quiet
    return patched(Run, "found_quiet", lambda self, former: None if self.spec.former_dead else kept(self, former))


def half_a_window() -> Any:
    """The last write leaves half the quiet period."""
    kept = Job.final

    def final(self: Job, now: datetime, window: timedelta, *args: Any, **kwargs: Any) -> Belief | None:
        return kept(self, now, window / 2, *args, **kwargs)

    return patched(Job, "final", final)


def only_the_last_attempt_lingers() -> Any:
    """No quiet period where the last attempt was clean."""
    kept = Job.final

    def final(self: Job, *args: Any, **kwargs: Any) -> Belief | None:
        kinds, self.kinds = self.kinds, self.kinds[-1:]
        try:
            return kept(self, *args, **kwargs)
        finally:
            self.kinds = kinds

    return patched(Job, "final", final)


def intent_has_the_new_key() -> Any:
    """A replacement is in the state under its new key from the beginning."""
    kept = jobs.held

    def held(change: Change, *rest: Any) -> Belief:
        belief = kept(change, *rest)
        return replace(belief, key=change.after.training_standard_key) if change.after else belief

    return patched(machine, "held", held)


def stop_forgets_doubt() -> Any:
    """401 brings the former belief back, whatever was sent before."""
    return _ending(lambda talk: talk.kinds[-1] is Kind.STOP)


def exists_is_contested_after_doubt() -> Any:
    """A POST that finds what an earlier, unsure one may have added is contested."""
    return patched(_Talk, "clean", property(lambda self: self.former is None))


def mark_keeps_the_key() -> Any:
    """What was sent too late leaves the state's key as it is."""
    kept = late._doubtful

    def doubtful(present: Belief | None, ours: Belief) -> Belief:
        return replace(kept(present, ours), key=(present or ours).key)

    return patched(late, "_doubtful", doubtful)


def deletes_do_not_wait() -> Any:
    """Deletions go out beside the puts."""
    return patched(Run, "_may_delete", lambda _self: True)


def busy_leaves_no_doubt() -> Any:
    """A request that a 503 put off counts as one that was never sent."""
    return patched(Job, "note_throttled", lambda _self, _outcome: None)


def only_the_documented_code_means_absent() -> Any:
    """What the configuration adds is not looked at."""

    def says(action: Action, status: int, said: Any, dialect: Any) -> bool:
        del action, dialect
        return status == 404 and said.code == "notFound"

    return patched(answer, "_says_absent", says)


def a_404_alone_means_absent() -> Any:
    """Whatever words it has."""

    def says(action: Action, status: int, said: Any, dialect: Any) -> bool:
        del action, said, dialect
        return status == 404

    return patched(answer, "_says_absent", says)


def only_409_means_exists() -> Any:
    """What the configuration says is not looked at."""
    return patched(answer, "_says_exists", lambda status, *_: status == 409)


# A move, and an older clone


def _stepping(instead: Mapping[Moved, Moved]) -> Any:
    kept = moving.next_step

    def next_step(source: State, target: State | None, *, to: Place) -> Moved:
        if target is not None and target.moved_to is None and source.moved_to is None:
            return Moved.MARK  # filled before it was marked
        step = kept(source, target, to=to)
        return instead.get(step, step)

    return patched(moving, "next_step", next_step)


def nothing_is_reserved() -> Any:
    """The old home is marked first, and the new one has no document until it has everything."""
    return _stepping({Moved.RESERVE: Moved.MARK, Moved.LOST: Moved.FILL})


def filled_before_it_is_marked() -> Any:
    """The new home has everything before the old one says so."""
    return _stepping({Moved.MARK: Moved.FILL})


def _relabelling(change: Callable[[Belief, Belief], Belief]) -> Any:
    kept = moving.relabelled

    def relabelled(state: State, **more: Any) -> State:
        after = kept(state, **more)
        changed = {id_: change(state.listings[id_], belief) for id_, belief in after.listings.items()}
        return replace(after, listings=Listings(changed))

    return patched(moving, "relabelled", relabelled)


def facts_are_brought_along() -> Any:
    """What is confirmed at one address counts as confirmed at another."""
    return _relabelling(lambda former, after: former if former.status is Status.LIVE else after)


def tombstones_stay_facts() -> Any:
    """What was deleted at one address counts as deleted at another."""
    return _relabelling(lambda former, after: former if former.status is Status.GONE else after)


def moves_are_loud() -> Any:
    """A quiet period stays behind."""
    return _relabelling(lambda _former, after: replace(after, quiet_until=None))


def _rules(faults: int, edits: int, **more: Any) -> Rules:
    return replace(FAMILIES["one id, more edits"], faults=faults, edits=edits, **more)


FOR_EVER: Mapping[str, Any] = {"bounded": False, "reasserts": True}
SLEEP: Mapping[str, Any] = {"runs": 2, "may": TWO_RUNS - {Fault.ASLEEP_AFTER}}

VARIANTS = (
    Variant(
        name="no intent before the first request",
        promise="T1", steps=2, rules=_rules(1, 0, intent_first=False), weaken=nothing,
    ),
    Variant(
        name="5xx means: did not happen",
        promise="T1", steps=4, rules=_rules(1, 0), weaken=silence_is_refusal,
    ),
    Variant(
        name="the belief is kept when refused after an unsure attempt",
        promise="T1", steps=6, rules=_rules(2, 0), weaken=refusal_forgets_doubt,
    ),
    Variant(
        name="no full body in doubt",
        promise="T2", steps=3, rules=_rules(1, 2), weaken=intent_keeps_the_body,
    ),
    Variant(
        name="no key in the intent",
        promise="T2", steps=6, rules=_rules(1, 1), weaken=key_of_doubt_is_forgotten,
    ),
    Variant(
        name="no quiet period after an unsure attempt or a crash",
        promise="T2", steps=6, rules=_rules(1, 1), weaken=no_quiet_after_doubt,
    ),
    Variant(
        name="no quiet period after a clean DELETE",
        promise="T2", steps=9, rules=_rules(1, 2), weaken=no_quiet_after_delete,
    ),
    Variant(
        name="no wait inside a replacement",
        promise="T2", steps=8, rules=_rules(1, 1), weaken=replace_does_not_wait,
    ),
    Variant(
        name="renewals leave the quiet periods behind",
        promise="T2", steps=12,
        rules=_rules(3, 1, may=frozenset({Fault.KILLED})), weaken=renewals_leave_quiet_behind,
    ),
    Variant(
        name="the found quiet period is not waited for",
        promise="T2", steps=8, rules=_rules(1, 1), weaken=found_quiet_is_not_waited_for,
    ),
    Variant(
        name="the former quiet period is not restored",
        promise="T2", steps=9, rules=_rules(2, 1), weaken=former_quiet_is_lost,
    ),
    Variant(
        name="the former belief whichever request was refused",
        promise="T2", steps=9, rules=_rules(1, 2), weaken=refusal_forgets_progress,
    ),
    Variant(
        name="no check of the lease before a request",
        promise="T2", steps=6, rules=_rules(1, 1, checks_lease=False, **SLEEP), weaken=nothing,
    ),
    Variant(
        name="no write inside a replacement",
        promise="needless DELETE", steps=8, rules=_rules(1, 1), weaken=replace_does_not_write,
    ),
    Variant(
        name="no tombstones",
        promise="T1", steps=7, rules=_rules(1, 1, **FOR_EVER), weaken=no_tombstones,
    ),
    Variant(
        name="a tombstone without its key",
        promise="T3", steps=12,
        rules=_rules(1, 2, allow_replace=False, **FOR_EVER), weaken=key_of_tombstones_is_forgotten,
    ),
    Variant(
        name="--reassert spares tombstones",
        promise="T3", steps=8,
        rules=_rules(1, 1, offers=ONE_KEY, allow_replace=False, **FOR_EVER), weaken=reassert_spares_tombstones,
    ),
    Variant(
        name="exists means ours",
        promise="OWN", steps=6,
        rules=_rules(0, 1, roots=FOREIGN, own=True), weaken=exists_means_ours,
    ),
    Variant(
        name="what was sent too late is not marked",
        promise="T2", rules=_rules(1, 1, marks_late=False, **SLEEP), weaken=nothing,
    ),
    Variant(
        name="the mark of what was sent too late keeps the key",
        promise="T2",
        rules=_rules(2, 1, runs=2, may=frozenset({Fault.ASLEEP, Fault.HALTED})), weaken=mark_keeps_the_key,
    ),
    Variant(
        name="the intent is quiet for a window only",
        promise="T2", rules=_rules(2, 1), weaken=intent_is_quiet_for_a_window_only,
    ),
    Variant(
        name="the dead are not waited for",
        promise="T2", rules=_rules(1, 1), weaken=the_dead_are_not_waited_for,
    ),
    Variant(
        name="half a window",
        promise="T2", rules=_rules(2, 2), weaken=half_a_window,
    ),
    Variant(
        name="no quiet period when the last attempt was clean",
        promise="T2", rules=_rules(2, 2), weaken=only_the_last_attempt_lingers,
    ),
    Variant(
        name="the new key in the intent of a replacement",
        promise="needless DELETE", rules=_rules(1, 2), weaken=intent_has_the_new_key,
    ),
    Variant(
        name="401 forgets doubt",
        promise="T1", rules=_rules(2, 0), weaken=stop_forgets_doubt,
    ),
    Variant(
        name="contested after doubt",
        promise="T3", rules=_rules(1, 0, allow_replace=False, **FOR_EVER), weaken=exists_is_contested_after_doubt,
    ),
    Variant(
        name="deletions beside the puts",
        promise="order", rules=replace(FAMILIES["two ids"], faults=0), weaken=deletes_do_not_wait,
    ),
    Variant(
        name="a 503 with Retry-After leaves no doubt",
        promise="T2", rules=_rules(2, 2, may=frozenset({Fault.BUSY, Fault.REFUSED})), weaken=busy_leaves_no_doubt,
    ),
    Variant(
        name="absent without a code is not read as absent", promise="T2",
        rules=replace(FAMILIES["absent is indistinguishable from a wrong path"], faults=1, edits=1),
        weaken=only_the_documented_code_means_absent,
    ),
    Variant(
        name="a 404 alone means absent, and requests go astray", promise="T2",
        rules=replace(FAMILIES["absent in words alone, and requests go astray"], faults=1, edits=1),
        weaken=a_404_alone_means_absent,
    ),
    Variant(
        name="a 422 is not read as exists", promise="T2",
        rules=replace(FAMILIES["a duplicate answers 422"], faults=0, edits=0), weaken=only_409_means_exists,
    ),
    Variant(
        name="a move reserves nothing", promise="T1",
        rules=replace(MOVES["a state that is moved, two ids"], faults=0), weaken=nothing_is_reserved,
    ),
    Variant(
        name="a move fills the new home before the old is marked", promise="T1",
        rules=replace(MOVES["a state that is moved"], faults=0), weaken=filled_before_it_is_marked,
    ),
    Variant(
        name="a move marks what it did not read", promise="T1",
        rules=replace(MOVES["a state that is moved"], faults=0, move_swaps=False), weaken=nothing,
    ),
    Variant(
        name="a move without the quiet periods", promise="T2",
        rules=MOVES["a state that is moved"], weaken=moves_are_loud,
    ),
    Variant(
        name="another address, and what was confirmed is a fact", promise="T2",
        rules=replace(MOVES["another address, one key for life"], faults=1), weaken=facts_are_brought_along,
    ),
    Variant(
        name="another address, and what was deleted is a fact", promise="T2",
        rules=replace(MOVES["another address, one key for life"], faults=1), weaken=tombstones_stay_facts,
    ),
    Variant(
        name="an older clone is not refused", promise="OLDER",
        rules=replace(MOVES["an older clone"], faults=0, refuses_older=False), weaken=nothing,
    ),
)  # fmt: skip
