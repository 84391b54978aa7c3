"""Colour, and text that can do a terminal no harm: whatever was not written here passes through `sanitize`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

# Control characters (escape among them), what turns the direction of text, what is invisible, and halves of
# surrogate pairs, which no stream can encode. `re` compiles it at the first use, and keeps it: help needs none.
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


class Tone(Enum):
    """What a piece of text is about; the value is its ANSI code."""

    ADD = "32"
    CHANGE = "33"
    DELETE = "31"
    SETTLE = "36"
    ERROR = "1;31"
    WARNING = "1;33"
    GOOD = "1;32"
    STRONG = "1"
    FAINT = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Paints text, or leaves it as it is where there is no colour."""

    color: bool

    def __call__(self, text: str, tone: Tone) -> str:
        """The text in its tone; an empty text stays empty."""
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self.color and text else text


PLAIN = Style(color=False)
COLOR = Style(color=True)


def sanitize(text: str) -> str:
    r"""One line of text whose control, direction and invisible characters are spelled out: `\x1b`, `\u202e`, `\n`.

    For every text that was not written here. It cannot move the cursor, forge a line of output or reorder what
    stands beside it, and what it hides shows.
    """
    return re.sub(_UNSAFE, lambda found: _spelled(found[0]), text)


def sanitize_lines(text: str) -> str:
    """The same for a text whose line breaks are ours: they stay."""
    return "\n".join(sanitize(line) for line in text.split("\n"))


def sanitize_json(document: str) -> str:
    r"""A JSON document on one line, the same characters written as JSON's own escapes: `\u202e`."""
    return re.sub(_UNSAFE, lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found[0])), document)


def _units(character: str) -> Iterator[int]:
    """JSON escapes what lies beyond the basic plane as two halves."""
    data = character.encode("utf-16-be", "surrogatepass")
    return (int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))


def _spelled(character: str) -> str:
    return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character) or ascii(character)[1:-1]
