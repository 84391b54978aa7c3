"""What git knows of the files at hand: the commit that holds them, those that it keeps back, and the branch.

Files are never compared by `git status`: it starts the filters that a `.gitattributes` of the working copy asks
for, and believes what `assume-unchanged` and `.gitignore` say. The commit's own ids are compared with those of the
bytes that were read.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from offerctl.git.command import Git, GitFailed, NoGit, NoRepository, Place

_ALGORITHMS = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
"""By the names that git has for them."""
_ORDINARY = ("100644", "100755")
_SUBMODULE = "160000"
_TREE_ENTRY = re.compile(rb"(\d+) \w+ ([0-9a-f]+)\t([^\0]*)\0")
_INDEX_ENTRY = re.compile(rb"(\S) (\d+) [0-9a-f]+ \d\t([^\0]*)\0")


class Missing(Enum):
    """Why a file that git knows is not there to be read."""

    SPARSE = "the checkout is sparse"
    ASSUMED = "it is marked assume-unchanged"
    SUBMODULE = "it is a submodule that was not fetched"


class Tracked(NamedTuple):
    """A file of the index, or a submodule that is not here; `missing` says why, should it not be there."""

    file: str
    missing: Missing | None


class WorkingCopy(NamedTuple):
    """A folder in a repository, as it was when it was looked at. Files are named from that folder."""

    git: Git
    place: Place

    def ids(self, data: bytes) -> tuple[str, ...]:
        """The ids under which a commit may hold a file's bytes: as they are, and with the line breaks of Unix.

        Git may have been told to check text out with others (core.autocrlf).
        """
        as_it_is = self._id(data)
        return (as_it_is, self._id(data.replace(b"\r\n", b"\n"))) if b"\r\n" in data else (as_it_is,)

    def committed(self, folder: str) -> Mapping[str, str]:
        """The ids of the ordinary files below a folder in the commit that is checked out, submodules included."""
        if self.place.commit is None:
            return {}
        found = _tree(self.git, self.place.commit, self._path(folder))
        return {file.removeprefix(self.place.prefix): id_ for file, id_ in found}

    def tracked(self, folder: str) -> Iterator[Tracked]:
        """The ordinary files of the index below a folder, and those submodules in it that are not here."""
        for file, missing in _index(self.git, self._path(folder)):
            yield Tracked(file.removeprefix(self.place.prefix), missing)

    def has(self, path: str) -> bool:
        """Whether the index has anything at a path or below it, links and submodules too."""
        return any(True for _ in self.git.names("ls-files", "-z", "--", *_only(self._path(path))))

    def is_sparse(self) -> bool:
        """Whether git was told to check out a part only, and not just to leave a single file alone."""
        try:
            return self.git.text("config", "--type=bool", "core.sparseCheckout") == "true"
        except GitFailed:  # it is not set
            return False

    def _id(self, data: bytes) -> str:
        algorithm = _ALGORITHMS[self.place.algorithm]
        return algorithm(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()

    def _path(self, folder: str) -> str:
        return os.path.normpath(f"{self.place.prefix}{folder}")


def working_copy(folder: Path) -> WorkingCopy | None:
    """What git knows of a folder; none where there is no git or no repository.

    Raises:
        GitFailed: there is one, and git refuses it: it belongs to another user, is damaged, …
    """
    git = Git(folder)
    try:
        return WorkingCopy(git=git, place=git.place)
    except (NoGit, NoRepository):
        return None


class Branch(NamedTuple):
    """The branch that is checked out, and whether the repository knows a `main`, its own or a remote's."""

    name: str
    has_main: bool


def branch(folder: Path) -> Branch | None:
    """The branch of a folder's repository, before its first commit too; none where git knows of none.

    The name is as its author wrote it.
    """
    git = Git(folder)
    try:
        name = git.text("symbolic-ref", "--quiet", "--short", "HEAD")
        known = git.text("for-each-ref", "--format=%(refname)", "refs/heads/main", "refs/remotes/*/main")
    except GitFailed:
        return None
    return Branch(name, has_main=bool(known))


def is_ignored(folder: Path, name: str) -> bool:
    """Whether git would leave a file that is there out of the next commit; not where there is no git to ask."""
    git = Git(folder)
    others = ("ls-files", "--others", "--ignored", "--exclude-standard", "--")
    try:
        return bool(git.text(*others, f"{git.place.prefix}{name}"))
    except GitFailed:
        return False


def _tree(git: Git, commit: str, path: str) -> Iterator[tuple[str, str]]:
    """The ordinary files below a path (`.`: all) in a commit, with their ids."""
    for mode, id_, name in _entries(git, _TREE_ENTRY, "ls-tree", "-r", "-z", "--full-tree", commit, *_only(path)):
        if mode in _ORDINARY:
            yield name, id_
        elif mode == _SUBMODULE and _is_here(git.place.top / name):
            with suppress(GitFailed):  # without that commit nobody can say what it holds
                inner = [*_tree(Git(git.place.top / name), id_, ".")]
                yield from ((f"{name}/{file}", of) for file, of in inner)


def _index(git: Git, path: str) -> Iterator[Tracked]:
    for tag, mode, name in _listed(git, path):
        if mode in _ORDINARY:
            reason = Missing.SPARSE if tag in "Ss" else Missing.ASSUMED if tag.islower() else None
            yield Tracked(name, reason)
        elif mode == _SUBMODULE and not _is_here(git.place.top / name):
            yield Tracked(name, Missing.SUBMODULE)
        elif mode == _SUBMODULE:
            inner = path.removeprefix(f"{name}/") if path.startswith(f"{name}/") else "."
            for file, missing in _index(Git(git.place.top / name), inner):
                yield Tracked(f"{name}/{file}", missing)


def _listed(git: Git, path: str) -> Iterator[tuple[str, ...]]:
    """The entries of the index below a path, or else the submodule that holds it: git names nothing below one."""
    asked, found = ("ls-files", "-v", "-z", "--stage", "--"), None
    for found in _entries(git, _INDEX_ENTRY, *asked, *_only(path)):
        yield found
    if found is None and "/" in path:
        for around in _entries(git, _INDEX_ENTRY, *asked, path.split("/", 1)[0]):
            if around[1] == _SUBMODULE and path.startswith(f"{around[2]}/"):
                yield around


def _entries(git: Git, shape: re.Pattern[bytes], *arguments: str) -> Iterator[tuple[str, ...]]:
    """The parts of each entry that a command prints with `-z`, as the system spells them."""
    told, end = git.run(*arguments), 0
    while found := shape.match(told, end):
        end = found.end()
        yield tuple(map(os.fsdecode, found.groups()))
    assert end == len(told), f"git {arguments[0]} speaks otherwise"


def _only(path: str) -> tuple[str, ...]:
    return () if path == "." else (path,)


def _is_here(submodule: Path) -> bool:
    return os.path.lexists(submodule / ".git")
