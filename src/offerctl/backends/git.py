"""States on a branch of their own in a git repository, for whoever has git but no disk that lasts.

Each write is a commit made with plumbing; the push is the swap. The work tree, the index and the local branches
are never touched. The branch holds `ENV.state.json` for each environment; a ref of this clone, `refs/offerctl/…`,
points to what was last seen and so witnesses that there was a state.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from offerctl.backends import chain
from offerctl.backends.git_remote import Remote, no_turn, state_remote, way_out
from offerctl.backends.git_versions import Commit, Entry, Versions
from offerctl.backends.keeping import is_renewal, readable, serial_of
from offerctl.errors import StateMoved, StateUnavailable
from offerctl.git import Git, GitFailed, explained
from offerctl.git.blobs import read_blobs
from offerctl.state.backend import StoredVersion, Version
from offerctl.state.document import MAX_BYTES, Heading, SealedState

PATIENCE = 60.0
"""Seconds for a write as a whole, while writes of other environments come in between."""
_RACES = re.compile(
    r"stale info|failed to update ref|cannot lock ref|incorrect old value|already exists|fetch first"
    r"|non-fast-forward|failed to lock|unable to lock"
)
"""Refusals of a push that say no more than that the branch moved."""
_REJECTED = re.compile(r"^!\t[^\t]*\t\[(?:remote )?rejected\] \((.*)\)$", re.MULTILINE)
_RUN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUFFIX = ".state.json"
_WHOLE = "1000000000"
"""A depth beyond every branch's. Git's own infinite one would fetch the whole of the other branches too."""


def _longest_pause(left: float) -> float:
    """Seconds between two tries, with `left` for the write: who loses slows the winner down, and steps back.

    Whoever has waited for half of its time tries more often.
    """
    return PATIENCE / (8 if left > PATIENCE / 2 else 30)


class GitBackend:
    """One state document on a branch of the remote (`origin`, or the only one there is)."""

    def __init__(self, root: Path, *, branch: str, environment: str) -> None:
        self._git = Git(root)
        self._branch = branch
        self._ref = f"refs/heads/{branch}"
        self._environment = environment
        self._file = f"{environment}{_SUFFIX}"

    def read(self) -> tuple[bytes, Version] | None:
        """The present document, as `StateBackend.read`."""
        with self._told("read"):
            remote = state_remote(self._git)
            known = self._known(remote)
            present = self._commit(self._fetched(remote), known, remote)
            if departs := self._departs(present, known, remote):
                what = f"the state of {self._environment} on branch {self._branch} of {remote.name} {departs}"
                kept = "this clone knows the one with" if known.data else "the one kept before it has"
                serial = (
                    known.serial if known.data else self._versions(remote).serial_before(present.id, present.blob)
                )
                beside = present.serial if departs == chain.PASSES_BY else None
                raise chain.lost(what, kept, serial, self._environment, beside=beside)
            if present.data is None or chain.is_whole(present.data):  # a harmed one witnesses nothing
                self._remember(remote, present.id, known)
        if present.data is None or present.blob is None:
            return None
        return present.data, Version(present.blob)

    def write(self, sealed: SealedState, expected: Version | None) -> Version:
        """Compare-and-swap, as `StateBackend.write`.

        Where `read` finds the state gone or too old, `expected` is none and the document's serial must be beyond
        the known one: so `state restore` mends it. A swap that is lost only to another environment's file is
        tried again.
        """
        new = sealed.heading
        deadline = time.monotonic() + PATIENCE
        with self._told("written"):
            remote = state_remote(self._git)
            blob = self._git.text("hash-object", "-w", "--no-filters", "--stdin", data=sealed.data)
            pause = 0.02
            while True:
                known = self._known(remote)
                present = self._commit(self._fetched(remote), known, remote)
                if present.blob == blob:  # a push whose answer was lost
                    self._remember(remote, present.id, known)
                    return Version(blob)
                departs = self._departs(present, known, remote) is not None
                counts = self._checked(present, known, new, expected, lost=departs)
                made = self._make(present, known, blob, new, readable(counts), lost=departs)
                if self._pushed(remote, present.id, made, last=time.monotonic() >= deadline):
                    self._remember(remote, made, known)
                    return Version(blob)
                time.sleep(random.uniform(0, pause))  # noqa: S311 - spreads the next tries, guards nothing
                pause = min(3 * pause, _longest_pause(deadline - time.monotonic()))

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Nothing of this machine guards a branch: always False, and only the lease counts."""
        yield False

    def history(self) -> Iterator[StoredVersion]:
        """The kept versions, as `StateBackend.history`; where the branch is gone, those that this clone knows."""
        with self._told("read"):
            remote = state_remote(self._git)
            known = self._known(remote)
            present = self._commit(self._fetched(remote), known, remote)
            departs = self._departs(present, known, remote)
            start = known if departs and known.data else present
            if start.id is None:
                return
            blobs = self._versions(remote).whole(start.id, but=present.blob if departs else None)
            for blob in blobs:
                self._check_size(blob.size)
            for blob, data in zip(blobs, read_blobs(self._git, blobs), strict=True):
                yield StoredVersion(version=Version(blob.id), serial=serial_of(data) or 0, data=data)

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        try:
            yield
        except GitFailed as failure:
            what = f"the state of {self._environment} on git branch {self._branch} cannot be {done}"
            raise explained(failure, what) from failure

    def _fetched(self, remote: Remote) -> str | None:
        """The branch's commit at the remote, brought here with its history; none when there is no branch."""
        for _ in range(5):
            listed = (
                line.split("\t")
                for line in self._git.text("ls-remote", "--", remote.address, self._ref).splitlines()
            )
            tip = next((object_ for object_, name in listed if name == self._ref), None)
            if tip is None or self._is_whole(tip):
                return tip
            self._fetch(remote)
            if self._is_whole(tip):  # it may be older by now, but it was the newest one when it was listed
                return tip
        raise GitFailed("", "the branch is overwritten again and again")

    def _is_whole(self, tip: str) -> bool:
        """Whether all of it is here: another fetch in this clone writes a commit before its files."""
        return self._git.succeeds("rev-list", "--objects", "--quiet", tip, "--not", "--all")

    def _fetch(self, remote: Remote, *options: str) -> None:
        """Objects only: no ref and no FETCH_HEAD is written."""
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-filter", *options)
        try:
            self._git.run("fetch", *quiet, "--", remote.address, self._ref)
        except GitFailed as failure:
            # Gone since it was listed (look again), or another fetch in this clone holds a lock (wait for it).
            if not re.search(r"couldn't find remote ref|\.lock", failure.words):
                raise
            time.sleep(0.1)

    def _commit(self, commit: str | None, known: Commit | None = None, remote: Remote | None = None) -> Commit:
        """What stands in a commit.

        Raises:
            StateUnavailable: something else than states.
        """
        if commit is None:
            return Commit()
        files: dict[str, Entry] = {}
        for line in self._git.text("ls-tree", "--full-tree", "--long", "-z", commit).split("\0")[:-1]:
            head, name = line.split("\t", 1)
            mode, kind, object_, size = head.split()
            files[name] = Entry(mode=mode, kind=kind, object=object_, size=0 if size == "-" else int(size))
        if others := [name for name, entry in files.items() if entry.kind != "blob" or not name.endswith(_SUFFIX)]:
            raise StateUnavailable(
                f"branch {self._branch} holds something else than states ({', '.join(others[:3])})",
                hint=way_out(remote, self._branch, self._environment, known.serial if known else None),
            )
        own = files.get(self._file)
        data = self._document(own.object, own.size) if own else None
        return Commit(id=commit, files=files, blob=own.object if own else None, data=data)

    def _document(self, name: str, size: int) -> bytes:
        """The bytes of a blob, whose size is known before any of it is read.

        Raises:
            StateUnavailable: no state is as large.
        """
        self._check_size(size)
        return self._git.run("cat-file", "blob", name)

    def _check_size(self, size: int) -> None:
        if size > MAX_BYTES:
            wrong = f"{self._file} on branch {self._branch} has {size:,} bytes; a state has at most {MAX_BYTES:,}"
            raise StateUnavailable(wrong, hint="Whoever may push to that branch wrote it; see its commits.")

    def _checked(
        self, present: Commit, known: Commit, new: Heading, expected: Version | None, *, lost: bool
    ) -> bytes | None:
        """The document that `new` may replace: none when there is none that counts."""
        newest = known.serial if lost else present.serial
        if (None if lost else present.blob) != expected or (newest is not None and new.serial <= newest):
            raise StateMoved(
                f"the state of {self._environment} was written by somebody else since it was read",
                hint="Nothing was overwritten. Run it again.",
            )
        return None if lost else present.data

    def _departs(self, present: Commit, known: Commit, remote: Remote) -> str | None:
        """Why the present document is none that the known one became, or that the branch's own versions became."""
        if present.blob is not None and present.blob == known.blob:
            return None
        if (found := chain.departs(present.data, known.data, is_newest=False)) or present.id is None:
            return found
        is_known = chain.link(known.data) is not None
        versions = self._versions(remote)
        if is_known and versions.passes_by(present.id, known):
            return chain.PASSES_BY
        fits = versions.fit(present.data, present.id, present.blob, known=is_known)
        return None if fits else chain.NO_LINK

    def _versions(self, remote: Remote) -> Versions:
        return Versions(self._git, self._file, fetch=lambda: self._fetch(remote, f"--depth={_WHOLE}"))

    def _make(
        self, present: Commit, known: Commit, blob: str, new: Heading, before: Heading | None, *, lost: bool
    ) -> str:
        """A commit with this document in it: upon the present one, and upon what was known where that is lost."""
        base = present if present.id else known
        files = {**base.files, self._file: Entry(mode="100644", kind="blob", object=blob)}
        lines = (f"{entry.mode} {entry.kind} {entry.object}\t{name}\0" for name, entry in files.items())
        tree = self._git.text("mktree", "-z", data="".join(lines).encode())
        run = new.run if new.run and _RUN.fullmatch(new.run) else "unknown"
        renewal = " (renewal)" if is_renewal(before, new) else ""
        subject = f"{self._environment}: serial {new.serial} of run {run}{renewal}\n"
        upon = dict.fromkeys(commit for commit in (base.id, known.id if lost else None) if commit)
        parents = [word for commit in upon for word in ("-p", commit)]
        return self._git.text("commit-tree", "--no-gpg-sign", tree, *parents, data=subject.encode())

    def _pushed(self, remote: Remote, old: str | None, new: str, *, last: bool) -> bool:
        """Whether the remote took the commit; false when the branch moved meanwhile.

        Raises:
            GitFailed: refused for another reason, the answer was lost, or this was the `last` try.
        """
        lease = f"--force-with-lease={self._ref}:{old or ''}"
        try:
            self._git.run("push", "--porcelain", "--no-verify", lease, "--", remote.address, f"{new}:{self._ref}")
        except GitFailed as failure:
            rejected = _REJECTED.search(failure.output)
            if rejected is None:
                with suppress(GitFailed):
                    if self._fetched(remote) == new:  # it arrived, only the answer did not
                        return True
                raise
            words = f"{rejected[1]}; {failure.words}"
            if _RACES.search(words):
                if last:
                    raise no_turn(self._branch, PATIENCE) from failure
                return False
            raise GitFailed(failure.output, words) from failure
        return True

    def _known(self, remote: Remote) -> Commit:
        witness = self._witness(remote)
        known = self._git.text("for-each-ref", "--format=%(objectname)", witness)
        return self._commit(known or None)

    def _remember(self, remote: Remote, commit: str | None, known: Commit) -> None:
        if commit is not None and commit != known.id:
            self._git.run("update-ref", "-m", "offerctl", self._witness(remote), commit)

    def _witness(self, remote: Remote) -> str:
        """One for each environment, so that reading one never forgets another."""
        return f"refs/offerctl/{self._environment}/{remote.name}/{self._branch}"
