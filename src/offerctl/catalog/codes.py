"""Every problem code: its number and its name. What each means stands in `explanations`.

Numbers keep their meaning. OFR1xx are errors, OFR2xx warnings, which the configuration can silence by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from offerctl.errors import CatalogError, UsageError
from offerctl.wording import nearest

_AS_REPORTED = r"(?:error|warning)?\[(.+)\]:?"


class Code(StrEnum):
    """The stable number of a problem."""

    NOT_A_FILE = "OFR101"
    TOO_BIG = "OFR102"
    NOT_UTF8 = "OFR103"
    UNKNOWN_FIELD = "OFR104"
    MISSING_FIELD = "OFR105"
    DUPLICATE_FIELD = "OFR106"
    TAB = "OFR107"
    SYNTAX = "OFR108"
    YAML_FEATURE = "OFR109"
    SHAPE = "OFR110"
    CHARACTER = "OFR111"
    NUMBER = "OFR112"
    TEXT = "OFR113"
    STANDARD = "OFR114"
    VALUE = "OFR115"
    NETWORK_KEY = "OFR116"
    DUPLICATE_ID = "OFR117"
    SCHEMA = "OFR118"
    UNREADABLE = "OFR119"
    MISNAMED = "OFR120"
    CREDENTIALS = "OFR121"
    LOST_LETTERS = "OFR122"
    CONFLICT = "OFR123"
    PLACEHOLDER = "OFR124"
    LOST_TEXT = "OFR201"
    HTTP_URL = "OFR202"
    FREE = "OFR203"
    BLANKS = "OFR204"
    SHARED_URL = "OFR205"
    MISREAD = "OFR206"
    MARKUP = "OFR207"
    SHOWN_QUOTES = "OFR208"
    LINE_END = "OFR209"
    LANGUAGE = "OFR210"
    SWALLOWED = "OFR211"
    NAMES_BY_CASE = "OFR212"
    LOOK_ALIKE = "OFR213"
    LONG_COURSE = "OFR214"
    ODD_URL = "OFR215"
    NOT_READ = "OFR216"

    @property
    def is_warning(self) -> bool:
        """Whether it lets an apply go on."""
        return self.startswith("OFR2")

    @property
    def slug(self) -> str:
        """The name to silence it by: `lost-text`."""
        return self.name.lower().replace("_", "-")


def find(word: str) -> Code:
    """The code of that number or name, in any case, or as a report writes it: `104`, `error[OFR104]`.

    Raises:
        UsageError: there is none; names the nearest name, or the numbers that there are.
    """
    meant = re.sub(_AS_REPORTED, r"\1", word.strip().casefold())
    named = {code.slug: code for code in Code}
    numbered = {code.removeprefix("OFR"): code for code in Code}
    if found := named.get(meant) or numbered.get(meant.removeprefix("ofr")):
        return found
    near = nearest(meant, named)  # one number is as near as another
    errors, warnings = ([code for code in Code if code.is_warning is kind] for kind in (False, True))
    ranges = ", ".join(f"{codes[0]} to {codes[-1]}" for codes in (errors, warnings))
    raise UsageError(
        f"there is no problem code {word!r}",
        hint=f"Did you mean {named[near]}?" if near else f"Codes: {ranges}.",
    )


def silenced(words: Iterable[str]) -> frozenset[Code]:
    """The warnings of these names or numbers.

    Raises:
        CatalogError: an unknown one, or an error, which cannot be silenced.
    """
    found = set()
    for word in sorted(words):
        try:
            code = find(word)
        except UsageError as unknown:
            raise CatalogError(
                f"`silence` names a warning that does not exist: {word}", hint=unknown.hint
            ) from None
        if not code.is_warning:
            raise CatalogError(f"`silence` names {word}, which is an error: only warnings can be silenced")
        found.add(code)
    return frozenset(found)
