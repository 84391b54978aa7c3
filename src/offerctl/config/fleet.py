"""The tables of all environments: those of the configuration, those of the folder `include`, and what they share.

A table whose name has `*` lists nothing by itself: it holds the settings of every environment whose name fits.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from offerctl import disk
from offerctl.config.environment import KEYS
from offerctl.config.model import LOCAL
from offerctl.config.table import Table
from offerctl.errors import ConfigError
from offerctl.state.untyped import ENVIRONMENT_NAME

MAX_ENVIRONMENTS = 1_000
MAX_PATTERNS = 50
"""Each is looked at for every environment, and stands upon those before it."""
MAX_BYTES = 64 * 1024
"""Of the file of one environment."""
MAX_TOTAL_BYTES = 4 * 1024 * 1024
"""Of all of them."""
ENDING = ".toml"
NAME = "{environment}"
"""Stands for the environment's name in what a pattern gives."""
_NAMED = ("network_key", "offerings", "state")
_PATTERN = r"(?=.{1,64}$)(?=.*\*)[A-Za-z0-9*][A-Za-z0-9_*-]*"
_WRONG_NAME = "the name of an environment has 1 to 64 of A-Z a-z 0-9 _ - and starts with a letter or digit"

Included = Callable[[str], Mapping[str, bytes]]
"""The files of a folder below the configuration's, by their names.

Raises:
    ConfigError: they cannot be read, or there are too many.
"""


class Member(NamedTuple):
    """What is said of one environment; `file` is its own one in the folder `include`, from the configuration's."""

    table: Table
    file: str | None = None


def members(table: Table, included: Included) -> dict[str, Member]:
    """Every environment's settings by its name, in the order in which they stand, with those that it shares.

    Raises:
        ConfigError: a name that can be none, or is given twice; or a file that cannot be used.
    """
    environments = table.table("environments")
    patterns = _patterns(environments)
    found: dict[str, Member] = {}
    for name in environments.values:
        if name not in patterns:
            if not ENVIRONMENT_NAME.fullmatch(name):
                raise environments.error(name, _WRONG_NAME)
            found[name] = Member(table=environments.table(name))
    for name, member in _included(table, included):
        if name in found:
            raise environments.error(name, f"environment `{name}` is given twice: here and in {member.table.name}")
        found[name] = member
    if len(found) > MAX_ENVIRONMENTS:
        many = f"there are {len(found):,} environments; a configuration has at most {MAX_ENVIRONMENTS:,}"
        raise environments.error(None, many)
    for name, pattern in patterns.items():
        _check_pattern(environments, name, pattern)
    return {name: member._replace(table=_shared(name, member.table, patterns)) for name, member in found.items()}


def _patterns(environments: Table) -> dict[str, Table]:
    names = [name for name in environments.values if "*" in name]
    if len(names) > MAX_PATTERNS:
        raise environments.error(
            names[MAX_PATTERNS],
            f"there are {len(names):,} names with *; a configuration has at most {MAX_PATTERNS} such tables",
        )
    return {name: environments.table(name) for name in names}


def files_of(root: Path, *, ours: bool) -> Included:
    """The files of a folder on the disk, without following a link; `ours`: that no other user can have written."""

    def included(name: str) -> Mapping[str, bytes]:
        reading = name

        def read(entry: str) -> bytes:
            nonlocal reading
            reading = f"{name}/{entry}"
            return folder.read(entry, most=MAX_BYTES, ours=ours)

        try:
            with disk.Folder(root / name, below=root) as folder:
                return _taken(name, folder.names(), read)
        except OSError as error:
            hint = error.hint if isinstance(error, disk.Refused) and error.errno == errno.EPERM else None
            raise ConfigError(f"{reading} cannot be read: {error.strerror}", hint=hint) from error

    return included


def files_by(read: Callable[[str], bytes | None], listed: Callable[[str], Iterable[str]], below: str) -> Included:
    """The same of another version of the repository; its files are named from the top, this folder is `below`."""

    def included(name: str) -> Mapping[str, bytes]:
        folder = Path(below, name).as_posix()
        return _taken(name, listed(folder), lambda entry: read(f"{folder}/{entry}") or b"")

    return included


def _taken(folder: str, names: Iterable[str], read: Callable[[str], bytes]) -> Mapping[str, bytes]:
    """What is no note beside the files, within the bounds."""
    found: dict[str, bytes] = {}
    left = MAX_TOTAL_BYTES
    for name in names:
        if is_left_alone(name):
            continue
        _check_ending(f"{folder}/{name}", name)
        if len(found) == MAX_ENVIRONMENTS:
            raise ConfigError(f"{folder} has more than {MAX_ENVIRONMENTS:,} files of environments")
        found[name] = read(name)
        left -= len(found[name])
        if left < 0:
            raise ConfigError(f"the files of {folder} have more than {MAX_TOTAL_BYTES:,} bytes together")
    return found


def is_left_alone(name: str) -> bool:
    """Whether an entry of the folder `include` is a note beside the files, and no environment."""
    return name.startswith((".", "_")) or name.endswith(".md")


def _check_ending(shown: str, name: str) -> None:
    if not name.endswith(ENDING):
        raise ConfigError(
            f"{shown} is no file of an environment, which are called NAME{ENDING}",
            hint="What begins with _ or . and what ends in .md is left alone there.",
        )


def _included(table: Table, included: Included) -> Iterator[tuple[str, Member]]:
    """What stands in the folder `include`, in the order of the names."""
    if "include" not in table.values:
        return
    given = table.text("include", "")
    folder = Path(given)
    if folder.is_absolute() or ".." in folder.parts or folder == Path():
        raise table.error("include", "`include` must be a folder below that of the configuration file")
    from offerctl.config.toml import toml_table  # noqa: PLC0415 - as in `load`

    try:
        files = included(folder.as_posix())
    except ConfigError as error:
        raise table.error("include", f"`include`: {error.message}", hint=error.hint) from error
    for name in sorted(files):
        file = folder / name
        stem = name.removesuffix(ENDING)
        shown = str(Path(table.name).parent / file)
        if not ENVIRONMENT_NAME.fullmatch(stem):
            raise ConfigError(f"{shown}:1:1: {_WRONG_NAME}; the file is called as its environment")
        yield stem, Member(table=toml_table(shown, files[name]), file=file.as_posix())


def _check_pattern(environments: Table, name: str, pattern: Table) -> None:
    """What is wrong with it whichever environment fits it, and where none does."""
    if not re.fullmatch(_PATTERN, name):
        raise environments.error(name, "the name of a pattern has 1 to 64 of A-Z a-z 0-9 _ - and *")
    pattern.only(KEYS)
    for key in _NAMED:
        value = pattern.values.get(key)
        if isinstance(value, str) and {"{", "}"} & set(value.replace(NAME, "")):
            raise pattern.error(key, f"`{key}` can hold {NAME}, the environment's name, and no other such word")


def _shared(name: str, table: Table, patterns: Mapping[str, Table]) -> Table:
    """An environment's own settings upon those of the patterns that fit its name: a later one wins."""
    if name == LOCAL:
        return table
    below: Table | None = None
    for pattern, shared in patterns.items():
        if fnmatchcase(name, pattern):
            given = _with_name(shared, name)
            below = given if below is None else given.over(below)
    return table if below is None else table.over(below)


def _with_name(pattern: Table, name: str) -> Table:
    texts = {key: value for key in _NAMED if isinstance(value := pattern.values.get(key), str)}
    return replace(
        pattern, values={**pattern.values, **{key: value.replace(NAME, name) for key, value in texts.items()}}
    )
