"""In which column the fields of a file start, and whether they all stand one level too deep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from offerctl.catalog.codes import Code
from offerctl.catalog.line_kinds import FieldLine, Kind, Line
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.shown import shortened
from offerctl.catalog.source import Source


@dataclass(slots=True, kw_only=True)
class Level:
    """Where fields start: `base`, and in the lines of `deeper` further right, which is told once, at their head.

    `heading` is the line they stand below; `end` the index of the line where an offering of its own begins.
    """

    base: int = 0
    deeper: dict[int, int] = field(default_factory=dict)
    heading: int | None = None
    end: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def expected(self, number: int) -> int:
        """The column, from 0, in which a field of that line starts."""
        return self.deeper.get(number, self.base)


def level_of(source: Source, lines: Sequence[Line]) -> Level:
    """What can be said of all fields together."""
    fields = [line.field for line in lines if line.field is not None]
    if level := _list(source, lines, fields) or _heading(source, lines, fields):
        return level
    columns = [found.indent for found in fields if found.meant is not None] or [0]
    return Level(base=min(columns))


def _list(source: Source, lines: Sequence[Line], fields: Sequence[FieldLine]) -> Level | None:
    """`- offeringId: …` and the other fields below it: an offering, or several, as the items of a list."""
    first = fields[0]
    inner = [found for found in fields[1:] if found.dash is None]
    if first.dash is None or first.indent or not inner or any(f.indent != first.key_start for f in inner):
        return None
    dashes = [found for found in fields if found.dash is not None]
    end = None
    if len(dashes) > 1:
        message = "the file holds a list; give each offering a file of its own"
        end = next(index for index, line in enumerate(lines) if line.number == dashes[1].number)
        fields = [found for found in fields if found.number < dashes[1].number]
    else:
        message = "the fields stand in a list; delete the dash, and start the others in the first column, too"
    start = Position(first.number, first.indent + 1)
    problem = source.problem(Code.SHAPE, Span(start, Position(first.number, first.indent + 2)), message)
    if end is None:
        problem = _with_fix(source, problem, first.number, lines[-1].number, first.key_start, drop_first=False)
    deeper = {found.number: first.key_start for found in fields}
    return Level(deeper=deeper, end=end, problems=[problem])


def _heading(source: Source, lines: Sequence[Line], fields: Sequence[FieldLine]) -> Level | None:
    """`offering:`, and the fields below it, further right."""
    for index, head in enumerate(fields):
        if not head.is_empty or head.is_exact:
            continue
        inner: list[FieldLine] = []
        for found in fields[index + 1 :]:
            if found.indent <= head.indent and not (found.dash is not None and found.indent == head.indent):
                break
            inner.append(found)
        if inner and _is_offering(head, inner) and _is_next(lines, head, inner[0]):
            return _below(source, lines, fields, head, inner)
    return None


def _is_offering(head: FieldLine, inner: Sequence[FieldLine]) -> bool:
    meant = {found.meant for found in inner if found.meant is not None}
    return len(meant) > 1 or (head.meant is None and any(found.is_exact for found in inner))


def _is_next(lines: Sequence[Line], head: FieldLine, first: FieldLine) -> bool:
    between = [line for line in lines if head.number < line.number < first.number]
    return all(line.kind in {Kind.BLANK, Kind.COMMENT} for line in between)


def _below(
    source: Source, lines: Sequence[Line], fields: Sequence[FieldLine], head: FieldLine, inner: list[FieldLine]
) -> Level:
    others = [found.indent for found in fields if found.number < head.number or found.number > inner[-1].number]
    deeper = {found.number: found.key_start for found in inner}
    span = Span(Position(head.number, head.key_start + 1), Position(head.number, head.key_end + 1))
    message = (
        f"the fields stand one level too deep, below `{shortened(head.key)}:`; delete that line, and start "
        "the others in the first column"
    )
    problem = source.problem(Code.SHAPE, span, message)
    columns = set(deeper.values())
    dashes = [found for found in inner if found.dash is not None]
    if len(columns) == 1 and len(dashes) < 2 and not head.indent and not head.comment:  # noqa: PLR2004 - one list item
        last = _last(lines, inner[-1])
        problem = _with_fix(source, problem, head.number, last, columns.pop(), drop_first=True)
    return Level(base=min(others, default=0), deeper=deeper, heading=head.number, problems=[problem])


def _last(lines: Sequence[Line], found: FieldLine) -> int:
    """The last line of what the last field may hold."""
    last = found.number
    for line in lines:
        if line.number > found.number:
            if line.kind is not Kind.BLANK and line.indent <= found.indent:
                break
            last = line.number if line.kind is not Kind.BLANK else last
    return last


def _with_fix(
    source: Source, problem: Problem, first: int, last: int, column: int, *, drop_first: bool
) -> Problem:
    """With all these lines moved to the first column, none of their blank lines and comments lost."""
    moved = []
    for number in range(first + drop_first, last + 1):
        line = source.line(number)
        blanks = line[:column]
        if blanks.strip(" -") or "\t" in blanks:
            return problem
        moved.append(line[column:] if len(line) > column else line.lstrip())
    fix = Fix(start=Position(first, 1), end=Position(last, len(source.line(last)) + 1), text="\n".join(moved))
    return source.with_fix(problem, fix)
