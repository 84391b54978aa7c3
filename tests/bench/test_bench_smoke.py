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
