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
_NEEDS_NONE = re.compile(r"[^\W_](?:[^\s:#]|:(?=\S)|(?<=\S)#|[ ](?=\S))*", re.DOTALL)
"""Plain texts that every reader takes for themselves."""
_MAX_LENGTH = 20
"""Characters of a number: more digits than any price has, and few enough to be exact everywhere."""

_BLANK = "[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]"
_UNIT = rf"(?:(?:CAD?|CAN|CDN|C)?{_BLANK}*\$(?:{_BLANK}*(?:CAD?|CAN|CDN))?|CAD|dollars?|piastres?)"
_DOLLARS = re.compile(rf"^{_UNIT}{_BLANK}*(?={_BLANK}|[-+0-9.,])|{_BLANK}*{_UNIT}$", re.IGNORECASE)
_HOURS = re.compile(rf"{_BLANK}*(?:hours?|heures?|hrs?|h)\.?$", re.IGNORECASE)
_QUOTES = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb \t\u00a0\u202f"
_PRIMES = "\u2032\u2033"
"""Of minutes and seconds, or feet and inches."""
_TICKED = re.compile(r"(?P<minutes>[0-9]{1,5})(?:['\u2019\u2032]|'')")
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?:(?:{_BLANK}|['\u2019])[0-9]{{3}})+(?:[.,][0-9]{{1,2}})?")
_ENGLISH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}|[0-9]{1,3}(?:,[0-9]{3}){2,}")
_CONTINENTAL = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,2}|[0-9]{1,3}(?:\.[0-9]{3}){2,}")
_TWO_READINGS = re.compile(r"(?P<whole>[0-9]{1,3})[.,](?P<rest>[0-9]{3})")
_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
_NO_CENTS = re.compile(r"(?<=[0-9])[.,][-\u2013\u2014]{1,2}$")
_DECIMAL = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_HOURS_AND_MINUTES = re.compile(
    rf"(?P<hours>[0-9]{{1,4}}){_BLANK}*(?:h|hrs?|hours?|heures?)\.?{_BLANK}*(?:and{_BLANK}+|et{_BLANK}+)?"
    rf"(?:(?P<minutes>[0-5][0-9])|(?P<few>[0-9])(?={_BLANK}*m)){_BLANK}*(?:m|min|mins|minutes?|mn)?\.?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9])(?::00)?")
_MINUTES = re.compile(rf"(?P<minutes>[0-9]{{1,5}}){_BLANK}*(?:min|mins|minutes?|mn)\.?", re.IGNORECASE)
_HALVES = {"\u00bd": "5", "\u00bc": "25", "\u00be": "75", "1/2": "5", "1/4": "25", "3/4": "75"}
_HALF = re.compile(rf"(?P<hours>[0-9]{{1,4}})(?:{_BLANK}*(?P<sign>[\u00bc-\u00be])|{_BLANK}+(?P<part>[13]/[24]))")


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


def written(text: str) -> str:
    """A text as it is written in a file: without quotes where these are not needed."""
    return text if _NEEDS_NONE.fullmatch(text) and resolve(text) == text else quoted(text)


def quoted(text: str) -> str:
    """The text in double quotes, on one line."""
    return json.dumps(text, ensure_ascii=False)


def plain_number(text: str, *, hours: bool = False) -> str | None:
    """The plain number that was certainly meant by `$199`, `199,00`, `1 299,00 $ CA`, `0123`, `1e3`.

    As a number of hours also by `19.5 h` and `19 h 30`. Never by `1,500`, which some read as 1.5: `two_readings`.
    """
    if len(text) > 2 * _MAX_LENGTH:
        return None
    bare = text.lstrip(_QUOTES).rstrip(f"{_QUOTES},;")
    if hours and is_ticked(text):
        return None
    if hours and (found := _hours(bare)):
        return found
    bare = (_HOURS if hours else _DOLLARS).sub("", bare).strip(_QUOTES).removeprefix("+")
    bare = _NO_CENTS.sub("", bare)
    if _GROUPED.fullmatch(bare):
        bare = re.sub(rf"{_BLANK}|['\u2019]", "", bare)
    if _COMMA.fullmatch(bare):
        bare = bare.replace(",", ".")
    elif _ENGLISH.fullmatch(bare):
        bare = bare.replace(",", "")
    elif _CONTINENTAL.fullmatch(bare):
        bare = bare.replace(".", "").replace(",", ".")
    bare = re.sub(r"(?<=[0-9])_(?=[0-9])", "", bare)
    if not _DECIMAL.fullmatch(bare):
        return None
    number = format(Decimal(bare), "f")
    return number if _PLAIN.fullmatch(number) and len(number) <= _MAX_LENGTH else None


def two_readings(text: str, *, hours: bool = False) -> tuple[str, str] | None:
    """Both numbers that `199,000` and `1.299` can be: with decimals, and a thousand times as much."""
    if len(text) > 2 * _MAX_LENGTH:
        return None
    bare = (_HOURS if hours else _DOLLARS).sub("", text.strip(_QUOTES)).strip(_QUOTES)
    found = _TWO_READINGS.fullmatch(bare)
    if found is None or found["whole"][0] == "0":
        return None
    cents = found["rest"].rstrip("0").ljust(2, "0")
    return f"{found['whole']}.{cents}", f"{found['whole']}{found['rest']}"


def hours_of_clock(text: str) -> str | None:
    """The hours of `19:30`, which can be a time of day, too."""
    found = _CLOCK.fullmatch(text.strip(_QUOTES)) if len(text) <= _MAX_LENGTH else None
    return _in_hours(int(found["hours"]), int(found["minutes"])) if found else None


def is_ticked(text: str) -> bool:
    """Whether a sign of minutes or seconds stands behind a number: `90'`; a quote that nothing opens looks so."""
    bare = text.strip()
    return bare[-1:] in {*_PRIMES, *"'\"\u2019\u201d"} and bare[:1].isdigit()


def hours_of_ticks(text: str) -> str | None:
    """The hours of `90'`, if minutes are meant."""
    found = _TICKED.fullmatch(text.strip())
    return _in_hours(0, int(found["minutes"])) if found else None


def clock_parts(text: str) -> tuple[int, int, str] | None:
    """The hours and minutes of `13h20` and `13:20`, and about how many hours that is."""
    bare = text.strip(_QUOTES)
    found = _HOURS_AND_MINUTES.fullmatch(bare) or _CLOCK.fullmatch(bare)
    if found is None:
        return None
    hours, minutes = int(found["hours"]), int(found["minutes"] or found.groupdict()["few"])
    return hours, minutes, format((hours + Decimal(minutes) / 60).quantize(Decimal("0.01")).normalize(), "f")


def _hours(text: str) -> str | None:
    """`19 h 30`, `90 minutes`, `19\u00bd`."""
    if found := _HOURS_AND_MINUTES.fullmatch(text):
        return _in_hours(int(found["hours"]), int(found["minutes"] or found["few"]))
    if found := _MINUTES.fullmatch(text):
        return _in_hours(0, int(found["minutes"]))
    if found := _HALF.fullmatch(_HOURS.sub("", text)):
        return f"{int(found['hours'])}.{_HALVES[found['sign'] or found['part']]}"
    return None


def _in_hours(hours: int, minutes: int) -> str | None:
    """None where the minutes are no number of hours with two decimals."""
    number = hours + Decimal(minutes) / 60
    return format(number.normalize(), "f") if number == round(number, 2) else None
