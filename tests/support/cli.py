"""Runs offerctl as a user does: a process of its own, with nothing inherited that would change what it does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import offerctl as package

SOURCES = Path(package.__file__).parents[1]
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


def environ(home: Path, **more: str) -> dict[str, str]:
    """An environment for a child process: the needful of ours, a home of its own, and what the test gives."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(SOURCES), **more}


def offerctl(
    *args: str | Path, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 120
) -> Done:
    """`offerctl ARGS` in the folder `cwd`, to its end; `env` is added to the environment."""
    done = subprocess.run(
        [sys.executable, "-m", "offerctl", *map(str, args)],
        cwd=cwd,
        env=environ(cwd, **(env or {})),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)
