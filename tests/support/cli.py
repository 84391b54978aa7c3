"""Runs offerctl as a user does: a process of its own, with nothing inherited that would change what it does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.driver import DRIVER
from support.forking import SOURCES, Fork, can_fork

__all__ = ["OFFERCTL", "SOURCES", "Done", "environ", "offerctl", "start"]

OFFERCTL = (sys.executable, "-m", "offerctl")
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


def start(
    *args: str | Path,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
    command: Sequence[str] = OFFERCTL,
) -> subprocess.Popen[str]:
    """`offerctl ARGS` in the folder `cwd`, under way with both its streams read; `env` is its whole environment.

    `command` is called instead of the executable.
    """
    words = [*command, *map(str, args)]
    how: Any = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    for known, begins in ((OFFERCTL, []), (DRIVER, ["driver"])):
        if tuple(words[: len(known)]) == known and can_fork(env):
            return Fork([*begins, *words[len(known) :]], cwd=cwd, env=env, **how)
    return subprocess.Popen(words, cwd=cwd, env=env, **how)


def offerctl(
    *args: str | Path, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 120
) -> Done:
    """`offerctl ARGS` in the folder `cwd`, to its end; `env` is added to the environment."""
    with start(*args, cwd=cwd, env=environ(cwd, **(env or {})), stdin=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Done(code=process.returncode, out=out, err=err)
