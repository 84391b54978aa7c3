"""The production command line with something wrong in it, as a process: `python driver.py WRONG ARGS…`.

WRONG is JSON:
    {"kill": [STEP, N]}   SIGKILL of itself at that step (`FileBackend`'s checkpoints) of its Nth write
    {"git": [WORD, N, WHEN]} SIGKILL of itself `before` or `after` its Nth call of that git command ("*": of any)
    {"stop": N}           SIGSTOP of itself between the check of the lease and its Nth request
    {"elsewhere": true}   as on another machine: neither this one's lock nor its boot
"""

from __future__ import annotations

import functools
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from offerctl import api, client, git
from offerctl.app import host
from offerctl.backends import file
from offerctl.cli import main

STEPS = ("before-temporary", "before-fsync", "before-rename", "after-rename")
DRIVER = (sys.executable, __file__)


def command(**wrong: object) -> tuple[str, ...]:
    """The executable with that wrong, instead of `offerctl`."""
    return (*DRIVER, json.dumps(wrong))


def _kill_at(step: str, number: int) -> Callable[[str], None]:
    writes = 0

    def checkpoint(reached: str) -> None:
        nonlocal writes
        writes += reached == STEPS[0]
        if (reached, writes) == (step, number):
            os.kill(os.getpid(), signal.SIGKILL)

    return checkpoint


def _kill_at_git(word: str, number: int, when: str) -> None:
    run, called = git.Git.run, 0

    def killing(self: git.Git, *arguments: str, data: bytes = b"") -> bytes:
        nonlocal called
        called += word in {"*", arguments[0]}
        struck = called == number and word in {"*", arguments[0]}
        if struck and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        printed = run(self, *arguments, data=data)
        if struck:
            os.kill(os.getpid(), signal.SIGKILL)
        return printed

    git.Git.run = killing  # type: ignore[method-assign]


def _stop_at(number: int) -> None:
    send, sent = client.Client.send, 0

    async def stopping(
        self: client.Client, request: api.Request, dialect: api.Dialect | None = None
    ) -> api.Outcome:
        nonlocal sent
        sent += 1
        if sent == number:
            os.kill(os.getpid(), signal.SIGSTOP)
        return await send(self, request, dialect)

    client.Client.send = stopping  # type: ignore[method-assign]


def _move_elsewhere() -> None:
    @contextmanager
    def hold(self: file.FileBackend) -> Iterator[bool]:
        del self
        yield False

    file.FileBackend.hold = hold  # type: ignore[method-assign]
    host.boot_id = lambda: "another machine"


def run(wrong: dict[str, object], args: list[str]) -> int:
    """The command with that wrong."""
    if isinstance(kill := wrong.get("kill"), list):
        file.FileBackend = functools.partial(file.FileBackend, checkpoint=_kill_at(*kill))  # type: ignore[misc, assignment]
    if isinstance(called := wrong.get("git"), list):
        _kill_at_git(*called)
    if isinstance(stop := wrong.get("stop"), int):
        _stop_at(stop)
    if wrong.get("elsewhere"):
        _move_elsewhere()
    return main(args)


if __name__ == "__main__":
    sys.exit(run(json.loads(sys.argv[1]), sys.argv[2:]))
