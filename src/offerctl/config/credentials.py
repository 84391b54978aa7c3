"""Credentials of the API: from the process environment only, and shown nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import assert_never

from offerctl.api import Auth, Dialect
from offerctl.errors import ConfigError

VARIABLES: Mapping[Auth, tuple[str, ...]] = {
    "bln": ("OFFERCTL_API_KEY", "OFFERCTL_API_TOKEN", "OFFERCTL_API_SECRET"),
    "bearer": ("OFFERCTL_BEARER_TOKEN",),
    "oauth2": ("OFFERCTL_CLIENT_ID", "OFFERCTL_CLIENT_SECRET"),
}

SECRETS = frozenset({*chain.from_iterable(VARIABLES.values()), "GITHUB_TOKEN"})
"""Variables whose values must not be written anywhere: these credentials, and the token of `offerctl ci`."""
_SETTINGS = frozenset(
    f"OFFERCTL_{name}"
    for name in ("ALLOWED_BASE_URL", "COLOR", "CONFIG", "ENV", "LOCK_TIMEOUT", "NETWORK_KEY", "PARALLELISM")
)


def secret_values(environ: Mapping[str, str]) -> frozenset[str]:
    """What must not be written anywhere: any other OFFERCTL_ variable can be the one that a header names."""
    found = (
        value.strip()
        for name, value in environ.items()
        if name in SECRETS or (name.startswith("OFFERCTL_") and name not in _SETTINGS)
    )
    return frozenset(filter(None, found))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Credentials:
    """Secrets that no repr, str, format, error or traceback of this object shows."""

    dialect: Dialect
    _secrets: tuple[str, ...]
    _headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Credentials({self.dialect.auth}, hidden)"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not written anywhere")

    def fields(self) -> Mapping[str, str]:
        """The header fields that carry secrets, made when they are needed; an access token is not among them.

        Source: the authentication of `.github/API.md`.
        """
        match self.dialect.auth:
            case "oauth2":
                return dict(self._headers)
            case "bearer":
                return {**dict(self._headers), "Authorization": f"Bearer {self._secrets[0]}"}
            case "bln":
                scheme, entity = self.dialect.scheme, self.dialect.entity
                key, token, secret = self._secrets
                value = f"{scheme} type=api, version=1, entity={entity}, key={key}, token={token}, secret={secret}"
                return {**dict(self._headers), "Authorization": value}
            case auth:
                assert_never(auth)

    def secrets(self) -> tuple[str, ...]:
        """Every value that must be shown nowhere, for those who look whether an answer repeats one."""
        return (*self._secrets, *(value for _, value in self._headers))

    def client(self) -> tuple[str, str]:
        """The id and the secret that an access token is fetched with."""
        assert self.dialect.auth == "oauth2", "others have none"
        client_id, client_secret = self._secrets
        return client_id, client_secret


def variables(dialect: Dialect) -> tuple[str, ...]:
    """The variables that hold what an environment's requests need, those of further headers last."""
    named = [header.variable for header in dialect.headers if header.variable is not None]
    return (*VARIABLES[dialect.auth], *dict.fromkeys(named))


def credentials(dialect: Dialect, environ: Mapping[str, str]) -> Credentials:
    """The credentials that an environment asks for.

    Raises:
        ConfigError: variables that are missing, or hold what no header can; only their names are told.
    """
    names = variables(dialect)
    found = {name: environ.get(name, "").strip() for name in names}
    if missing := [name for name in names if not found[name]]:
        raise ConfigError(
            f"credentials are missing: set {_listed(missing)}",
            hint="They are read from the environment of the process only, never from a file.",
        )
    named = VARIABLES[dialect.auth]
    if garbled := [
        name for name in names if not _fits_header(found[name], dialect.auth if name in named else "bearer")
    ]:
        raise ConfigError(
            f"{_listed(garbled)} cannot go into a header: copy the value again, without spaces or quotes"
        )
    return Credentials(
        dialect=dialect,
        _secrets=tuple(found[name] for name in named),
        _headers=tuple((header.name, found[header.variable]) for header in dialect.headers if header.variable),
    )


def _fits_header(secret: str, auth: Auth) -> bool:
    """Visible ASCII; the BLN scheme separates its parts by commas."""
    return all("!" <= c <= "~" and c != '"' for c in secret) and not (auth == "bln" and "," in secret)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
