"""The fields of an offering file, and which known word a strange one was meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from offerctl.offering import ATTRIBUTES

PROTECT = "protect"
STANDARD = "trainingStandardKey"
NETWORK_KEY = "networkKey"
FIELDS = (*ATTRIBUTES, PROTECT)
NUMBERS = ("price", "courseDuration")

EXAMPLES = {
    "offeringId": "jhsc-en-01",
    "trainingStandardKey": "JHSC-2014-1-E-O",
    "courseName": "JHSC Certification Part One",
    "price": "199.00",
    "courseDuration": "13",
    "externalRegistrationUrl": "https://safety-training.example/jhsc-en-01",
    PROTECT: "true",
}
"""A value that each field can have, as it is written in a file."""

_ALIASES = {
    "offeringId": ("id", "offering", "identifier", "courseId"),
    "trainingStandardKey": ("standard", "standardKey", "trainingStandard", "trainingKey", "norme"),
    "courseName": ("name", "title", "course", "courseTitle", "nom", "titre"),
    "price": ("cost", "fee", "amount", "tarif", "prix", "coursePrice"),
    "courseDuration": ("duration", "hours", "length", "courseLength", "durée", "heures"),
    "externalRegistrationUrl": ("url", "link", "website", "registrationUrl", "externalUrl", "lien"),
    PROTECT: ("protected", "keep", "locked"),
}
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d_]")
_IGNORED = re.compile("[\\s\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb]")
_MAX_LENGTH = 60


def fold(word: str) -> str:
    """A word without case, accents and quotes, with one kind of dash: what a hurried eye sees."""
    return "".join(c for c in unicodedata.normalize("NFKD", _bare(word)) if not unicodedata.combining(c))


def nearest_field(word: str) -> str | None:
    """The field that was certainly meant: the same but for case and dashes, an alias, or a slip of two letters."""
    folded = fold(word).replace("-", "")
    if folded in _KNOWN:
        return _KNOWN[folded]
    least = 2 if len(folded) > 4 else 1  # noqa: PLR2004 - two slips in a short word make another word
    return nearest(folded, {fold(field): field for field in FIELDS}, least) if len(folded) > 2 else None  # noqa: PLR2004


def same_standard(word: str, known: Iterable[str]) -> str | None:
    """The standard key that was certainly meant: the same but for case, dashes, blanks and quotes."""
    return {_bare(key).replace("-", ""): key for key in known}.get(_bare(word).replace("-", ""))


def nearest_standard(word: str, known: Iterable[str]) -> str | None:
    """The one standard key that was meant; none where two are as near (the letter of the language is the slip)."""
    return nearest(fold(word), {fold(key): key for key in known}, 1)


def nearest(word: str, known: dict[str, str], most: int) -> str | None:
    """The only value whose key is nearest to the word, at most so many slips away."""
    if len(word) > _MAX_LENGTH:
        return None
    candidates = ((key, value) for key, value in known.items() if abs(len(key) - len(word)) <= most)
    distances = sorted((distance(word, key), value) for key, value in candidates)
    if not distances or distances[0][0] > most:
        return None
    is_only = len(distances) == 1 or distances[0][0] < distances[1][0]
    return distances[0][1] if is_only else None


def distance(one: str, other: str) -> int:
    """How many letters were left out, added, mistaken or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
    return row[-1]


def _bare(word: str) -> str:
    """Without case and quotes, with one kind of dash."""
    return _IGNORED.sub("", _DASHES.sub("-", word)).casefold()


_KNOWN = {fold(word).replace("-", ""): field for field in FIELDS for word in (field, *_ALIASES[field])}
