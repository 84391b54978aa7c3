"""Starts `support.writer` in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.cli import SOURCES

_TESTS = Path(__file__).parents[1]


def writer(*arguments: str | Path) -> subprocess.Popen[str]:
    """The process, with its three streams."""
    return subprocess.Popen(
        [sys.executable, "-m", "support.writer", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": f"{SOURCES}{os.pathsep}{_TESTS}"},
        cwd=_TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it printed, once standard input is closed; tracebacks fail the test."""
    out, errors = process.communicate(timeout=120)
    assert "Traceback" not in errors, errors
    return process.returncode, out


def all_ended(processes: list[subprocess.Popen[str]]) -> list[int]:
    """Their exit codes, as `ended` has each; all have ended before the first one fails."""
    printed = [process.communicate(timeout=120) for process in processes]
    for _, errors in printed:
        assert "Traceback" not in errors, errors
    return [process.returncode for process in processes]
