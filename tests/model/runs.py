"""What may happen to the runs of a world: what their driver does, and every accident on the way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from model.replay import Machines, Seen
from model.rules import Fault, Rules
from model.worlds import (
    FOREVER,
    IDS,
    Flight,
    Homes,
    Pending,
    Runner,
    Sent,
    Stored,
    World,
    aged,
    execute,
    flying,
    put,
    without,
)
from offerctl.api import Action

Step = tuple[str, World]


_WITHOUT_EFFECT = {
    Fault.REFUSED: "refused",
    Fault.DENIED: "denied",
    Fault.UNSENT: "unsent",
    Fault.ASTRAY: "astray",
}


class Violation(Exception):
    """A promise that does not hold; `label` is the step that broke it, where the world after it is none."""

    def __init__(self, promise: str, what: str, label: str = "") -> None:
        super().__init__(promise, what)
        self.promise, self.what, self.label = promise, what, label


class Runs:
    """The driver's part of `offerctl.apply`, by values: each method gives the steps that may come next."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.machines = Machines(rules)

    def steps(self, w: World, i: int) -> Iterator[Step]:
        """What the run at place `i` may do, and what may happen to it."""
        r = w.runners[i]
        if r.phase == "read":
            yield self._reading(w, i, r)
        elif r.phase == "mark":
            yield from self._marking(w, i, r)
        else:
            seen = self.machines.seen[r.node]
            if w.faults:
                yield from self._accidents(w, i, r, seen)
            yield from self._working(w, i, r, seen)

    def later(self, w: World, seconds: int) -> World:
        """Time passes: what could take effect only before is lost."""
        flights = (f if f.left == FOREVER else f._replace(left=f.left - seconds) for f in w.flights)
        runners = (
            r._replace(node=self._tell(r, "tick", seconds).node, lease=max(0, r.lease - seconds))
            for r in w.runners
        )
        return w._replace(
            flights=tuple(sorted(f for f in flights if f.left > 0)),
            runners=tuple(runners),
            stored=aged(w.stored, seconds, self.machines.over),
            kept=w.kept and aged(w.kept, seconds, self.machines.over),
            homes=w.homes and self._aged(w.homes, seconds),
        )

    def _aged(self, homes: Homes, seconds: int) -> Homes:
        movers = (m._replace(read=aged(m.read, seconds, self.machines.over)) for m in homes.movers)
        back = homes.back and aged(homes.back, seconds, self.machines.over)
        return homes._replace(back=back, movers=tuple(movers))

    def claim(self, w: World, i: int) -> World:
        """The intent, or a renewal: a write that succeeds."""
        r, stored = self._written(w.runners[i])
        return self.stored(w, i, self._advanced(r), stored)

    def stored(self, w: World, i: int | None, r: Runner | None, stored: Stored) -> World:
        """Somebody wrote the state (the run at `i`, if any): no other run's next write succeeds."""
        if r is not None and r.phase == "work" and not self.rules.intent_first:
            stored = w.stored
        runners = w.runners if i is None or r is None else put(w.runners, i, r)
        deposed = (o if n == i or o.home != w.at else o._replace(current=False) for n, o in enumerate(runners))
        homes = w.homes and w.homes._replace(
            movers=tuple(
                m._replace(fresh=(m.fresh[0] and w.at != 0, m.fresh[1] and w.at != 1)) for m in w.homes.movers
            )
        )
        return w._replace(stored=stored, runners=tuple(deposed), homes=homes)

    def check_own(self, w: World, sent: Sent) -> None:
        """OWN, for a request that takes effect now."""
        there = w.market[sent.id]
        if self.rules.own and there and not there.ours and sent.action is not Action.ADD:
            raise Violation("OWN", "that is somebody else's listing", str(sent))

    # The driver

    def _tell(self, r: Runner, *event: object) -> Runner:
        return r._replace(node=self.machines.tell(r.node, *event)[0])

    def _written(self, r: Runner) -> tuple[Runner, Stored]:
        node, stored = self.machines.tell(r.node, "claim")
        return r._replace(node=node, phase="work", lease=self.rules.lease), stored

    def _advanced(self, r: Runner) -> Runner:
        """What is due is asked for, and the lease is checked: without it nothing goes out (*order*)."""
        while True:
            seen = self.machines.seen[r.node]
            if seen.halted or seen.saving:
                return r
            node, due = self.machines.tell(r.node, "due")
            r = r._replace(node=node)
            if not due:
                return r
            if self._holds(r):
                failed = dict(r.failed)
                fresh = (Pending(sent, free=failed.get(sent, "")) for sent in due)
                return r._replace(pending=tuple(sorted((*r.pending, *fresh))))
            for sent in due:
                r = self._tell(self._tell(r, "halt"), "answer", sent, "unsent")

    def _holds(self, r: Runner) -> bool:
        return r.lease > 0 or not self.rules.checks_lease

    def _reading(self, w: World, i: int, r: Runner) -> Step:
        if r.current:
            return f"{r.name}intent", self.claim(w, i)
        return f"{r.name}intent refused", w._replace(runners=without(w.runners, i))

    def _working(self, w: World, i: int, r: Runner, seen: Seen) -> Iterator[Step]:
        if seen.saving and not seen.halted:
            yield from self._saving(w, i, r, seen)
        elif r.pending:
            if Fault.RENEWED in self.rules.may and r.current:
                yield f"{r.name}renews", self.stored(w, i, *self._written(r))
            for n, pending in enumerate(r.pending):
                yield from self._fates(w, i, r._replace(pending=without(r.pending, n)), pending)
        elif seen.over:
            yield self._ending(w, i, r)
        else:
            yield from self._waiting(w, i, r, seen)

    def _waiting(self, w: World, i: int, r: Runner, seen: Seen) -> Iterator[Step]:
        if not r.current:
            yield f"{r.name}renewal refused", self._halted(w, i, r)
        elif seen.wake is not None:
            yield f"{r.name}waits {seen.wake} s, renewing", self.claim(self.later(w, seen.wake), i)
        else:  # it overslept its moment
            awake = self._advanced(r)
            assert awake != r, "a run that neither sends, waits nor ends"
            yield f"{r.name}goes on", w._replace(runners=put(w.runners, i, awake))
            yield f"{r.name}renews, goes on", self.claim(w, i)

    def _halted(self, w: World, i: int, r: Runner) -> World:
        return w._replace(runners=put(w.runners, i, self._tell(r, "halt")))

    def _saving(self, w: World, i: int, r: Runner, seen: Seen) -> Iterator[Step]:
        what, ids = f"{r.name}write before the add of {', '.join(seen.saving)}", seen.saving
        begun = self._tell(r, "begin save", ids)
        unwritten = self._halted(w, i, begun)
        if not r.current:
            yield f"{what}: refused", unwritten
            return
        wrote, stored = self._written(begun)
        yield what, self.stored(w, i, self._advanced(self._tell(wrote, "saved", ids)), stored)
        if w.faults and Fault.UNWRITTEN in self.rules.may:
            unknown = self.stored(w, i, self._tell(wrote, "halt"), stored)
            yield f"{what}: fails", unwritten._replace(faults=w.faults - 1)
            yield f"{what}: done, but nobody says so", unknown._replace(faults=w.faults - 1)

    def _ending(self, w: World, i: int, r: Runner) -> Step:
        if not r.current:
            marks = bool(r.late) and self.rules.marks_late
            runners = put(w.runners, i, r._replace(phase="mark")) if marks else without(w.runners, i)
            return f"{r.name}final write refused", w._replace(runners=runners)
        _, stored = self.machines.tell(r.node, "end")
        ended = self.stored(w, i, r._replace(phase="end"), stored)
        return f"{r.name}final write", ended._replace(
            runners=without(ended.runners, i),
            stage="done" if w.stage == "clean" else w.stage,
            kept=w.kept and self.machines.read(r.node),
        )

    def _marking(self, w: World, i: int, r: Runner) -> Iterator[Step]:
        """*Order*: what was sent too late is in doubt, as soon as nobody holds the lease."""
        if w.faults:
            killed = w._replace(faults=w.faults - 1, runners=without(w.runners, i), blind="late")
            yield f"{r.name}killed", killed
        if w.stored.claim is None or w.stored.claim <= self.machines.over:
            _, stored = self.machines.tell(r.node, "mark", w.stored, r.late)
            marked = self.stored(w, None, None, stored)
            named = ", ".join(IDS[n] for n in r.late)
            yield f"{r.name}marks {named}", marked._replace(runners=without(marked.runners, i))

    # What becomes of one request

    def _fates(self, w: World, i: int, r: Runner, pending: Pending) -> Iterator[Step]:
        sent = pending.sent
        if pending.flown or not self._holds(r):
            yield from self._too_late(w, i, r, pending)
            return
        self.check_own(w, sent)
        self._check_delete(w, r, sent)
        there, answer = execute(w.market[sent.id], sent)
        executed = w._replace(market=put(w.market, sent.id, there))
        yield f"{r.name}{sent}: {answer}", self._told(executed, i, r, sent, answer)
        if pending.free:
            yield f"{r.name}{sent}: {pending.free} again", self._told(w, i, r, sent, pending.free)
        if w.faults:
            yield from self._faults(w, i, r, sent)

    def _faults(self, w: World, i: int, r: Runner, sent: Sent) -> Iterator[Step]:
        may, what = self.rules.may, f"{r.name}{sent}: "
        w = w._replace(faults=w.faults - 1)
        there, answer = execute(w.market[sent.id], sent)
        executed = w._replace(market=put(w.market, sent.id, there))
        if Fault.UNSURE in may:
            yield what + "executed, no answer", self._told(executed, i, r, sent, "500")
            yield what + "on its way, no answer", self._told(flying(w, [self._flight(sent)]), i, r, sent, "500")
        if Fault.BUSY in may:
            yield what + "executed, busy", self._told(executed, i, r, sent, "busy")
            yield what + "on its way, busy", self._told(flying(w, [self._flight(sent)]), i, r, sent, "busy")
            yield what + "lost, busy", self._told(w, i, r, sent, "busy")
        for fault, said in _WITHOUT_EFFECT.items():
            if fault in may:
                yield what + said, self._told(w, i, r, sent, said)
        if Fault.COPIED in may and sent.action in self.rules.copied:
            copied = flying(executed, [self._flight(sent)])
            yield f"{what}{answer}, and a copy on its way", self._told(copied, i, r, sent, answer)

    def _too_late(self, w: World, i: int, r: Runner, pending: Pending) -> Iterator[Step]:
        """Answered after the lease had ended: it counts as unsure, and its id is to be marked."""
        sent = pending.sent
        r = self._tell(r, "halt")._replace(late=tuple(sorted({*r.late, sent.id})))
        if pending.flown:
            yield f"{r.name}{sent}: answered too late", self._told(w, i, r, sent, "unsure")
            return
        there, _ = execute(w.market[sent.id], sent)
        executed = w._replace(market=put(w.market, sent.id, there))
        yield f"{r.name}{sent}: executed too late", self._told(executed, i, r, sent, "unsure")
        on_its_way = flying(w, [self._flight(sent)])
        yield f"{r.name}{sent}: sent too late", self._told(on_its_way, i, r, sent, "unsure")

    def _told(self, w: World, i: int, r: Runner, sent: Sent, answer: str) -> World:
        others = [item for item in r.failed if item[0].id != sent.id]
        failed = sorted([*others, (sent, answer)]) if answer in {"500", "unsent", "astray"} else others
        told = self._advanced(self._tell(r, "answer", sent, answer)._replace(failed=tuple(failed)))
        return w._replace(runners=put(w.runners, i, told))

    def _flight(self, sent: Sent) -> Flight:
        return Flight(self.rules.window if self.rules.bounded else FOREVER, sent)

    def _check_delete(self, w: World, r: Runner, sent: Sent) -> None:
        """No DELETE of what is wanted as it is (by the last run), nor of what is not, before every put is done."""
        if sent.action is not Action.DELETE:
            return
        there, want, read = w.market[sent.id], w.wants[sent.id], self.machines.read(r.node).held[sent.id]
        if (
            w.stage == "clean"
            and there
            and there.ours
            and want
            and read
            and read.key
            and there.offer.key == want.key
        ):
            raise Violation("needless DELETE", "it holds the key that is wanted", str(sent))
        if w.stage == "clean" and want is None and not self.machines.seen[r.node].put:
            raise Violation("order", "a put of this run is not done", str(sent))

    # Accidents

    def _accidents(self, w: World, i: int, r: Runner, seen: Seen) -> Iterator[Step]:
        may = self.rules.may
        w = w._replace(faults=w.faults - 1)
        if Fault.KILLED in may:
            yield from self._killed(w, i, r)
        if Fault.HALTED in may and not seen.halted:
            yield f"{r.name}interrupted", self._halted(w, i, r)
        if Fault.STALLED in may and r.lease > 1:
            yield f"{r.name}stalls", self.later(w, r.lease - 1)
        if Fault.ASLEEP in may and r.current and r.lease > 0 and w.stored.claim is not None:
            for label, flown, asleep in self._gone(w, r) if Fault.ASLEEP_AFTER in may else [("", (), w)]:
                pending = tuple(p._replace(flown=p.flown or p.sent in flown) for p in r.pending)
                slept = asleep._replace(runners=put(w.runners, i, r._replace(pending=pending)))
                yield (
                    f"{r.name}sleeps until its lease is over{label}",
                    self.later(slept, w.stored.claim - self.machines.over),
                )

    def _killed(self, w: World, i: int, r: Runner) -> Iterator[Step]:
        for label, flown, left in self._gone(w, r):
            late = self.rules.checks_lease and (r.late or (flown and not self._holds(r)))
            blind = "late" if late else w.blind
            yield f"{r.name}killed{label}", left._replace(runners=without(w.runners, i), blind=blind)

    def _gone(self, w: World, r: Runner) -> Iterator[tuple[str, tuple[Sent, ...], World]]:
        """None or any of its requests left before what happens now."""
        waiting = [pending.sent for pending in r.pending if not pending.flown]
        for chosen in product((False, True), repeat=len(waiting)):
            sent = tuple(s for s, yes in zip(waiting, chosen, strict=True) if yes)
            yield "".join(f", {s} on its way" for s in sent), sent, flying(w, map(self._flight, sent))
