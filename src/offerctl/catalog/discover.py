"""Finding and opening offering files, without following a link or waiting for a device."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from offerctl.catalog.codes import Code
from offerctl.catalog.problem import InvalidDocument, Problem
from offerctl.catalog.shown import refused_character, spelled
from offerctl.catalog.signs import Sign, sign
from offerctl.disk import Folder, Refused, TooLarge
from offerctl.errors import CatalogError

if TYPE_CHECKING:
    from offerctl.catalog.unread import Unread

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
"""Folders in each other, below the one that is read. The way to each is walked from the top: depth costs twice."""
_SUFFIXES = (".yaml", ".yml")
_ALMOST = r"(?is)(?P<stem>.+)(?P<ending>\.ya?ml)(\.txt)?"
_LEFT_ALONE = (".", "_")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_KINDS = {
    errno.ELOOP: "symbolic links are not followed",
    errno.EISDIR: "a folder cannot be an offering",
    errno.EINVAL: "devices and pipes are not read",
}
"""What is no ordinary file, by the codes of `disk.Refused`."""
_WHERE = 'Begin with offerctl init, or name the folder of the files in offerctl.toml: offerings = "offerings".'


class OfferingFile(NamedTuple):
    """A file to read: its folder and its name there, and its name in the repository."""

    folder: Folder
    name: str
    file: str


def check_folder(path: Path, repo_root: Path, hint: str | None = _WHERE) -> None:
    """Refuse whatever is no folder: it must never count as an empty catalogue.

    Raises:
        CatalogError: there is nothing, a file, or a link, also in its path below `repo_root`.
    """
    mode = _mode(path, hint)
    if not stat.S_ISDIR(mode):
        what = "is a symbolic link, which is not followed" if stat.S_ISLNK(mode) else "is no folder"
        raise CatalogError(f"{path} {what}", hint=hint)
    try:
        with _folder(path, repo_root):
            pass
    except OSError as error:
        raise CatalogError(f"the folder {path} cannot be read: {error.strerror}", hint=hint) from error


class Listing(NamedTuple):
    """What is at some paths, and how the folders stood that were listed for it."""

    found: Sequence[OfferingFile | Problem]
    signs: Mapping[Folder, Sign]


def listing(paths: Sequence[Path], repo_root: Path) -> Listing:
    """What `find` gives, with the signs of the folders.

    Raises:
        CatalogError: as `find`.
    """
    signs: dict[Folder, Sign] = {}
    return Listing(find(paths, repo_root, signs), signs)


def find(
    paths: Sequence[Path], repo_root: Path, signs: dict[Folder, Sign] | None = None
) -> list[OfferingFile | Problem]:
    """The files named, whatever their names, and the offering files below the folders named.

    They come in the order of their names in the repository, whatever the order of `paths`, and each once, however
    many of the paths lead to it. The signs of the folders are added to `signs`.

    Raises:
        CatalogError: there is nothing at a path, or a folder that is a link or cannot be read.
    """
    signs = {} if signs is None else signs
    found = sorted((one for path in paths for one in _find(path, repo_root, signs)), key=lambda one: one.file)
    if len(paths) == 1:
        return found
    once: dict[Hashable, OfferingFile | Problem] = {}
    for one in found:
        once.setdefault(_identity(one), one)
    return list(once.values())


def opened(found: Sequence[OfferingFile | Problem]) -> Iterator[OfferingFile | Problem]:
    """The same, and each file's folder is open while it is looked at: one walk a folder, not one a file."""
    for folder, files in groupby(found, key=lambda one: getattr(one, "folder", None)):
        with ExitStack() as open_folder:
            if folder is not None:
                with suppress(OSError):  # it is told when the file is opened
                    open_folder.enter_context(folder)
            yield from files


def _identity(found: OfferingFile | Problem) -> Hashable:
    """Equal for one file that is named in two ways: through a link to its folder, or in capitals on a Mac's disk.

    A hard link by another name is a file of its own, as it is for whoever reads the folder.
    """
    if isinstance(found, Problem):
        return found
    path = found.folder.path / found.name
    try:
        parent, itself = path.parent.stat(), path.lstat()
    except OSError:  # it is told when the file is opened
        return found
    spelled_alike = unicodedata.normalize("NFC", path.name).casefold()
    return (parent.st_dev, parent.st_ino, itself.st_dev, itself.st_ino, spelled_alike)


def _find(path: Path, repo_root: Path, signs: dict[Folder, Sign]) -> Iterator[OfferingFile | Problem]:
    mode = _mode(path, hint=None)
    shown = os.path.relpath(path, repo_root).replace(os.sep, "/")
    if stat.S_ISDIR(mode) or (stat.S_ISLNK(mode) and path.is_dir()):
        check_folder(path, repo_root, hint=None)
        return _below(_folder(path, repo_root), "" if shown == "." else f"{shown}/", signs)
    return iter((_named(_folder(path.parent, repo_root), path.name, shown),))


def is_left_alone(file: str) -> bool:
    """Whether a file or folder of the offerings folder, named from there, is none of `find`'s business."""
    return any(part.startswith(_LEFT_ALONE) for part in file.split("/"))


def is_offering_name(file: str) -> bool:
    """Whether a file of the offerings folder, named from there, is one that `find` gives to be read."""
    return file.endswith(_SUFFIXES) and not is_left_alone(file)


def refuse_pointer(file: str, data: bytes) -> None:
    """Refuse what Git LFS leaves in a file's place until it is fetched.

    Raises:
        InvalidDocument: with the way on.
    """
    if data.startswith(_LFS_POINTER):
        message = "the file's content was not fetched: it is a pointer of Git LFS"
        raise InvalidDocument(Problem(code=Code.UNREADABLE, file=file, message=message, hint="run git lfs pull"))


def contents(found: OfferingFile) -> bytes:
    """The bytes of an ordinary file of at most 64 KiB.

    Raises:
        InvalidDocument: anything else, with its problem.
    """
    try:
        return found.folder.read(found.name, most=MAX_BYTES)
    except TooLarge as error:
        raise InvalidDocument(_too_big(found.file, error.size)) from None
    except OSError as error:
        if isinstance(error, Refused) and error.errno in _KINDS:
            raise InvalidDocument(_not_a_file(found.file, _KINDS[error.errno])) from None
        raise InvalidDocument(_unreadable(found.file, f"cannot be read: {error.strerror}")) from None


def _mode(path: Path, hint: str | None) -> int:
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CatalogError(f"there is no file or folder {path}", hint=hint) from error
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}", hint=hint) from error


def _folder(path: Path, repo_root: Path) -> Folder:
    """No link in its path below the repository's root; elsewhere it is no link itself."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    inside = path.is_relative_to(os.path.abspath(repo_root))  # noqa: PTH100 - as above
    return Folder(path, below=repo_root if inside else path.parent)


def _below(start: Folder, prefix: str, signs: dict[Folder, Sign]) -> Iterator[OfferingFile | Problem]:
    """The files of a folder and of those in it, and a problem for each that is too deep to be looked into."""
    folders = [(start, prefix)]
    deepest = len(start.path.parts) + MAX_DEPTH
    while folders:
        folder, prefix = folders.pop()
        if len(folder.path.parts) > deepest:
            yield _too_deep(prefix)
            continue
        try:
            with folder:
                entries = folder.entries()
                signs[folder] = sign(folder, [entry.name for entry in entries])
                yield from _inside(folder, prefix, entries, folders)
        except OSError as error:
            yield _unreadable(prefix, f"the folder cannot be read: {error.strerror}")


def _inside(
    folder: Folder, prefix: str, entries: Sequence[os.DirEntry[str]], deeper: list[tuple[Folder, str]]
) -> Iterator[OfferingFile | Problem]:
    """What one open folder holds; the folders in it are added to `deeper`."""
    names = frozenset(entry.name for entry in entries)
    for entry in entries:
        name = entry.name
        if name.startswith(_LEFT_ALONE):
            continue
        is_offering = name.endswith(_SUFFIXES)
        if not is_offering and entry.is_dir(follow_symlinks=False):
            deeper.append((folder.folder(name), f"{prefix}{name}/"))
        elif is_offering or (entry.is_symlink() and _may_be_a_folder(entry)):
            yield _named(folder, name, prefix + name)
        elif told := _unread(folder, entry, prefix + name, names):
            yield _misnamed(prefix + name, name, told)


def _unread(folder: Folder, entry: os.DirEntry[str], file: str, names: frozenset[str]) -> Unread | None:
    """What to say of a file that is not read; none where it is no course, as far as a look into it tells."""
    from offerctl.catalog import unread  # noqa: PLC0415 - as in `load`

    name = entry.name
    if found := re.fullmatch(_ALMOST, name):
        meant = found["stem"] + found["ending"].lower()
        way_on = f"{meant} is there, too" if meant in names else f"rename it to {meant}"
        return unread.Unread(Code.MISNAMED, way_on)
    if not entry.is_file(follow_symlinks=False):
        return None
    data = b""
    if unread.is_worth_a_look(name):
        with suppress(InvalidDocument):  # too big to hold one, or nobody may read it
            data = contents(OfferingFile(folder, name, name))
    return unread.unread(file, name, data, names)


def _may_be_a_folder(link: os.DirEntry[str]) -> bool:
    """Offerings behind a link would silently be left out, and then deleted: rather say so. A loop counts."""
    try:
        return link.is_dir()
    except OSError:
        return True


def _misnamed(file: str, name: str, told: Unread) -> Problem:
    """What a file that is not read says would be deleted, or never be listed: rather say so."""
    problem = Problem(code=told.code, file=file, message=f"{name} is not read: {told.way_on}", hint=told.hint)
    return _unshowable(file) or problem


def _named(folder: Folder, name: str, file: str) -> OfferingFile | Problem:
    """A file whose name can be shown and recorded."""
    return _unshowable(file) or OfferingFile(folder, name, file)


def _unshowable(file: str) -> Problem | None:
    character = refused_character(file)
    if character is None:
        return None
    shown = file.encode("utf-8", "backslashreplace").decode()
    return _unreadable(shown, f"the file's name holds {spelled(character)}, which is not allowed; rename it")


def _not_a_file(file: str, message: str) -> Problem:
    return Problem(code=Code.NOT_A_FILE, file=file, message=message, hint="put an ordinary file here")


def _too_deep(prefix: str) -> Problem:
    """What is in there is not known, so it must not look deleted."""
    shown = prefix.encode("utf-8", "backslashreplace").decode()
    message = f"the folder is not looked into: it is more than {MAX_DEPTH} folders deep"
    return Problem(code=Code.UNREADABLE, file=shown, message=message, hint="move it up")


def _too_big(file: str, size: int) -> Problem:
    message = f"the file has {size:,} bytes; an offering has at most {MAX_BYTES:,}"
    return Problem(code=Code.TOO_BIG, file=file, message=message, hint="a file holds one offering")


def _unreadable(file: str, message: str) -> Problem:
    return Problem(code=Code.UNREADABLE, file=file, message=message)
