"""The text of one file, with its lines for frames, and what is refused before YAML is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from offerctl.catalog.codes import Code
from offerctl.catalog.encodings import document_kind, letter_of
from offerctl.catalog.problem import Fix, InvalidDocument, Position, Problem, Span
from offerctl.catalog.shown import refusal
from offerctl.characters import UNMISSED, all_harmful, first_harmful

BOM = b"\xef\xbb\xbf"
LINE_BREAK = re.compile(r"\r\n|\r|\n")
_A_WORD = 8
"""Bytes that tell an encoding."""
_TAB = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)
_FIELD = re.compile(r"[A-Za-z]\w*:(?:\s|$)")


@dataclass(frozen=True)
class Source:
    """A decoded file; `file` is relative to the repository."""

    file: str
    text: str = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their breaks."""
        return LINE_BREAK.split(self.text)

    def line(self, number: int) -> str:
        """A line by its number from 1; empty past the end."""
        return self.lines[number - 1] if number <= len(self.lines) else ""

    def position(self, offset: int) -> Position:
        """The place of the character at an offset."""
        breaks = [found.end() for found in LINE_BREAK.finditer(self.text, 0, offset)]
        return Position(len(breaks) + 1, offset - (breaks[-1] if breaks else 0) + 1)

    def problem(
        self,
        code: Code,
        span: Span,
        message: str,
        *,
        pointer: str = "",
        hint: str | None = None,
        fix: str | None = None,
    ) -> Problem:
        """A problem at a span of this file; `fix` is written in its place."""
        problem = Problem(
            code=code,
            file=self.file,
            message=message,
            span=span,
            pointer=pointer,
            hint=hint,
            source=self.line(span.start.line),
        )
        return problem if fix is None else self.with_fix(problem, Fix(start=span.start, end=span.end, text=fix))

    def with_fix(
        self, problem: Problem, fix: Fix, *, message: str | None = None, hint: str | None = None
    ) -> Problem:
        """The problem with a fix, which knows the lines that it touches, and other words where they are given."""
        lines = tuple(self.line(number) for number in range(fix.start.line, fix.end.line + 1))
        return replace(
            problem,
            fix=fix._replace(before=lines),
            message=message or problem.message,
            hint=hint or problem.hint,
        )


def decode(file: str, data: bytes) -> Source:
    """The text of a file's bytes: UTF-8 with or without a byte order mark, any line breaks.

    Raises:
        InvalidDocument: not UTF-8, a character that is not allowed, or a tab as indentation; with all of them.
    """
    source = decoded(file, data)
    if first_harmful(source.text) or (b"\t" in data and _TAB.search(source.text)):
        raise InvalidDocument(*character_problems(source))
    return source


def decoded(file: str, data: bytes) -> Source:
    """The same, whatever characters it holds.

    Raises:
        InvalidDocument: not UTF-8.
    """
    data = data.removeprefix(BOM)
    if kind := document_kind(data):
        message = f"this is {kind}, not plain text"
        hint = "write the offering in a text editor, or in the editor of the website"
        raise InvalidDocument(Problem(code=Code.NOT_UTF8, file=file, message=message, hint=hint))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidDocument(_not_utf8(file, data, error.start)) from None
    if "\0" in text and _is_utf16(data):
        raise InvalidDocument(_not_utf8(file, data, 0))
    return Source(file, text)


def character_problems(source: Source) -> list[Problem]:
    """Refused characters and tabs as indentation, line by line."""
    return [*_characters(source), *_tabs(source)]


def _is_utf16(data: bytes) -> bool:
    """Whether every other byte is nothing, as in UTF-16 of Latin letters, with or without its mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return len(data) >= _A_WORD and any(half.count(0) * 2 > len(half) > 0 for half in (data[::2], data[1::2]))


def _not_utf8(file: str, data: bytes, offset: int) -> Problem:
    """Told with the rest read as Windows-1252, the encoding that such files mostly have."""
    if _is_utf16(data):
        message = "not UTF-8 but UTF-16, as Windows calls Unicode; save the file as UTF-8"
        return Problem(code=Code.NOT_UTF8, file=file, message=message)
    before, after = data[:offset].decode(), data[offset:].decode("cp1252", "replace")
    source = Source(file, before + after)
    place = source.position(len(before))
    letter = letter_of(data[offset])
    guess = f', probably "{letter[0]}" saved by {letter[1]}' if letter else ""
    return source.problem(
        Code.NOT_UTF8,
        Span(place, Position(place.line, place.column + 1)),
        f"line {place.line}: not UTF-8 (byte 0x{data[offset]:02X}{guess}); save the file as UTF-8",
    )


def _characters(source: Source) -> Iterator[Problem]:
    for number, line in enumerate(source.lines, 1):
        if found := [*all_harmful(line)]:
            first, last = found[0], found[-1]
            start = Position(number, first.start() + 1)
            message, hint = refusal(first[0])
            problem = source.problem(
                Code.CHARACTER,
                Span(start, Position(number, first.end() + 1)),
                message,
                hint=hint,
            )
            if all(one[0] in UNMISSED for one in found):
                text = "".join(line[one.end() : other.start()] for one, other in pairwise(found))
                fix = Fix(start=start, end=Position(number, last.end() + 1), text=text)
                problem = source.with_fix(problem, fix, hint="delete it")
            yield problem


def _tabs(source: Source) -> Iterator[Problem]:
    """One problem for each line. A field needs no indentation where others start in the first column."""
    flush = any(_FIELD.match(line) for line in source.lines)
    for number, line in enumerate(source.lines, 1):
        if found := _TAB.match(line):
            rest = line[found.end() :]
            needless = not rest or (flush and _FIELD.match(rest))
            yield source.problem(
                Code.TAB,
                Span(Position(number, 1), Position(number, found.end() + 1)),
                "indented with a tab; use two spaces",
                hint="or none: this line needs no indentation" if needless else None,
                fix="" if needless else found[0].replace("\t", "  "),
            )
