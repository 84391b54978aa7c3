"""The checksum that a state document has of itself: SHA-256 of its bytes, in which its own value is zeros."""

from __future__ import annotations

import hashlib
import re

from offerctl import canon
from offerctl.errors import StateUnreadable

ZEROS = "0" * 64
_EDITED = "the state document does not have the checksum it names: it was edited or damaged"
RELAID = (
    "the state document was laid out anew, as editors and formatters do: every value is whole, the bytes are not "
    "those that were written"
)
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


def unlike(data: bytes) -> str | None:
    """Why a document's bytes are not those that its checksum was made of; none where they are.

    It may have many megabytes, so they are not copied.
    """
    try:
        found = _place(data)
    except StateUnreadable as error:
        return error.message
    whole = memoryview(data)
    digest = hashlib.sha256(whole[: found.start(1)])
    digest.update(ZEROS.encode())
    digest.update(whole[found.end(1) :])
    return _EDITED if digest.hexdigest() != found[1].decode() else None


def _place(data: bytes) -> re.Match[bytes]:
    found = _PLACE.search(data)
    if found is None:
        raise StateUnreadable("the state document has no checksum")
    return found


def _with(data: bytes, checksum: str) -> tuple[bytes, str]:
    found, whole = _place(data), memoryview(data)
    pieces = (whole[: found.start(1)], checksum.encode(), whole[found.end(1) :])
    return b"".join(pieces), found[1].decode()
