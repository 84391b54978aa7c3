"""Rows in columns: how every table of the output is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from offerctl.render.style import PLAIN, Style, Tone

_GAP = "   "


class Painted(NamedTuple):
    """A cell in its tone."""

    text: str
    tone: Tone


Cell = str | Painted


def columns(rows: Sequence[Sequence[Cell]], style: Style = PLAIN, *, widest: int | None = None) -> Iterator[str]:
    """Each row as a line, its cells below those of the others; beyond `widest` characters a cell makes no room."""
    widths = [max(map(_length, column)) for column in zip(*rows, strict=True)]
    if widest is not None:
        widths = [min(width, widest) for width in widths]
    for row in rows:
        yield _GAP.join(_padded(cell, width, style) for cell, width in zip(row, widths, strict=True)).rstrip()


def _length(cell: Cell) -> int:
    return len(cell.text if isinstance(cell, Painted) else cell)


def _padded(cell: Cell, width: int, style: Style) -> str:
    shown = style(cell.text, cell.tone) if isinstance(cell, Painted) else cell
    return shown + " " * (width - _length(cell))
