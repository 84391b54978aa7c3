"""Files that the user or the runner names outright: links are followed there, since somebody chose them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from offerctl.disk.folder import Folder
from offerctl.disk.system import read_whole, write_all

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


def read(path: Path, *, most: int) -> bytes:
    """The bytes of an ordinary file of at most `most`, without waiting for a pipe.

    Raises:
        OSError: missing, no permission; as Refused a folder, a pipe, a device, or too large.
    """
    file = os.open(path, _READ)
    try:
        return read_whole(file, most=most, path=path, ours=False)
    finally:
        os.close(file)


def append(path: Path, text: str) -> None:
    """Add to a file such as the runner's outputs; UTF-8, and what has no form in it is spelled out.

    Raises:
        OSError: no room, no permission.
    """
    file = os.open(path, _APPEND, 0o666)
    try:
        write_all(file, text.encode("utf-8", "backslashreplace"))
    finally:
        os.close(file)


def save(path: Path, data: bytes) -> None:
    """Replace a file as `Folder.replace` does; a pipe or a device takes the bytes as they come.

    Raises:
        OSError: no room, no permission, a link to a file.
    """
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):
        with path.open("wb", buffering=0) as file:
            write_all(file.fileno(), data)
        return
    Folder(path.parent).replace(path.name, data)


def keep_report(text: str) -> Path:
    """Write a text for a bug report to a new file of its own that only this user can read."""
    import tempfile  # noqa: PLC0415 - only for a bug report

    file, path = tempfile.mkstemp(prefix="offerctl-", suffix=".txt")
    try:
        write_all(file, text.encode("utf-8", "backslashreplace"))
    finally:
        os.close(file)
    return Path(path)
