"""What `offerctl state rebuild` does: a lost state is made anew from every offeringId that the files ever had.

The ids come from git's history of the offerings folder, and from the folder as it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from offerctl import catalog
from offerctl.app.edit_state import confirmed, editing_state
from offerctl.app.restore import merge_back
from offerctl.app.workspace import Workspace
from offerctl.catalog.discover import MAX_BYTES
from offerctl.catalog.parse import read
from offerctl.catalog.source import InvalidDocument
from offerctl.errors import CatalogError, Exit
from offerctl.git import Git, GitFailed
from offerctl.offering import ID_PATTERN
from offerctl.render.words import counted
from offerctl.standards import StandardKey, Standards
from offerctl.state.edits import EditKind, Remembered, remembered

_SUFFIXES = {".yaml", ".yml"}
_LEFT_ALONE = (".", "_")
_ORDINARY = {"100644", "100755"}
_LINE = re.compile(
    rb"""^[ \t]*["']?(offeringId|trainingStandardKey)["']?[ \t]*:[ \t]*["']?([\w.-]+)""", re.MULTILINE
)
"""What still tells an id in a file that is no YAML today: an older offerctl may have read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The ids, how many commits of the folder were looked at, and how many versions of files told no id."""

    ids: dict[str, Remembered]
    commits: int
    unread: int


def rebuild(workspace: Workspace, *, yes: bool) -> Exit:
    """Write a state in which every id of the past is in doubt; `yes`: nobody is asked even where there is a state.

    Raises:
        CatalogError: as `ids_from_git_history`.
        StateLocked: another run may be at work.
        UsageError: there is nobody to ask.
    """
    console = workspace.console
    with editing_state(workspace) as work:
        known = work.known()
        work.refuse_live(known.newest)
        if known.lost is None and known.newest is not None:
            console.warn(
                f"There is a state of {workspace.environment.name}, and it can be read. "
                "After a rebuild all its listings are in doubt, and ids from git's history are with them."
            )
            if not confirmed(console, f"Rebuild the state of {workspace.environment.name}?", yes=yes):
                return Exit.ERROR
        past = ids_from_git_history(workspace)
        lineage = (known.newest or workspace.new_state()).lineage
        brought = remembered(past.ids, home=workspace.home, lineage=lineage)
        merge_back(work, known, brought, kind=EditKind.REBUILD, source=counted(past.commits, "commit"))
        if past.unread:
            versions = "1 version of a file" if past.unread == 1 else f"{past.unread} versions of files"
            console.warn(f"No offeringId was found in {versions} of the history.")
    return Exit.OK


def ids_from_git_history(workspace: Workspace) -> Past:
    """What the commit that is checked out, all before it, and the folder as it is wanted.

    Raises:
        CatalogError: no git history, or only a part of it (a shallow clone): ids could be missing.
    """
    config = workspace.config
    told = _Told(config.standards)
    if config.offerings.is_dir():
        schema = catalog.read_schema(config.schema)
        found = catalog.load(config.offerings, schema=schema, standards=config.standards, repo_root=config.root)
        for want in found.desired.values():
            told.add(want.offering.offering_id, want.offering.training_standard_key, protect=want.protect)
    folder = os.path.relpath(config.offerings, config.root)
    try:
        commits, blobs = _versions(Git(config.root), folder)
        for data in _contents(Git(config.root), blobs):
            told.read(data)
    except GitFailed as failure:
        raise CatalogError(
            f"git's history of {folder} cannot be read: {failure.words}. Nothing was written."
        ) from failure
    return Past(ids=told.ids(), commits=commits, unread=told.unread)


@dataclass(slots=True)
class _Told:
    """What files told so far, the newest first: so the first word on protection counts."""

    standards: Standards
    keys: dict[str, set[StandardKey | None]] = field(default_factory=dict)
    protected: dict[str, bool] = field(default_factory=dict)
    unread: int = 0

    def add(self, offering_id: str, key: StandardKey | None, *, protect: bool) -> None:
        self.keys.setdefault(offering_id, set()).add(key)
        self.protected.setdefault(offering_id, protect)

    def read(self, data: bytes) -> None:
        """One version of a file."""
        try:
            values = read("", data).values
        except InvalidDocument:
            values = {name.decode(): value.decode(errors="replace") for name, value in _LINE.findall(data)}
        offering_id = values.get("offeringId")
        if not isinstance(offering_id, str) or not ID_PATTERN.fullmatch(offering_id):
            self.unread += 1
            return
        key = values.get("trainingStandardKey")
        known = next((known for known in self.standards if known == key), None)
        self.add(offering_id, known, protect=values.get("protect") is True)

    def ids(self) -> dict[str, Remembered]:
        """Each id with its key, if it never had another one."""
        return {
            id_: Remembered(key=next(iter(keys)) if len(keys) == 1 else None, protect=self.protected[id_])
            for id_, keys in self.keys.items()
        }


def _versions(git: Git, folder: str) -> tuple[int, list[str]]:
    """How many commits touched the folder, and every version of its offering files, the newest first."""
    if git.text("rev-parse", "--is-shallow-repository") == "true":
        raise CatalogError(
            "this clone is shallow: ids of older commits would be missing. Nothing was written.",
            hint="Fetch the whole history first: git fetch --unshallow",
        )
    top = PurePosixPath(os.path.normpath(f"{git.text('rev-parse', '--show-prefix')}{folder}"))
    # Merges against each parent: a merge itself can bring a version that neither side had.
    listed = git.run(
        "log", "--full-history", "--root", "-m", "--raw", "-z", "--no-abbrev", "--no-renames",
        "--no-show-signature", "--format=%x01%H", "HEAD", "--", f":(literal){folder}",
    )  # fmt: skip
    commits: set[str] = set()
    blobs: dict[str, None] = {}
    parts = iter(listed.decode("utf-8", "surrogateescape").split("\0"))
    for part in parts:
        entry = part.strip("\n")
        if entry.startswith("\x01"):
            commits.add(entry[1:41])
        elif entry.startswith(":"):
            mode, blob = entry.split()[1], entry.split()[3]
            if mode in _ORDINARY and _is_offering(PurePosixPath(next(parts)), top):
                blobs[blob] = None
    return len(commits), list(blobs)


def _is_offering(path: PurePosixPath, top: PurePosixPath) -> bool:
    """As the catalogue finds files: by suffix, and none that begins with a dot or an underscore."""
    return path.suffix in _SUFFIXES and not any(
        part.startswith(_LEFT_ALONE) for part in path.relative_to(top).parts
    )


def _contents(git: Git, blobs: list[str]) -> Iterator[bytes]:
    """The bytes of each version; one that is too big was never an offering."""
    output = git.run("cat-file", "--batch", data="".join(f"{blob}\n" for blob in blobs).encode())
    at = 0
    for blob in blobs:
        end = output.index(b"\n", at)
        head = output[at:end].split()
        if head[1:2] != [b"blob"]:
            raise GitFailed("", f"object {blob} is missing")
        size = int(head[2])
        if size <= MAX_BYTES:
            yield output[end + 1 : end + 1 + size]
        at = end + size + 2
