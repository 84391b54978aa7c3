"""Any order of edits, runs, crashes, wipes, late requests and restores, over the production driver."""

from __future__ import annotations

from collections.abc import Callable

from support.machine import explore


def test_one_clean_run_puts_everything_right(note: Callable[[str], None]) -> None:
    """T1 always, T2 after any faults, T3 where a promise of time was broken; `support.machine` runs for longer."""
    note("state machine")
    explore(300)
