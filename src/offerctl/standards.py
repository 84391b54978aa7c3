"""The standard courses that an offering can be mapped to: data, so that one more is a line of configuration.

The two of the API's documentation are built in; `[standards."KEY"]` of the configuration adds others. Files, page
and messages ask one `Standards` value, which is handed in. A state or a saved plan needs none: it keeps a key that
the configuration no longer names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, NewType, TypeGuard

StandardKey = NewType("StandardKey", str)
"""A key that is well formed; whether it is known here says a `Standards`."""
Language = Literal["en", "fr"]

KEY_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
KEY_WORDS = "1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit"
_IN_ENGLISH: Mapping[Language, str] = {"en": "English", "fr": "French"}


class Standard(NamedTuple):
    """One standard course: its key in the API, its name, and the language it is given in."""

    key: StandardKey
    name: str
    language: Language


@dataclass(frozen=True, slots=True)
class Standards:
    """The standard courses that are known, by their keys, in the order in which they are told."""

    by_key: Mapping[StandardKey, Standard]

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    def __iter__(self) -> Iterator[StandardKey]:
        return iter(self.by_key)

    def get(self, key: StandardKey) -> Standard | None:
        """The standard of a key; none where nothing names it (any more)."""
        return self.by_key.get(key)

    def language(self, key: StandardKey) -> str | None:
        """English or French, in English; none where the key is not known."""
        found = self.by_key.get(key)
        return _IN_ENGLISH[found.language] if found else None

    def extended(self, further: Iterable[Standard]) -> Standards:
        """These and further ones."""
        return Standards({**self.by_key, **{standard.key: standard for standard in further}})


JHSC_ENGLISH = StandardKey("JHSC-2014-1-E-O")
JHSC_FRENCH = StandardKey("JHSC-2014-1-F-O")
BUILT_IN = Standards({}).extended(
    (
        Standard(key=JHSC_ENGLISH, name="JHSC - Part 1 (English, Online)", language="en"),
        Standard(key=JHSC_FRENCH, name="JHSC - Part 1 (French, Online)", language="fr"),
    )
)
"""What the API's documentation names. Source: the first section of `.github/API.md`."""


def is_standard_key(text: str) -> TypeGuard[StandardKey]:
    """Whether a text is well formed as a key."""
    return KEY_PATTERN.fullmatch(text) is not None
