"""Files below the offerings folder that hold an offering and are not read, because of their names."""

from __future__ import annotations

import re
from collections.abc import Collection

from offerctl.catalog.line_kinds import Kind, line_of

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
    r"(?P<meant>(?!~\$).+\.ya?ml)\.(?:html?|mhtml?|docx?|odt|pages|pdf|rtf|xlsx?|ods|numbers|csv|webarchive)",
    re.IGNORECASE,
)
"""The name of an offering's file that some program saved as a document of its own."""
_RTF = b"{\\rtf"
_ENOUGH = 3
_MOST_LINES = 400


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
