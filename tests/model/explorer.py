"""Every order of faults in a family of bounded worlds, breadth first, over the production machine.

The code under test is `plan.make`, `run.Run` (with `steps`, breaker and writes), `api.outcome` and `state`; what
`apply` does with sockets, files and clocks is done by values (`model.runs`). Time only passes where a run waits,
stalls or sleeps, where a lease must end, and between runs; what is on its way may take effect at any moment until
then. From every world without a run a last, clean one may start, after which nothing goes wrong any more. The
largest families run for some minutes: `python -m model --large` in the folder of the tests.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass

from model.replay import Start
from model.rules import Fault, Rules
from model.runs import Runs, Step, Violation
from model.worlds import FOREVER, IDS, Runner, World, execute, put, without
from offerctl.api import Action
from offerctl.state import Status


@dataclass(frozen=True, kw_only=True)
class Counterexample:
    """A shortest way to a promise that does not hold."""

    promise: str
    what: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join((*self.steps, f"{self.promise} broken: {self.what}"))


class Explorer:
    """One family of worlds, explored to its end or to the first broken promise."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.runs = Runs(rules)
        self.machines = self.runs.machines
        self.steps = 0
        self.clean = 0
        self.seconds = 0.0
        self._worlds: list[World] = []
        self._ways: list[tuple[int, str]] = []
        self._seen: set[World] = set()

    @property
    def worlds(self) -> int:
        """How many there are."""
        return len(self._worlds)

    def explore(self) -> Counterexample | None:
        """Look at every world; the first broken promise ends it."""
        began = time.perf_counter()
        gc.disable()  # millions of tuples and no cycles
        try:
            self._search()
        except Violation as violation:
            return Counterexample(promise=violation.promise, what=violation.what, steps=self._trace(violation))
        finally:
            gc.enable()
            self.seconds = time.perf_counter() - began
        return None

    def _search(self) -> None:
        for world in self._roots():
            self._add(world, -1, f"wanted {_named(world.wants)}, listed {_named(world.market)}")
        self._at = 0
        while self._at < len(self._worlds):
            for label, following in self._steps(self._worlds[self._at]):
                self.steps += 1
                self._add(following, self._at, label)
            self._at += 1

    def _add(self, world: World, parent: int, label: str) -> None:
        if world not in self._seen:
            self._seen.add(world)
            self._worlds.append(world)
            self._ways.append((parent, label))
            try:
                self._check(world)
            except Violation:
                self._at = len(self._worlds) - 1
                raise

    def _trace(self, violation: Violation) -> tuple[str, ...]:
        labels = [violation.label] if violation.label else []
        at = self._at
        while at >= 0:
            at, label = self._ways[at]
            labels.append(label)
        return tuple(labels[::-1])

    def _roots(self) -> Iterator[World]:
        for root in self.rules.roots:
            keys = [[h and h.key, want and want.key] for h, want in zip(root.stored.held, root.wants, strict=True)]
            mended = self.rules.may & {Fault.REBUILT, Fault.RESTORED}
            yield World(
                root.wants,
                root.market,
                root.stored,
                self.rules.faults,
                self.rules.edits,
                ever=tuple("".join(sorted({key for key in found if key})) for found in keys) if mended else (),
                kept=root.stored if mended else None,
            )

    # What must hold

    def _check(self, w: World) -> None:
        """T1 at every moment; T2, or T3, from the end of the last run on."""
        for n, held in enumerate(w.stored.held):
            if held is None:
                there = w.market[n]
                if there and there.ours:
                    raise Violation("T1", f"{IDS[n]} is listed and unknown to the state")
                if any(f.sent.id == n and f.sent.action is Action.ADD for f in w.flights):
                    raise Violation("T1", f"{IDS[n]} may still be added and is unknown to the state")
        if w.stage == "done":
            self._check_end(w)

    def _check_end(self, w: World) -> None:
        promise = "T2" if self.rules.bounded else "T3"
        for n, (want, there, held) in enumerate(zip(w.wants, w.market, w.stored.held, strict=True)):
            if there and not there.ours:
                continue
            right = held and held.status is Status.LIVE and held.body == want
            known = right if want else held is None or held.status is Status.GONE
            if (there and there.offer) != want or not known:
                raise Violation(promise, f"{IDS[n]} is wanted {want}, listed {there}, believed {held}")
        if self.machines.start(Start(w.stored, w.wants, reassert=False, dead=False)) != "empty":
            raise Violation(promise, "the run after would have something to do")

    # What may happen

    def _steps(self, w: World) -> Iterator[Step]:
        yield from self._landings(w)
        if w.stage == "done":
            return
        for i in range(len(w.runners)):
            yield from self.runs.steps(w, i)
        if w.stage == "open":
            yield from self._edits(w)
            if w.faults:
                yield from self._hands(w)
            yield from self._time(w)
            yield from self._starts(w)

    def _landings(self, w: World) -> Iterator[Step]:
        for n, flight in enumerate(w.flights):
            sent = flight.sent
            self.runs.check_own(w, sent)
            there, _ = execute(w.market[sent.id], sent)
            landed = w._replace(market=put(w.market, sent.id, there), flights=without(w.flights, n))
            yield f"the late {sent} takes effect", landed

    def _edits(self, w: World) -> Iterator[Step]:
        """A run at work has read its files: an edit meanwhile is one afterwards."""
        if not w.edits or any(r.current and r.lease > 0 for r in w.runners):
            return
        for n, offers in enumerate(self.rules.offers):
            for offer in offers:
                if offer != w.wants[n]:
                    edited = w._replace(wants=put(w.wants, n, offer), edits=w.edits - 1)
                    if w.ever and offer:
                        ever = "".join(sorted({*w.ever[n], offer.key}))
                        edited = edited._replace(ever=put(w.ever, n, ever))
                    yield f"edit {IDS[n]} to {offer or 'nothing'}", edited

    def _hands(self, w: World) -> Iterator[Step]:
        """What people do to the Marketplace and to the state."""
        may, free = self.rules.may, not w.runners
        w = w._replace(faults=w.faults - 1)
        if Fault.WIPED in may and free and any(w.market):
            yield "the Marketplace is wiped", w._replace(market=(None,) * len(w.market), blind=w.blind or "wiped")
        if Fault.UNLOCKED in may and w.stored.claim is not None:
            yield "unlock", self.runs.stored(w, None, None, w.stored._replace(claim=None))
        if Fault.REBUILT in may and free:
            yield "the state is lost and rebuilt", w._replace(stored=self.machines.rebuilt(w.ever))
        if Fault.RESTORED in may and free and w.kept and self._open(w):
            yield "restore", w._replace(stored=self.machines.restored(w.kept, w.stored))

    def _open(self, w: World) -> bool:
        return w.stored.claim is None or w.stored.claim <= self.machines.over

    def _time(self, w: World) -> Iterator[Step]:
        claim = w.stored.claim
        if claim is not None and not self._open(w) and not _holder(w):
            yield "the lease passes", self.runs.later(w, claim - self.machines.over)
        if all(r.lease == 0 for r in w.runners):
            quiet = [held.quiet for held in w.stored.held if held]
            flights = [f.left for f in w.flights if f.left < FOREVER]
            longest = max([*quiet, *flights, 0 if claim is None else claim - self.machines.over])
            if longest:
                yield "time passes", self.runs.later(w, longest)

    def _starts(self, w: World) -> Iterator[Step]:
        claim = w.stored.claim
        ways = []
        if self._open(w):
            ways.append((False, "run" if claim is None else "run on another machine"))
        if claim is not None and not _holder(w):
            ways.append((True, "run on the same machine"))
        for dead, label in ways:
            for reassert in (False, True) if self.rules.reasserts else (False,):
                named = f"{label} --reassert" if reassert else label
                yield from self._start(w, self._start_of(w, reassert, dead), named)
                if not w.runners:
                    yield from self._start_last(w, self._start_of(w, reassert, dead), named)

    def _start_of(self, w: World, reassert: bool, dead: bool) -> Start:  # noqa: FBT001 - as the tuple has them
        return Start(w.stored, w.wants, reassert, dead)

    def _start(self, w: World, start: Start, label: str) -> Iterator[Step]:
        """A run to which something may happen."""
        matters = w.faults or w.edits or w.runners or not self.rules.bounded
        node = self.machines.start(start)
        if matters and isinstance(node, int) and len(w.runners) < self.rules.runs:
            if self.rules.runs == 1:
                yield f"{label}: intent", self.runs.claim(w._replace(runners=(Runner("", node, home=w.at),)), 0)
            else:
                taken = {r.name for r in w.runners}
                name = next(name for name in ("A: ", "B: ") if name not in taken)
                yield f"{name}{label}, reads", w._replace(runners=(*w.runners, Runner(name, node, home=w.at)))

    def _start_last(self, w: World, start: Start, label: str) -> Iterator[Step]:
        """A run to which nothing happens, and after which nothing does."""
        if not start.reassert and (w.blind or not self.rules.bounded):
            return
        if not self.rules.bounded:
            w = w._replace(flights=())  # T3 begins after the last late request
        elif w.blind == "late":
            return
        last = w._replace(faults=0, edits=0, blind="", ever=(), kept=None)
        node = self.machines.start(start)
        if isinstance(node, int):
            self.clean += 1
            ready = last._replace(runners=(Runner("", node, home=w.at),), stage="clean")
            yield f"last {label}: intent", self.runs.claim(ready, 0)
        elif node == "empty":
            self.clean += 1
            yield f"last {label}: nothing to do", last._replace(stage="done")


def _holder(w: World) -> bool:
    """Whether the run that holds the lease lives."""
    return any(r.phase == "work" and r.current and r.home == w.at for r in w.runners)


def _named(values: tuple[object, ...]) -> str:
    return ", ".join(str(value and getattr(value, "offer", value)) for value in values)
