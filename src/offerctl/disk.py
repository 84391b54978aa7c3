"""Files that survive a crash: read without following links, written whole or not at all, locked by the system."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from offerctl.errors import StateUnavailable

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE = 0o600
_SAFE = "What was recorded before is untouched."
_ADVICE = {
    errno.EACCES: "Give this user permission to read and write there.",
    errno.EPERM: "Give this user permission to read and write there.",
    errno.EROFS: "The file system is mounted read-only; keep the state elsewhere.",
    errno.ENOSPC: "The disk is full; make room, then run it again. " + _SAFE,
    errno.EDQUOT: "The disk quota is used up; make room, then run it again. " + _SAFE,
    errno.EFBIG: "The file may not grow that far; raise the limit. " + _SAFE,
    errno.ELOOP: "A symbolic link stands in the place of the file; name the file itself.",
    errno.EISDIR: "A folder stands in the place of the file; move it away.",
    errno.ENOTDIR: "A file stands in the place of a folder; move it away.",
    errno.ENOLCK: "This file system knows no locks; keep the state on a local disk.",
    errno.EOPNOTSUPP: "This file system knows no locks; keep the state on a local disk.",
}


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of `path` into an error that people understand.

    Raises:
        StateUnavailable: in the place of any OSError.
    """
    try:
        yield
    except OSError as error:
        raise StateUnavailable(
            f"the state at {path} cannot be used: {error.strerror or error}",
            hint=_ADVICE.get(error.errno or 0),
        ) from error


def read(path: Path) -> bytes | None:
    """The bytes of a regular file; none when there is nothing of that name.

    Raises:
        OSError: no permission, a symbolic link, a folder or a device.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
            raise OSError(code, "not a regular file")
        return file.read()


def create(path: Path, data: bytes) -> BinaryIO:
    """Write a new private file in the place of a leftover one; it is open, and not flushed to the disk yet.

    Raises:
        OSError: no room or no permission; nothing of that name is left then.
    """
    path.unlink(missing_ok=True)
    file = os.fdopen(os.open(path, _CREATE, _PRIVATE), "wb", buffering=0)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.close()
        path.unlink(missing_ok=True)
        raise
    return file


def flush(descriptor: int) -> None:
    """Bring a file or folder to the disk itself, not to its cache (macOS needs more than fsync for that)."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        with suppress(OSError):
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: a rename is only safe after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; each new name reaches the disk."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in missing:
        flush_folder(path.parent)


def lock(path: Path, *, patience: float = 0.0) -> int | None:
    """The descriptor of a locked file of its own; none when a living process has it for `patience` seconds.

    The lock goes with the descriptor, so with the process, however it ends. The file is never renamed or removed:
    two processes would otherwise lock two files of one name.
    """
    descriptor = os.open(path, _LOCK, _PRIVATE)
    deadline = time.monotonic() + patience
    try:
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(0.005)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
