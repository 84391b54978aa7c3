"""Finds, reads and checks the configuration."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from offerctl.config.environment import environment, local
from offerctl.config.model import LOCAL, Config, Environment
from offerctl.config.places import key_places
from offerctl.config.standards import further
from offerctl.config.table import Table
from offerctl.errors import ConfigError
from offerctl.state.untyped import ENVIRONMENT_NAME
from offerctl.wording import did_you_mean

OWN_FILE = "offerctl.toml"
SHARED_FILE = "pyproject.toml"
_KEYS = ("offerings", "schema", "default_environment", "environments", "silence", "standards")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load(*, cwd: Path, environ: Mapping[str, str], file: Path | None = None) -> Config:
    """The configuration that holds in the folder `cwd`, which is also the root where there is no file.

    `file` (or the variable OFFERCTL_CONFIG) names it; otherwise it is looked for upwards.

    Raises:
        ConfigError: unreadable, not TOML, an unknown key, a value of the wrong type or out of its bounds.
    """
    cwd = _absolute(cwd)
    if file is None and environ.get("OFFERCTL_CONFIG"):
        file = Path(environ["OFFERCTL_CONFIG"])
    found = _named(cwd / file, cwd) if file is not None else _search(cwd)
    if found is None:
        return _config(cwd, None, Table({}, OWN_FILE, (), {}), environ)
    source, table = found
    return _config(source.parent, source, table, environ)


def _named(source: Path, cwd: Path) -> tuple[Path, Table]:
    source = _absolute(source)
    table = _read(source, cwd)
    if table is None:
        raise ConfigError(f"{_shown(source, cwd)} has no table [tool.offerctl]")
    return source, table


def _search(cwd: Path) -> tuple[Path, Table] | None:
    for folder in (cwd, *cwd.parents):
        for name in (OWN_FILE, SHARED_FILE):
            source = folder / name
            if source.is_file() and (table := _read(source, cwd)) is not None:
                return source, table
    return None


def _read(source: Path, cwd: Path) -> Table | None:
    """The table of a file; none for a pyproject.toml that does not speak of offerctl."""
    name = _shown(source, cwd)
    try:
        text = source.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    try:
        return _table(source, name, text)
    except RecursionError:
        raise ConfigError(
            f"{name} nests arrays or tables too deeply to be read; offerctl's own keys go three tables deep"
        ) from None


def _table(source: Path, name: str, text: str) -> Table | None:
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(name, text, str(error))) from error
    path: tuple[str, ...] = ()
    if source.name == SHARED_FILE:
        path = ("tool", "offerctl")
        tool = values.get("tool", {})
        if not isinstance(tool, dict) or "offerctl" not in tool:
            return None
        values = tool["offerctl"]
        if not isinstance(values, dict):
            raise ConfigError(f"{name}: tool.offerctl must be a table")
    return Table(values, name, path, key_places(text))


def _syntax(name: str, text: str, message: str) -> str:
    found = _TOML_PLACE.search(message)
    last = (text.count("\n") + 1, 1)
    line, column = (int(found[1]), int(found[2])) if found and found[1] else last
    return f"{name}:{line}:{column}: this is not TOML: {_TOML_PLACE.sub('', message)}"


def _shown(source: Path, cwd: Path) -> str:
    return os.path.relpath(source, cwd) if source.is_relative_to(cwd) else str(source)


def _config(root: Path, source: Path | None, table: Table, environ: Mapping[str, str]) -> Config:
    table.only(_KEYS)
    offerings = _path(root, table.text("offerings", "offerings"))
    if not offerings.is_relative_to(root):
        raise table.error("offerings", "`offerings` must lie below the folder of the configuration file")
    environments = _environments(table.table("environments"), environ)
    default = table.text("default_environment", LOCAL)
    if default not in environments:
        wrong = f"there is no environment `{default}`"
        raise table.error("default_environment", wrong, hint=did_you_mean(default, environments))
    return Config(
        root=root,
        source=source,
        offerings=offerings,
        schema=_path(root, table.text("schema", "schema/offering.schema.json")),
        default_environment=environ.get("OFFERCTL_ENV") or default,
        environments=environments,
        silence=frozenset(table.texts("silence")),
        standards=further(table.table("standards")),
    )


def _environments(table: Table, environ: Mapping[str, str]) -> dict[str, Environment]:
    network_key = environ.get("OFFERCTL_NETWORK_KEY") or None
    found = {LOCAL: local(table.table(LOCAL))}
    for name in table.values:
        if not ENVIRONMENT_NAME.fullmatch(name):
            wrong = "the name of an environment has 1 to 64 of A-Z a-z 0-9 _ - and starts with a letter or digit"
            raise table.error(name, wrong)
        if name != LOCAL:
            found[name] = environment(name, table.table(name), network_key)
    return found


def _path(root: Path, text: str) -> Path:
    return _absolute(root / text)


def _absolute(path: Path) -> Path:
    """Absolute and without `..`, but with its symbolic links: they are the user's, and are shown as written."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow them
