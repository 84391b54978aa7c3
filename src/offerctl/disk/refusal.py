"""What is not opened though it is there, and why: links, pipes, devices, what is too large or others may write."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from offerctl.errors import StateUnavailable

LINK = "is a symbolic link, which is not followed"
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
_OTHERS = (
    "Whoever wrote it could make offerctl do anything in your name. If you trust what it says, make it yours: "
    "chown it to this user, and chmod o-w."
)


class Refused(OSError):
    """Something stands there that offerctl does not open; `hint` is the way on where the reason leaves it open."""

    def __init__(self, code: int, reason: str, path: Path | str, *, hint: str | None = None) -> None:
        super().__init__(code, reason, str(path))
        self.hint = hint


class TooLarge(Refused):
    """More bytes than are read of such a file; `size` is how many there are, or at least are."""

    def __init__(self, size: int, most: int, path: Path | str) -> None:
        super().__init__(errno.EOVERFLOW, f"it has {size:,} bytes, and may have at most {most:,}", path)
        self.size = size


@contextmanager
def translate_os_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of `path` into an error that people understand.

    Raises:
        StateUnavailable: in the place of any OSError.
    """
    try:
        yield
    except OSError as error:
        hint = error.hint if isinstance(error, Refused) else None
        raise StateUnavailable(
            f"the state at {path} cannot be used: {error.strerror or error}",
            hint=hint or _ADVICE.get(error.errno or 0),
        ) from error


def refuse_other_kinds(info: os.stat_result, path: Path | str) -> None:
    """Refuse whatever is no ordinary file.

    Raises:
        Refused: a link, a folder, a pipe, a device.
    """
    mode = info.st_mode
    if stat.S_ISREG(mode):
        return
    if stat.S_ISLNK(mode):
        raise Refused(errno.ELOOP, f"it {LINK}", path)
    if stat.S_ISDIR(mode):
        raise Refused(errno.EISDIR, "it is a folder", path)
    raise Refused(errno.EINVAL, "it is a pipe or a device, not an ordinary file", path)


def refuse_others(info: os.stat_result, path: Path | str) -> None:
    """Refuse what another user of this machine has written, or could.

    Raises:
        Refused: neither this user's nor root's, or everybody may write it.
    """
    if info.st_uid not in _trusted():
        raise Refused(errno.EPERM, f"it belongs to another user (uid {info.st_uid})", path, hint=_OTHERS)
    if info.st_mode & stat.S_IWOTH:
        raise Refused(errno.EPERM, "every user of this machine may write it", path, hint=_OTHERS)


def may_be_written_by_others(folder: Path) -> bool:
    """Whether another user of this machine owns a folder or may put files into it (as into /tmp)."""
    try:
        refuse_others(folder.stat(), folder)
    except OSError:
        return True
    return False


def trusted_users(folder: Path) -> frozenset[int]:
    """Those who may decide what holds for a folder: whoever is trusted everywhere, and its owner."""
    with suppress(OSError):
        return _trusted() | {folder.stat().st_uid}
    return _trusted()


def _trusted() -> frozenset[int]:
    """This user and root; as git has it, under sudo the user who called it too."""
    trusted = {0, os.geteuid()}
    if os.geteuid() == 0:
        with suppress(KeyError, ValueError):
            trusted.add(int(os.environ["SUDO_UID"]))
    return frozenset(trusted)
