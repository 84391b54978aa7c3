"""How one Marketplace speaks: everything about the API that its documentation leaves open, as one value.

Nothing of this is known for certain, so each field is a setting of the environment with the likeliest answer as
its default, and this is the one module that names them. Source: `.github/API.md`, section "The settings".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from offerctl import canon

Auth = Literal["bln", "bearer", "oauth2"]
"""The vendor's own scheme of three secrets, one token, or a token fetched with an id and a secret."""
Place = Literal["body", "query", "none"]
"""Where the networkKey of a request stands."""
PatchStyle = Literal["changed", "full"]

_SEPARATORS = re.compile("[-_]")


class Signs(NamedTuple):
    """What an answer must have to mean something: one of each list that is not empty; an empty one asks nothing.

    Codes are compared without case and separators; of `messages` one must be part of what the answer says.
    """

    status: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()

    def fit(self, status: int, code: str | None, message: str) -> bool:
        """Whether an answer has them."""
        words = _words(message)
        return (
            (not self.status or status in self.status)
            and (not self.codes or fold(code) in map(fold, self.codes))
            and (not self.messages or any(_words(part) in words for part in self.messages))
        )

    def document(self) -> dict[str, object]:
        """As canonical JSON has it."""
        return {"status": list(self.status), "codes": list(self.codes), "messages": list(self.messages)}


class Header(NamedTuple):
    """One further header of every request: a literal value, or the variable that holds it, which is a secret."""

    name: str
    value: str = ""
    variable: str | None = None

    @property
    def written(self) -> str:
        """As the configuration has it: a variable's name, never what it holds."""
        return self.value if self.variable is None else f"env:{self.variable}"


class KeyPlaces(NamedTuple):
    """Where the networkKey stands in each of the three requests."""

    add: Place = "body"
    patch: Place = "body"
    delete: Place = "body"


ABSENT = Signs(status=(404,), codes=("notFound",))
EXISTS = Signs(status=(409,))


@dataclass(frozen=True, kw_only=True)  # no slots: the digest is kept once it is asked for
class Dialect:
    """How one Marketplace speaks. The defaults are those of the table in `.github/API.md`.

    `scheme` and `entity` are for `auth` "bln"; for "oauth2" `token_url`, with `token_scope` and `token_audience`
    where the endpoint asks for them. With `patch` "full" every Patch carries all attributes that can be patched.
    A 404 with the documented code `notFound` is absent whatever `absent` says; a 400 `general` that says in words
    that the offering exists already counts while `exists` is the default.
    """

    collection: str = "/api-v2/online-offerings"
    auth: Auth = "bln"
    scheme: str = "BLN"
    entity: str = "user"
    token_url: str | None = None
    token_scope: str | None = None
    token_audience: str | None = None
    headers: tuple[Header, ...] = ()
    network_key_in: KeyPlaces = field(default_factory=KeyPlaces)
    patch: PatchStyle = "changed"
    absent: Signs = ABSENT
    exists: Signs = EXISTS

    def document(self) -> dict[str, object]:
        """Every field as JSON, with names of variables and no secret: what a plan is bound to."""
        places = self.network_key_in
        return {
            "collection": self.collection,
            "auth": self.auth,
            "scheme": self.scheme,
            "entity": self.entity,
            "token_url": self.token_url,
            "token_scope": self.token_scope,
            "token_audience": self.token_audience,
            "headers": {header.name: header.written for header in self.headers},
            "network_key_in": {"add": places.add, "patch": places.patch, "delete": places.delete},
            "patch": self.patch,
            "absent": self.absent.document(),
            "exists": self.exists.document(),
        }

    def whereabouts(self) -> dict[str, object]:
        """What of it decides, besides address and networkKey, where a listing lives: what a state is bound to.

        A style or a sign that is corrected leaves every listing where it is.
        """
        document = self.document()
        names = ("collection", "network_key_in", *(["entity"] if self.auth == "bln" else []))
        return {name: document[name] for name in names}

    @cached_property
    def digest(self) -> str:
        """Equal for dialects that are equal."""
        return canon.digest(self.document())


DEFAULT = Dialect()


def fold(code: str | None) -> str:
    """A code without case and separators: `notFound`, `not_found` and `NOT-FOUND` are one.

    A blank is no separator: "Not Found" is HTTP's own phrase, which a wrong address answers too.
    """
    return _SEPARATORS.sub("", code or "").casefold()


def folded(codes: Iterable[str]) -> frozenset[str]:
    """Several codes, as `fold` has them."""
    return frozenset(map(fold, codes))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
