"""Hypothesis' state machine over edits, runs, crashes, wipes, late requests and restores: T1, T2 and T3.

By hand, from the folder `tests`: `python -m support.machine --minutes 10`, with `--seed N` to begin elsewhere.
"""

from __future__ import annotations

import argparse
import time
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from offerctl.standards import StandardKey
from support.plans import ENGLISH, FRENCH, offering
from support.world import LEASE, WINDOW, End, Fault, Process, World, WriteFault

BODIES = st.sampled_from([None, (1, ENGLISH), (2, ENGLISH), (2, ENGLISH), (1, FRENCH)])
"""What the file of an id says: none, or a price and a training standard."""
FILES = st.fixed_dictionaries({"a": BODIES, "b": st.none() | BODIES})
FAULTS = st.dictionaries(st.integers(0, 3), st.sampled_from(Fault), max_size=2)
PLACE = {"elsewhere": st.booleans()}
HOW = st.fixed_dictionaries(
    {**PLACE, "parallelism": st.sampled_from([1, 3]), "reassert": st.sampled_from([False, False, True])}
)
WRITE_FAULTS: st.SearchStrategy[dict[int, WriteFault]] = st.just({}) | st.dictionaries(
    st.integers(0, 3), st.sampled_from(WriteFault), max_size=1
)
SKEW = 30.0
Files = dict[str, tuple[int, StandardKey] | None]


class Faults(RuleBasedStateMachine):
    """A world in which anything goes wrong, and one clean run that puts it right.

    `late`: a request of unknown fate came later than W, or the process that sent it too late did not live to
    mark it; `wiped`: the Marketplace forgot what it held. Both are for `--reassert` (T3), the first under one
    condition: every id kept its key for life.
    """

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self._begin()

    def _begin(self) -> None:
        self.world.close()
        self.world = World()
        self.stopped: Process | None = None
        self.stopped_at = 0.0
        self.late = False
        self.wiped = False
        self.keys: dict[str, set[str]] = {}
        self.clocks(0.0)

    @initialize(skew=st.sampled_from([0.0, SKEW, -SKEW]))
    def clocks(self, skew: float) -> None:
        """The other machine's clock is right, or wrong by what W then has to cover besides the longest delay."""
        self.skew = skew
        self.world.longest_delay = WINDOW - abs(skew)

    @rule(files=FILES, faults=FAULTS, writes=WRITE_FAULTS, how=HOW)
    def apply(
        self, files: Files, faults: dict[int, Fault], writes: dict[int, WriteFault], how: dict[str, Any]
    ) -> None:
        """An apply of edited files in which something may go wrong."""
        if self.stopped is not None:  # one zombie at a time
            faults = {number: fault for number, fault in faults.items() if fault is not Fault.STOP}
        self._edit(files)
        process = self.world.start(faults, writes, **self._where(how))
        if process is not None:
            self._go_on(process)

    def _where(self, how: dict[str, Any]) -> dict[str, Any]:
        return {**how, "skew": self.skew if how["elsewhere"] else 0.0}

    def _edit(self, files: Files) -> None:
        wants = [
            offering(id_, price=Decimal(body[0]), training_standard_key=body[1])
            for id_, body in files.items()
            if body is not None
        ]
        self.world.want(*wants)
        for want in wants:
            self.keys.setdefault(want.offering_id, set()).add(want.training_standard_key)

    @precondition(lambda self: self.stopped is not None)
    @rule()
    def wake(self) -> None:
        """SIGCONT."""
        process, self.stopped = self.stopped, None
        assert process is not None
        self._go_on(process, asleep=self.world.time.elapsed - self.stopped_at)

    @precondition(lambda self: self.stopped is not None)
    @rule()
    def kill(self) -> None:
        """SIGKILL of the stopped one, whose request was never sent."""
        assert self.stopped is not None
        self.stopped.kill()
        self.stopped = None

    def _go_on(self, process: Process, asleep: float = 0.0) -> None:
        end = process.go_on()
        if end is End.STOPPED:
            self.stopped, self.stopped_at = process, self.world.time.elapsed
            return
        # One that slept may have sent after its lease had ended; it marks that, if it lives and can.
        marked = (
            end is End.DONE and process.error is None and "--reassert" not in (process.report.unrecorded or "")
        )
        if asleep > LEASE / 2 and not marked:
            self.late = True

    @precondition(lambda self: self.world.flying)
    @rule(number=st.integers(0, 3))
    def land(self, number: int) -> None:
        """A late request arrives."""
        self.world.land(number % len(self.world.flying))

    @precondition(lambda self: self.world.flying)
    @rule()
    def hold_back(self) -> None:
        """A late request takes longer than W: no timing assumption holds any more."""
        self.world.hold_back(3 * WINDOW)
        self.late = True

    @rule(seconds=st.sampled_from([1.0, 100.0, 130.0, 200.0]))
    def wait(self, seconds: float) -> None:
        """Nothing happens."""
        self.world.time.go_on(seconds)

    @rule()
    def wipe(self) -> None:
        """The Marketplace is wiped."""
        self.world.wipe()
        self.wiped = True

    @precondition(lambda self: self.world.disk.kept)
    @rule(number=st.integers(0, 30))
    def restore(self, number: int) -> None:
        """An older version is brought back; refused beside a run that may live."""
        state = self.world.disk.state
        claim = state.run if state else None
        if claim is None or self.world.runs[claim.id].end is End.KILLED:
            self.world.restore(number % len(self.world.disk.kept))

    @precondition(lambda self: self.stopped is None)
    @rule(files=FILES, where=st.fixed_dictionaries(PLACE))
    def settle(self, files: Files, where: dict[str, Any]) -> None:
        """T2, or T3 where time or the Marketplace broke its promise."""
        self._edit(files)
        if self.late:
            self.world.time.go_on(3 * WINDOW)
            if any(len(keys) > 1 for keys in self.keys.values()):
                self._begin()
                return
        self.world.settle(reassert=self.late or self.wiped, **self._where(where))
        self.late = self.wiped = False

    def teardown(self) -> None:
        """Whatever happened, it is put right."""
        try:
            if self.stopped is not None:
                self.wake()
            if self.stopped is not None:
                self.kill()
            self.settle({}, {"elsewhere": False})
        finally:
            self.world.close()


def explore(histories: int, number: int | None = None) -> None:
    """So many histories of up to twelve events; the same ones for the same seed, and always the same without."""
    machine = seed(number)(type("Faults", (Faults,), {})) if number is not None else Faults
    how = settings(
        max_examples=histories,
        stateful_step_count=12,
        derandomize=number is None,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)


def main() -> None:
    """Batches of histories, each under a seed of its own, until the time is over."""
    options = argparse.ArgumentParser(prog="python -m support.machine", description=main.__doc__)
    options.add_argument("--minutes", type=float, default=10.0, help="how long; 10 by default")
    options.add_argument("--seed", type=int, default=1, help="where the first batch begins; 1 by default")
    given = options.parse_args()
    began, number, batch = time.monotonic(), given.seed, 200
    while time.monotonic() - began < given.minutes * 60:
        print(f"seed {number}: {batch} histories", end="", flush=True)
        explore(batch, number)
        print(f", all well after {time.monotonic() - began:.0f} s", flush=True)
        number += 1
    print(f"{(number - given.seed) * batch} histories, seeds {given.seed} to {number - 1}, 0 failures")


if __name__ == "__main__":
    main()
