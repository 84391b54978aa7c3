"""The clouds' own variables, looked at before their library is: over some values it panics instead of refusing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from offerctl.backends.places import Scheme
from offerctl.errors import ConfigError

_TEXTS: dict[Scheme, tuple[str, ...]] = {
    "s3": (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
    ),
    "az": (
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
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
