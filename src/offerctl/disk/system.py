"""Single steps on open descriptors: read within a bound, write all, flush to the disk itself, lock."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from contextlib import suppress
from pathlib import Path

from offerctl.disk.refusal import TooLarge, refuse_other_kinds, refuse_others

_CHUNK = 1024 * 1024


def read_whole(handle: int, *, most: int, path: Path | str, ours: bool) -> bytes:
    """All of an ordinary file. It may have changed since it was named, so what counts is what was opened.

    Raises:
        Refused: no ordinary file, too large, or (`ours`) another user's.
    """
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        refuse_other_kinds(info, path)
    if ours:
        refuse_others(info, path)
    if info.st_size > most:
        raise TooLarge(info.st_size, most, path)
    data = os.read(handle, info.st_size + 1)
    if 0 < len(data) <= info.st_size:  # an ordinary file gives less than was asked for at its end alone
        return data
    while more := os.read(handle, min(_CHUNK, most + 1 - len(data))):  # it grows, or tells no size
        data += more
    if len(data) > most:
        raise TooLarge(len(data), most, path)
    return data


def write_all(handle: int, data: bytes) -> None:
    """Write every byte: the system may take fewer at once."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def leave_note(handle: int, data: bytes) -> None:
    """Make these bytes all that an open file holds; for people, so that a full disk is no reason to stop."""
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, data, 0)


def flush(descriptor: int) -> None:
    """Bring a file or folder to the disk itself, not to its cache (macOS needs more than fsync for that)."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        with suppress(OSError):
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)


def take_after(handle: int, model: os.stat_result) -> None:
    """Give a new file the owner, group and mode of the one that it replaces, as far as this user may."""
    for owner, group in ((model.st_uid, -1), (-1, model.st_gid)):
        with suppress(PermissionError):
            os.fchown(handle, owner, group)
    os.fchmod(handle, stat.S_IMODE(model.st_mode))  # last: a change of owner takes bits away


def wait_for_lock(handle: int, patience: float) -> bool:
    """Whether the lock of an open file could be had within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not _try_lock(handle):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.005)
    return True


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
