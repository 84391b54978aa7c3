"""What a TOML text may hold before `tomllib` reads it: some of what it accepts costs it gigabytes or the process.

A dotted key of n parts takes memory in the square of n; a number of thousands of digits is no error of TOML but
one of Python. The scan is linear and knows of TOML only what keeps strings and comments out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_KEY = 200
"""Characters of a key, all its dotted parts together."""
MAX_DIGITS = 20
"""Digits of a number in a row."""

_STRING = re.compile(
    r'"""(?:[^"\\]++|\\.|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']++|'{1,2}(?!'))*+'{3,5}"
    r'|"(?!"")(?:[^"\\\n]++|\\.)*+"'
    r"|'(?!'')[^'\n]*+'",
    re.DOTALL,
)
_OTHER = re.compile(r"""[^"'#A-Za-z0-9_-]++|#[^\n]*+""")
_BARE = re.compile(r"[A-Za-z0-9_-]++")
_DOT = re.compile(r"[ \t]*+\.[ \t]*+")
_EQUALS = re.compile(r"[ \t]*+=")
_DIGITS = re.compile(rf"[0-9_]{{{MAX_DIGITS + 1},}}+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is beyond the bounds, and its line and column, both from 1."""

    message: str
    place: tuple[int, int]


def beyond_bounds(text: str) -> Fault | None:
    """The first key or number that is too long; none also where the text is no TOML, which `tomllib` then says."""
    at = 0
    while at < len(text):
        if other := _OTHER.match(text, at):
            at = other.end()
            continue
        chain = _chain(text, at)
        if chain is None:
            return None  # a string without its end
        end, parts = chain
        if text[at] not in "\"'" and _DIGITS.search(text, at, end):
            return _fault(f"a number with more than {MAX_DIGITS} digits", text, at)
        if end - at > MAX_KEY and (parts > 1 or _EQUALS.match(text, end)):
            return _fault(f"a key of {end - at:,} characters; it may have at most {MAX_KEY}", text, at)
        at = end
    return None


def _chain(text: str, at: int) -> tuple[int, int] | None:
    """The end of what may be a dotted key, and how many parts it has; a value is a chain of few parts."""
    parts = 0
    while True:
        part = _BARE.match(text, at) or _STRING.match(text, at)
        if part is None:
            return (at, parts) if parts else None
        parts += 1
        at = part.end()
        dot = _DOT.match(text, at)
        if dot is None:
            return at, parts
        at = dot.end()


def _fault(message: str, text: str, at: int) -> Fault:
    line = text.count("\n", 0, at) + 1
    return Fault(message=message, place=(line, at - text.rfind("\n", 0, at)))
