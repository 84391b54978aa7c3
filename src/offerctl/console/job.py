"""The console of a workflow's job, whose lines GitHub's runner reads for commands."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from offerctl.console import Console, write


def _token() -> str:
    return secrets.token_hex(16)


@dataclass(slots=True, kw_only=True)
class _Guard:
    """Whether the runner has been told to take no commands, and the token by which it takes them again."""

    up: bool = False
    token: str = field(default_factory=_token)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JobConsole(Console):
    """The console of a workflow's job: of all that it prints, only what `command` writes is a workflow command.

    GitHub's runner finds commands anywhere in a line, and lines quote what strangers wrote. All is on standard
    output: the runner reads standard error apart from it, and first, so that a token on one guards no other.
    """

    _guard: _Guard = field(default_factory=_Guard)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While a command lasts.

        After an error nothing is resumed: it is still to be told, and the runner forgets the token with the step.
        """
        self._stop()
        yield
        self._resume()

    def command(self, *lines: str) -> None:
        """Workflow commands that take effect."""
        self._resume()
        Console.command(self, *lines)
        self._stop()

    @property
    def _errors(self) -> TextIO | None:
        return sys.stdout

    def _put(self, stream: TextIO | None, text: str | bytes) -> None:
        self._stop()
        write(stream, text)

    def _stop(self) -> None:
        if not self._guard.up:
            write(sys.stdout, f"::stop-commands::{self._guard.token}\n")
            self._guard.up = True

    def _resume(self) -> None:
        if self._guard.up:
            write(sys.stdout, f"::{self._guard.token}::\n")
            self._guard.up = False
