"""A TOML text as a `Table`: within bounds, with the place of each key, and errors that say where."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from offerctl.config.bounds import beyond_bounds
from offerctl.config.places import key_places
from offerctl.config.table import Table
from offerctl.errors import ConfigError

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_CURLY = re.compile("[\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb]")
_CURLY_PAIR = re.compile("[\u201c\u201d\u201e\u00ab\u00bb]")
"""Without those that are apostrophes, too."""


def toml_table(name: str, data: bytes) -> Table:
    """The whole text of the file that messages call `name`.

    Raises:
        ConfigError: not UTF-8, not TOML, or beyond the bounds.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    if fault := beyond_bounds(text):
        line, column = fault.place
        raise ConfigError(f"{name}:{line}:{column}: {fault.message}")
    try:
        values: dict[str, Any] = tomllib.loads(text)
        return Table(values, name, (), key_places(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(name, text, str(error))) from error
    except RecursionError:
        raise ConfigError(
            f"{name} nests arrays or tables too deeply to be read; offerctl's own keys go three tables deep"
        ) from None


def _syntax(name: str, text: str, message: str) -> str:
    found = _PLACE.search(message)
    last = (text.count("\n") + 1, 1)
    line, column = (int(found[1]), int(found[2])) if found and found[1] else last
    said = _PLACE.sub("", message)
    written = text.split("\n")[line - 1]
    if curly := _CURLY.match(written, column - 1) or _CURLY_PAIR.search(written):
        said += f'; quotes are straight in TOML: write " where {curly[0]} stands'
    return f"{name}:{line}:{column}: this is not TOML: {said}"
