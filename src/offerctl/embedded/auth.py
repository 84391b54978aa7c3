"""Who may call the API: the credentials that a server was given, against an Authorization header.

Source: the authentication of the API contract.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

_KIND = {"type": "api", "version": "1", "entity": "user"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bln:
    """The vendor's own scheme, of three secrets."""

    scheme: ClassVar[str] = "BLN"
    key: str = field(repr=False)
    token: str = field(repr=False)
    secret: str = field(repr=False)

    def accepts(self, header: str | None) -> bool:
        """Whether a header carries these credentials; equally slow however much of them is right."""
        given = _parameters(_after_scheme(header, self.scheme))
        wanted = {**_KIND, "key": self.key, "token": self.token, "secret": self.secret}
        same = [_equal(given.get(name, ""), value) for name, value in wanted.items()]
        return all(same) and given.keys() == wanted.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """The later facade's scheme, of one token."""

    scheme: ClassVar[str] = "Bearer"
    token: str = field(repr=False)

    def accepts(self, header: str | None) -> bool:
        """As `Bln.accepts`."""
        return _equal(_after_scheme(header, self.scheme), self.token)


Credentials = Bln | Bearer


def _after_scheme(header: str | None, scheme: str) -> str:
    """What follows the scheme, whose case does not matter; nothing where it is another one."""
    given, _, rest = (header or "").strip().partition(" ")
    return rest.strip() if given.casefold() == scheme.casefold() else ""


def _parameters(text: str) -> Mapping[str, str]:
    """`name=value` by commas; none at all where one comes twice."""
    pairs = [part.partition("=") for part in text.split(",")]
    found = {name.strip(): value.strip() for name, _, value in pairs}
    return found if len(found) == len(pairs) else {}


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))
