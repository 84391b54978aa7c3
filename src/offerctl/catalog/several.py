"""Several fields on one line, as a lost line break leaves them: told as that, and each read as what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from offerctl.catalog.codes import Code
from offerctl.catalog.line_kinds import FEW, FieldLine, Line, fits
from offerctl.catalog.nearest import FIELDS, PROTECT, nearest_field
from offerctl.catalog.problem import Position, Problem, Span
from offerctl.catalog.source import Source

_NAMES = {name.casefold(): name for name in FIELDS}
_NEXT = re.compile(rf"(?P<key>{'|'.join(FIELDS)})[ \t]*:(?P<blank>[ \t]*)", re.IGNORECASE)
_APART = frozenset(" \t,;.|\"'\u2019\u201d\u00bb\u00a0\u202f")
"""What stands before a name that is a word of its own; a lost line break leaves nothing: `Oneprotect: true`."""
_WORDS = frozenset({"price", PROTECT})
"""Names that are words, too, and can stand before a colon in a title."""
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'")
_COMMENT = re.compile(r"[ \t]#")
_WORD = re.compile(r"(?<=[\s,;])(?P<word>[^\W\d_]+)[ \t]*:[ \t]+(?P<value>\S.*)")
_MOST = 20
"""Fields of one line that are read: an offering has seven."""
_BETWEEN = " \t,;|"


def run_on(text: str) -> str | None:
    """The field whose name, colon and value stand at the end of another's value; none where there is none."""
    found = next(_found(text, 1, len(text)), None) if ":" in text else None
    return _NAMES[found["key"].casefold()] if found else None


def may_run_on(text: str) -> str | None:
    """The same, but it may be part of a title: its value is none that the field can have, or its name another."""
    if ":" not in text:
        return None
    if found := run_on(text) or next(
        (one for one in _NEXT.finditer(text, 1) if text[one.start() - 1] in _APART), None
    ):
        return found if isinstance(found, str) else _NAMES[found["key"].casefold()]
    for other in _WORD.finditer(text, 1):
        field = nearest_field(other["word"])
        if field in FEW and fits(field, other["value"].strip(_BETWEEN)):
            return field
    return None


def parted(source: Source, lines: Iterable[Line]) -> tuple[list[Line], list[Problem]]:
    """The lines, those of several fields as a line for each; and each of those told once."""
    one_each: list[Line] = []
    problems: list[Problem] = []
    for line in lines:
        fields = [*_fields(line.field)] if line.field is not None else []
        one_each += [replace(line, field=found) for found in fields] or [line]
        if len(fields) > 1:
            problems.append(_problem(source, fields[1:]))
    return one_each, problems


def lost_break(names: Iterable[str]) -> str:
    """What is wrong with such a line."""
    shown = ", ".join(f"`{name}`" for name in names)
    return f"a line break is missing before {shown}: each field has a line of its own"


def _fields(first: FieldLine) -> Iterator[FieldLine]:
    text = first.line
    begin = first.value_start
    if quotes := _QUOTED.match(text, begin):
        begin = quotes.end()
    comment = _COMMENT.search(text, begin)
    end = comment.start() if comment else len(text)
    found = [*islice(_found(text, max(begin, first.value_start + 1), end), _MOST)]
    ends = [one.start() for one in found]
    yield replace(first, line=text[: ends[0]].rstrip(_BETWEEN)) if found else first
    for one, behind in zip(found, [*ends[1:], len(text)], strict=False):
        line = text[:behind].rstrip(_BETWEEN) if behind < len(text) else text
        yield FieldLine(
            number=first.number,
            line=line,
            indent=first.indent,
            dash=None,
            begin=one.start(),
            key=_NAMES[one["key"].casefold()],
            key_start=one.start("key"),
            key_end=one.end("key"),
            value_start=min(one.end(), len(line)),
            meant=_NAMES[one["key"].casefold()],
        )


def _found(text: str, begin: int, end: int) -> Iterator[re.Match[str]]:
    """Where further fields begin: their names, and values that they can have where the name is a word."""
    all_of_them = [*islice(_NEXT.finditer(text, begin, end), 3 * _MOST)]
    for one, behind in zip(all_of_them, [*(other.start() for other in all_of_them[1:]), end], strict=False):
        value = text[one.end() : behind].strip(_BETWEEN)
        name, before = _NAMES[one["key"].casefold()], text[one.start() - 1]
        is_glued = before not in _APART
        if is_glued and not (before.isalnum() and one["key"] == name and one["blank"]):
            continue
        if fits(name, value) if name in _WORDS else one["blank"] or fits(name, value):
            yield one


def _problem(source: Source, further: list[FieldLine]) -> Problem:
    first = further[0]
    span = Span(Position(first.number, first.key_start + 1), Position(first.number, first.key_end + 1))
    message = lost_break(dict.fromkeys(found.key for found in further))
    return source.problem(Code.SYNTAX, span, message, hint="press Enter before each")
