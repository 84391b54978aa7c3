"""One table of the configuration file: typed reads, and errors that say where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from offerctl.characters import first_unfit
from offerctl.errors import ConfigError
from offerctl.wording import nearest, one_of

if TYPE_CHECKING:
    from offerctl.config.places import Path, Place

TOP_KEYS = (
    "offerings", "schema", "default_environment", "include", "environments", "silence", "standards", "policy",
)  # fmt: skip
"""What stands at the top of the configuration."""
_MOST_SHOWN = 400
"""Characters of a message."""


@dataclass(frozen=True, slots=True)
class Table:
    """Untyped values at `path` of the file `name`, with the place of each key.

    Values that stand in no place of it come from the table `below`, of the same file or another one.
    """

    values: Mapping[str, Any]
    name: str
    path: Path
    places: Mapping[Path, Place]
    below: Table | None = None

    def over(self, below: Table) -> Table:
        """This table upon another one, whose keys count where this one has none; so do those of tables in both."""
        return replace(self, values={**below.values, **self.values}, below=below)

    def _lower(self, key: str | None) -> Table | None:
        """The table that a key comes from where it does not stand in this one."""
        if self.below is None or key not in self.below.values or (*self.path, key) in self.places:
            return None
        return self.below

    def error(self, key: str | None, message: str, *, hint: str | None = None) -> ConfigError:
        """An error at that key, or else at the table's own place."""
        if (lower := self._lower(key)) is not None:
            return lower.error(key, message, hint=hint)
        path = self.path if key is None else (*self.path, key)
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        if len(message) > _MOST_SHOWN:  # it quotes a key or a value, which may be of any length
            message = f"{message[: _MOST_SHOWN - 1]}…"
        return ConfigError(f"{self.name}:{line}:{column}: {message}", hint=hint)

    def only(self, known: tuple[str, ...]) -> None:
        """Refuse keys that nothing reads.

        Raises:
            ConfigError: the first of them, with the nearest known key.
        """
        for key in self.values:
            if key not in known:
                raise self.error(key, f"unknown key `{key}`", hint=self._way_on(key, known))

    def _way_on(self, key: str, known: tuple[str, ...]) -> str:
        """Where it belongs: at the end of a file a key is read as part of the table above it."""
        top = 2 if self.path[:2] == ("tool", "offerctl") else 0
        if key in TOP_KEYS and len(self.path) > top and nearest(key, known) is None:
            here, below = ".".join(self.path), "below [tool.offerctl] and above the table after it"
            where = below if top else "above the first [table]"
            return f"`{key}` is no part of [{here}], which it stands in: write it {where}."
        return one_of(key, known, f"Known here: {', '.join(known)}.")

    def text(self, key: str, default: str) -> str:
        """A text that is not blank, and holds no character that hides or moves what stands beside it."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"`{key}` must be text in quotes")
        if key in self.values and not value.strip():
            raise self.error(key, f"`{key}` is empty")
        if key in self.values and (found := first_unfit(value)):
            message = f"`{key}` holds the character U+{ord(found[0]):04X}, which hides text or moves it"
            raise self.error(key, message, hint="Delete the character, or type the text anew.")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"`{key}` must be true or false")
        return value

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.error(key, f"`{key}` must be a whole number from {least} to {most}")
        return value

    def seconds(self, key: str, default: float, *, least: float, most: float) -> float:
        """A number of seconds within bounds."""
        value = self.values.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise self.error(key, f"`{key}` must be a number of seconds, such as {default}")
        if not least <= value <= most:
            raise self.error(key, f"`{key}` must be from {least:g} to {most:g} seconds")
        return float(value)

    def texts(self, key: str, *, such_as: str = "OFR201") -> tuple[str, ...]:
        """A list of texts; empty without the key. `such_as` is one of them, for the message."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, f'`{key}` must be a list of texts, such as ["{such_as}"]')
        return tuple(value)

    def table(self, key: str) -> Table:
        """The table below; an empty one without the key."""
        if (lower := self._lower(key)) is not None:
            return lower.table(key)
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"`{key}` must be a table")
        own = Table(value, self.name, (*self.path, key), self.places)
        is_in_both = self.below is not None and isinstance(self.below.values.get(key), dict)
        return own.over(self.below.table(key)) if self.below is not None and is_in_both else own
