"""A problem in an offering file: its code, its place, what is wrong, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from offerctl.catalog.codes import Code


class Severity(StrEnum):
    """An error keeps everything from being applied; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Position(NamedTuple):
    """A place in a file: line and column from 1, columns in characters, a byte order mark not counted."""

    line: int
    column: int


class Span(NamedTuple):
    """From a character up to, and without, another."""

    start: Position
    end: Position


class Fix(NamedTuple):
    """What to write in place of `start` up to `end`. Only what is certain becomes a fix.

    `before` are the whole lines that it touches, as they stand: what a reviewer sees go.
    """

    start: Position
    end: Position
    text: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem. Every text may hold what a stranger wrote: show it only through the renderers.

    `file` is relative to the repository. `span` is none where the file as a whole is meant; `source` is then none
    too, otherwise the line where the span starts. `pointer` is a JSON pointer (empty: the whole document).
    `count` is more than 1 where it stands for several, of which there are too many to tell each.
    """

    code: Code
    file: str
    message: str
    span: Span | None = None
    pointer: str = ""
    hint: str | None = None
    fix: Fix | None = None
    source: str | None = None
    count: int = 1

    @property
    def severity(self) -> Severity:
        """By the code's number."""
        return Severity.WARNING if self.code.is_warning else Severity.ERROR

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sorts problems by file, place and code."""
        line, column = self.span.start if self.span else (0, 0)
        return (self.file, line, column, self.code, self.message)


class InvalidDocument(Exception):
    """Reading ends here, with these problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems


class FieldError(NamedTuple):
    """What is wrong with a value. `fix` is written in its place; `at` is the part of the text that is meant."""

    code: Code
    message: str
    hint: str | None = None
    fix: str | None = None
    at: tuple[int, int] | None = None


def pointer_part(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key
