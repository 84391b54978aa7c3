"""Worlds in which the state is moved, and worlds with an older clone.

Two homes: runs begin in either that lets them, as its configuration says. What a move does next is production's
`state.moving.next_step`, and what it writes in doubt `relabelled`; that a write is a swap, and when a home refuses
a run, is done here by values, as elsewhere in the exploration. A mover that stops, anywhere, is one that is never
heard of again: so every kill of a move is among these worlds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.explorer import Explorer
from model.replay import Start
from model.rules import Fault, Rules
from model.runs import Step as Next
from model.runs import Violation
from model.worlds import Homes, Mover, Stored, World, state_of, without
from offerctl.state import Place, State, moving
from offerctl.state.moving import Step

OLD, NEW = Place("world", "old"), Place("world", "new")
_WRITES = {Step.RESERVE: 1, Step.MARK: 0, Step.FILL: 1}
"""Which home a step of a move writes to."""


def explorer(rules: Rules) -> Explorer:
    """The one that these worlds need."""
    special = rules.movers or rules.older or Fault.READDRESSED in rules.may
    return MoveExplorer(rules) if special else Explorer(rules)


class MoveExplorer(Explorer):
    """The same, with two homes of the state."""

    def _roots(self) -> Iterator[World]:
        for world in super()._roots():
            homes = Homes() if self.rules.movers else None
            yield world._replace(homes=homes, first=(world.market, world.wants))

    def _check(self, w: World) -> None:
        """By the document that counts: the new home's, once it has one that says nothing of another."""
        super()._check(_looking(w, _counting(w)))

    def _steps(self, w: World) -> Iterator[Next]:
        yield from self._landings(w)
        if w.stage == "done":
            return
        for i, runner in enumerate(w.runners):
            for label, following in self._runner(_looking(w, runner.home), i):
                yield label, _looking(following, 0)
        if w.stage == "open":
            yield from self._edits(w)
            for home in _open(w):
                here = _looking(w, home)
                for label, following in self._in(here):
                    yield f"{label}{', in the new home' if home else ''}", _looking(following, 0)
            yield from self._moves(w)

    def _runner(self, w: World, i: int) -> Iterator[Next]:
        if w.homes and w.homes.away[w.at] and w.runners[i].phase == "mark":
            stranded = w._replace(runners=without(w.runners, i), blind="late")
            yield f"{w.runners[i].name}cannot mark what it sent too late: the state was moved", stranded
        else:
            yield from self.runs.steps(w, i)

    def _in(self, w: World) -> Iterator[Next]:
        """What happens in a home that lets runs begin."""
        if w.faults:
            yield from self._hands(w)
        yield from self._time(w)
        yield from self._starts(w)
        if self.rules.older:
            yield from self._older(w)

    def _start_last(self, w: World, start: Start, label: str) -> Iterator[Next]:
        """By the document that counts."""
        if w.at == _counting(w):
            yield from super()._start_last(w, start, label)

    # Another address

    def _hands(self, w: World) -> Iterator[Next]:
        yield from super()._hands(w)
        if Fault.READDRESSED in self.rules.may and not w.runners and self._open(w):
            assert w.first is not None
            moved = self.runs.stored(w, None, None, self.machines.moved(w.stored))
            moved = moved._replace(faults=w.faults - 1)
            yield "another address, the same listings", moved
            yield "another address, a copy of the beginning", moved._replace(market=w.first[0], flights=())
            yield "another address, nothing listed", moved._replace(market=(None,) * len(w.market), flights=())

    # An older clone

    def _edits(self, w: World) -> Iterator[Next]:
        for label, following in super()._edits(w):
            yield label, following._replace(commit=w.commit + 1) if self.rules.older else following

    def _start_of(self, w: World, reassert: bool, dead: bool) -> Start:  # noqa: FBT001 - as the tuple has them
        start = super()._start_of(w, reassert, dead)
        return start._replace(commit=str(w.commit)) if self.rules.older else start

    def _older(self, w: World) -> Iterator[Next]:
        """A run of the files of the beginning, where they are not the present ones."""
        assert w.first is not None
        if not w.commit or not self._open(w):
            return
        start = Start(w.stored, w.first[1], reassert=False, dead=False, commit="0")
        undoes = w.stored.applied > start.commit
        if undoes and not self.rules.allows:
            if not self.rules.refuses_older and isinstance(self.machines.start(start), int):
                raise Violation("OLDER", f"it undoes commit {w.stored.applied} unasked", "run of older files")
            return
        label = f"run of older files{' --allow-older' if undoes else ''}"
        yield from self._start(w, start, label)

    # Another home

    def _moves(self, w: World) -> Iterator[Next]:
        if w.homes is None:
            return
        for n, mover in enumerate(w.homes.movers):
            yield self._write(w, n, mover)
        if len(w.homes.movers) < self.rules.movers:
            yield from self._read(w, w.homes)

    def _read(self, w: World, homes: Homes) -> Iterator[Next]:
        source = _document(w.stored, away=homes.away[0], to=NEW, serials=(1, 2))
        target = None
        if homes.exists and homes.back:
            target = _document(homes.back, away=homes.away[1], to=OLD, serials=(3, 0))
        step = moving.next_step(source, target, to=NEW)
        busy = self.rules.waits and not self._open(w) and step in {Step.RESERVE, Step.MARK}
        if step in _WRITES and not busy:
            mover = Mover(step, w.stored._replace(claim=None))
            movers = tuple(sorted((*homes.movers, mover), key=str))
            yield f"a mover reads, to {step.name.lower()}", w._replace(homes=homes._replace(movers=movers))

    def _write(self, w: World, n: int, mover: Mover) -> Next:
        """One swap; then the mover reads again, which is another one's reading as well."""
        assert w.homes is not None
        w = w._replace(homes=w.homes._replace(movers=without(w.homes.movers, n)))
        home = _WRITES[mover.step]
        label = f"the mover {mover.step.name.lower()}s"
        if not mover.fresh[home] and (self.rules.move_swaps or mover.step is not Step.MARK):
            return f"{label}: refused", w
        here = _looking(w, home)
        match mover.step:
            case Step.RESERVE:
                wrote = self.runs.stored(here, None, None, Stored(None, (None,) * len(w.wants)))
            case Step.MARK:
                wrote = self.runs.stored(here, None, None, mover.read)
            case _:
                wrote = self.runs.stored(here, None, None, self.machines.moved(mover.read))
        assert wrote.homes is not None
        old, new = wrote.homes.away
        away = (True, new) if mover.step is Step.MARK else (old, mover.step is Step.RESERVE)
        exists = wrote.homes.exists or home == 1
        return label, _looking(wrote._replace(homes=wrote.homes._replace(away=away, exists=exists)), 0)


def _document(stored: Stored, *, away: bool, to: Place, serials: tuple[int, int]) -> State:
    """A document as a move reads it; the serials of one that is here, and of one that is away."""
    return replace(state_of(stored, serial=serials[away]), moved_to=to if away else None)


def _looking(w: World, home: int) -> World:
    """The same world as seen from a home."""
    if w.homes is None or w.homes.at == home:
        return w
    nothing = Stored(None, (None,) * len(w.wants))
    exists = w.homes.exists or (home == 0 and w.stored != nothing)
    return w._replace(
        stored=w.homes.back or nothing, homes=w.homes._replace(back=w.stored, exists=exists, at=home)
    )


def _open(w: World) -> tuple[int, ...]:
    """The homes in which a run may begin: not where the document says that the state is elsewhere.

    Where there is none, a first run begins, once the old home has sent somebody there.
    """
    if w.homes is None:
        return (0,)
    old, new = w.homes.away
    is_first = old and not w.homes.exists
    return (*(() if old else (0,)), *((1,) if is_first or (w.homes.exists and not new) else ()))


def _counting(w: World) -> int:
    return 1 if w.homes and (w.homes.exists or w.at) and not w.homes.away[1] else 0
