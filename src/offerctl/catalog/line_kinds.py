"""What one line of a file is, looked at alone: a field, a comment, a marker of something else, or text.

Where YAML's parser gives up, these lines are what is left of an offering, and they are all that its author wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from offerctl.catalog.labels import said_besides
from offerctl.catalog.nearest import FIELDS, MOST_UNKNOWN, NUMBERS, PROTECT, fold, known_field, nearest_field
from offerctl.catalog.scalars import plain_number

BLANKS = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_MOST_KEY = 60
_MOST_WORDS = 6
_AROUND_KEY = "\"'`*_\u2018\u2019\u201c\u201d\u00ab\u00bb \t\u00a0\u202f"
_START = re.compile(rf"(?P<indent>[{BLANKS}]*)(?P<dash>[-*+\u2022\u00b7\u2013][ \t]+|[-+](?=[A-Za-z]))?")
_SEPARATOR = re.compile(
    rf"[{BLANKS}]*(?:[:=;\u2192\uff1a\ufe55\u2236\uff1d]|-{{1,2}}>)(?:[ \t]*[:=\u2192\uff1a\uff1d]|(?<=[:=])>)*"
)
_BARE = re.compile(rf"(?P<key>[^\W\d_]\w*)(?P<between>[{BLANKS}]*[|,\u2013-]?[{BLANKS}]+)(?=\S)")
_CONFLICT = re.compile(r"(?:<{5,}|>{5,}|={7}|\|{7})(?:\s.*)?|(?:%{7}|\+{7}|-{7})\s.*\S.*")
_REMARK = re.compile(r"\s*(?P<sign>//+|/\*+|\*/|<!--|-->|;+|--(?![->])|\(\*|(?i:rem)(?=\s))")
_FENCE = re.compile(r"\s*(?P<sign>`{3,}|~{3,})\s*[\w.+-]*\s*")
_MARKER = re.compile(r"(?P<sign>---|\.\.\.)(?:\s+#.*)?\s*")
_NAMED = re.compile(
    r"\s*(?P<tags>(?:<[^<>]*>\s*)*)[\"'`*_]*(?P<key>[^\W\d_]+)[\"'`*_]*\s*(?P<sign>[:=.\u2014\u2013\u2012\u2026\u00b7,>]+)\s*\S"
)
_ADDRESS = re.compile(r"(?i)https?:\S+")


class Kind(Enum):
    """What a line is."""

    BLANK = auto()
    COMMENT = auto()
    MARKER = auto()
    DIRECTIVE = auto()
    CONFLICT = auto()
    FENCE = auto()
    REMARK = auto()
    BRACE = auto()
    FIELD = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """A line that begins as a field does. Columns count from 0; `value` starts behind all blanks.

    `begin` is where the name begins with whatever is around it, `meant` the field, where it is known.
    """

    number: int
    line: str
    indent: int
    dash: int | None
    begin: int
    key: str
    key_start: int
    key_end: int
    value_start: int
    meant: str | None

    @property
    def separator(self) -> str:
        """What stands between the name and the value."""
        return self.line[self.key_end : self.value_start]

    @property
    def sign(self) -> str:
        """The same without blanks."""
        return self.separator.strip(_AROUND_KEY)

    @property
    def is_proper(self) -> bool:
        """Whether a colon and a space stand there, as they must."""
        after = self.separator.partition(":")[2]
        return self.sign == ":" and (not self.value or (bool(after) and not after.strip(" \t")))

    @property
    def value(self) -> str:
        """The rest of the line."""
        return self.line[self.value_start :].rstrip(" \t")

    @property
    def comment(self) -> str:
        """A comment in the place of a value."""
        return self.value if self.value.startswith("#") else ""

    @property
    def is_empty(self) -> bool:
        """Whether no value stands behind the colon."""
        return not self.value or self.value.startswith("#")

    @property
    def is_decorated(self) -> bool:
        """Whether its name stands in signs that are no quotes: `**price:**`."""
        return self.begin != self.key_start or self.line[self.key_end : self.key_end + 1] in set(
            "*_`\u2019\u201d\u00bb"
        )

    @property
    def is_exact(self) -> bool:
        """Whether its name is that of a field, to the letter."""
        return self.key in FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, by its number from 1."""

    number: int
    text: str
    kind: Kind
    field: FieldLine | None = None

    @property
    def indent(self) -> int:
        """How many blanks it begins with."""
        return len(self.text) - len(self.text.lstrip())

    @property
    def sign(self) -> str:
        """What it begins with, for the kinds that begin with a sign of their own."""
        found = _REMARK.match(self.text) or _FENCE.match(self.text)
        return found["sign"] if found else self.text.split()[0] if self.text.strip() else ""


def lines_of(numbered: Iterable[tuple[int, str]]) -> Iterator[Line]:
    """What each of these lines of one file is; slips are looked for in its first strange names only."""
    strange = 0
    for number, text in numbered:
        line = line_of(number, text, nearest_field if strange < MOST_UNKNOWN else known_field)
        strange += line.kind is Kind.FIELD and (line.field is None or line.field.meant is None)
        yield line


def line_of(number: int, text: str, meant: Callable[[str], str | None] = nearest_field) -> Line:
    """What a line is; `meant` tells the field of a name."""
    kind = _kind(text)
    found = field_line(number, text, meant) if kind is Kind.TEXT else None
    return Line(number=number, text=text, kind=Kind.FIELD if found else kind, field=found)


def _kind(text: str) -> Kind:
    bare = text.strip()
    if not bare:
        return Kind.BLANK
    if bare[0] == "#":
        return Kind.COMMENT
    if bare.rstrip(",") in {"{", "}", "[", "]", "},"}:
        return Kind.BRACE
    if text.startswith(("%YAML", "%TAG")):
        return Kind.DIRECTIVE
    for kind, pattern in _PATTERNS.items():
        if pattern.fullmatch(text) if kind is not Kind.REMARK else pattern.match(text):
            return kind
    return Kind.TEXT


_PATTERNS = {Kind.CONFLICT: _CONFLICT, Kind.MARKER: _MARKER, Kind.FENCE: _FENCE, Kind.REMARK: _REMARK}


def field_line(number: int, text: str, meant: Callable[[str], str | None]) -> FieldLine | None:
    """The line as a field, whatever stands in the place of its colon; none where it is none."""
    start = _START.match(text)
    assert start is not None  # all of it may be missing
    begin = start.end()
    found = _SEPARATOR.search(text, begin, begin + _MOST_KEY + 8)
    made = found and _made(number, text, start, (found.start(), found.end()), meant)
    if made is not None and (made.is_proper or made.meant is not None):
        return made
    bare = _BARE.match(text, begin)
    if bare is None or not _is_field_without_colon(bare["key"], text[bare.end() :].rstrip()):
        return None
    return _made(number, text, start, (bare.end("key"), bare.end()), meant)


def _made(
    number: int,
    text: str,
    start: re.Match[str],
    separator: tuple[int, int],
    meant: Callable[[str], str | None],
) -> FieldLine | None:
    """None where what stands before the separator cannot be a field's name."""
    key_end, separator_end = separator
    raw = text[start.end() : key_end]
    key = raw.strip(_AROUND_KEY)
    if not key or len(key) > _MOST_KEY or key[0] in "#/<>[]{}()&*!|%@?,":
        return None
    if len(key.split()) > _MOST_WORDS and known_field(key) is None:
        return None
    if raw.lstrip()[:2] == "**" and text[separator_end : separator_end + 2] == "**":
        separator_end += 2
    rest = text[separator_end:]
    value_start = separator_end + len(rest) - len(rest.lstrip())
    inner = start.end() + raw.index(key)
    is_quoted = raw.strip()[:1] in "\"'" and raw.strip()[-1:] == raw.strip()[:1] and len(raw.strip()) > len(key)
    made = FieldLine(
        number=number,
        line=text,
        indent=start.end("indent"),
        dash=start.start("dash") if start["dash"] else None,
        begin=start.end(),
        key=key,
        key_start=inner - is_quoted,
        key_end=inner + len(key) + is_quoted,
        value_start=value_start,
        meant=meant(key),
    )
    return replace(made, key=made.meant) if made.is_decorated and made.meant and not said_besides(key) else made


def _is_field_without_colon(key: str, value: str) -> bool:
    """`protect true`, `price 199`: a field's own name, or another word for it with a value only it can have."""
    field = known_field(key)
    if field is None or not value:
        return False
    if field in FEW:
        return FEW[field](value)
    return fold(key).replace("-", "") == field.casefold()


def named(text: str) -> str | None:
    """The field that a line of text names first: in tags (`<p>price: 199<br>`), or before a dash."""
    found = _NAMED.match(text)
    if found is None:
        return None
    exact = {field.casefold(): field for field in FIELDS}
    field = exact.get(found["key"].casefold()) if found["tags"] else known_field(found["key"])
    is_sign = found["sign"] in {":", "="} or (field is not None and found["key"].casefold() == field.casefold())
    return field if is_sign else None


def _is_number(value: str) -> bool:
    return plain_number(value) is not None or plain_number(value, hours=True) is not None


def _is_protection(value: str) -> bool:
    return fold(value) in {"true", "false", "yes", "no", "vrai", "faux", "oui", "non"}


def _is_address(value: str) -> bool:
    return _ADDRESS.fullmatch(value) is not None


def fits(field: str, value: str) -> bool:
    """Whether a value is one that this field can have, where only few are; of other fields any is."""
    return bool(value) and (field not in FEW or FEW[field](value))


FEW: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(NUMBERS, _is_number),
    PROTECT: _is_protection,
    "externalRegistrationUrl": _is_address,
}
