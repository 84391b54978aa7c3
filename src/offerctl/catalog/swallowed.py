"""Lines that YAML takes for more of the value above them, and that begin as a field does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document
from offerctl.catalog.escapes import is_scalar
from offerctl.catalog.line_kinds import FieldLine, lines_of
from offerctl.catalog.problem import Position, Problem, Span
from offerctl.catalog.shown import shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class Swallowed:
    """Such a line, the field that it means, and the value that it became part of, by its pointer."""

    found: FieldLine
    meant: str
    pointer: str

    @property
    def words(self) -> str:
        """What became of it."""
        line = shortened(self.found.line.strip())
        return f"this line goes on with `{self.pointer[1:]}`, so `{line}` would be part of it"

    def problem(self, document: Document, code: Code, message: str, pointer: str | None = None) -> Problem:
        """A problem at this line."""
        number, line = self.found.number, self.found.line
        span = Span(Position(number, self.found.begin + 1), Position(number, len(line.rstrip()) + 1))
        hint = f"write `{self.found.key}: …` in the first column, or join it to the line above"
        return document.source.problem(code, span, message, pointer=pointer or self.pointer, hint=hint)


def swallowed(document: Document) -> Iterator[Swallowed]:
    """Every such line; a name that is only wrapped has none."""
    for pointer, node in document.nodes.items():
        start, end = node.span
        last = end.line - (end.column == 1)
        if not pointer or last <= start.line or not is_scalar(node):
            continue
        numbers = range(start.line + 1, last + 1)
        for line in lines_of((number, document.source.line(number)) for number in numbers):
            found = line.field
            if found is not None and found.meant is not None:
                yield Swallowed(found=found, meant=found.meant, pointer=pointer)
