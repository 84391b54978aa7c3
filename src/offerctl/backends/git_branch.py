"""The branch of states at its remote: what it points to, fetched, and pushed as a compare-and-swap."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import suppress

from offerctl.backends.git_remote import Remote
from offerctl.backends.git_turns import Landed
from offerctl.git import Git, GitFailed

_RACES = re.compile(
    r"stale info|failed to update ref|cannot lock ref|incorrect old value|already exists|fetch first"
    r"|non-fast-forward|failed to lock|unable to lock"
)
"""Refusals of a push that say no more than that the branch moved."""
_REJECTED = re.compile(r"^!\t[^\t]*\t\[(?:remote )?rejected\] \((.*)\)$", re.MULTILINE)
_LANDED = re.compile(r"^commit [0-9a-f]+\n(?P<at>\d{1,12}) (?:Overtaken: (?P<overtaken>\d{1,6}))?", re.MULTILINE)
_MOST = 200
"""Commits that one look counts."""


class Overtaken(GitFailed):
    """A push that was refused because the branch had moved."""


class Branch:
    """One branch, whose commits are brought into a clone in which no ref of the user's is ever written."""

    def __init__(self, git: Git, name: str) -> None:
        self.name = name
        self._git = git
        self._ref = f"refs/heads/{name}"
        self._whole: str | None = None

    def fetched(self, remote: Remote) -> str | None:
        """The branch's commit at the remote, brought here with its history; none when there is no branch."""
        for _ in range(5):
            listed = (
                line.split("\t")
                for line in self._git.text("ls-remote", "--", remote.address, self._ref).splitlines()
            )
            tip = next((object_ for object_, name in listed if name == self._ref), None)
            if tip is None or self._is_whole(tip):
                return tip
            self.fetch(remote)
            if self._is_whole(tip):  # it may be older by now, but it was the newest one when it was listed
                return tip
        raise GitFailed("", "the branch is overwritten again and again")

    def _is_whole(self, tip: str) -> bool:
        """Whether all of it is here: another fetch in this clone writes a commit before its files."""
        if tip == self._whole:
            return True
        if self._git.succeeds("rev-list", "--objects", "--quiet", tip, "--not", "--all"):
            self._whole = tip
            return True
        return False

    def fetch(self, remote: Remote, *options: str) -> None:
        """Objects only: no ref and no FETCH_HEAD is written."""
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-filter", *options)
        try:
            self._git.run("fetch", *quiet, "--", remote.address, self._ref)
        except GitFailed as failure:
            # Gone since it was listed (look again), or another fetch in this clone holds a lock (wait for it).
            if not re.search(r"couldn't find remote ref|\.lock", failure.words):
                raise
            time.sleep(0.1)

    def landed(self, tip: str | None, *, after: str | None) -> Sequence[Landed]:
        """The newest commits up to one that is here, but for those that `after` has; the newest first."""
        if tip is None or tip == after:
            return ()
        but = (f"^{after}",) if after else ()
        told = self._git.text("rev-list", "--first-parent", f"--max-count={_MOST}", "--format=%ct %b", tip, *but)
        found = _LANDED.finditer(told)
        return [Landed(at=int(one["at"]), overtaken=int(one["overtaken"] or 0)) for one in found]

    def push(self, remote: Remote, old: str | None, new: str) -> None:
        """The swap: the branch points to `new` where it pointed to `old` (none: where there was no branch).

        Raises:
            Overtaken: it points elsewhere.
            GitFailed: refused for another reason, or the answer was lost.
        """
        lease = f"--force-with-lease={self._ref}:{old or ''}"
        try:
            self._git.run("push", "--porcelain", "--no-verify", lease, "--", remote.address, f"{new}:{self._ref}")
        except GitFailed as failure:
            rejected = _REJECTED.search(failure.output)
            if rejected is None:
                with suppress(GitFailed):
                    if self.fetched(remote) == new:  # it arrived, only the answer did not
                        return
                raise
            words = f"{rejected[1]}; {failure.words}"
            kind = Overtaken if _RACES.search(words) else GitFailed
            raise kind(failure.output, words) from failure
        self._whole = new
