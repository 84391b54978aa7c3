"""The only place that prints."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TextIO

from offerctl.render.style import COLOR, PLAIN, Style, Tone, inert, inert_lines

ColorChoice = Literal["auto", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Standard output for results, standard error for what is said about them.

    A reader who leaves early (`offerctl plan | head`) changes nothing about what a command does: what is written
    after that goes nowhere.
    """

    color: ColorChoice = "auto"
    quiet: bool = False
    verbose: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def style(self) -> Style:
        """The colours of standard output."""
        return self._style(sys.stdout)

    @property
    def error_style(self) -> Style:
        """The colours of standard error."""
        return self._style(sys.stderr)

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to be asked and to answer."""
        return is_terminal(sys.stdin) and is_terminal(sys.stdout)

    @property
    def progress(self) -> bool:
        """Whether a line of progress can be written over on standard error."""
        return not self.quiet and is_terminal(sys.stderr) and self.environ.get("TERM") != "dumb"

    def out(self, text: str = "") -> None:
        """A result. The text comes from `render`, where values of others have been made inert."""
        _write(sys.stdout, f"{text}\n")

    def data(self, data: bytes) -> None:
        """A document, byte for byte."""
        if sys.stdout is not None:
            _write(sys.stdout, "")
            _write(sys.stdout, data)

    def info(self, text: str = "") -> None:
        """What accompanies a result; not with `-q`."""
        if not self.quiet:
            self.out(text)

    def detail(self, text: str) -> None:
        """One line on standard error with `-v`, such as a request."""
        if self.verbose:
            _write(sys.stderr, f"{inert(text)}\n")

    def warn(self, message: str) -> None:
        """A warning on standard error; not with `-q`."""
        if not self.quiet:
            self._tagged("Warning:", Tone.WARNING, message)

    def error(self, message: str, hint: str | None = None) -> None:
        """What went wrong, and the way on, on standard error."""
        self._tagged("Error:", Tone.ERROR, message)
        if hint:
            _write(sys.stderr, f"{inert_lines(hint)}\n")

    def status(self, text: str) -> None:
        """Standard error as it is: progress, which ends its own lines."""
        _write(sys.stderr, text)

    def ask(self, question: str) -> str | None:
        """The line that is typed as the answer; none at the end of the input."""
        _write(sys.stdout, f"{question} ")
        answer = sys.stdin.readline()
        return answer.strip() if answer else None

    def _tagged(self, tag: str, tone: Tone, message: str) -> None:
        _write(sys.stderr, f"{self.error_style(tag, tone)} {inert_lines(message)}\n")

    def _style(self, stream: TextIO | None) -> Style:
        return COLOR if wants_color(self.color, self.environ, terminal=is_terminal(stream)) else PLAIN


def wants_color(choice: ColorChoice, environ: Mapping[str, str], *, terminal: bool) -> bool:
    """The first that has an opinion: `--color`, NO_COLOR, FORCE_COLOR, TERM=dumb, being a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return environ["FORCE_COLOR"] != "0"
    return terminal and environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is open and leads to a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def prepare_streams() -> None:
    r"""Let text that a stream's encoding lacks come out spelled (`\xe9`) instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _write(stream: TextIO | None, text: str | bytes) -> None:
    if stream is None:  # closed by whoever started us
        return
    try:
        if isinstance(text, bytes):
            stream.buffer.write(text)
        else:
            stream.write(text)
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # the interpreter's own flush at exit finds no broken pipe either
        os.close(nowhere)
