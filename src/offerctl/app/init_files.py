"""The files that `init` writes: what is to stand in the repository, what stands there, and the record of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from offerctl import disk
from offerctl.scaffold.record import RECORD, fingerprint, read_record, write_record

MAX_BYTES = 64 * 1024 * 1024


class Files:
    """A repository's files by their paths in it. No part of a path is followed where it is a link.

    Raises:
        OSError: one is; or something cannot be read or written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.recorded: Mapping[str, str] = read_record(self.read(RECORD))
        """What `init` wrote before, by fingerprint."""

    def read(self, name: str) -> bytes | None:
        """A file's bytes; none where there is nothing of that name."""
        folder, last = self._in(name)
        try:
            return folder.find(last, most=MAX_BYTES)
        except NotADirectoryError:
            return None

    def text(self, name: str) -> str:
        """A file's text; empty where there is none, or it cannot be read: a link, say, that somebody put there."""
        try:
            return (self.read(name) or b"").decode("utf-8", "replace")
        except OSError:
            return ""

    def has(self, name: str) -> bool:
        """Whether anything has that name, a link to nowhere too."""
        folder, last = self._in(name)
        return folder.has(last)

    def create(self, name: str, data: bytes) -> bool:
        """Write a new file; whether there was none before, not even a link to nowhere."""
        folder, last = self._in(name)
        folder.make(private=False)
        try:
            folder.create(last, data)
        except FileExistsError:
            return False
        return True

    def replace(self, name: str, data: bytes) -> None:
        """Put it there, whatever file was there."""
        folder, last = self._in(name)
        folder.make(private=False)
        folder.replace(last, data, private=False)

    def remove(self, name: str) -> None:
        """Take it away."""
        folder, last = self._in(name)
        folder.remove(last)

    def is_as_written(self, name: str, present: bytes) -> bool:
        """Whether nobody has changed a file since `init` wrote it, but for what actions it pins."""
        return self.recorded.get(name) == fingerprint(present)

    def note(self, written: Mapping[str, bytes], *, forget: Iterable[str] = ()) -> None:
        """Add to the record what was written, and take out what is gone."""
        gone = set(forget)
        known = {name: digest for name, digest in self.recorded.items() if name not in gone}
        known |= {name: fingerprint(data) for name, data in written.items()}
        data = write_record(known)
        if known and data != self.read(RECORD):
            self.replace(RECORD, data)

    def _in(self, name: str) -> tuple[disk.Folder, str]:
        path = self.root / name
        assert ".." not in path.parts, "no file of init's is outside of the repository"
        return disk.Folder(path.parent, below=self.root), path.name
