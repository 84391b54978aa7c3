"""A folder that is reached without following a link, and the files in it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from offerctl.disk.refusal import LINK, Refused, TooLarge, refuse_other_kinds, refuse_others
from offerctl.disk.system import flush, read_whole, take_after, wait_for_lock, write_all

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_START = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PRIVATE = 0o600
_PRIVATE_FOLDER = 0o700
_ANYBODYS = 0o666
_ANYBODYS_FOLDER = 0o777


def _nothing() -> None:
    """No further step."""


class Folder:
    """The folder `path`. Its parts below the folder `below` are opened one from the other and are no links.

    A path that does not lie below it is somebody's word: it is taken as the system takes it, links and all.
    Each method opens the folder anew, or uses the descriptor that is open in a `with` block: one for the folder,
    not one for each file. Names are those of files in it, not paths. Errors are OSError, told with the whole path.
    """

    def __init__(self, path: Path, *, below: Path | None = None) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
        start = self.path if below is None else Path(os.path.abspath(below))  # noqa: PTH100 - as above
        self._start = start if self.path.is_relative_to(start) else self.path
        self._parts = self.path.relative_to(self._start).parts
        self._handle: int | None = None

    def __enter__(self) -> Self:
        self._handle = self._walk()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._handle is not None, "it was entered"
        os.close(self._handle)
        self._handle = None

    def folder(self, name: str) -> Folder:
        """A folder in it, which is no link either."""
        return Folder(self.path / name, below=self._start)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Folder) and (self.path, self._start) == (other.path, other._start)

    def __hash__(self) -> int:
        return hash((self.path, self._start))

    def info(self) -> os.stat_result:
        """What the system knows of the folder itself."""
        with self._at("") as handle:
            return os.fstat(handle)

    def make(self, *, private: bool = True) -> None:
        """Make the folder and those above it; each new name reaches the disk. `private`: for this user alone."""
        mode = _PRIVATE_FOLDER if private else _ANYBODYS_FOLDER
        if not os.path.lexists(self._start):
            start = next(path for path in self._start.parents if os.path.lexists(path))
            Folder(self.path, below=start).make(private=private)
        else:
            os.close(self._walk(make=mode))

    def entries(self) -> list[os.DirEntry[str]]:
        """What is in it, in the order of their names; to be asked further within the `with` block."""
        with self._at("") as handle, os.scandir(handle) as listing:
            return sorted(listing, key=lambda entry: entry.name)

    def names(self) -> list[str]:
        """The names in it; none where it is missing."""
        with suppress(FileNotFoundError), self._at("") as handle:
            return os.listdir(handle)  # noqa: PTH208 - pathlib knows no descriptors
        return []

    def has(self, name: str) -> bool:
        """Whether anything has that name, a link to nowhere too."""
        with suppress(FileNotFoundError), self._at(name) as handle:
            os.stat(name, dir_fd=handle, follow_symlinks=False)
            return True
        return False

    def read(self, name: str, *, most: int, ours: bool = False) -> bytes:
        """The bytes of an ordinary file of at most `most`; `ours`: that no other user can have written.

        Raises:
            Refused: a link, no ordinary file, too large, another user's.
        """
        if self._handle is not None:
            return self._read(self._handle, name, most=most, ours=ours)
        with self._at(name) as handle:
            return self._read(handle, name, most=most, ours=ours)

    def find(self, name: str, *, most: int, ours: bool = False) -> bytes | None:
        """The same; none where there is nothing of that name."""
        try:
            return self.read(name, most=most, ours=ours)
        except FileNotFoundError:
            return None

    def create(self, name: str, data: bytes, *, private: bool = False) -> None:
        """Write a new file, whole or not at all.

        Raises:
            FileExistsError: anything has that name, a link to nowhere too.
        """
        with self._at(name) as handle:
            self._fill(handle, name, data, _PRIVATE if private else _ANYBODYS)

    def put_aside(self, name: str, data: bytes, *, before_flush: Callable[[], None] = _nothing) -> None:
        """Write a private file in the place of a leftover one, and bring it to the disk, to be renamed then."""
        with self._at(name) as handle:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=handle)
            self._fill(handle, name, data, _PRIVATE, before_flush=before_flush)

    def replace(
        self, name: str, data: bytes, *, private: bool = True, check: Callable[[], None] = _nothing
    ) -> None:
        """Put a file in the place of another in one step; it keeps that one's mode, and its owner where it may.

        `check` is called when all is written but nothing replaced, and stops it by raising. A new file is
        `private`, or as the umask has it.

        Raises:
            Refused: a link, a folder, a pipe or a device has that name.
        """
        with self._at(name) as handle:
            model = None
            with suppress(FileNotFoundError):
                model = os.stat(name, dir_fd=handle, follow_symlinks=False)
                refuse_other_kinds(model, self.path / name)
            temporary = f".{name}.{os.urandom(4).hex()}.tmp"  # the dot: no reader takes it up
            mode = _PRIVATE if private else _ANYBODYS
            self._fill(handle, temporary, data, mode, before_flush=check, model=model)
            with _removed_on_error(handle, temporary):
                os.rename(temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
            flush(handle)

    def rename(self, name: str, new: str) -> None:
        """Give a file another name, in the place of what had it; the names reach the disk."""
        with self._at(name) as handle:
            os.rename(name, new, src_dir_fd=handle, dst_dir_fd=handle)
            flush(handle)

    def remove(self, name: str) -> None:
        """Take a file away."""
        with self._at(name) as handle:
            os.unlink(name, dir_fd=handle)

    def lock(self, name: str, *, patience: float = 0.0) -> int | None:
        """The descriptor of a locked file of its own; none when a living process has it for `patience` seconds.

        The lock goes with the descriptor, so with the process, however it ends. The file is never renamed or
        removed: two processes would otherwise lock two files of one name.

        Raises:
            Refused: another user's; whoever holds it could stop every run.
        """
        with self._at(name) as handle:
            lock = os.open(name, _LOCK, _PRIVATE, dir_fd=handle)
            try:
                info = os.fstat(lock)
                refuse_other_kinds(info, self.path / name)
                refuse_others(info, self.path / name)
                if wait_for_lock(lock, patience):
                    return lock
            except OSError:
                os.close(lock)
                raise
            os.close(lock)
            return None

    def check(self, name: str, *, most: int) -> bool:
        """Whether there is a file of that name: one that others' code may be given to open by its path.

        Raises:
            Refused: a link, no ordinary file, too large, another user's.
        """
        with suppress(FileNotFoundError), self._at(name) as handle:
            info = os.stat(name, dir_fd=handle, follow_symlinks=False)
            refuse_other_kinds(info, self.path / name)
            refuse_others(info, self.path / name)
            if info.st_size > most:
                raise TooLarge(info.st_size, most, self.path / name)
            return True
        return False

    def _read(self, handle: int, name: str, *, most: int, ours: bool) -> bytes:
        try:
            file = os.open(name, _READ, dir_fd=handle)
        except OSError as error:
            _refuse_what_stands(handle, name, self.path / name)
            error.filename = str(self.path / name)
            raise
        try:
            return read_whole(file, most=most, path=f"{self.path}/{name}", ours=ours)
        finally:
            os.close(file)

    def _fill(
        self,
        handle: int,
        name: str,
        data: bytes,
        mode: int,
        *,
        before_flush: Callable[[], None] = _nothing,
        model: os.stat_result | None = None,
    ) -> None:
        """A new file with these bytes, on the disk; nothing of that name is left where that fails."""
        file = os.open(name, _CREATE, mode, dir_fd=handle)
        try:
            with _removed_on_error(handle, name):
                write_all(file, data)
                if model is not None:
                    take_after(file, model)
                before_flush()
                flush(file)
        finally:
            os.close(file)

    def _walk(self, *, make: int | None = None) -> int:
        """A descriptor of the folder, part by part."""
        handle = os.open(self._start, _START)
        reached = self._start
        try:
            for part in self._parts:
                reached /= part
                inner = _step(handle, part, reached, make)
                os.close(handle)
                handle = inner
        except BaseException:
            os.close(handle)
            raise
        return handle

    @contextmanager
    def _at(self, name: str) -> Iterator[int]:
        """The descriptor of the folder, kept or of the moment; errors tell the whole path of the file."""
        handle = self._walk() if self._handle is None else self._handle
        try:
            yield handle
        except OSError as error:
            if not isinstance(error, Refused):
                error.filename, error.filename2 = str(self.path / name), None
            raise
        finally:
            if handle != self._handle:
                os.close(handle)


def _step(handle: int, part: str, reached: Path, make: int | None) -> int:
    """From a folder into one of it, which is made where it may be and is missing."""
    if make is not None:
        with suppress(FileExistsError):
            os.mkdir(part, make, dir_fd=handle)
            flush(handle)
    try:
        return os.open(part, _FOLDER, dir_fd=handle)
    except OSError as error:
        error.filename = str(reached)
        with suppress(OSError):
            if stat.S_ISLNK(os.stat(part, dir_fd=handle, follow_symlinks=False).st_mode):
                error = Refused(errno.ELOOP, f"{part} in its path {LINK}", reached)
        raise error from None


def _refuse_what_stands(handle: int, name: str, path: Path) -> None:
    """Say why a name could not be opened, where its kind is the reason."""
    with suppress(FileNotFoundError):
        refuse_other_kinds(os.stat(name, dir_fd=handle, follow_symlinks=False), path)


@contextmanager
def _removed_on_error(handle: int, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=handle)
        raise
