"""States near a home in which there is none: before a first run, one of them may be the state that is missed.

On this disk are looked at the project's own folder, the folder of the home itself, and the branches of states that
this clone knows. Only where the home is a branch, so that its remote is asked anyway, the usual branch is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from offerctl import disk
from offerctl.backends import DEFAULT_BRANCH, is_same_document, open_backend, place
from offerctl.backends.git_remote import state_remote
from offerctl.errors import StateError, StateUnavailable, StateUnreadable
from offerctl.git import Git, GitFailed
from offerctl.state import Place, State, document
from offerctl.state.document import MAX_BYTES

OWN_FOLDER = ".offerctl"
"""Below the project's root: states in files, and the embedded Marketplace's listings."""
_SUFFIX = ".state.json"
_WITNESSES = "refs/offerctl"
_MOST = 50
"""Files of a folder, and documents of a branch's commit, that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A state, and where it is kept."""

    place: Place
    state: State


def neighbours(here: Place, root: Path) -> list[Neighbour]:
    """The states near this home that can be read; of one document the newest that is known."""
    usual = place("git", root=root, environment=here.environment)
    if here.location.startswith("git:") and here.location != usual.location:
        with suppress(StateError):  # the clone of a CI job has seen no branch but its own
            open_backend(usual.location, root=root, environment=here.environment).read()
    found: dict[Place, State] = {}
    for where, data in (*_files(here, root), *_branches(root)):
        if is_same_document(where, here):
            continue
        with suppress(StateUnreadable):
            state = document.parse(data)
            at = Place(state.home.environment, where.location)
            if at not in found or found[at].serial < state.serial:
                found[at] = state
    return [Neighbour(place=at, state=state) for at, state in found.items()]


def _files(here: Place, root: Path) -> Iterator[tuple[Place, bytes]]:
    folders = {root / OWN_FOLDER}
    if here.location.startswith("file:"):
        folders.add((root / here.location.removeprefix("file:")).parent)
    for path in sorted(folders):
        with suppress(OSError):
            folder = disk.Folder(path, below=root)
            names = sorted(name for name in folder.names() if name.endswith(_SUFFIX))
            for name in names[:_MOST]:
                with suppress(OSError):  # another user's, or none any more
                    data = folder.read(name, most=MAX_BYTES, ours=True)
                    yield place(f"file:{path / name}", root=root, environment=""), data


def _branches(root: Path) -> Iterator[tuple[Place, bytes]]:
    """What this clone last saw of branches that hold states."""
    git = Git(root)
    with suppress(GitFailed, StateUnavailable):
        remote = state_remote(git).name
        fetched = f"refs/remotes/{remote}/{DEFAULT_BRANCH}"
        listed = git.text("for-each-ref", "--format=%(objectname) %(refname)", _WITNESSES, fetched).splitlines()
        commits: dict[tuple[str, str], None] = {}
        for line in listed:
            commit, _, ref = line.partition(" ")
            _, _, branch = ref.removeprefix(f"{_WITNESSES}/").partition("/")
            if ref == fetched:
                commits[commit, DEFAULT_BRANCH] = None
            elif branch.startswith(f"{remote}/"):
                commits[commit, branch.removeprefix(f"{remote}/")] = None
        for commit, branch in commits:
            yield from _documents(git, commit, branch)


def _documents(git: Git, commit: str, branch: str) -> Iterator[tuple[Place, bytes]]:
    for line in git.text("ls-tree", "--full-tree", "--long", "-z", commit).split("\0")[:_MOST]:
        head, _, name = line.partition("\t")
        if not name.endswith(_SUFFIX):
            continue
        _, kind, blob, size = head.split()
        if kind == "blob" and int(size) <= MAX_BYTES:
            yield Place(name.removesuffix(_SUFFIX), f"git:{branch}"), git.run("cat-file", "blob", blob)
