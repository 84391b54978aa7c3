"""Reads one workbook from standard input and writes its sheets to standard output, in a process of its own.

`workbook` starts it. It dies of too much memory or time alone; calamine's only door is here.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from offerctl.sheets.hidden import hidden_rows
from offerctl.sheets.model import MAX_COLUMNS, MAX_ROWS

Place = tuple[int, int]
MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes of addresses, the interpreter's own among them."""
PROCESSOR_SECONDS = 30
MAX_CHARACTERS = 64 * 1024 * 1024
"""Of all cells together: a text that stands in the file once can be in a million of them."""
_MAX_SHEETS = 50
_DIGITS = 15
"""What a spreadsheet program shows of a number: 0.1 + 0.2 is 0.3."""


def main() -> None:
    """One workbook, within the bounds."""
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, PROCESSOR_SECONDS)):
        with suppress(OSError, ValueError):  # not every system has each of them
            resource.setrlimit(what, (most, most))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    workbook = CalamineWorkbook.from_object(BytesIO(data))
    shown = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    sheets, left = [], MAX_CHARACTERS
    for name in shown[:_MAX_SHEETS]:
        sheet = _sheet(workbook, name) | {"hidden": hidden_rows(data, name)}
        left -= sum(len(cell) + 1 for row in sheet["cells"] for cell in row)
        if left < 0:
            sys.exit(1)
        sheets.append(sheet)
    sys.stdout.write(json.dumps(sheets))


def _sheet(workbook: CalamineWorkbook, name: str) -> dict[str, Any]:
    """From the first row and column on, whatever is empty there, so that rows have the numbers that people see."""
    sheet = workbook.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=False, nrows=MAX_ROWS)
    cells = [[_text(cell) for cell in row[: MAX_COLUMNS + 1]] for row in rows]
    headings = [*_headings(cells, sheet.merged_cell_ranges or [])]
    return {"name": name, "cells": cells, "height": sheet.end[0] + 1 if sheet.end else 0, "headings": headings}


def _headings(cells: list[list[str]], merged: Iterable[tuple[Place, Place]]) -> Iterator[int]:
    """The numbers of rows that hold nothing but one cell that is merged across columns."""
    for (row, left), (_, right) in merged:
        filled = [index for index, cell in enumerate(cells[row]) if cell] if row < len(cells) else []
        if right > left and filled == [left]:
            yield row + 1


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return f"{cell:.{_DIGITS}g}"
        case timedelta():
            hours, seconds = divmod(round(cell.total_seconds()), 3600)
            return f"{hours} h {seconds // 60:02}" if seconds % 60 == 0 else str(cell)
        case datetime() | date():
            return cell.isoformat()
        case time():
            return cell.strftime("%H:%M" if cell.second == 0 else "%H:%M:%S")
        case _:
            return str(cell)


if __name__ == "__main__":
    main()
