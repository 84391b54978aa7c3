"""The embedded Marketplace's SQLite file: opened, recognised as ours, and made where there is none."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import cache
from pathlib import Path

from offerctl import disk
from offerctl.disk import sqlite
from offerctl.errors import MarketplaceError

VERSION = 1
BUSY = 2.0
"""Seconds to wait for another process's transaction; these take less than a millisecond."""
MAX_BYTES = 256 * 1024 * 1024
"""Bytes of the file: 100,000 listings with their journal take a quarter of it."""
_NOT_ALLOWED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS listings (
    offering_id TEXT PRIMARY KEY, network_key TEXT NOT NULL, body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    method TEXT NOT NULL, offering_id TEXT, status INTEGER NOT NULL, at TEXT NOT NULL
);
PRAGMA user_version = 1;
COMMIT;
"""


def open_file(path: Path, *, below: Path | None) -> sqlite3.Connection:
    """The file, made with its folder where missing; no part of its path below the folder `below` is a link.

    Raises:
        MarketplaceError: it cannot be used, a newer offerctl wrote it, or it is somebody else's database.
    """
    try:
        db = sqlite.database(path, below=below, most=MAX_BYTES, busy=BUSY)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    try:
        _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    try:
        version, schema = _described(db)
        if version > VERSION:
            raise MarketplaceError(
                f"{path} was written by a newer offerctl", hint="Use that one, or remove the file."
            )
        if schema != (_own_schema() if version == VERSION else ()):
            raise MarketplaceError(
                f"{path} is no file of the embedded Marketplace: its tables, triggers or views are others. "
                "Nothing was written to it.",
                hint="Remove it if nothing else needs it: what the Marketplace lists is a rehearsal.",
            )
        if version < VERSION:
            _use_wal(db)
            db.executescript(_SCHEMA)
        db.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _described(db: sqlite3.Connection) -> tuple[int, tuple[object, ...]]:
    """The version and the whole schema, triggers and views too, at one moment; nothing of it is run."""
    db.execute("BEGIN")
    try:
        [version] = db.execute("PRAGMA user_version").fetchone()
        rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name, type").fetchall()
    finally:
        db.execute("ROLLBACK")
    return version, tuple(rows)


@cache
def _own_schema() -> tuple[object, ...]:
    """What SQLite makes of ours."""
    with closing(sqlite.scratch_database()) as db:
        db.executescript(_SCHEMA)
        return _described(db)[1]


def _use_wal(db: sqlite3.Connection) -> None:
    """For the file's whole life. Two processes that both are the first collide here without SQLite's waiting."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _unusable(path: Path, error: OSError | sqlite3.Error) -> MarketplaceError:
    said = error.strerror if isinstance(error, OSError) else None
    # SQLite's extended codes hold the plain one in their last byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    hint = error.hint if isinstance(error, disk.Refused) else None
    if hint is not None:
        pass
    elif isinstance(error, PermissionError) or code in _NOT_ALLOWED:
        hint = f"Give this user permission to read and write in {path.parent}."
    elif code in _DAMAGED:
        hint = "It is damaged; remove it: what it lists is a rehearsal."
    return MarketplaceError(f"the embedded Marketplace's file {path} cannot be used: {said or error}", hint=hint)
