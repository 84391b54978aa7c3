"""Two texts that look the same and are not: what differs, spelled by the numbers of the characters."""

from __future__ import annotations

import unicodedata

_MOST = 4
"""Characters that are spelled of each text: more are seen to differ."""


def unseen_difference(before: str, after: str) -> str:
    """`U+00E9 -> U+0065 U+0301, which look alike`; empty where people see what differs."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    old, new = (text[start : len(text) - end] for text in (before, after))
    same = unicodedata.normalize("NFC", before) == unicodedata.normalize("NFC", after)
    if not same and (max(len(old), len(new)) > _MOST or not any(map(_is_mistaken, old + new))):
        return ""
    return f"{_spelled(old)} -> {_spelled(new)}, which look alike"


def _is_mistaken(character: str) -> bool:
    """Whether it is easily taken for another: of another alphabet, a part of a letter, another dash or blank."""
    if character.isascii():
        return False
    category = unicodedata.category(character)
    is_foreign = category[0] == "L" and not unicodedata.name(character, "").startswith("LATIN")
    return is_foreign or category[0] in "MCZ" or category == "Pd" or "FULLWIDTH" in unicodedata.name(character, "")


def _spelled(text: str) -> str:
    shown = " ".join(f"U+{ord(character):04X}" for character in text[:_MOST])
    return f"{shown or 'nothing'}{' …' if len(text) > _MOST else ''}"
