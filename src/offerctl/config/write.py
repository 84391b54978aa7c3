"""Writes into the configuration file what `probe` learned: every comment, order and key of the user stays."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from offerctl.config.dialect import PROBED
from offerctl.errors import ConfigError


def with_api(
    text: str,
    environment: str,
    settings: Mapping[str, object],
    day: str,
    *,
    below: tuple[str, ...] = (),
    alone: bool = False,
) -> str:
    """The text of the file with these settings in `[environments.NAME.api]`, and the day beside them.

    A key that is there stays as it is, but for the day. `below` is the table of a shared file that all of it
    stands in; `alone`: the file holds nothing but this environment's table. Line ends are those of the file.

    Raises:
        ConfigError: what comes out would not say what was meant, so nothing is to be written.
    """
    path = () if alone else (*below, "environments", environment)
    meant = _meant(text, path, settings, day)
    for written in _candidates(text, path, settings, day):
        fitted = re.sub(r"(?<!\r)\n", "\r\n", written) if "\r\n" in text else written
        with suppress(tomllib.TOMLDecodeError):
            if tomllib.loads(fitted) == meant:
                return fitted
    raise ConfigError(
        "the table `api` cannot be written into this file without changing more of it",
        hint="Nothing was written. Put its lines there by hand: offerctl probe shows them without --write.",
    )


def lines(above: str, settings: Mapping[str, object], day: str) -> str:
    """The same as a table of its own; `above` is the path of the environment's: empty in a file of its own."""
    api = tomlkit.table()
    for name, value in {**settings, PROBED: day}.items():
        api[name] = _item(value)
    return f"[{above}.api]\n{api.as_string()}" if above else f"[api]\n{api.as_string()}"


def _candidates(text: str, path: tuple[str, ...], settings: Mapping[str, object], day: str) -> Iterator[str]:
    """The text with the settings in it, the way that a person would take first; whether one fits is checked."""
    if "api" not in _table(tomllib.loads(text), path):
        added = lines(".".join(path), settings, day)
        yield _inserted(text, ".".join(path), added)
        yield f"{text.rstrip()}\n\n{added}"
    with suppress(ValueError, KeyError, TypeError, TOMLKitError):
        document = tomlkit.parse(text)
        table = _table(document, path)
        if "api" not in table:
            table["api"] = tomlkit.inline_table()
        api = table["api"]
        for name, value in settings.items():
            if name not in api:
                api[name] = _item(value)
        api[PROBED] = day
        yield tomlkit.dumps(document)


def _inserted(text: str, table: str, added: str) -> str:
    """A table after the last line of another, above the comment of whatever comes next."""
    rows = text.splitlines(keepends=True)
    heads = [number for number, row in enumerate(rows) if row.lstrip().startswith("[")]
    own = [number for number in heads if re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", rows[number])]
    if not own:
        return text
    end = next((number for number in heads if number > own[0]), len(rows))
    while rows[end - 1].lstrip().startswith("#") or not rows[end - 1].strip():
        end -= 1
    before = "".join(rows[:end]).rstrip("\r\n")
    rest = "".join(rows[end:])
    return f"{before}\n\n{added}{rest}"


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
