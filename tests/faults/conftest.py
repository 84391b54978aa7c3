"""Counts the trials of each layer and prints them as a table."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says which layer a trial belongs to."""
    return lambda layer: record_property("layer", layer)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows: dict[str, tuple[int, int, float]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            layer = dict(report.user_properties).get("layer")
            if report.when != "call" or layer is None:
                continue
            trials, failures, seconds = rows.get(layer, (0, 0, 0.0))
            rows[layer] = (trials + 1, failures + (outcome == "failed"), seconds + report.duration)
    if rows:
        terminalreporter.section("fault layers")
        terminalreporter.write_line(f"{'layer':<20}{'trials':>8}{'failures':>10}{'seconds':>9}")
        for layer, (trials, failures, seconds) in sorted(rows.items()):
            terminalreporter.write_line(f"{layer:<20}{trials:>8}{failures:>10}{seconds:>9.1f}")
