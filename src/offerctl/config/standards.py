"""`[standards."KEY"]`: standard courses that this version does not know yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from offerctl.config.table import Table
from offerctl.standards import BUILT_IN, KEY_WORDS, Language, Standard, Standards, is_standard_key

_KEYS = ("name", "language")
_LONGEST_NAME = 255
_MOST = 200
"""More than any register of standard courses has; the schema that editors load names them all."""


def further(table: Table) -> Standards:
    """The built-in standard courses and those of the table.

    Raises:
        ConfigError: a malformed or a built-in key, an unknown field, or a value that cannot be.
    """
    if len(table.values) > _MOST:
        raise table.error(None, f"{len(table.values)} standards; at most {_MOST} are possible")
    return BUILT_IN.extended(_standards(table))


def _standards(table: Table) -> Iterator[Standard]:
    for key in table.values:
        if not is_standard_key(key):
            raise table.error(key, f"a standard's key must have {KEY_WORDS}, not `{key}`")
        if key in BUILT_IN:
            raise table.error(key, f"`{key}` is built in: take its table out")
        own = table.table(key)
        own.only(_KEYS)
        yield Standard(key=key, name=_name(own, key), language=_language(own))


def _name(table: Table, key: str) -> str:
    if "name" not in table.values:
        raise table.error(
            None, f"the standard {key} has no `name`", hint='Such as: name = "JHSC - Part 1 (English, Online)"'
        )
    name = table.text("name", "")
    if len(name) > _LONGEST_NAME:
        raise table.error("name", f"`name` has {len(name)} characters; at most {_LONGEST_NAME} are possible")
    return name


def _language(table: Table) -> Language:
    languages: tuple[Language, ...] = get_args(Language)
    wanted = table.text("language", "") if "language" in table.values else None
    for language in languages:
        if wanted == language:
            return language
    where = None if wanted is None else "language"
    raise table.error(where, f"`language` must be {' or '.join(languages)}")
