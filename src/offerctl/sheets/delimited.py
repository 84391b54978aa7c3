"""CSV: separated by commas, semicolons, tabs or |; UTF-8, UTF-16 with a mark, or Windows-1252."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from offerctl.errors import UsageError
from offerctl.sheets.model import MAX_COLUMNS, MAX_ROWS, Sheet, numbered

_SEPARATORS = (",", ";", "\t", "|")
_LOOKED_AT = 50
"""Rows that decide on the separator."""
_DECLARED = "sep="
"""How Excel names the separator, in a line of its own that it does not show."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def read_delimited(data: bytes, name: str) -> tuple[Sheet, ...]:
    """The one sheet of a CSV file.

    Raises:
        UsageError: no text, or a quotation mark that nothing closes.
    """
    text = _decoded(data, name)
    declared = text[len(_DECLARED) : len(_DECLARED) + 1] if text[: len(_DECLARED)].lower() == _DECLARED else ""
    if declared in _SEPARATORS:
        text = text.partition("\n")[2]
    separator = declared if declared in _SEPARATORS else _separator(text)
    try:
        cells = list(islice(_records(text, separator), MAX_ROWS + 1))
    except csv.Error as error:
        raise UsageError(f"{name} is no CSV file: {error}") from error
    if text.count('"') % 2 and len(cells) <= MAX_ROWS:
        raise UsageError(
            f"{name}, row {len(cells)}: a quotation mark is opened and not closed, so what follows it is lost",
            hint="A quotation mark within a value is doubled, and then the value stands in quotation marks.",
        )
    return (Sheet(name=None, rows=numbered(cells), height=len(cells)),)


def _records(text: str, separator: str) -> Iterator[list[str]]:
    for record in csv.reader(StringIO(text, newline=""), delimiter=separator):
        yield record[: MAX_COLUMNS + 1]


def _separator(text: str) -> str:
    """The one that parts most of the rows into as many cells as the first that it parts at all: the header.

    Commas within names and prices are many, too, but in a header there are none of them.
    """

    def fit(separator: str) -> tuple[float, int]:
        try:
            widths = [len(record) for record in islice(_records(text, separator), _LOOKED_AT) if any(record)]
        except csv.Error:
            return (0, 0)
        header = next((width for width in widths if width > 1), 0)
        return (widths.count(header) / len(widths) if header else 0, header)

    return max(_SEPARATORS, key=fit)


def _decoded(data: bytes, name: str) -> str:
    """By its mark; else UTF-8 where it can be, and what Windows programs save where it cannot."""
    marked = next(((mark, encoding) for mark, encoding in _MARKS if data.startswith(mark)), None)
    try:
        if marked:
            text = data[len(marked[0]) :].decode(marked[1])
        else:
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError:
                text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is neither text as UTF-8 nor as Windows saves it (byte {error.start})",
            hint='Save it from the spreadsheet program as "CSV UTF-8", or as .xlsx.',
        ) from None
    if "\0" in text:
        raise UsageError(f"{name} is no CSV, XLSX or ODS file", hint='Save it as "CSV UTF-8", or as .xlsx.')
    return text
