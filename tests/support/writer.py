"""A process that writes states, for races and kills: `python -m support.writer JOB ...`.

race LOCATION ROOT ENVIRONMENT NAME   one write for each line "SERIAL VERSION [PREVIOUS]" of standard input
kill PATH SERIAL STEP NUMBER          writes to a file, and ends itself by SIGKILL at that step, the NUMBERth time
write LOCATION ROOT SERIAL            one write
stranger FOLDER PATH SERIAL           one write by another user, who can reach the folder
cramped LOCATION ROOT SERIAL          one write, where files may not grow beyond 99 bytes
hold PATH                             holds the lock of a file until standard input ends

Each write prints how it went.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from offerctl.backends import open_backend
from offerctl.backends.file import FileBackend
from offerctl.errors import StateError
from offerctl.state.backend import StateBackend, Version
from offerctl.state.document import SealedState, heading
from support.states import sealed

NOBODY = 65534


def _attempt(backend: StateBackend, state: SealedState, expected: str) -> str:
    try:
        return f"won {backend.write(state, None if expected == '-' else Version(expected))}"
    except StateError as error:
        return f"{type(error).__name__} {error.message} {error.hint}"


def race(location: str, root: str, environment: str, name: str) -> None:
    """Write once a line, all writers the same serial upon the same version; `-` is none."""
    backend = open_backend(location, root=Path(root), environment=environment)
    print("ready", flush=True)
    for line in sys.stdin:
        serial, expected, *previous = line.split()
        chained = previous[0] if previous and previous[0] != "-" else None
        state = sealed(int(serial), name, environment=environment, previous=chained)
        print(_attempt(backend, state, expected), flush=True)


def kill(path: str, serial: str, step: str, number: str) -> None:
    """Write a state upon what is there, and die on the way."""
    left = int(number)

    def checkpoint(reached: str) -> None:
        nonlocal left
        left -= reached == step
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    backend = FileBackend(Path(path), environment="prod", checkpoint=checkpoint)
    present = backend.read()
    before = heading(present[0]).checksum if present else None
    backend.write(sealed(int(serial), f"run-{serial}", previous=before), present and present[1])


def write(location: str, root: str, serial: str) -> None:
    """Write a state upon what is there."""
    backend = open_backend(location, root=Path(root), environment="prod")
    print("ready", flush=True)
    try:
        present = backend.read()
    except StateError as error:
        print(f"{type(error).__name__} {error.message} {error.hint}")
        return
    print(_attempt(backend, sealed(int(serial), f"run-{serial}"), present[1] if present else "-"), flush=True)


def stranger(folder: str, path: str, serial: str) -> None:
    """The same as somebody without root's rights; what is above the folder does not matter to a relative path."""
    os.chdir(folder)
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    write(f"file:{path}", "", serial)


def cramped(location: str, root: str, serial: str) -> None:
    """The same on what stands for a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99))
    write(location, root, serial)


def hold(path: str) -> None:
    """Keep the lock as a living run does."""
    with FileBackend(Path(path), environment="prod").hold():
        print("ready", flush=True)
        sys.stdin.read()


JOBS: dict[str, Callable[..., None]] = {job.__name__: job for job in (race, kill, write, stranger, cramped, hold)}

if __name__ == "__main__":
    JOBS[sys.argv[1]](*sys.argv[2:])
