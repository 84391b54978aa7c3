"""What a label says besides a field's name: `Price (CAD)` nothing new, `Price (USD)` another price.

Files and spreadsheets are labelled by the same people, so both are judged here. What is not known to say nothing
says something: nobody but the author can tell what becomes of the value without it.
"""

from __future__ import annotations

import re

from offerctl.catalog.nearest import known_field

MINUTES = re.compile(r"(?i)\bmin(?:s|ute|utes)?\b|\bmn\b")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_OTHER_UNIT = re.compile(
    r"(?i)(?:^|[\s_(-]|price)(?:US(?:D|\s*\$)?|EUR|GBP)(?:$|[\s_)-]|price)|[\u20ac\u00a3\u00a5\u00a2%]"
)
_NUMBERED = re.compile(r"(?<=[A-Za-z])[\s_-]*[0-9]+\s*$")
"""`price2`: the second of something."""
_NOTHING = r"|\*|required|mandatory|must|obligatoire|requis|optional|facultatif|optionnel"
_SAYS_NOTHING = {
    "price": re.compile(
        rf"(?i)(?:(?:in|en)\s+)?(?:CAD?\s*\$?|CAN\s*\$?|CDN\s*\$?|C?\$(?:\s*(?:CAD?|CAN|CDN))?|(?:Canadian\s+)?dollars?"
        rf"(?:\s+canadiens?)?{_NOTHING})"
    ),
    "courseDuration": re.compile(rf"(?i)(?:(?:in|en)\s+)?(?:h|hrs?|hours?|heures?{_NOTHING})\.?"),
}
_OF_ANY = re.compile(f"(?i)(?:{_NOTHING})")


def said_besides(label: str) -> str | None:
    """What a label says that its field does not: `(USD)`, `(days)`, `(old)`; none where that is nothing."""
    harmless = _SAYS_NOTHING.get(known_field(label) or "", _OF_ANY)
    for found in _BRACKETS.finditer(label):
        if not harmless.fullmatch(found[1].strip()):
            return found[0]
    other = _OTHER_UNIT.search(label) or _NUMBERED.search(label)
    return other[0].strip() if other else None


def is_in_minutes(label: str) -> bool:
    """Whether its numbers are minutes."""
    return MINUTES.search(label) is not None
