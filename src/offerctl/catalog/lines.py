"""An offering read as what it is: flat lines. Where YAML gives up, this tells every fault of a file at once.

The parser sees one fault and stops, often lines after it, in words for programmers. Here each line stands for
itself (`line_kinds`): a field with its value (`written`), a comment, or what does not belong (`line_faults`).
What comes out is a `Document` as `parse` makes it, so that the same rules then judge the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document, Node, given_twice
from offerctl.catalog.escapes import character_problem
from offerctl.catalog.levels import Level, level_of
from offerctl.catalog.line_faults import conflicts, field_faults, second_document, stray
from offerctl.catalog.line_kinds import FieldLine, Kind, Line, lines_of
from offerctl.catalog.line_value import Value
from offerctl.catalog.pasted import comparison
from offerctl.catalog.problem import Fix, Position, Problem, Span, pointer_part
from offerctl.catalog.scalars import resolve
from offerctl.catalog.several import parted
from offerctl.catalog.shown import shortened
from offerctl.catalog.source import Source, character_problems
from offerctl.catalog.written import value_of
from offerctl.characters import without_unmissed

_ENOUGH = 2
"""Fields that make a file an offering: one word before a colon also begins a sentence."""


def lines_document(source: Source) -> Document | None:
    """The fields of a file's lines, with all that is amiss with the lines; none where it holds no offering."""
    lines, run_together = parted(source, lines_of(enumerate(source.lines, 1)))
    known = {line.field.meant for line in lines if line.field and line.field.meant}
    if len(known) < _ENOUGH and not any(line.field and line.field.is_exact for line in lines):
        return None
    reader = _Reader(source=source, lines=lines, problems=run_together)
    reader.read()
    return reader.document()


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Goes through the lines once; what belongs to a value above is taken with it."""

    source: Source
    lines: list[Line]
    values: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    again: dict[str, list[Node]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    above: FieldLine | None = None

    def read(self) -> None:
        self.problems += character_problems(self.source)
        found, dropped = conflicts(self.source, self.lines)
        self.problems += found
        lines = [line for line in self.lines if line.number not in dropped]
        found, dropped, new = comparison(self.source, lines)
        self.problems += found
        lines = [line for line in lines if line.number not in dropped]
        end, found = second_document(self.source, lines)
        self.problems += found
        lines = lines[:end]
        level = level_of(self.source, lines)
        self.problems += level.problems
        lines = lines[: level.end]
        level.deeper |= {line.number: line.field.key_start for line in lines if line.field and line.number in new}
        index = 0
        while index < len(lines):
            index += self._one(lines, index, level)

    def document(self) -> Document:
        start = self.nodes[""].first if "" in self.nodes else _event("", Position(1, 1), Position(1, 1), "")
        self.nodes.setdefault("", Node(None, start, start))
        self.problems += given_twice(self.source, self.again)
        self.problems = [self._placed(problem) for problem in self.problems]
        return Document(
            source=self.source, values=self.values, nodes=self.nodes, problems=tuple(dict.fromkeys(self.problems))
        )

    def _placed(self, problem: Problem) -> Problem:
        """A character that cannot stay belongs to the value of its line, of which nothing more is to be said."""
        if problem.code is not Code.CHARACTER or problem.pointer or problem.fix or problem.span is None:
            return problem
        line = problem.span.start.line
        for pointer, node in self.nodes.items():
            if pointer and node.key_span.start.line <= line <= node.span.end.line:
                return replace(problem, pointer=pointer)
        return problem

    def _one(self, lines: Sequence[Line], index: int, level: Level) -> int:
        """Takes the line, and gives how many were taken."""
        line = lines[index]
        if line.field is None:
            if line.kind not in {Kind.BLANK, Kind.COMMENT, Kind.CONFLICT}:
                self.problems += stray(self.source, line, lines, index, self.above)
            return 1
        if line.number == level.heading:
            return 1
        return 1 + self._field(line.field, lines[index + 1 :], level)

    def _field(self, found: FieldLine, rest: Sequence[Line], level: Level) -> int:
        pointer = f"/{pointer_part(found.key)}"
        below = [*_below(found, rest)]
        nested = [line for line in below if line.field or line.text.lstrip().startswith("- ")]
        value = value_of(self.source, found, below, pointer)
        faults = field_faults(self.source, found, level)
        self.problems += faults
        if found.is_empty and nested and nested[0] is next(line for line in below if line.kind is not Kind.BLANK):
            several: object = {} if nested[0].field else []
            self._put(found, pointer, Value(text="", start=value.start, end=value.end), several)
            return len(below)
        blanks = next((index for index, line in enumerate(rest) if line.kind is not Kind.BLANK), 0)
        if not value.text and not value.style and rest and _is_value_below(rest[blanks]):
            self._next_line(found, rest[blanks], pointer)
            return blanks + 1
        self.problems += value.problems
        if value.style not in {"'", '"'}:  # in quotes an escape can hold what is not seen
            value.text = without_unmissed(value.text)
            value.text = value.text if value.style else value.text.strip()
        typed = value.text if value.style or value.is_unread else resolve(value.text)
        self._put(found, pointer, value, typed)
        self.above = found
        return value.taken

    def _next_line(self, found: FieldLine, line: Line, pointer: str) -> None:
        """`price:`, and in the line below `199.00`, in the first column."""
        text = line.text.strip()
        start, end = Position(line.number, line.indent + 1), Position(line.number, len(line.text.rstrip()) + 1)
        value = Value(text=text, start=start, end=end)
        self._put(found, pointer, value, resolve(text))
        name = found.meant or found.key
        joined = f"{found.line[: found.key_end]}: {text}"
        problem = self.source.problem(
            Code.SYNTAX,
            Span(start, end),
            f"the value of `{shortened(name)}` stands in the line below it; write it behind the colon, "
            "in the same line",
            hint=f"write {shortened(joined, 80)}",
        )
        if not found.comment and found.sign == ":" and line.number == found.number + 1:
            fix = Fix(start=Position(found.number, found.key_end + 1), end=start, text=": ")
            problem = self.source.with_fix(problem, fix)
        self.problems.append(problem)
        self.above = found

    def _put(self, line: FieldLine, pointer: str, value: Value, typed: object) -> None:
        key = _event(
            line.key,
            Position(line.number, line.key_start + 1),
            Position(line.number, line.key_end + 1),
            '"' if line.line[line.key_start] in "\"'" else "",
        )
        first = _event(value.text, value.start, value.end, value.style)
        node = Node(key, first, first)
        if pointer in self.nodes:
            self.again.setdefault(pointer, [self.nodes[pointer]]).append(node)
            return
        self.values[line.key] = typed
        self.nodes[pointer] = node
        self.nodes.setdefault("", Node(None, key, first))
        is_looked_at = not (value.style or "\t" in value.text or "\n" in value.text)  # by its characters, raw
        if not is_looked_at and not value.problems and (found := character_problem(self.source, node, pointer)):
            self.problems.append(found)


def _below(found: FieldLine, rest: Iterable[Line]) -> Iterator[Line]:
    """The lines that may go on with a field's value: none that begins with another field's name."""
    for line in rest:
        other = line.field
        if other is not None:
            is_field = other.is_exact or (other.meant is not None and other.meant != found.meant)
            is_nested = found.is_empty and not other.is_exact
            if line.indent <= found.indent or (is_field and not is_nested):
                return
        elif line.kind not in {Kind.BLANK, Kind.TEXT, Kind.COMMENT}:
            return
        yield line


def _is_value_below(line: Line) -> bool:
    return line.kind is Kind.TEXT and not line.text[:1].isspace()


def _event(text: str, start: Position, end: Position, style: str) -> yaml.ScalarEvent:
    """What a parser would have said of a scalar there."""
    marks = (yaml.Mark("", 0, place.line - 1, place.column - 1, None, 0) for place in (start, end))
    first, last = marks
    return yaml.ScalarEvent(None, None, (not style, bool(style)), text, first, last, style or None)
