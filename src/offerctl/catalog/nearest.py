"""The fields of an offering file, and which known word a strange one was meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

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
    "offeringId": (
        *("id", "offering", "identifier", "courseId", "offeringIdentifier", "offering number"),
        *("identifiant", "identifiant de l'offre", "id de l'offre", "offre", "numéro de l'offre"),
    ),
    "trainingStandardKey": (
        *("standard", "standardKey", "trainingStandard", "trainingKey", "standard course"),
        *("norme", "norme de formation", "clé de la norme", "cours standard"),
    ),
    "courseName": (
        *("name", "title", "course", "courseTitle", "name of course", "name of the course", "title of course"),
        *("nom", "titre", "cours", "nom du cours", "titre du cours", "intitulé", "intitulé du cours"),
    ),
    "price": (
        *(
            "cost",
            "fee",
            "amount",
            "coursePrice",
            "course fee",
            "regular price",
            "price in CAD",
            "rate",
            "tuition",
        ),
        *("tarif", "prix", "coût", "montant", "frais", "prix du cours", "coût du cours", "prix courant"),
    ),
    "courseDuration": (
        *("duration", "hours", "length", "courseLength", "length of course", "number of hours", "course hours"),
        *("durée", "heures", "durée du cours", "nombre d'heures", "nb d'heures", "durée en heures"),
    ),
    "externalRegistrationUrl": (
        *("url", "link", "website", "registrationUrl", "externalUrl", "registration", "registration link"),
        *("registration page", "web page", "web address", "web site", "address", "register", "course url"),
        *("adresse", "lien", "adresse web", "site", "site web", "page web", "inscription", "lien d'inscription"),
        *("page d'inscription", "adresse d'inscription", "url d'inscription", "adresse url"),
    ),
    PROTECT: ("protected", "keep", "locked", "protection", "protéger", "protégé", "protégée", "verrouillé"),
}
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d_]")
_IGNORED = re.compile("[\\s\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb]")
_BESIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*|\s*[$*?]\s*$")
"""What forms put behind a label: a unit, an asterisk."""
_MAX_LENGTH = 60
MOST_UNKNOWN = 50
"""Strange names of one file whose nearest field is looked for; the names of an offering's fields are seven."""


def fold(word: str) -> str:
    """A word without case, accents and quotes, with one kind of dash: what a hurried eye sees."""
    return "".join(c for c in unicodedata.normalize("NFKD", _bare(word)) if not unicodedata.combining(c))


def known_field(word: str) -> str | None:
    """The field of this name, or of another word for it, in English or French: `Prix (CAD)`."""
    if len(word) > _MAX_LENGTH:
        return None
    return _KNOWN.get(_key(word)) or _KNOWN.get(_key(_BESIDE.sub("", word)))


@lru_cache(maxsize=1024)
def nearest_field(word: str) -> str | None:
    """The field that was certainly meant: the same but for case and dashes, an alias, or a slip of two letters."""
    if field := known_field(word):
        return field
    folded = fold(word).replace("-", "")
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


def _key(word: str) -> str:
    return fold(word).replace("-", "")


_KNOWN = {fold(word).replace("-", ""): field for field in FIELDS for word in (field, *_ALIASES[field])}
