"""What a message shows of a file's text: a value shortened, a character by its number, and what is not shown."""

from __future__ import annotations

import unicodedata

from offerctl.characters import MOST_IN_A_ROW, first_harmful, first_unfit


def refused_character(text: str) -> str | None:
    """The first character of a value that may not stand there (a tab and a line break among them)."""
    found = first_unfit(text)
    return found[0] if found else None


def refusal(character: str, where: str = "") -> tuple[str, str]:
    """What is wrong with a refused character that stands `where` it does, and what to do about it."""
    category = unicodedata.category(character)
    if category == "Co":
        message = f"the private-use character {spelled(character)}{where} is not allowed"
        return message, "each font has another sign for it, or none: delete it, or type what is meant"
    if first_harmful(character):
        return (
            f"the invisible character {spelled(character)}{where} is not allowed",
            "delete it, and type the text anew",
        )
    if category == "Zs":
        return f"more than {MOST_IN_A_ROW} spaces such as {spelled(character)} in a row", "write one space"
    return f"more than {MOST_IN_A_ROW} marks such as {spelled(character)} on one letter", "delete them"


def shortened(text: str, most: int = 40) -> str:
    """A text from a file as a message quotes it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spelled(character: str) -> str:
    """A character by its number: U+202E."""
    return f"U+{ord(character):04X}"
