"""States in files of this machine.

Beside `PATH` stand `PATH.lock`, held while a run lives, and the folder `PATH.versions`: the kept versions, by
serial, which also witness that there was a state. Works on local file systems of Linux and macOS.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from offerctl import canon, disk
from offerctl.backends import chain
from offerctl.backends.chain import lost
from offerctl.backends.keeping import KEPT, is_renewal, kept_name, kept_serials, readable
from offerctl.characters import sanitize
from offerctl.errors import StateLocked, StateMoved
from offerctl.state.backend import StoredVersion, Version
from offerctl.state.document import MAX_BYTES, Heading, SealedState

_PENDING = "pending"
_SWAP = "lock"
_LOOK_PATIENCE = 0.1
"""Seconds that a run waits for this machine's lock: a plan that looks whether another lives has it for less."""
_SWAP_PATIENCE = 10.0
"""Seconds that a write waits for another process's: each takes milliseconds."""


class FileBackend:
    """One state document in a file. `checkpoint` is told each step of a write: tests end their process there.

    Who holds this machine's lock leaves what `who` says and the time in it, for those who wait.

    No part of the path below the folder `below` is a link. What another user of this machine has written, or could
    have, is refused: a state, a version, a lock.
    """

    def __init__(
        self,
        path: Path,
        *,
        environment: str,
        below: Path | None = None,
        who: Callable[[], str] = str,
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._path = path
        self._environment = environment
        self._who = who
        self._checkpoint = checkpoint
        self._home = disk.Folder(path.parent, below=below)
        self._versions = self._home.folder(f"{path.name}.versions")

    def read(self) -> tuple[bytes, Version] | None:
        """The present document, as `StateBackend.read`."""
        with disk.translate_os_errors(self._path):
            data, newest, departs = self._present()
        if departs is not None:
            what, kept = f"the state at {self._path} {departs}", "a version is kept beside it, with"
            raise lost(what, kept, newest, self._environment)
        return None if data is None else (data, _version(data))

    def _present(self) -> tuple[bytes | None, int, str | None]:
        """The document, the serial of the newest kept version, and why it is none that this one became.

        The versions are read first: the state is always at least as new as they are, so a write that falls in
        between cannot make it look older. Several can make it look as if it followed none, but not twice.
        """
        data, newest, departs = self._looked_at()
        again = self._looked_at() if departs is not None else None
        while again is not None and again != (data, newest, departs):
            data, newest, departs = again
            again = self._looked_at() if departs is not None else None
        return data, newest, departs

    def _looked_at(self) -> tuple[bytes | None, int, str | None]:
        newest = self._newest_kept()
        known = self._kept_version(kept_name(newest)) if newest >= 0 else None
        data = self._state()
        return data, newest, chain.departs_from_kept(data, newest, known)

    def write(self, sealed: SealedState, expected: Version | None) -> Version:
        """Compare-and-swap, as `StateBackend.write`.

        Where `read` finds the state gone or too old, `expected` is none and the document's serial must be beyond
        every kept one: so `state restore` mends it.
        """
        lock = self._acquire(self._versions, _SWAP, _SWAP_PATIENCE)
        try:
            with disk.translate_os_errors(self._path):
                self._swap(sealed, expected)
        finally:
            os.close(lock)
        return _version(sealed.data)

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """This machine's lock, as `StateBackend.hold`; True, since the system frees it when its holder dies."""
        lock = self._acquire(self._home, f"{self._path.name}.lock", _LOOK_PATIENCE)
        try:
            note = {"who": self._who(), "since": canon.timestamp(datetime.now(UTC))}
            disk.leave_note(lock, canon.line(note))
            yield True
        finally:
            os.close(lock)

    def history(self) -> Iterator[StoredVersion]:
        """The kept versions, as `StateBackend.history`; those that are pruned meanwhile are left out."""
        with disk.translate_os_errors(self._versions.path):
            unfinished = self._unfinished(self._state())
            versions = {serial: kept_name(serial) for serial in self._kept()}
            if unfinished is not None:
                versions[unfinished.serial] = _PENDING
            for serial in sorted(versions, reverse=True):
                data = self._kept_version(versions[serial])
                if data is not None:
                    yield StoredVersion(version=_version(data), serial=serial, data=data)

    def _state(self) -> bytes | None:
        return self._home.find(self._path.name, most=MAX_BYTES, ours=True)

    def _kept_version(self, name: str) -> bytes | None:
        return self._versions.find(name, most=MAX_BYTES, ours=True)

    def _acquire(self, folder: disk.Folder, name: str, patience: float) -> int:
        with disk.translate_os_errors(folder.path / name):
            disk.make_private(folder)
            lock = folder.lock(name, patience=patience)
            holder = "" if lock is not None else _holder(folder.find(name, most=MAX_BYTES, ours=True))
        if lock is None:
            raise StateLocked(
                f"another offerctl on this machine is at work on {self._path}{holder}",
                hint="Wait for it with --lock-timeout 5m, or answer it.",
            )
        return lock

    def _swap(self, sealed: SealedState, expected: Version | None) -> None:
        new = sealed.heading
        present, newest, departs = self._present()
        if departs is not None:
            present = None
        if (None if present is None else _version(present)) != expected or new.serial <= newest:
            raise StateMoved(
                f"the state of {self._environment} was written by somebody else since it was read",
                hint="Nothing was overwritten. Run it again.",
            )
        before = readable(present)
        if present is not None and before is not None:
            self._keep_present(present, before, new)
        self._replace(sealed.data, new.serial, keep=not is_renewal(before, new))

    def _keep_present(self, present: bytes, before: Heading, new: Heading) -> None:
        """Keep what a killed run left behind: a version it could not put in its place, or its last renewal."""
        if self._unfinished(present) is None:
            if (before.run is not None and before.run == new.run) or self._versions.has(kept_name(before.serial)):
                return
            self._write_aside(self._versions, _PENDING, present)
        self._keep_pending(before.serial)

    def _unfinished(self, present: bytes | None) -> Heading | None:
        """The heading of a version whose writer was killed between its taking effect and its being kept."""
        pending = self._kept_version(_PENDING)
        return readable(pending) if pending is not None and pending == present else None

    def _replace(self, data: bytes, serial: int, *, keep: bool) -> None:
        """Put the document in the place of the state, and a copy among the versions.

        Whatever needs room or permission comes before the one rename that makes it the state. The copy gets its
        name only after that, so no kept version is ever newer than the state, however a process dies: before the
        rename nothing happened; after it, the next write finds the pending copy equal to the state and names it.
        """
        self._checkpoint("before-temporary")
        if keep:
            self._write_aside(self._versions, _PENDING, data)
        temporary = f"{self._path.name}.tmp"
        self._write_aside(self._home, temporary, data)
        self._checkpoint("before-rename")
        self._home.rename(temporary, self._path.name)
        self._checkpoint("after-rename")
        if keep:
            self._keep_pending(serial)

    def _write_aside(self, folder: disk.Folder, name: str, data: bytes) -> None:
        folder.put_aside(name, data, before_flush=partial(self._checkpoint, "before-fsync"))

    def _keep_pending(self, serial: int) -> None:
        self._versions.rename(_PENDING, kept_name(serial))
        for old in sorted(self._kept())[:-KEPT]:
            with suppress(OSError):  # one version too many does no harm; the state is written
                self._versions.remove(kept_name(old))

    def _kept(self) -> list[int]:
        return kept_serials(self._versions.names())

    def _newest_kept(self) -> int:
        return max(self._kept(), default=-1)


def _holder(note: bytes | None) -> str:
    """Who has a lock and since when, by what was left in it: for people, so nothing where it cannot be read."""
    try:
        found = canon.parse(note or b"")
        who, since = sanitize(str(found["who"])), canon.moment(found["since"])
    except (ValueError, TypeError, KeyError):
        return ""
    return f" ({f'{who}, ' if who else ''}since {since:%Y-%m-%d %H:%M:%S} UTC)"


def _version(data: bytes) -> Version:
    """Equal bytes cannot recur, since a document holds its serial: so their digest names one write."""
    return Version(canon.sha256(data))
