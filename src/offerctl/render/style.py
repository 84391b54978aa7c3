"""Colour, and beside it what makes others' text harmless: what was not written here passes through `sanitize`."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from offerctl.characters import sanitize, sanitize_lines, sanitize_parts

__all__ = ["COLOR", "PLAIN", "Style", "Tone", "sanitize", "sanitize_lines", "sanitize_parts"]


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


class Style(NamedTuple):
    """Paints text, or leaves it as it is where there is no colour."""

    color: bool

    def __call__(self, text: str, tone: Tone) -> str:
        """The text in its tone; an empty text stays empty."""
        return f"\x1b[{tone.value}m{text}\x1b[0m" if self.color and text else text


PLAIN = Style(color=False)
COLOR = Style(color=True)
