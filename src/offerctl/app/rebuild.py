"""What `offerctl state rebuild` does: a lost state is made anew from every offeringId that the files ever had.

The ids come from git's history of the offerings folder, under its former names too, and from the folder as it is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from offerctl.app.checkout import read_offerings
from offerctl.app.edit_state import confirmed, editing_state
from offerctl.app.file_history import contents, file_history
from offerctl.app.restore import merge_back
from offerctl.app.workspace import Workspace
from offerctl.catalog.parse import read
from offerctl.catalog.problem import InvalidDocument
from offerctl.errors import CatalogError, Exit
from offerctl.git import Git, GitFailed
from offerctl.offering import ID_PATTERN
from offerctl.plan import Origin
from offerctl.render.words import counted
from offerctl.standards import StandardKey, Standards
from offerctl.state.edits import Remembered, remembered
from offerctl.state.receipts import EditKind

_LINE = re.compile(
    rb"""^[ \t]*["']?(offeringId|trainingStandardKey)["']?[ \t]*:[ \t]*["']?([\w.-]+)""", re.MULTILINE
)
"""What still tells an id in a file that is no YAML today: an older offerctl may have read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The ids, how many commits of the folder were looked at, and how many versions of files told no id.

    `origin` is the commit of the folder as it is.
    """

    ids: dict[str, Remembered]
    commits: int
    unread: int
    origin: Origin


def rebuild(workspace: Workspace, *, yes: bool) -> Exit:
    """Write a state in which every id of the past is in doubt; `yes`: nobody is asked even where there is a state.

    Raises:
        CatalogError: as `ids_from_git_history`.
        StateLocked: another run may be at work.
        UsageError: there is nobody to ask.
    """
    console = workspace.console
    with editing_state(workspace) as work:
        known = work.known(anew=True)
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
        merge_back(
            work, known, brought, kind=EditKind.REBUILD, source=counted(past.commits, "commit"), origin=past.origin
        )
        if past.unread:
            versions = counted(past.unread, "version of a file", "versions of files")
            console.warn(f"No offeringId was found in {versions} of the history.")
    return Exit.OK


def ids_from_git_history(workspace: Workspace) -> Past:
    """What the commit that is checked out, all before it, and the folder as it is wanted.

    Raises:
        CatalogError: no git history, or only a part of it (a shallow clone): ids could be missing.
        CheckoutError: files that git knows are not there.
    """
    origin = Origin()
    config = workspace.config
    told = _RememberedIds(config.standards)
    if config.offerings.is_dir():
        files = read_offerings(config)
        origin = files.origin
        for want in files.desired.values():
            told.add(want.offering.offering_id, want.offering.training_standard_key, protect=want.protect)
    folder = os.path.relpath(config.offerings, config.root)
    try:
        git = Git(config.root)
        history = file_history(git, folder)
        for data in contents(git, history.blobs):
            told.read(data)
    except GitFailed as failure:
        raise CatalogError(
            f"git's history of {folder} cannot be read: {failure.words}. Nothing was written."
        ) from failure
    return Past(ids=told.ids(), commits=len(history.commits), unread=told.unread, origin=origin)


@dataclass(slots=True)
class _RememberedIds:
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
