"""Files below the offerings folder that are not read, because of their names: what is told of each.

A file that holds an offering was meant to be listed, which is an error. A table or a document may be what the
files were made from, or be there for its readers: a warning.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection
from typing import NamedTuple

from offerctl.catalog.codes import Code
from offerctl.catalog.columns import LOOKED_AT, is_header
from offerctl.catalog.line_kinds import Kind, line_of
from offerctl.catalog.nearest import known_field

_BLANKS = r"[\s\u00a0\u3000]*"
_MEANT = re.compile(
    rf"{_BLANKS}[.,;:\u3002\uff0e_-]?{_BLANKS}(?:ya?ml|yalm|yml|yam|yaml?l|yaaml|yanl){_BLANKS}$", re.IGNORECASE
)
"""What was meant as the ending: `,yaml`, `yaml`, `.yaml ` with a space behind it."""
_ENDING = re.compile(
    r"(?:\.(?:ya?ml|yalm|yml|yam|yaml?l|yaaml|yanl|yaml_|txt|text|json|xml|csv|tsv|html?|bak|backup|old|orig|tmp|save|swp"
    r"|copy|rtf|md|conf|cfg|ini|doc|new|part|download|crdownload|offering|\d{1,2})|~|\s\(\d+\))+$",
    re.IGNORECASE,
)
_BINARY = re.compile(
    r"\.(?:png|jpe?g|gif|webp|pdf|docx?|xlsx?|pptx?|od[ts]|zip|gz|tar|ico|svg|mp[34]|mov|woff2?|ttf|py|sh)$"
)
_INSIDE = re.compile(
    r"(?P<meant>.+\.ya?ml)\.(?:html?|mhtml?|docx?|odt|pages|pdf|rtf|xlsx?|ods|numbers|csv|webarchive)",
    re.IGNORECASE,
)
"""The name of an offering's file that some program saved as a document of its own."""
_TABLE = re.compile(r"\.(?:csv|tsv|tab|psv|xls[xm]|ods)$", re.IGNORECASE)
_OTHER_TABLE = re.compile(r"\.(?:xlsb?|xlt[xm]?|fods|numbers|gsheet)$", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(?:docx?|docm|dotx?|odt|fodt|rtf|pages|gdoc)$", re.IGNORECASE)
_IN_USE = re.compile(r"~\$")
"""What Word and Excel keep beside an open document."""
_PLAIN = re.compile(r"^[^.]+$|\.(?:txt|text|dat|lst|list|data)$", re.IGNORECASE)
"""Text of any kind; a page has tables for its readers."""
_SCHEMA = "schema.json"
_JSON_FIELD = re.compile(r'"(\w{2,40})"\s*:')
_RTF = b"{\\rtf"
_ENOUGH = 3
_MOST_LINES = 400


class Unread(NamedTuple):
    """What is wrong with such a file, and what to do with it."""

    code: Code
    way_on: str
    hint: str = "a file whose name begins with _ is left alone"


def unread(file: str, name: str, data: bytes, others: Collection[str]) -> Unread | None:
    """What to say of a file called `name` in a folder with `others`; none where nobody takes it for a course.

    `data` is what it holds, as far as that may be text; `file` its name in the repository.
    """
    if _IN_USE.match(name) or name.endswith(_SCHEMA):
        return None
    way_on = _json(name, data, others) or (right_name(name, data, others) if holds_offering(data) else None)
    if way_on := way_on or saved_otherwise(name, others):
        return Unread(Code.MISNAMED, way_on)
    aside = "move it out of the folder, or begin its name with _"
    if _TABLE.search(name) or (_PLAIN.search(name) and _is_table(data)):
        writes = "writes an offering's file for each row"
        return Unread(Code.NOT_READ, f"offerctl new --from {shlex.quote(file)} {writes}", aside)
    if _OTHER_TABLE.search(name):
        way_on = "save it as .xlsx or .csv, then offerctl new --from FILE writes an offering's file for each row"
        return Unread(Code.NOT_READ, way_on, aside)
    if _DOCUMENT.search(name):
        return Unread(Code.NOT_READ, "an offering is a plain text file whose name ends in .yaml", aside)
    return None


def _json(name: str, data: bytes, others: Collection[str]) -> str | None:
    """What to do with JSON of one offering, which is YAML as well, or of several; none for other files."""
    text = (_text(data) or "").strip()
    if not text.startswith(("{", "[")):
        return None
    names = _JSON_FIELD.findall(text)
    found = [known_field(field) for field in names]
    known = {*found} - {None}
    if len(known) < _ENOUGH or len(known) * 2 <= len({*names}):
        return None
    if text.startswith("{") and text.count("{") == 1 and max(map(found.count, known)) == 1:
        return right_name(name, data, others)
    return "give each of its offerings a .yaml file of its own"


def _is_table(data: bytes) -> bool:
    """Whether one of the first lines is a header."""
    return any(is_header(line) for line in (_text(data) or "").splitlines()[:LOOKED_AT])


def is_worth_a_look(name: str) -> bool:
    """Whether a file of this name may hold text that is an offering."""
    return _BINARY.search(name.lower()) is None


def holds_offering(data: bytes) -> bool:
    """Whether a file is an offering by its lines: mostly fields, and at least three that are known."""
    text = _text(data)
    if text is None:
        return False
    lines = [line_of(number, line) for number, line in enumerate(text.splitlines()[:_MOST_LINES], 1)]
    written = [
        line for line in lines if line.kind not in {Kind.BLANK, Kind.COMMENT, Kind.MARKER, Kind.FENCE, Kind.BRACE}
    ]
    known = {line.field.meant for line in written if line.field is not None and line.field.meant is not None}
    fields = sum(line.field is not None for line in written)
    return len(known) >= _ENOUGH and fields * 2 > len(written)


def right_name(name: str, data: bytes, others: Collection[str]) -> str:
    """What to do with it: how it should be called, or that such a file is there already."""
    meant = f"{_stem(name)}.yaml"
    if meant in others:
        return f"{meant} is there, too; delete it"
    if data.lstrip().startswith(_RTF):
        return f"it is a document (RTF); save it as plain text, under the name {meant}"
    return f"rename it to {meant}"


def saved_otherwise(name: str, others: Collection[str]) -> str | None:
    """What to do with `a.yaml.docx`, whatever it holds; none for a file of another name."""
    found = _INSIDE.fullmatch(name)
    if found is None:
        return None
    meant = found["meant"]
    return f"{meant} is there, too" if meant in others else f"save its text as plain text, under the name {meant}"


def _stem(name: str) -> str:
    """The name without whatever stands for its ending."""
    bare = _ENDING.sub("", name.rstrip())
    if bare == name.rstrip():
        bare = _MEANT.sub("", bare)
    return bare.strip() or name


def _text(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None
