"""A sheet as values, and the bounds of one."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ROWS = 10_000
"""More offerings than any provider has; a file of each is written at once."""
MAX_COLUMNS = 256
MAX_CELL = 32_767
"""Characters, as in Excel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row that is not empty; `number` is the one that the spreadsheet program shows, so the first is 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows of one sheet; a CSV file is one without a name.

    `height` counts the rows that there are; `headings` are the numbers of those that only hold one cell which is
    merged across columns: they part the others. `hidden` are those of rows that a filter, or somebody, hid.
    """

    name: str | None
    rows: tuple[Row, ...]
    height: int
    headings: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()


def numbered(cells: list[list[str]]) -> tuple[Row, ...]:
    """Rows with their numbers, without the empty ones; blanks at the ends of cells are no part of them."""
    stripped = ((number, tuple(cell.strip() for cell in row)) for number, row in enumerate(cells, 1))
    return tuple(Row(number=number, cells=row) for number, row in stripped if any(row))
