"""Writes into the configuration file what `probe` learned: every comment, order and key of the user stays."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit

from offerctl.config.dialect import PROBED
from offerctl.errors import ConfigError


def with_api(
    text: str, environment: str, settings: Mapping[str, object], day: str, *, below: tuple[str, ...] = ()
) -> str:
    """The text of the file with these settings in `[environments.NAME.api]`, and the day beside them.

    A key that is there stays as it is, but for the day. `below` is the table of a shared file that all of it
    stands in. Line ends are those of the file.

    Raises:
        ConfigError: what comes out would not say what was meant, so nothing is to be written.
    """
    document = tomlkit.parse(text)
    table = _table(document, (*below, "environments", environment))
    if "api" not in table:
        table["api"] = tomlkit.table()
    api = table["api"]
    for name, value in settings.items():
        if name not in api:
            api[name] = _item(value)
    api[PROBED] = day
    written = tomlkit.dumps(document)
    if tomllib.loads(written) != _meant(text, (*below, "environments", environment), settings, day):
        raise ConfigError(
            "the table `api` cannot be written into this file without changing more of it",
            hint="Nothing was written. Put the lines that are shown into it by hand.",
        )
    return written


def lines(environment: str, settings: Mapping[str, object], day: str) -> str:
    """The same as a table of its own, to be shown."""
    api = tomlkit.table()
    for name, value in {**settings, PROBED: day}.items():
        api[name] = _item(value)
    return f"[environments.{environment}.api]\n{api.as_string()}"


def _table(document: MutableMapping[str, Any], path: tuple[str, ...]) -> MutableMapping[str, Any]:
    table = document
    for name in path:
        table = table[name]
    return table


def _item(value: object) -> Any:
    if not isinstance(value, Mapping):
        return tomlkit.item(value)
    table = tomlkit.inline_table()
    for name, inner in value.items():
        table[name] = inner
    return table


def _meant(text: str, path: tuple[str, ...], settings: Mapping[str, object], day: str) -> dict[str, Any]:
    """What the file is to say, by another reader."""
    values = tomllib.loads(text)
    api = _table(values, path).setdefault("api", {})
    for name, value in settings.items():
        api.setdefault(name, value)
    api[PROBED] = day
    return values
