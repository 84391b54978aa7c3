"""Values of one scalar: YAML 1.2's core schema, numbers in the one plain form, quotes, slips with numbers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal

_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
# Whatever YAML 1.1 or 1.2, or a program that reads them, takes for a number.
_NUMBERLIKE = re.compile(
    r"[-+]?(?:\.(?:inf|Inf|INF)|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"
    r"|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?)"
    r"|\.(?:nan|NaN|NAN)"
)
_MAX_LENGTH = 20
"""Characters of a number: more digits than any price has, and few enough to be exact everywhere."""

_UNIT = r"(?:CA\$|C\$|\$|CAD)"
_DOLLARS = re.compile(rf"^\s*{_UNIT}\s*|\s*{_UNIT}\s*$", re.IGNORECASE)
_HOURS = re.compile(r"\s*(?:hours?|heures?|hrs?|h)\s*$", re.IGNORECASE)
_QUOTES = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb \t\u00a0\u202f"
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]{1,2})?")
_ENGLISH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")
_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
_DECIMAL = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class OddNumber:
    """A plain scalar that some program reads as a number, though it is not written the one way all agree on."""

    text: str


Scalar = str | Decimal | bool | OddNumber | None


def resolve(text: str) -> Scalar:
    """What a scalar without quotes is, by YAML 1.2's core schema: text, number, true or false, nothing."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _PLAIN.fullmatch(text) and len(text) <= _MAX_LENGTH:
        return Decimal(text) or Decimal(0)  # one zero: -0 is none
    return OddNumber(text) if _NUMBERLIKE.fullmatch(text) else text


def quoted(text: str) -> str:
    """The text in double quotes, on one line."""
    return json.dumps(text, ensure_ascii=False)


def plain_number(text: str, *, hours: bool = False) -> str | None:
    """The plain number that was certainly meant by `$199`, `199,00`, `1 299,00 $`, `0123`, `1e3`.

    As a number of hours also by `19.5 h`, and then not by `1,500`: a price has no three decimals, hours may have.
    """
    if len(text) > 2 * _MAX_LENGTH:
        return None
    unit = _HOURS if hours else _DOLLARS
    bare = unit.sub("", text.strip(_QUOTES)).strip(_QUOTES).removeprefix("+")
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r"\s", "", bare)
    if _COMMA.fullmatch(bare):
        bare = bare.replace(",", ".")
    elif _ENGLISH.fullmatch(bare) and not hours:
        bare = bare.replace(",", "")
    bare = re.sub(r"(?<=[0-9])_(?=[0-9])", "", bare)
    if not _DECIMAL.fullmatch(bare):
        return None
    number = format(Decimal(bare), "f")
    return number if _PLAIN.fullmatch(number) and len(number) <= _MAX_LENGTH else None
