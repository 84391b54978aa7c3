"""SQLite's door: it opens by path, follows links and runs what a file's schema says, so it is fenced in here."""

from __future__ import annotations

import errno
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

from offerctl.disk.folder import Folder
from offerctl.disk.own import make_private
from offerctl.disk.refusal import Refused

_BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite reads and writes beside a database, by the end of its name."""
_JOURNAL = "-journal"


def database(path: Path, *, below: Path | None, most: int, busy: float) -> sqlite3.Connection:
    """Open a database of at most `most` bytes, made with its folder where missing; `busy` seconds for others.

    No part of its path below `below` is a link, nor is what SQLite keeps beside it, and all of it is this user's.
    Its schema is not trusted: no functions of it with effects, and (Python 3.12) neither triggers nor views.

    Raises:
        OSError: the file cannot be made, or is refused.
        sqlite3.Error: it cannot be opened, or is no database.
    """
    # By its path in the end. Nobody else can exchange it in between: the file, and mostly its folder, are ours.
    folder = Folder(path.parent, below=below)
    make_private(folder)
    with folder:
        for end in _BESIDE:
            folder.check(path.name + end, most=most)
        _refuse_journal(folder, path.name, busy)
        if not folder.check(path.name, most=most):
            with suppress(FileExistsError):
                folder.create(path.name, b"", private=True)
    db = sqlite3.connect(folder.path / path.name, isolation_level=None, timeout=busy, check_same_thread=False)
    try:
        _fence(db, most)
    except BaseException:
        db.close()
        raise
    return db


def _refuse_journal(folder: Folder, name: str, busy: float) -> None:
    """A rollback journal can name any file, which SQLite then deletes. One exists while WAL is being turned on.

    Raises:
        Refused: it stays.
    """
    deadline = time.monotonic() + busy
    while folder.has(name + _JOURNAL):
        if time.monotonic() > deadline:
            reason = f"a rollback journal, {name}{_JOURNAL}, stands beside it"
            raise Refused(
                errno.EBUSY, reason, folder.path / name, hint="Remove both: what it lists is a rehearsal."
            )
        time.sleep(0.01)


def _fence(db: sqlite3.Connection, most: int) -> None:
    if sys.version_info >= (3, 12):
        db.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # noqa: FBT003 - SQLite's own order
        db.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)  # noqa: FBT003 - as above
        db.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)  # noqa: FBT003 - as above
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.execute("PRAGMA mmap_size = 0")
    [page] = db.execute("PRAGMA page_size").fetchone()
    db.execute(f"PRAGMA max_page_count = {most // page}").fetchall()


def scratch_database() -> sqlite3.Connection:
    """A database in memory alone."""
    return sqlite3.connect(":memory:", isolation_level=None)
