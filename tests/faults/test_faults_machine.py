"""Any order of edits, runs, crashes, wipes, late requests and restores, over the production driver."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.machine import explore


@pytest.mark.parametrize("histories", [30, pytest.param(300, marks=pytest.mark.deep)])
def test_one_clean_run_puts_everything_right(histories: int, note: Callable[[str], None]) -> None:
    """T1 always, T2 after any faults, T3 where a promise of time was broken; `support.machine` runs for longer."""
    note("state machine")
    explore(histories)
