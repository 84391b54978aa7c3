"""Every order of faults in a bounded world, breadth first, over the production machine.

The code under test is `plan.make`, `run.Run` (with `steps`, brakes and writes) and `state`: what the driver does
with sockets and files is done here by values. Generators cannot be copied, so a run is replayed from its events.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from model.worlds import (
    HOME,
    LEASE,
    OURS,
    THEIRS,
    WINDOW,
    Budget,
    Files,
    Flying,
    Listing,
    Market,
    at,
    desired,
    execute,
    fingerprint,
    flying,
    form,
    rebased,
    seconds,
)
from offerctl.api import Action, Kind, Outcome
from offerctl.plan import Options, Origin, Plan, Rails, make
from offerctl.run import Author, Due, Run, Settings
from offerctl.state import State, Status

LOST = Outcome(kind=Kind.UNSURE, message="no answer")
REFUSED = Outcome(kind=Kind.REJECTED, status=400, code="invalid")
DENIED = Outcome(kind=Kind.STOP, status=401, code="unauthorized")
UNSENT = Outcome(kind=Kind.NOT_SENT, message="refused")


class Violation(Exception):
    """A promise that does not hold."""

    def __init__(self, promise: str, what: str) -> None:
        super().__init__(f"{promise}: {what}")
        self.promise = promise


class Event(NamedTuple):
    """Something that a run was told: what, when, and about which id."""

    what: str
    now: int
    offering_id: str = ""
    outcome: Outcome | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Going:
    """A run under way: what it was started with, and everything that it was told since."""

    read: State | None
    files: Files
    reassert: bool
    dead: bool
    events: tuple[Event, ...] = ()
    pending: tuple[Due, ...] = ()
    last: State | None = None
    clean: bool = True
    alone: bool = True
    """No late request was on its way when it started."""
    name: str = "r"
    parallelism: int = 1

    def key(self) -> object:
        """What two of these must share to be one."""
        events = tuple((e.what, e.now, e.offering_id, e.outcome and e.outcome.kind, e.ids) for e in self.events)
        return (
            self.name,
            fingerprint(self.read),
            self.files,
            self.reassert,
            self.dead,
            events,
            tuple(due.offering_id for due in self.pending),
            self.clean,
            self.alone,
        )


@dataclass(frozen=True, slots=True)
class World:
    """Everything there is at one moment."""

    market: Market
    flights: tuple[Flying, ...]
    state: State | None
    files: Files
    budget: Budget
    now: int = 0
    going: Going | None = None
    zombie: Going | None = None
    marked: bool = True
    """No request of a zombie can have spoilt anything that is not marked."""

    def key(self) -> object:
        """What two worlds must share to be one."""
        return (
            self.market,
            self.flights,
            fingerprint(self.state),
            self.files,
            self.budget,
            self.now,
            self.going and self.going.key(),
            self.zombie and self.zombie.key(),
            self.marked,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may happen in a family of worlds, and what is asserted."""

    forms: dict[str, tuple[str | None, ...]]
    """What the file of each id may be edited to; none: no file."""
    budget: Budget
    bounded: bool = True
    """Whether a request takes effect within W or never (T2); otherwise it may at any time (T3)."""
    start: tuple[tuple[str, str | None], ...] = ()
    foreign: tuple[tuple[str, str], ...] = ()
    """Listings of somebody else, by id."""
    refusals: bool = True
    checks_lease: bool = True
    intent_first: bool = True
    parallelism: int = 1


Step = tuple[str, World]


@dataclass(slots=True)
class Explorer:
    """One family of worlds, explored to its end or to the first broken promise."""

    rules: Rules
    states: int = 0
    runs: int = 0
    ended_clean: int = 0
    seconds: float = 0.0
    _parents: dict[object, tuple[object, str]] = field(default_factory=dict)

    def explore(self, limit: int = 10_000_000) -> list[str] | None:
        """The shortest way to a broken promise, or none; at most `limit` states are looked at."""
        began = time.perf_counter()
        try:
            return self._search(limit)
        finally:
            self.seconds = time.perf_counter() - began

    def _search(self, limit: int) -> list[str] | None:
        first = self._first()
        queue = deque([(first.key(), first)])
        self._parents = {first.key(): (None, "start")}
        while queue and self.states < limit:
            key, world = queue.popleft()
            self.states += 1
            try:
                self._check(world)
                for label, following in self._steps(world):
                    found = following.key()
                    if found not in self._parents:
                        self._parents[found] = (key, label)
                        queue.append((found, following))
            except Violation as violation:
                return [*self._trace(key), str(violation)]
        return None

    def _trace(self, key: object) -> list[str]:
        labels: list[str] = []
        at_: object | None = key
        while at_ is not None:
            at_, label = self._parents[at_]
            labels.append(label)
        return labels[::-1]

    def _first(self) -> World:
        market = tuple(sorted((id_, Listing(f[0], int(f[1:]), THEIRS)) for id_, f in self.rules.foreign))
        files = tuple(sorted((id_, f) for id_, f in self.rules.start if f is not None))
        return World(market, (), None, files, self.rules.budget)

    # What must hold at every moment

    def _check(self, world: World) -> None:
        known = world.state.listings if world.state else {}
        for id_, listing in world.market:
            if listing.owner == OURS and id_ not in known:
                raise Violation("T1", f"{id_} is listed and unknown to the state")

    # What may happen

    def _steps(self, world: World) -> Iterator[Step]:
        for index, flight in enumerate(world.flights):
            rest = world.flights[:index] + world.flights[index + 1 :]
            market = self._executed(world, flight)
            yield f"late {_named(flight)} takes effect", replace(world, market=market, flights=rest)
        if world.zombie is not None:
            yield from self._zombie(world, world.zombie)
        if world.going is not None:
            yield from self._running(world, world.going)
        else:
            yield from self._resting(world)

    def _executed(self, world: World, flight: Flying) -> Market:
        found = dict(world.market).get(flight.offering_id)
        if found is not None and found.owner == THEIRS and flight.action is not Action.ADD:
            raise Violation("OWN", f"{_named(flight)} on somebody else's listing")
        return execute(world.market, flight)[0]

    def _resting(self, world: World) -> Iterator[Step]:
        budget = world.budget
        if budget.edits:
            for id_, forms in self.rules.forms.items():
                for wanted in forms:
                    files = dict(world.files)
                    if files.get(id_) == wanted:
                        continue
                    files.pop(id_, None)
                    if wanted is not None:
                        files[id_] = wanted
                    edited = replace(world, files=tuple(sorted(files.items())), budget=budget.spend(edits=1))
                    yield f"edit {id_} to {wanted or 'nothing'}", edited
        if budget.wipes:
            yield "wipe", replace(world, market=(), flights=(), budget=budget.spend(wipes=1))
        if not self.rules.bounded:
            for index, flight in enumerate(world.flights):
                rest = world.flights[:index] + world.flights[index + 1 :]
                yield f"late {_named(flight)} is lost", replace(world, flights=rest)
        yield from self._starts(world)

    def _starts(self, world: World) -> Iterator[Step]:
        claim = world.state.run if world.state else None
        if claim is None:
            yield from self._start(world, dead=False, label="run")
            return
        if world.zombie is None:
            yield from self._start(world, dead=True, label="run on the same machine")
        over = seconds(claim.lease_until) + LEASE // 4 + 1
        later = self._pass(world, max(over, 0))
        yield from self._start(later, dead=False, label="lease over, run elsewhere")

    def _start(self, world: World, *, dead: bool, label: str) -> Iterator[Step]:
        world = _rebase(world)
        for reassert in (False, True) if world.budget.reasserts else (False,):
            going = Going(
                world.state,
                world.files,
                reassert,
                dead,
                alone=not world.flights,
                parallelism=self.rules.parallelism,
            )
            plan = _plan(going)
            if plan.empty:
                self._at_end(world, reassert=reassert, alone=not world.flights)
                continue
            self.runs += 1
            budget = world.budget.spend(reasserts=1) if reassert else world.budget
            machine = _machine(going, plan)
            intent = machine.writes.claim(machine.state, at(0))
            going = replace(going, last=intent)
            state = intent if self.rules.intent_first else world.state
            yield (
                f"{label}{' --reassert' if reassert else ''}: intent",
                replace(world, state=state, going=going, budget=budget),
            )

    def _running(self, world: World, going: Going) -> Iterator[Step]:
        if world.budget.crashes:
            crashed = replace(world, going=None, budget=world.budget.spend(crashes=1))
            yield "killed", crashed
        if going.pending:
            yield from self._fates(world, going)
            return
        machine = _machine(going)
        now = at(world.now)
        due: tuple[Due, ...] = ()
        if not machine.to_save():
            due = tuple(machine.due(now))
            going = replace(going, events=(*going.events, Event("due", world.now)), pending=due)
        if due:
            yield from self._running(world, going)
        elif ids := machine.to_save():
            machine.begin_save(ids)
            written = machine.writes.claim(_last(going), now)
            events = (*going.events, Event("save", world.now, ids=ids))
            yield (
                f"write before the adds of {', '.join(ids)}",
                replace(world, state=written, going=replace(going, events=events, last=written)),
            )
        elif machine.over:
            yield self._finish(world, going, machine)
        else:
            yield self._waited(world, going, machine)

    def _waited(self, world: World, going: Going, machine: Run) -> Step:
        wake = machine.wake_at(at(world.now))
        assert wake is not None, "a run that neither sends, waits nor ends"
        later = self._pass(world, seconds(wake))
        renewed = machine.writes.claim(_last(going), at(later.now))
        state = renewed if self.rules.intent_first else world.state
        return f"waited until {later.now}", replace(later, state=state, going=replace(going, last=renewed))

    def _finish(self, world: World, going: Going, machine: Run) -> Step:
        machine.close()
        final = machine.writes.final(_last(going), at(world.now))
        ended = replace(world, state=final, going=None)
        if going.clean:
            self.ended_clean += 1
            self._at_end(ended, reassert=going.reassert, alone=going.alone)
        return "final write", _rebase(ended)

    def _at_end(self, world: World, *, reassert: bool, alone: bool) -> None:
        """T2 and T3: what one clean run leaves behind, whatever of the late requests still takes effect."""
        if world.zombie is not None or not world.marked:
            return
        if not self.rules.bounded and not (reassert and alone):
            return
        if self.rules.budget.wipes and not reassert:
            return
        promise = "T2" if self.rules.bounded else "T3"
        beliefs = world.state.listings if world.state else {}
        contested = {id_ for id_, belief in beliefs.items() if belief.status is Status.CONTESTED}
        wanted = {id_: want for id_, want in world.files if id_ not in contested}
        for market in _outcomes(world.market, world.flights):
            listed = {id_: f"{item.key}{item.body}" for id_, item in market if item.owner == OURS}
            if listed != wanted:
                raise Violation(promise, f"listed {listed}, wanted {wanted}")
        believed = {id_: form(b.body) for id_, b in beliefs.items() if b.body is not None}
        doubts = [id_ for id_, belief in beliefs.items() if belief.status is Status.MAYBE]
        if believed != wanted or doubts:
            raise Violation(promise, f"believed {believed}, in doubt {doubts}, wanted {wanted}")

    # What may become of one request

    def _fates(self, world: World, going: Going) -> Iterator[Step]:
        due = going.pending[0]
        sent = flying(due.request, world.now + WINDOW if self.rules.bounded else None)
        self._needless(world, going, sent)
        market = self._executed(world, sent)
        clean = execute(world.market, sent)[1]
        name = _named(sent)
        yield f"{name}: {clean.kind.value}", self._told(replace(world, market=market), going, clean)
        budget = world.budget
        if budget.faults:
            spent = replace(world, budget=budget.spend(faults=1))
            unclean = replace(going, clean=False)
            executed, flown = replace(spent, market=market), replace(spent, flights=_with(world.flights, sent))
            yield f"{name}: executed, answer lost", self._told(executed, unclean, LOST)
            yield f"{name}: lost", self._told(spent, unclean, LOST)
            yield f"{name}: late, no answer", self._told(flown, unclean, LOST)
            if sent.action is Action.DELETE:  # proxies resend idempotent methods; PATCH and POST are none
                copied = replace(executed, flights=_with(world.flights, sent))
                yield f"{name}: {clean.kind.value}, and a copy is late", self._told(copied, going, clean)
            if self.rules.refusals:
                yield f"{name}: refused", self._told(spent, unclean, REFUSED)
                yield f"{name}: 401", self._told(spent, unclean, DENIED)
                yield f"{name}: not sent", self._told(spent, unclean, UNSENT)
        if budget.crashes:
            dead = replace(world, going=None, budget=budget.spend(crashes=1))
            yield f"{name}: executed, killed", replace(dead, market=market)
            yield f"{name}: late, killed", replace(dead, flights=_with(world.flights, sent))
        if budget.zombies and world.zombie is None:
            asleep = replace(going, name="zombie")
            yield (
                f"{name}: put to sleep before it is sent",
                replace(world, going=None, zombie=asleep, budget=budget.spend(zombies=1)),
            )

    def _told(self, world: World, going: Going, outcome: Outcome) -> World:
        due, *left = going.pending
        told = Event("answer", world.now, due.offering_id, outcome)
        return replace(world, going=replace(going, events=(*going.events, told), pending=tuple(left)))

    def _needless(self, world: World, going: Going, sent: Flying) -> None:
        listed, wanted = dict(world.market).get(sent.offering_id), dict(going.files).get(sent.offering_id)
        former = going.read.listings.get(sent.offering_id) if going.read else None
        certain = former is not None and former.key is not None
        if world.zombie is not None or not world.marked or not (certain and listed and wanted):
            return
        if sent.action is Action.DELETE and listed.key == wanted[0]:
            raise Violation("needless DELETE", f"{sent.offering_id} holds the key that is wanted")

    # Somebody who slept between the check of the lease and the request

    def _zombie(self, world: World, zombie: Going) -> Iterator[Step]:
        """Its one request goes out whenever it wakes; its lease is over: nothing follows, and it marks the id."""
        if zombie.pending:
            sent = flying(zombie.pending[0].request, None)
            name = _named(sent)
            woken = replace(world, market=self._executed(world, sent))
            if not self.rules.checks_lease:
                yield f"zombie sends {name}, goes on", replace(woken, zombie=None)
                return
            yield (
                f"zombie sends {name}",
                replace(woken, zombie=replace(zombie, pending=(), events=(_about(sent),))),
            )
            yield f"zombie sends {name}, killed", replace(woken, zombie=None, marked=False)
        elif world.going is None and world.state is not None and world.state.run is None:
            id_ = zombie.events[-1].offering_id
            there, ours = world.state.listings[id_], _last(zombie).listings[id_]
            key = there.key if there.key == ours.key else None
            doubt = replace(there, status=Status.MAYBE, body=None, key=key, quiet_until=at(world.now + WINDOW))
            yield f"zombie marks {id_}", replace(world, state=world.state.with_beliefs({id_: doubt}), zombie=None)

    # Time

    def _pass(self, world: World, now: int) -> World:
        """Later: what could take effect only before is lost by then."""
        flights = tuple(f for f in world.flights if f.until is None or f.until > now)
        return replace(world, flights=flights, now=max(now, world.now))


def _about(sent: Flying) -> Event:
    return Event("sent", 0, sent.offering_id)


def _last(going: Going) -> State:
    assert going.last is not None
    return going.last


def _with(flights: tuple[Flying, ...], sent: Flying) -> tuple[Flying, ...]:
    return tuple(sorted((*flights, sent), key=repr))


def _named(sent: Flying) -> str:
    body = "" if sent.body is None else f" {sent.key or '*'}{sent.body}"
    return f"{sent.action.value} {sent.offering_id}{body}"


def _outcomes(market: Market, flights: tuple[Flying, ...]) -> set[Market]:
    """Every Marketplace that there may be once each late request took effect or was lost, in any order."""
    found = {market}
    for index, flight in enumerate(flights):
        rest = flights[:index] + flights[index + 1 :]
        found |= _outcomes(execute(market, flight)[0], rest)
    return found


def _plan(going: Going) -> Plan:
    return make(
        desired(going.files),
        going.read,
        home=HOME,
        options=Options(reassert=going.reassert, allow_replace=True, allow_deletes="all"),
        rails=Rails(),
        origin=Origin(),
    )


def _machine(going: Going, plan: Plan | None = None) -> Run:
    """The production machine, brought to where this run is by everything that it was told."""
    machine = Run(
        plan=plan or _plan(going),
        state=going.read or State(lineage="l", home=HOME),
        settings=Settings(
            lease=LEASE, settle_window=WINDOW, parallelism=going.parallelism, reasserting=going.reassert
        ),
        author=Author(run=going.name, who="explorer", boot_id="b"),
        started=at(0),
        dead=going.dead,
        jitter=lambda: 0.0,
    )
    for event in going.events:
        now = at(event.now)
        if event.what == "due":
            machine.due(now)
        elif event.what == "save":
            machine.begin_save(event.ids)
            machine.saved(event.ids, now)
        else:
            assert event.outcome is not None
            machine.answered(event.offering_id, event.outcome, now)
    return machine


def _rebase(world: World) -> World:
    """The same world at zero o'clock."""
    flights = tuple(f._replace(until=None if f.until is None else f.until - world.now) for f in world.flights)
    return replace(world, flights=flights, state=rebased(world.state, world.now), now=0)
