"""The versions of one state document that a branch keeps, and whether the newest one follows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from offerctl import disk
from offerctl.backends import chain
from offerctl.git import Git
from offerctl.git.blobs import Blob, find_blobs, read_blobs
from offerctl.state.claimed import Link, serial_of
from offerctl.state.document import MAX_BYTES

_SUBJECT = re.compile(r"\S+: serial \d+ of run (\S+)( \(renewal\))?")
_MAX_SHALLOW_BYTES = 16 * 1024 * 1024
_NEAREST = 20
"""Versions among which the one before a document is looked for: others can stand between after a `restore`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file of the branch, or what else stands there."""

    mode: str
    kind: str
    object: str
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the branch, its files by name, and this environment's document in it."""

    id: str | None = None
    files: Mapping[str, Entry] = field(default_factory=dict)
    blob: str | None = None
    data: bytes | None = None

    @property
    def serial(self) -> int | None:
        """Below every serial without a document; none for one that cannot be read."""
        return -1 if self.data is None else serial_of(self.data)


class Versions:
    """The document `file` in the history of commits; `fetch` brings all of it where a clone has only its end."""

    def __init__(self, git: Git, file: str, *, fetch: Callable[[], None]) -> None:
        self._git = git
        self._file = file
        self._fetch = fetch

    def whole(self, start: str, *, but: str | None = None) -> list[Blob]:
        """All of them up to a commit, the newest first; the one called `but` only where there is no other one."""
        self._deepen(start)
        found = self._blobs(start, None)
        return [blob for blob in found if blob.id != but] or found

    def fit(self, document: bytes | None, commit: str, blob: str | None, *, known: bool) -> bool:
        """Whether the document of a commit names one of those before it; or where none is kept, and none `known`.

        One that nobody can read names none, which its reader says.
        """
        there = chain.link(document)
        if there is None or there.previous is None or self._fit(there, commit, blob, known=known):
            return True
        return self._deepen(commit) and self._fit(there, commit, blob, known=known)

    def serial_before(self, commit: str | None, blob: str | None) -> int | None:
        """That of the newest readable one but for the commit's own."""
        found = self._before(commit, blob) if commit else iter(())
        return next((link.serial for link in found), None)

    def passes_by(self, start: str, known: Commit) -> bool:
        """Whether the branch of a commit was set back to before the known one, and went on from there without it.

        Of a branch that was cut off after the known one nothing is said: nobody can tell.
        """
        if (
            known.id is None
            or known.serial is None
            or self._git.succeeds("merge-base", "--is-ancestor", known.id, start)
        ):
            return False
        blobs = self._blobs(start, None)
        if known.blob in {blob.id for blob in blobs}:
            return False
        links = (
            chain.link(data) for data in read_blobs(self._git, [one for one in blobs if one.size <= MAX_BYTES])
        )
        return any(link.serial <= known.serial for link in links if link)

    def _fit(self, there: Link, commit: str, blob: str | None, *, known: bool) -> bool:
        seen = known
        for link in self._before(commit, blob):
            if link.checksum == there.previous:
                return link.lineage == there.lineage
            seen = True
        return not seen

    def _before(self, commit: str, blob: str | None) -> Iterator[Link]:
        sound = [one for one in self._blobs(commit, _NEAREST) if one.id != blob and one.size <= MAX_BYTES]
        for data in read_blobs(self._git, sound):
            if link := chain.link(data):
                yield link

    def _blobs(self, start: str, most: int | None) -> list[Blob]:
        names = [f"{commit}:{self._file}" for commit in islice(self._kept(start), most)]
        return [blob for blob in find_blobs(self._git, names) if blob is not None]

    def _deepen(self, commit: str) -> bool:
        """Fetch the whole branch where a shallow clone has only its end; whether it was so."""
        if self._git.text("rev-parse", "--is-shallow-repository") != "true":
            return False
        shallow = Path(self._git.text("rev-parse", "--path-format=absolute", "--git-path", "shallow"))
        cut = set(disk.read(shallow, most=_MAX_SHALLOW_BYTES).decode("ascii").split())
        if not cut & set(self._git.text("rev-list", commit).split()):
            return False
        self._fetch()
        return True

    def _kept(self, start: str) -> Iterator[str]:
        """Commits whose document is kept, or that took it away, newest first.

        A renewal is kept only where another run wrote next: its own run was killed then.
        """
        listed = self._git.text("rev-list", "--topo-order", "--format=%H %s", start, "--", self._file).splitlines()
        following: str | None = None
        for number, line in enumerate(line for line in listed if not line.startswith("commit ")):
            commit, _, subject = line.partition(" ")
            found = _SUBJECT.fullmatch(subject)
            run = found[1] if found else None
            renewed = bool(found and found[2]) and (number == 0 or following == run)
            if not renewed:
                yield commit
            following = run
