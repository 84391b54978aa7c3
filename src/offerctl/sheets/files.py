"""The bytes of a file that somebody was handed, as sheets: what it is says its content, not its name."""

from __future__ import annotations

from offerctl.errors import UsageError
from offerctl.sheets.delimited import read_delimited
from offerctl.sheets.model import MAX_CELL, MAX_COLUMNS, MAX_ROWS, Sheet
from offerctl.sheets.workbook import read_workbook

MAX_BYTES = 16 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(data: bytes, name: str) -> tuple[Sheet, ...]:
    """The sheets of a file of at most `MAX_BYTES`, called `name` in messages; of a CSV file one.

    Raises:
        UsageError: it is none, damaged, protected by a password, or beyond the bounds.
    """
    if data.startswith(_OLD):
        raise UsageError(
            f"{name} is an Excel file of the old kind, or protected by a password",
            hint="Open it, and save it as .xlsx without a password, or as CSV.",
        )
    sheets = read_workbook(data, name) if data.startswith(_ZIP) else read_delimited(data, name)
    for sheet in sheets:
        _check_bounds(sheet, name)
    return sheets


def _check_bounds(sheet: Sheet, name: str) -> None:
    if sheet.height > MAX_ROWS:
        raise UsageError(f"{name} has more than {MAX_ROWS:,} rows", hint="Split it into several files.")
    for row in sheet.rows:
        if len(row.cells) > MAX_COLUMNS:
            raise UsageError(f"{name}, row {row.number}: more than {MAX_COLUMNS} columns")
        if any(len(cell) > MAX_CELL for cell in row.cells):
            raise UsageError(f"{name}, row {row.number}: a cell of more than {MAX_CELL:,} characters")
