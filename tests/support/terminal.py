"""A command at a terminal: what somebody there is shown, and types."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Mapping
from pathlib import Path

from support.cli import OFFERCTL


def begin(*args: str, cwd: Path, env: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], int]:
    """`offerctl ARGS` under way, all its streams a terminal, and the other end of that."""
    ours, theirs = pty.openpty()
    command = [*OFFERCTL, *args]
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    return process, ours


def shown_until(terminal: int, words: bytes) -> bytes:
    """What is shown up to the moment at which these words are."""
    said = b""
    while words not in said:
        said += os.read(terminal, 4096)
    return said


def end(process: subprocess.Popen[bytes], terminal: int) -> tuple[int, str]:
    """The exit code and the rest of what is shown, which is read meanwhile: nobody waits for a full terminal."""
    shown = b""
    while True:
        over = process.poll() is not None
        if select.select([terminal], [], [], 0 if over else 0.05)[0]:
            try:
                shown += os.read(terminal, 4096)
            except OSError:  # Linux tells the end of a terminal so
                break
        elif over:
            break
    os.close(terminal)
    return process.wait(timeout=60), shown.decode()


def typed(*args: str, answer: str, cwd: Path, env: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and terminal of a command where somebody types an answer."""
    process, terminal = begin(*args, cwd=cwd, env=env)
    os.write(terminal, f"{answer}\n".encode())
    return end(process, terminal)
