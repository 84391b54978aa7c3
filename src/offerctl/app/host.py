"""What is known of this machine: who works on it, and since which boot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from offerctl import disk
from offerctl.render.style import sanitize

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MAX_BOOT_ID_BYTES = 100


def who(environ: Mapping[str, str]) -> str:
    """Who runs this, for people to read: a GitHub run, or user@host."""
    if run := environ.get("GITHUB_RUN_ID"):
        return sanitize(f"GitHub run {run}")
    import getpass  # noqa: PLC0415 - the terminal's modules, and a plan asks nobody's name

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return sanitize(f"{user}@{os.uname().nodename}")


def boot_id() -> str | None:
    """What names this boot of this machine; none where the system does not tell."""
    if sys.platform == "darwin":
        return _sysctl("kern.bootsessionuuid")
    try:
        return disk.read(_BOOT_ID, most=_MAX_BOOT_ID_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _sysctl(name: str) -> str | None:
    """What macOS tells of itself; none where it cannot be asked."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, timeout=10, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None
