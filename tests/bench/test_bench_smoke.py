"""The benchmark runs; its figures are read by people, never asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).with_name("bench.py")


@pytest.mark.deep
def test_the_benchmark_measures_every_row() -> None:
    """A handful of files, once: every command it times succeeds and has a ratio."""
    done = subprocess.run(
        [sys.executable, BENCH, "--files", "20", "--runs", "1"], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" x\n") == 5


@pytest.mark.deep
def test_the_table_of_peers_has_a_row_for_each_example() -> None:
    """A few examples: what this tool finds stands at its line and helps; peers that are not here are left out."""
    command = [sys.executable, str(BENCH.with_name("peers.py")), "--only", "warn-language-french"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=BENCH.parents[1])
    assert done.returncode == 0, done.stderr
    heading, row = (line.split() for line in done.stdout.splitlines()[:2])
    assert heading[:3] == ["example", "offerctl", "check-jsonschema"]
    assert row[:2] == ["warn-language-french-name.yaml", "3=!"]
    assert "found, of 1" in done.stdout
