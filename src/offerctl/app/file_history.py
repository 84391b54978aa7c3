"""Every version that the offering files ever had, from git's history: through renames of the folder, too.

Git keeps no renames; it finds them by comparing what a commit removed with what it added. Where that shows that
files of the offerings folder came from another one that holds no offering any more, that was the folder's former
name, and whatever was in it counts as well. A file that came from elsewhere brings only its own past.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from offerctl.catalog.discover import MAX_BYTES, is_offering_name
from offerctl.errors import CatalogError
from offerctl.git import Git, GitFailed

_ORDINARY = {"100644", "100755"}
_QUIET = ("--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv")
_RENAMES = ("--find-renames", "-l1000", "--diff-filter=R")


@dataclass(slots=True)
class FileHistory:
    """The commits that touched the folder, and the versions of its files: ids of blobs, the newest first.

    `folders` and `files` are named from the repository's top: where offerings are, or were.
    """

    folders: set[str]
    files: set[str] = field(default_factory=set)
    commits: set[str] = field(default_factory=set)
    blobs: dict[str, None] = field(default_factory=dict)

    def covers(self, path: str) -> bool:
        """Whether what was at that path counts as an offering file."""
        return path in self.files or any(
            is_offering_name(_relative(path, folder)) for folder in self.folders if _is_in(path, folder)
        )


def file_history(git: Git, folder: str) -> FileHistory:
    """Of a folder, named from where `git` was opened, up to the commit that is checked out.

    Raises:
        CatalogError: the clone is shallow: a part of the history is missing.
        GitFailed: there is no history, or it cannot be read.
    """
    if git.text("rev-parse", "--is-shallow-repository") == "true":
        raise CatalogError(
            "this clone is shallow: ids of older commits would be missing. Nothing was written.",
            hint="Fetch the whole history first: git fetch --unshallow",
        )
    top = os.path.normpath(f"{git.place.prefix}{folder}").replace(os.sep, "/")
    found = FileHistory({top})
    while True:
        moves = {*_sources(git, found, _read(git, found))}
        former = _former_folders(git, found, moves)
        files = {old for old, _ in moves} - found.files
        if not files and not former:
            return found
        found = FileHistory(found.folders | former, found.files | files)


def contents(git: Git, blobs: Iterable[str]) -> Iterator[bytes]:
    """The bytes of each version; one that is too big was never an offering.

    Raises:
        GitFailed: one is missing.
    """
    wanted = list(blobs)
    output = git.run("cat-file", "--batch", data="".join(f"{blob}\n" for blob in wanted).encode())
    at = 0
    for blob in wanted:
        end = output.index(b"\n", at)
        head = output[at:end].split()
        if head[1:2] != [b"blob"]:
            raise GitFailed("", f"object {blob} is missing")
        size = int(head[2])
        if size <= MAX_BYTES:
            yield output[end + 1 : end + 1 + size]
        at = end + size + 2


def _read(git: Git, found: FileHistory) -> set[str]:
    """Fill in commits and versions; gives the commits that added files."""
    paths = [] if "." in found.folders else sorted(found.folders | found.files)
    listed = git.run(
        # Merges against each parent: a merge itself can bring a version that neither side had.
        "log", "--full-history", "--root", "-m", "--no-renames", "--format=%x01%H", *_QUIET, "--stdin",
        data=_lines(["HEAD", "--", *paths]),
    )  # fmt: skip
    added: set[str] = set()
    commit = ""
    parts = iter(os.fsdecode(listed).split("\0"))
    for part in parts:
        entry = part.strip("\n")
        if entry.startswith("\x01"):
            commit = entry[1:]
            found.commits.add(commit)
        elif entry.startswith(":"):
            _, mode, _, blob, status = entry.split()
            if found.covers(next(parts)) and mode in _ORDINARY:
                found.blobs[blob] = None
                if status == "A":
                    added.add(commit)
    return added


def _sources(git: Git, found: FileHistory, commits: Iterable[str]) -> Iterator[tuple[str, str]]:
    """From where to where these commits moved files into the folders."""
    told = git.run("diff-tree", "--stdin", "--no-commit-id", "-r", "-m", *_RENAMES, *_QUIET, data=_lines(commits))
    parts = iter(os.fsdecode(told).split("\0"))
    for part in parts:
        if not part.startswith(":"):
            continue
        old, new = next(parts), next(parts)
        name = old.rpartition("/")[2]
        if found.covers(new) and is_offering_name(name) and not any(_is_in(old, one) for one in found.folders):
            yield old, new


def _former_folders(git: Git, found: FileHistory, moves: Iterable[tuple[str, str]]) -> set[str]:
    """The folders that were the offerings folder before: what was moved came from there, and nothing is left."""
    candidates = {
        former
        for old, new in moves
        for folder in found.folders
        if _is_in(new, folder) and (former := _without_common_end(old, _relative(new, folder)))
    }
    candidates = {one for one in candidates if not any(_is_in(folder, one) for folder in found.folders)}
    if not candidates:
        return set()
    left = [*git.names("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD", *sorted(candidates))]
    return {
        one
        for one in candidates
        if not any(_is_in(path, one) and is_offering_name(_relative(path, one)) for path in left)
    }


def _without_common_end(old: str, new: str) -> str:
    """`courses` of `courses/fr/a.yaml` and `fr/a.yaml`; the folder, where not even the names are equal."""
    before, after = old.split("/"), new.split("/")
    if before[-1] != after[-1]:
        return "/".join(before[:-1])
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    return "/".join(before)


def _is_in(path: str, folder: str) -> bool:
    return folder in {".", path} or path.startswith(f"{folder}/")


def _relative(path: str, folder: str) -> str:
    return path if folder == "." else path.removeprefix(f"{folder}/")


def _lines(texts: Iterable[str]) -> bytes:
    return os.fsencode("".join(f"{text}\n" for text in texts if "\n" not in text))
