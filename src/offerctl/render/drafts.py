"""What `new --from` tells: the offerings that rows become, and where their values come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from offerctl.catalog.columns import Columns
from offerctl.catalog.rows import Draft, RowProblem
from offerctl.catalog.shown import shortened
from offerctl.render import tables
from offerctl.render.style import PLAIN, Style, Tone, sanitize

MOST_SHOWN = 50
"""Offerings of a list; the rest is counted."""
_WIDEST = 40
_HEADINGS = ("row", "offeringId", "courseName", "price", "hours", "trainingStandardKey", "externalRegistrationUrl")
_FIELDS = ("courseName", "price", "courseDuration", "trainingStandardKey", "externalRegistrationUrl")


def listed(drafts: Sequence[Draft], columns: Columns, style: Style = PLAIN) -> str:
    """The columns that are used and not, and a line for each offering."""
    used = ", ".join(f'"{sanitize(column.header)}" is {name}' for name, column in columns.by_field.items())
    headings: tuple[tables.Cell, ...] = tuple(tables.Painted(word, Tone.FAINT) for word in _HEADINGS)
    rows = [headings, *map(_row, drafts[:MOST_SHOWN])]
    parts = [f"Columns: {used}.", *_unused(columns), *_made_ids(drafts), "", *tables.columns(rows, style)]
    if more := len(drafts) - MOST_SHOWN:
        parts += [f"+{more:,} more"] if more > 0 else []
    return "\n".join(parts)


def line(name: str, problem: RowProblem) -> str:
    """`courses.csv, row 3, column "Price": … (here: `free`) [OFR112]`."""
    column = f', column "{shortened(problem.column)}"' if problem.column else ""
    code = f" [{problem.code}]" if problem.code else ""
    value = (
        f" (here: `{shortened(problem.value)}`)" if problem.value and problem.value not in problem.message else ""
    )
    return sanitize(f"{name}, row {problem.row}{column}: {problem.message}{value}{code}")


def _made_ids(drafts: Sequence[Draft]) -> Iterator[str]:
    if made := [draft.row for draft in drafts if not draft.is_named]:
        yield f"Made of the course's name: the offeringId of {rows(made)}. A listing keeps it for good."


def rows(numbers: Sequence[int]) -> str:
    """`row 5`, `rows 5, 9`."""
    shown = ", ".join(map(str, numbers[:MOST_SHOWN])) + ("…" if len(numbers) > MOST_SHOWN else "")
    return f"row{'' if len(numbers) == 1 else 's'} {shown}"


def _unused(columns: Columns) -> Iterator[str]:
    if columns.unused:
        headers = ", ".join(f'"{sanitize(shortened(header))}"' for header in columns.unused)
        yield f"Not used: {headers}."


def _row(draft: Draft) -> tuple[tables.Cell, ...]:
    values = (shortened(sanitize(draft.values.get(name, "")), _WIDEST) for name in _FIELDS)
    return (str(draft.row), sanitize(draft.offering_id), *values)
