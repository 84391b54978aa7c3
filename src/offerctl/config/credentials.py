"""Credentials of the API: from the process environment only, and shown nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from offerctl.errors import ConfigError

Auth = Literal["bln", "bearer"]

VARIABLES: Mapping[Auth, tuple[str, ...]] = {
    "bln": ("OFFERCTL_API_KEY", "OFFERCTL_API_TOKEN", "OFFERCTL_API_SECRET"),
    "bearer": ("OFFERCTL_BEARER_TOKEN",),
}

SECRETS = frozenset({*chain.from_iterable(VARIABLES.values()), "GITHUB_TOKEN"})
"""Every variable whose value must not be written anywhere: these credentials, and the token of `offerctl ci`."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Credentials:
    """Secrets that no repr, str, format, error or traceback of this object shows."""

    auth: Auth
    _secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Credentials({self.auth}, hidden)"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not written anywhere")

    def authorization(self) -> str:
        """The value of the Authorization header, made when it is needed.

        Source: the authentication of the API contract.
        """
        if self.auth == "bearer":
            return f"Bearer {self._secrets[0]}"
        key, token, secret = self._secrets
        return f"BLN type=api, version=1, entity=user, key={key}, token={token}, secret={secret}"

    def hide(self, text: str) -> str:
        """The text with every secret in it made unreadable, for what a server may have echoed."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "[hidden]")
        return text


def credentials(auth: Auth, environ: Mapping[str, str]) -> Credentials:
    """The credentials that an environment's `auth` asks for.

    Raises:
        ConfigError: variables that are missing, or hold what no header can; only their names are told.
    """
    names = VARIABLES[auth]
    secrets = tuple(environ.get(name, "").strip() for name in names)
    if missing := [name for name, secret in zip(names, secrets, strict=True) if not secret]:
        raise ConfigError(
            f"credentials are missing: set {_listed(missing)}",
            hint="They are read from the environment of the process only, never from a file.",
        )
    if garbled := [name for name, secret in zip(names, secrets, strict=True) if not _fits_header(secret, auth)]:
        raise ConfigError(
            f"{_listed(garbled)} cannot go into a header: copy the value again, without spaces or quotes"
        )
    return Credentials(auth=auth, _secrets=secrets)


def _fits_header(secret: str, auth: Auth) -> bool:
    """Visible ASCII; the BLN scheme separates its parts by commas."""
    return all("!" <= c <= "~" and c != '"' for c in secret) and not (auth == "bln" and "," in secret)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
