"""Whether folders stand as they did: a sign of each changes with its entries.

A file that is moved, while a catalogue is read, from a folder that was still to be listed to one that had been is
in neither listing, and its own would look deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offerctl.disk import Folder

Sign = tuple[Sequence[str], int, int, int]
"""The names in a folder, the number of its inode, and when its entries and the inode changed last (ns)."""


def sign(folder: Folder, names: Sequence[str]) -> Sign:
    """The sign of a folder that has these names in it, in their order.

    Raises:
        OSError: the folder is gone, or none any more.
    """
    info = folder.info()
    return names, info.st_ino, info.st_mtime_ns, info.st_ctime_ns


def are_current(signs: Mapping[Folder, Sign]) -> bool:
    """Whether each folder still stands as its sign says."""
    try:
        return all(sign(folder, sorted(folder.names())) == was for folder, was in signs.items())
    except OSError:
        return False
