"""The proof that a file need not be read again: a digest over the rules, its bytes and what they were read as.

It holds only where these very bytes, read by these very rules, said this and nothing was wrong with them, whoever
wrote down what is remembered.
"""

from __future__ import annotations

import hashlib

from offerctl import canon
from offerctl.desired import FileDigest


class Reading:
    """One way of reading files, by the rules that `identity` names."""

    def __init__(self, identity: str) -> None:
        self._begun = hashlib.sha256(canon.sha256(identity.encode()).encode())

    def of(self, data: bytes, attributes: bytes, *, protect: bool) -> FileDigest:
        """The digest of a file's bytes that were read as this: the attributes in canonical JSON."""
        digest = self._begun.copy()
        digest.update(b"%d %d %b%b" % (protect, len(data), data, attributes))
        return FileDigest(digest.hexdigest())
