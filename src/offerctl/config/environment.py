"""One `[environments.NAME]` table into an `Environment`."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from offerctl.backends.places import is_bucket, place_of
from offerctl.config.dialect import dialect
from offerctl.config.model import LOCAL, Environment
from offerctl.config.table import Table
from offerctl.config.urls import plain_url
from offerctl.errors import ConfigError
from offerctl.state.model import LOCAL_URL

_HARMLESS = (
    "offerings", "state", "endpoint", "allow_http", "parallelism", "timeout", "lease", "settle_window",
    "ephemeral", "allow_replace", "max_deletes",
)  # fmt: skip
KEYS = ("base_url", "network_key", "collection", "auth", "api", *_HARMLESS)
_NETWORK_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BRANCH = (
    r"(?s)(?!HEAD$|@$|refs/)(?![-/.])(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)))"
    r"[^\x00-\x20\x7f~^:?*\[\\]{1,200}(?<![./])"
)
"""What `git check-ref-format --branch` accepts, but for names of other refs than `refs/heads/NAME`."""
_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Environment)}
_LEAST, _MOST = 0.2, 86400.0


def local(table: Table) -> Environment:
    """The embedded Marketplace: its own fixed address and key, and nothing in flight once a process is dead.

    Raises:
        ConfigError: a key that would make it something else, or a value out of its bounds.
    """
    for key in table.values:
        if key in KEYS and key not in _HARMLESS:
            raise table.error(
                key,
                f"`{key}` of the embedded Marketplace `{LOCAL}` is fixed",
                hint="Give the other Marketplace an environment of its own: [environments.NAME].",
            )
    table.only(_HARMLESS)
    return Environment(
        name=LOCAL,
        base_url=LOCAL_URL,
        network_key=LOCAL,
        **_settings(LOCAL, table, lease=10.0, settle_window=0.0),
    )


def environment(name: str, table: Table, network_key: str | None) -> Environment:
    """A real Marketplace; `network_key`, from the process environment, wins over the file's.

    Raises:
        ConfigError: an unknown key, no `base_url`, or a value of the wrong type or out of its bounds.
    """
    table.only(KEYS)
    if "base_url" not in table.values:
        raise table.error(None, f"environment {name} has no `base_url`, such as https://marketplace.example")
    return Environment(
        name=name,
        base_url=plain_url(table, "base_url"),
        network_key=_network_key(table, network_key),
        dialect=dialect(table),
        api_keys=frozenset(table.table("api").values) if "api" in table.values else None,
        **_settings(name, table, lease=_DEFAULTS["lease"], settle_window=_DEFAULTS["settle_window"]),
    )


def _settings(name: str, table: Table, *, lease: float, settle_window: float) -> dict[str, Any]:
    return {
        "state": _state(name, table),
        **_bucket_server(table),
        "state_is_default": "state" not in table.values,
        "parallelism": table.whole("parallelism", _DEFAULTS["parallelism"], least=1, most=64),
        "timeout": table.seconds("timeout", _DEFAULTS["timeout"], least=_LEAST, most=_MOST),
        "lease": table.seconds("lease", lease, least=_LEAST, most=_MOST),
        "settle_window": table.seconds("settle_window", settle_window, least=0.0, most=_MOST),
        "ephemeral": table.flag("ephemeral", default=_DEFAULTS["ephemeral"]),
        "allow_replace": table.flag("allow_replace", default=_DEFAULTS["allow_replace"]),
        "max_deletes": table.whole("max_deletes", _DEFAULTS["max_deletes"], least=0, most=10**6),
    }


def _of_folder(name: str, state: str) -> str:
    """The state's own file, where a folder of states is named; a bucket's own is found there."""
    is_folder = state.startswith("file:") and state.endswith("/") and state.removeprefix("file:").strip(" /")
    return f"{state}{name}.state.json" if is_folder else state


def state_home(state: str) -> str:
    """A home of states, as the configuration and `state move --from` name it.

    Raises:
        ConfigError: it can be none; without a place.
    """
    scheme, _, rest = state.partition(":")
    if is_bucket(state):
        try:
            place_of(state, "ENV")
        except ConfigError as error:
            raise ConfigError(f"`state`: {error.message}", hint=error.hint) from None
        return state
    if scheme == "git" and (state == "git" or re.fullmatch(_BRANCH, rest)):
        return state
    if scheme == "file" and rest.strip(" /"):
        return _checked_path(state, rest)
    homes = "file:PATH, git or git:BRANCH, or in a bucket: s3://BUCKET/KEY, az://CONTAINER/KEY"
    raise ConfigError(f"`state` must be {homes}; not `{_unsecret(state)}`")


def _bucket_server(table: Table) -> dict[str, Any]:
    """Where a server is that speaks as a cloud does; the cloud's own where nothing is said."""
    given = [key for key in ("endpoint", "allow_http") if key in table.values]
    if not given:
        return {}
    if not is_bucket(table.text("state", "")):
        raise table.error(given[0], f"`{given[0]}` belongs to a state in a bucket (s3:// or az://)")
    allow_http = table.flag("allow_http", default=False)
    endpoint = plain_url(table, "endpoint") if "endpoint" in table.values else None
    if allow_http != (endpoint is not None and endpoint.startswith("http:")):
        raise table.error(
            given[-1],
            "`allow_http = true` goes with an `endpoint` that is http:// to this machine, and with no other",
        )
    return {"endpoint": endpoint, "allow_http": allow_http}


def _state(name: str, table: Table) -> str:
    try:
        return state_home(_of_folder(name, table.text("state", f"file:.offerctl/{name}.state.json")))
    except ConfigError as error:
        raise table.error("state", error.message, hint=error.hint) from error


def _checked_path(state: str, path: str) -> str:
    """An absolute path is the user's word; a relative one leads to below the configuration's folder."""
    parts = Path(os.path.normpath(path)).parts
    if parts and parts[0] != "..":
        return state
    raise ConfigError(
        "`state` must lie below the folder of the configuration file",
        hint='A state elsewhere needs its whole path: state = "file:/PATH".',
    )


def _unsecret(state: str) -> str:
    """The text without an address, which may hold a password anywhere."""
    before, mark, _ = state.partition("//")
    return f"{before}{mark}…" if mark else state


def _network_key(table: Table, given: str | None) -> str:
    if given is not None:
        if not _NETWORK_KEY.fullmatch(given):
            raise ConfigError("OFFERCTL_NETWORK_KEY must have 1 to 64 of A-Z a-z 0-9 . _ -, such as pro-34616")
        return given
    key = table.text("network_key", "")
    if key and not _NETWORK_KEY.fullmatch(key):
        raise table.error("network_key", "`network_key` must have 1 to 64 of A-Z a-z 0-9 . _ -, such as pro-34616")
    return key
