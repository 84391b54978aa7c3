"""Finds, reads and checks the configuration."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from offerctl import disk, git
from offerctl.config.environment import environment, local
from offerctl.config.fleet import Included, Member, files_by, files_of, members
from offerctl.config.model import LOCAL, Config, Environment
from offerctl.config.policy import policy
from offerctl.config.standards import further
from offerctl.config.table import TOP_KEYS, Table
from offerctl.errors import ConfigError
from offerctl.wording import did_you_mean

OWN_FILE = "offerctl.toml"
SHARED_FILE = "pyproject.toml"
MAX_BYTES = 256 * 1024
"""Of the file that holds the configuration."""


def load(*, cwd: Path, environ: Mapping[str, str], file: Path | None = None) -> Config:
    """The configuration that holds in the folder `cwd`, which is also the root where there is no file.

    `file` (or the variable OFFERCTL_CONFIG) names it: that is the user's word, whoever wrote it. Otherwise it is
    looked for upwards, as far as `_folders` goes, and what another user of this machine wrote or could have
    written is refused: it would say where the credentials go.

    Raises:
        ConfigError: unreadable, another user's, not TOML, an unknown key, a value of the wrong type or out of its
            bounds.
    """
    cwd = _absolute(cwd)
    if file is None and environ.get("OFFERCTL_CONFIG"):
        file = Path(environ["OFFERCTL_CONFIG"])
    found = _named(cwd / file, cwd) if file is not None else _search(cwd)
    return _found(cwd, found, environ, files_of(cwd if found is None else found[0].parent, ours=file is None))


def load_stored(
    read: Callable[[str], bytes | None],
    listed: Callable[[str], Iterable[str]],
    *,
    top: Path,
    folder: str,
    environ: Mapping[str, str],
    file: str | None,
) -> Config:
    """The configuration as another version of the repository at `top` has it, in the same order of places.

    `read` gives the bytes of a file, named from the top, and none where there is no such file, `listed` the names
    in a folder. It is looked for from `folder` upwards, and `file` is the one that somebody named.

    Raises:
        ConfigError: as `load`, but for what is asked of files on a disk.
    """
    found = _stored(read, top, [file] if file else searched(folder))
    below = folder if found is None else found[0].parent.relative_to(top).as_posix()
    return _found(_absolute(top / folder), found, environ, files_by(read, listed, below))


def names_stored(
    read: Callable[[str], bytes | None],
    listed: Callable[[str], Iterable[str]],
    *,
    top: Path,
    folder: str,
    file: str | None,
) -> frozenset[str]:
    """The environments of another version, as `load_stored` finds it; what `include` has is named, not read.

    Raises:
        ConfigError: there is no telling.
    """
    found = _stored(read, top, [file] if file else searched(folder))
    if found is None:
        return frozenset()
    source, table = found
    below = source.parent.relative_to(top).as_posix()
    return frozenset(members(table, files_by(lambda _: b"", listed, below)))


def searched(folder: str) -> tuple[str, ...]:
    """Where the configuration of a folder is looked for in a repository, in this order; all named from its top."""
    place = PurePosixPath(folder)
    return tuple(
        (above / name).as_posix() for above in (place, *place.parents) for name in (OWN_FILE, SHARED_FILE)
    )


def _stored(read: Callable[[str], bytes | None], top: Path, names: Iterable[str]) -> tuple[Path, Table] | None:
    for name in names:
        if (data := read(name)) is not None and (table := _table(top / name, name, data)) is not None:
            return top / name, table
    return None


def _found(cwd: Path, found: tuple[Path, Table] | None, environ: Mapping[str, str], included: Included) -> Config:
    if found is None:
        return _config(cwd, None, Table({}, OWN_FILE, (), {}), environ, included)
    source, table = found
    return _config(source.parent, source, table, environ, included)


def _named(source: Path, cwd: Path) -> tuple[Path, Table]:
    source = _absolute(source)
    table = _read(source, cwd, named=True)
    if table is None:
        raise ConfigError(f"{_shown(source, cwd)} has no table [tool.offerctl]")
    return source, table


def _search(cwd: Path) -> tuple[Path, Table] | None:
    for folder in _folders(cwd):
        for name in (OWN_FILE, SHARED_FILE):
            source = folder / name
            if os.path.lexists(source) and (table := _read(source, cwd)) is not None:
                return source, table
    return None


def _folders(cwd: Path) -> Iterator[Path]:
    """Where a configuration counts: up to the top of the repository that holds `cwd`, and not beyond it.

    Outside of a repository: `cwd`, and the folders above it for as long as no other user can put a file there, so
    never /tmp.
    """
    folders = (cwd, *cwd.parents)
    top = git.top_of(folders)
    for folder in folders:
        if top is None and folder != cwd and disk.may_be_written_by_others(folder):
            return
        yield folder
        if folder == top:
            return


def _read(source: Path, cwd: Path, *, named: bool = False) -> Table | None:
    """The table of a file; none for a pyproject.toml that does not speak of offerctl."""
    name = _shown(source, cwd)
    try:
        if named:
            data = disk.read(source, most=MAX_BYTES)
        else:
            data = disk.Folder(source.parent).read(source.name, most=MAX_BYTES, ours=True)
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}", hint=_way_on(error)) from error
    return _table(source, name, data)


def _table(source: Path, name: str, data: bytes) -> Table | None:
    from offerctl.config.toml import toml_table  # noqa: PLC0415 - tomllib, and a folder may have no configuration

    whole = toml_table(name, data)
    if source.name != SHARED_FILE:
        return whole
    tool = whole.values.get("tool", {})
    if not isinstance(tool, dict) or "offerctl" not in tool:
        return None
    values = tool["offerctl"]
    if not isinstance(values, dict):
        raise ConfigError(f"{name}: tool.offerctl must be a table")
    return Table(values, name, ("tool", "offerctl"), whole.places)


def _way_on(error: OSError) -> str | None:
    """What another user's file says can still be meant: somebody has to say so."""
    if not isinstance(error, disk.Refused) or error.errno != errno.EPERM:
        return None
    return f"{error.hint} To use it all the same, name it: --config FILE."


def _shown(source: Path, cwd: Path) -> str:
    return os.path.relpath(source, cwd) if source.is_relative_to(cwd) else str(source)


def _config(
    root: Path, source: Path | None, table: Table, environ: Mapping[str, str], included: Included
) -> Config:
    table.only(TOP_KEYS)
    offerings = _below(root, table, "offerings", "offerings")
    schema = _below(root, table, "schema", "schema/offering.schema.json")
    environments = _environments(root, members(table, included), environ)
    default = table.text("default_environment", LOCAL)
    if default not in environments:
        wrong = f"there is no environment `{default}`"
        raise table.error("default_environment", wrong, hint=did_you_mean(default, environments))
    return Config(
        root=root,
        source=source,
        offerings=offerings,
        schema=schema,
        default_environment=environ.get("OFFERCTL_ENV") or default,
        environments=environments,
        include=Path(table.text("include", "")).as_posix() if "include" in table.values else None,
        silence=frozenset(table.texts("silence")),
        standards=further(table.table("standards")),
        policy=policy(table.table("policy")),
    )


def _environments(root: Path, found: Mapping[str, Member], environ: Mapping[str, str]) -> dict[str, Environment]:
    network_key = environ.get("OFFERCTL_NETWORK_KEY") or None
    made = {LOCAL: local(found[LOCAL].table if LOCAL in found else Table({}, OWN_FILE, (), {}))}
    for name, member in found.items():
        table = member.table
        if name != LOCAL:
            made[name] = environment(name, table, network_key)
        made[name] = replace(
            made[name],
            offerings=_below(root, table, "offerings", "") if "offerings" in table.values else None,
            included=member.file,
        )
    return made


def _below(root: Path, table: Table, key: str, default: str) -> Path:
    path = _absolute(root / table.text(key, default))
    if not path.is_relative_to(root):
        raise table.error(key, f"`{key}` must lie below the folder of the configuration file")
    return path


def _absolute(path: Path) -> Path:
    """Absolute and without `..`, but with its symbolic links: they are the user's, and are shown as written."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow them
