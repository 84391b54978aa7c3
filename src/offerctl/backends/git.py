"""States on a branch of their own in a git repository, for whoever has git but no disk that lasts.

Each write is a commit made with plumbing; the push is the swap. The work tree, the index and the local branches
are never touched. The branch holds `ENV.state.json` for each environment; a ref of this clone, `refs/offerctl/…`,
points to what was last seen and so witnesses that there was a state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offerctl.backends import chain
from offerctl.backends.git_branch import Branch, Overtaken
from offerctl.backends.git_remote import Remote, state_remote, way_out
from offerctl.backends.git_turns import Turn
from offerctl.backends.git_versions import Commit, Entry, Versions
from offerctl.backends.keeping import is_renewal, readable
from offerctl.errors import StateMoved, StateUnavailable
from offerctl.git import Git, GitFailed, explained
from offerctl.git.blobs import read_blobs
from offerctl.state.backend import StoredVersion, Version
from offerctl.state.claimed import serial_of
from offerctl.state.document import MAX_BYTES, Heading, SealedState

_RUN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUFFIX = ".state.json"
_WHOLE = "1000000000"
"""A depth beyond every branch's. Git's own infinite one would fetch the whole of the other branches too."""


class GitBackend:
    """One state document on a branch of the remote (`origin`, or the only one there is)."""

    def __init__(self, root: Path, *, branch: str, environment: str) -> None:
        self._git = Git(root)
        self._branch = Branch(self._git, branch)
        self._environment = environment
        self._file = f"{environment}{_SUFFIX}"

    def read(self) -> tuple[bytes, Version] | None:
        """The present document, as `StateBackend.read`."""
        with self._told("read"):
            remote = state_remote(self._git)
            known = self._known(remote)
            present = self._commit(self._branch.fetched(remote), known, remote)
            if departs := self._departs(present, known, remote):
                what = f"the state of {self._environment} on branch {self._branch.name} of {remote.name} {departs}"
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
        turn = Turn()
        with self._told("written"):
            remote = state_remote(self._git)
            blob = self._git.text("hash-object", "-w", "--no-filters", "--stdin", data=sealed.data)
            known = self._known(remote)
            while True:
                turn.look()
                present = self._commit(self._branch.fetched(remote), known, remote)
                turn.saw(present.id, self._branch.landed(present.id, after=turn.tip))
                if present.blob == blob:  # a push whose answer was lost
                    self._remember(remote, present.id, known)
                    return Version(blob)
                departs = self._departs(present, known, remote) is not None
                before = readable(self._checked(present, known, sealed.heading, expected, lost=departs))
                failure = None
                if turn.has_come:
                    message = self._message(sealed.heading, before, turn.overtaken)
                    made = self._make(present, known, blob, message, lost=departs)
                    failure = self._overtaken(remote, present.id, made)
                    if failure is None:
                        self._remember(remote, made, known)
                        return Version(blob)
                if present.blob == known.blob:  # the next fetch, and what git looks through, begins there
                    self._remember(remote, present.id, known)
                    known = present
                turn.wait(self._branch.name, failure)

    def _overtaken(self, remote: Remote, old: str | None, new: str) -> Overtaken | None:
        """Push; gives back the refusal where others came first."""
        try:
            self._branch.push(remote, old, new)
        except Overtaken as failure:
            return failure
        return None

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Nothing of this machine guards a branch: always False, and only the lease counts."""
        yield False

    def history(self) -> Iterator[StoredVersion]:
        """The kept versions, as `StateBackend.history`; where the branch is gone, those that this clone knows."""
        with self._told("read"):
            remote = state_remote(self._git)
            known = self._known(remote)
            present = self._commit(self._branch.fetched(remote), known, remote)
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
            what = f"the state of {self._environment} on git branch {self._branch.name} cannot be {done}"
            raise explained(failure, what) from failure

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
                f"branch {self._branch.name} holds something else than states ({', '.join(others[:3])})",
                hint=way_out(remote, self._branch.name, self._environment, known.serial if known else None),
            )
        own = files.get(self._file)
        if own is None or known is None or own.object != known.blob:
            data = self._document(own.object, own.size) if own else None
        else:
            data = known.data
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
            wrong = (
                f"{self._file} on branch {self._branch.name} has {size:,} bytes; a state has at most {MAX_BYTES:,}"
            )
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
        return Versions(self._git, self._file, fetch=lambda: self._branch.fetch(remote, f"--depth={_WHOLE}"))

    def _message(self, new: Heading, before: Heading | None, overtaken: int) -> str:
        run = new.run if new.run and _RUN.fullmatch(new.run) else "unknown"
        renewal = " (renewal)" if is_renewal(before, new) else ""
        queue = f"\nOvertaken: {overtaken}\n" if overtaken else ""
        return f"{self._environment}: serial {new.serial} of run {run}{renewal}\n{queue}"

    def _make(self, present: Commit, known: Commit, blob: str, message: str, *, lost: bool) -> str:
        """A commit with this document in it: upon the present one, and upon what was known where that is lost."""
        base = present if present.id else known
        files = {**base.files, self._file: Entry(mode="100644", kind="blob", object=blob)}
        lines = (f"{entry.mode} {entry.kind} {entry.object}\t{name}\0" for name, entry in files.items())
        tree = self._git.text("mktree", "-z", data="".join(lines).encode())
        upon = dict.fromkeys(commit for commit in (base.id, known.id if lost else None) if commit)
        parents = [word for commit in upon for word in ("-p", commit)]
        return self._git.text("commit-tree", "--no-gpg-sign", tree, *parents, data=message.encode())

    def _known(self, remote: Remote) -> Commit:
        witness = self._witness(remote)
        known = self._git.text("for-each-ref", "--format=%(objectname)", witness)
        return self._commit(known or None)

    def _remember(self, remote: Remote, commit: str | None, known: Commit) -> None:
        if commit is not None and commit != known.id:
            self._git.run("update-ref", "-m", "offerctl", self._witness(remote), commit)

    def _witness(self, remote: Remote) -> str:
        """One for each environment, so that reading one never forgets another."""
        return f"refs/offerctl/{self._environment}/{remote.name}/{self._branch.name}"
