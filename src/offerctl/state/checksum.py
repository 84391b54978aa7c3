"""The checksum that a state document has of itself: SHA-256 of its bytes, in which its own value is zeros."""

from __future__ import annotations

import re

from offerctl import canon
from offerctl.errors import StateUnreadable

ZEROS = "0" * 64
_PLACE = re.compile(rb'^  "checksum": "([0-9a-f]{64})"', re.MULTILINE)
"""The document's own: two spaces deep, where no listing's id or name can stand."""


def sealed(zeroed: bytes) -> tuple[bytes, str]:
    """A document whose checksum is zeros, with its own, and that checksum."""
    checksum = canon.sha256(zeroed)
    return _with(zeroed, checksum)[0], checksum


def unsealed(data: bytes) -> tuple[bytes, str]:
    """A document with zeros for its checksum, and the checksum that it names.

    Raises:
        StateUnreadable: it names none.
    """
    return _with(data, ZEROS)


def _with(data: bytes, checksum: str) -> tuple[bytes, str]:
    found = _PLACE.search(data)
    if found is None:
        raise StateUnreadable("the state document has no checksum")
    return data[: found.start(1)] + checksum.encode() + data[found.end(1) :], found[1].decode()
