"""What is known of this machine and this working copy."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from offerctl.render.style import sanitize

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PATIENCE = 10.0  # seconds for git; a repository on a dead network drive must not hold a plan up


class Commit(NamedTuple):
    """The commit that is checked out (none outside git), and whether the folder differs from it."""

    id: str | None
    dirty: bool


def commit_of(folder: Path) -> Commit:
    """What git knows of a folder; where git, a repository or a first commit is missing, that there is no commit.

    Only changes below the folder make it dirty: files that no plan reads do not count.
    """
    lines = _output(
        "git", "-c", "core.fsmonitor=false", "-C", str(folder),
        "status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--", ".",
    )  # fmt: skip
    oid = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), "(initial)")
    if oid == "(initial)":
        return Commit(None, dirty=False)
    return Commit(oid, dirty=any(not line.startswith("#") for line in lines))


class Branch(NamedTuple):
    """The branch that is checked out, and whether the repository knows a `main`, its own or a remote's."""

    name: str
    has_main: bool


def branch_of(folder: Path) -> Branch | None:
    """What git knows of a folder's branch, before its first commit too; none where there is none, or no git."""
    git = ("git", "-C", str(folder))
    name = next(iter(_output(*git, "symbolic-ref", "--quiet", "--short", "HEAD")), None)
    if name is None:
        return None
    known = _output(*git, "for-each-ref", "--format=%(refname)", "refs/heads/main", "refs/remotes/*/main")
    return Branch(sanitize(name), has_main=bool(known))


def who(environ: Mapping[str, str]) -> str:
    """Who runs this, for people to read: a GitHub run, or user@host."""
    if run := environ.get("GITHUB_RUN_ID"):
        return sanitize(f"GitHub run {run}")
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return sanitize(f"{user}@{socket.gethostname()}")


def boot_id() -> str | None:
    """What names this boot of this machine; none where the system does not tell."""
    if sys.platform == "darwin":
        return next(iter(_output("sysctl", "-n", "kern.bootsessionuuid")), None)
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _output(*command: str) -> list[str]:
    """The lines that a program prints; none where it cannot be run or fails."""
    environ = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(  # noqa: S603 - fixed programs, no shell
            command, capture_output=True, timeout=_PATIENCE, check=True, env=environ, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.decode("utf-8", "replace").splitlines()
