"""The value of a field in lines, and the lines that go on with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from offerctl.catalog.line_kinds import FieldLine, Kind, Line
from offerctl.catalog.problem import Position, Problem

NAMES = (None, "courseName")
"""Fields that any text can stand in: of others the value itself tells what is wrong."""


@dataclass(slots=True, kw_only=True)
class Value:
    """What a field's value is. `end` is the place behind it, `style` its quote or block sign, none without.

    `taken` counts the lines below that belong to it. Where `is_unread`, its text does not say what was meant.
    """

    text: str
    start: Position
    end: Position
    style: str = ""
    taken: int = 0
    is_unread: bool = False
    problems: list[Problem] = field(default_factory=list)


def joined(lines: Sequence[Line]) -> str:
    """Lines as YAML folds them: a blank between, a line break for each empty one."""
    text = ""
    for line in lines:
        text += (
            "\n"
            if line.kind is Kind.BLANK
            else f" {line.text.strip()}"
            if text[-1:] != "\n"
            else line.text.strip()
        )
    return text


def indented(found: FieldLine, below: Sequence[Line]) -> list[Line]:
    """The lines that YAML reads as more of a value; empty ones only between them."""
    lines: list[Line] = []
    for line in below:
        if line.kind is Kind.COMMENT or (line.kind is not Kind.BLANK and line.indent <= found.indent):
            break
        lines.append(line)
    while lines and lines[-1].kind is Kind.BLANK:
        lines.pop()
    return lines
