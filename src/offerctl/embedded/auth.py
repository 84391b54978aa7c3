"""Who may call the API: the credentials that a server was given, against an Authorization header.

Source: the authentication of `.github/API.md`.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import unquote_plus

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyBln:
    """For rehearsals of one dialect: any secrets, in the scheme and for the entity as it writes them."""

    scheme: str
    entity: str

    def accepts(self, header: str | None) -> bool:
        """Whether a header has this very form."""
        scheme, _, rest = (header or "").partition(" ")
        given = _parameters(rest)
        named = {"type": "api", "version": "1", "entity": self.entity}
        kept = {name: given.get(name) for name in named}
        return (
            scheme == self.scheme and kept == named and all(given.get(name) for name in ("key", "token", "secret"))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Access tokens that this server gave out, and to whom: for the facade's dialect. Not kept over a restart."""

    scheme: ClassVar[str] = "Bearer"
    lifetime: float = 3600.0
    """Seconds that a token holds."""
    now: Callable[[], float] = time.monotonic
    _owners: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    def issue(self, header: str | None) -> tuple[str, float] | None:
        """A new token and its lifetime for a client's id and secret, whatever they are; none without both."""
        try:
            pair = base64.b64decode(_after_scheme(header, "Basic"), validate=True).decode("ascii")
        except ValueError:
            return None
        client_id, _, secret = map(unquote_plus, pair.partition(":"))
        if not client_id or not secret:
            return None
        token = secrets.token_urlsafe(24)
        self._owners[token] = client_id, self.now() + self.lifetime
        return token, self.lifetime

    def owner(self, header: str | None) -> str:
        """Who a token was given to; nobody where it is unknown or has run out."""
        client_id, until = self._owners.get(_after_scheme(header, self.scheme), ("", 0.0))
        return client_id if self.now() < until else ""

    def accepts(self, header: str | None) -> bool:
        """As `Bln.accepts`."""
        return bool(self.owner(header))


Credentials = Bln | Bearer | AnyBln | Issued


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
