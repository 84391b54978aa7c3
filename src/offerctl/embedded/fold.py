"""Text as a search sees it: without case, accents and ligatures, so that `oeuvre` finds `Œuvre`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

ALIKE: Mapping[str, str] = {
    "œ": "oe",
    "æ": "ae",
    "ß": "ss",
    "ø": "o",
    "đ": "d",
    "ł": "l",
    "\u0131": "i",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2010": "-",
    "\u2013": "-",
    "\u2014": "-",
}
"""What people type for letters and signs that have no decomposition; a preview's script has the same table."""
_TABLE = str.maketrans(dict(ALIKE))


def fold(text: str) -> str:
    """The text in lower case, letters without their accents, ligatures as the letters that they are made of."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_TABLE)
