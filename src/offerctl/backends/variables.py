"""The clouds' own variables, looked at before their library is: over some values it panics instead of refusing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from offerctl.backends.places import SCHEMES, Bucket, Scheme
from offerctl.characters import sanitize
from offerctl.errors import ConfigError
from offerctl.offering import is_loopback

_TEXTS: dict[Scheme, tuple[str, ...]] = {
    "s3": (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
    ),
    "az": (
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_STORAGE_TOKEN",
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
    ),
}
_ADDRESSES: dict[Scheme, tuple[str, ...]] = {
    "s3": ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT"),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}
_WINS = "AWS_ENDPOINT_URL_S3"
"""Counts more for the library than an address that it is given."""
_CARRIED: dict[Scheme, tuple[str, ...]] = {
    "s3": ("AWS_SESSION_TOKEN", "AWS_TOKEN"),
    "az": ("AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"),
}
"""What stands whole in each request, and goes along where the library follows a redirect."""
_CLOUDS: dict[Scheme, re.Pattern[str]] = {
    "s3": re.compile(
        r"(?:[a-z0-9.-]+\.)?s3(?:-[a-z0-9-]+|express-[a-z0-9-]+)?\.(?:[a-z0-9-]+\.){0,3}amazonaws\.com(?:\.cn)?"
    ),
    "az": re.compile(
        r"[a-z0-9-]+(?:\.z[0-9]+)?\.blob\.(?:core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|storage\.azure\.net)"
    ),
}
"""The clouds' own servers of objects, under their several names."""
_TOKENS: dict[Scheme, str] = {"s3": "AWS_WEB_IDENTITY_TOKEN_FILE", "az": "AZURE_FEDERATED_TOKEN_FILE"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+")


def check_variables(scheme: Scheme, environ: Mapping[str, str]) -> None:
    """Refuse what can be no credential and no address, by name; no value is quoted.

    Raises:
        ConfigError: a control character, such as the line break that a pasted secret ends with; or no address.
    """
    for name in (*_TEXTS[scheme], *_ADDRESSES[scheme]):
        if _CONTROL.search(environ.get(name, "")):
            raise ConfigError(
                f"{name} holds a control character: a line break at its end, perhaps",
                hint="Set it again, without.",
            )
    for name in _ADDRESSES[scheme]:
        if (address := environ.get(name)) and not _is_address(address):
            raise ConfigError(f"{name} is no address of a server, such as https://storage.example")


def addresses(state: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The servers that a bucket's variables name, by variable: each gets what proves who asks."""
    names = (name for scheme in SCHEMES if state.startswith(f"{scheme}:") for name in _ADDRESSES[scheme])
    return {name: environ[name] for name in names if environ.get(name)}


def check_server(place: Bucket, environ: Mapping[str, str]) -> None:
    """Refuse a server that is not the one configured, and to give it what a redirect of its would give away.

    Raises:
        ConfigError: a variable names another server than `endpoint`, and would win; or there is a token that is
            sent whole, and the server is neither a cloud's own nor this machine.
    """
    named = addresses(place.shown, environ)
    wins = named.get(_WINS)
    if place.endpoint and wins and wins.rstrip("/") != place.endpoint:
        raise ConfigError(
            f"{_WINS} names another server than `endpoint` of the configuration, and would count more",
            hint=f"Take {_WINS} away, or give both the same address.",
        )
    for server in [place.endpoint] if place.endpoint else named.values():
        host = (urlsplit(server).hostname or "").lower()
        if is_loopback(host) or _CLOUDS[place.scheme].fullmatch(host):
            continue
        if carried := next((name for name in _CARRIED[place.scheme] if environ.get(name)), None):
            raise ConfigError(
                f"{carried} is not given to {sanitize(host)}: it is sent whole with each request, and a server "
                "that answers with a redirect would have it sent on. Nothing was sent.",
                hint="Give a key of that server instead, from which requests are only signed.",
            )


def missing_token(scheme: Scheme, environ: Mapping[str, str]) -> str | None:
    """The variable that names the file of a token which is not there, as in a job that was given none."""
    name = _TOKENS[scheme]
    return name if (path := environ.get(name)) and not Path(path).is_file() else None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_host = _HOST.fullmatch(parts.hostname or "") is not None and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and has_host and "@" not in parts.netloc and " " not in text
