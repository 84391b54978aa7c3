"""The only place that prints: `Console`, and in a workflow the `JobConsole` of `console.job`."""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TextIO

from offerctl.characters import no_command
from offerctl.render.style import COLOR, PLAIN, Style, Tone, sanitize

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""A disk that has no room: there may be some again for the next line."""

ColorChoice = Literal["auto", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Console:
    """Standard output for results, standard error for what is said about them.

    Who listens changes nothing about what a command does. A reader who leaves early (`offerctl plan | head`) wants
    no more: what is written after that goes nowhere. What cannot be written, on a full disk or a closed terminal,
    is dropped, and `lost_output` tells of it at the end. In a step of a GitHub workflow no line begins as a
    workflow command but those of `command`.
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
        return self._style(self._errors)

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to be asked and to answer."""
        return is_terminal(sys.stdin) and is_terminal(sys.stdout)

    @property
    def progress(self) -> bool:
        """Whether a line of progress can be written over on standard error."""
        return not self.quiet and is_terminal(self._errors) and self.environ.get("TERM") != "dumb"

    @property
    def _errors(self) -> TextIO | None:
        return sys.stderr

    def out(self, text: str = "") -> None:
        """A result. The text comes from `render`, where values of others have been made inert."""
        self._put(sys.stdout, f"{text}\n")

    def document(self, text: str) -> None:
        """A result that programs read: JSON of `render.documents`, in UTF-8 whatever a terminal's encoding is."""
        self.data(f"{text}\n".encode())

    def data(self, data: bytes) -> None:
        """A document, byte for byte. Where it is JSON, no line of it can be a workflow command."""
        if sys.stdout is not None:
            self._put(sys.stdout, "")
            self._put(sys.stdout, data)

    def command(self, *lines: str) -> None:
        """Workflow commands that take effect."""
        write(sys.stdout, "".join(f"{line}\n" for line in lines))

    def info(self, text: str = "") -> None:
        """What accompanies a result; not with `-q`."""
        if not self.quiet:
            self.out(text)

    def detail(self, text: str) -> None:
        """One line on standard error with `-v`, such as a request."""
        if self.verbose:
            self._put(self._errors, f"{sanitize(text)}\n")

    def warn(self, message: str) -> None:
        """A warning on standard error; not with `-q`."""
        if not self.quiet:
            self._tagged("Warning:", Tone.WARNING, message)

    def error(self, message: str, hint: str | None = None) -> None:
        """What went wrong, and the way on, on standard error."""
        self._tagged("Error:", Tone.ERROR, message)
        if hint:
            self._put(self._errors, f"{sanitize(hint)}\n")

    def status(self, text: str) -> None:
        """Standard error as it is: progress, which ends its own lines."""
        self._put(self._errors, text)

    def ask(self, question: str) -> str | None:
        """The line that is typed as the answer; none at the end of the input."""
        self._put(sys.stdout, f"{question} ")
        if lost_output() is not None:  # nobody can answer what nobody saw
            return None
        answer = sys.stdin.readline()
        return answer.strip() if answer else None

    def _put(self, stream: TextIO | None, text: str | bytes) -> None:
        """Everything that is printed comes through here, but for commands that are meant."""
        if isinstance(text, str) and self.environ.get("GITHUB_ACTIONS"):
            text = no_command(text)
        write(stream, text)

    def _tagged(self, tag: str, tone: Tone, message: str) -> None:
        self._put(self._errors, f"{self.error_style(tag, tone)} {sanitize(message)}\n")

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
    r"""Before a command: text that a stream's encoding lacks comes out spelled (`\xe9`) instead of ending it."""
    _OUTPUT.lost = None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _Output:
    """Why a part of standard output is lost: one for the process, as the stream is."""

    lost: str | None = None


_OUTPUT = _Output()


def lost_output() -> str | None:
    """Why a part of standard output could not be written; none where it is whole, or its reader left."""
    for stream in (sys.stdout, sys.stderr):  # what a library left in a buffer must not fail when the process ends
        if stream is not None and not stream.closed:
            try:
                stream.flush()
            except OSError as error:
                _lose(stream, error)
                _lead_nowhere(stream)
    return _OUTPUT.lost


def write(stream: TextIO | None, text: str | bytes) -> None:
    """Print: what cannot be is dropped, and `lost_output` tells of it."""
    if stream is not None:  # closed by whoever started us
        with _kept_apart(stream):
            _write_whole(stream, text)


@contextmanager
def _kept_apart(stream: TextIO) -> Iterator[None]:
    """Printing ends nothing: what cannot be written is dropped, and for standard output the reason is kept."""
    try:
        yield
    except OSError as error:
        _lose(stream, error)
        if error.errno not in _FULL:
            _lead_nowhere(stream)


def _lose(stream: TextIO, error: OSError) -> None:
    if stream is sys.stdout and not isinstance(error, BrokenPipeError):
        _OUTPUT.lost = os.strerror(error.errno) if error.errno else str(error)


def _write_whole(stream: TextIO, text: str | bytes) -> None:
    """All of it, past the stream's own buffer: it loses what it holds where no more is taken just now."""
    try:
        descriptor = stream.fileno()
    except io.UnsupportedOperation:  # it lies in memory
        if isinstance(text, bytes):
            stream.buffer.write(text)
        else:
            stream.write(text)
        stream.flush()
        return
    stream.flush()
    data = text if isinstance(text, bytes) else text.encode(stream.encoding, stream.errors or "strict")
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def _lead_nowhere(stream: TextIO) -> None:
    """From now on; the interpreter's own flush when the process ends fails no more either."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
