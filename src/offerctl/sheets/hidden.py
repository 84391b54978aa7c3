"""Which rows of a workbook's sheet nobody sees, which the library that reads cells does not tell.

Looked up in the workbook's own parts by patterns, in the bounded process of `worker`: no entity is expanded.
"""

from __future__ import annotations

import html
import posixpath
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from offerctl.sheets.model import MAX_ROWS

_ROW = re.compile(r"<(?:\w+:)?row\b([^>]*)>")
_NUMBER = re.compile(r"\br=[\"'](\d{1,7})[\"']")
_HIDDEN = re.compile(r"\bhidden=[\"'](?:1|true)[\"']")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b([^>]*)>")
_TABLE = re.compile(r"<table:table\s([^>]*)>(.*?)</table:table>", re.DOTALL)
_TABLE_ROW = re.compile(r"<table:table-row\b([^>]*)>")
_REPEATED = re.compile(r"table:number-rows-repeated=[\"'](\d{1,9})[\"']")
_UNSEEN = re.compile(r"table:visibility=[\"'](?:filter|collapse)[\"']")


def hidden_rows(data: bytes, sheet: str) -> list[int]:
    """The numbers of the hidden rows of the sheet of this name, from 1; of an unusual workbook none are known."""
    with (
        suppress(BadZipFile, KeyError, RuntimeError, NotImplementedError, zlib.error),
        ZipFile(BytesIO(data)) as parts,
    ):
        if "content.xml" in parts.namelist():
            return [*_of_table(parts.read("content.xml").decode("utf-8", "replace"), sheet)]
        part = _part(parts, sheet)
        return [*_of_sheet(parts.read(part).decode("utf-8", "replace"))] if part else []
    return []


def _part(parts: ZipFile, sheet: str) -> str | None:
    """Where the sheet of a name stands."""
    names = frozenset(parts.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    found = (one[1] for one in _SHEET.finditer(parts.read("xl/workbook.xml").decode("utf-8", "replace")))
    relation = next((_attribute(one, r"\w+:id") for one in found if _attribute(one, "name") == sheet), None)
    relations = parts.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    for one in _RELATION.finditer(relations):
        target = _attribute(one[1], "Target")
        if relation is not None and target is not None and _attribute(one[1], "Id") == relation:
            part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
            return part if part in names else None
    return None


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf"(?:^|\s){name}=(?:\"([^\"]*)\"|'([^']*)')", tag)
    return html.unescape(found[1] if found[1] is not None else found[2]) if found else None


def _of_sheet(xml: str) -> Iterator[int]:
    number = 0
    for row in _ROW.finditer(xml):
        said = _NUMBER.search(row[1])
        number = int(said[1]) if said else number + 1
        if number <= MAX_ROWS and _HIDDEN.search(row[1]):
            yield number


def _of_table(xml: str, sheet: str) -> Iterator[int]:
    table = next((one[2] for one in _TABLE.finditer(xml) if _attribute(one[1], "table:name") == sheet), "")
    number = 0
    for row in _TABLE_ROW.finditer(table):
        times = int(said[1]) if (said := _REPEATED.search(row[1])) else 1
        if _UNSEEN.search(row[1]):
            yield from range(number + 1, min(number + times, MAX_ROWS) + 1)
        number += times
