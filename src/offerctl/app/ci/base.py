"""The configuration of another commit, and what changes from there to the one at hand.

It is read as git keeps it, by the same reader and with the same environment variables; nothing is checked out.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.config import settings
from offerctl.config.load import MAX_BYTES, load_stored
from offerctl.config.settings import Placed
from offerctl.errors import ConfigError
from offerctl.git import Git, GitFailed, find_blobs, read_blobs
from offerctl.github.event import PullRequest
from offerctl.plan.moves import Moves
from offerctl.render.moves import markdown, rows
from offerctl.render.style import sanitize

_BASE, _OWN = "HEAD^1", "HEAD^2"
"""The parents of GitHub's trial merge, and what a merge group's commit stands upon."""
_SHA = re.compile(r"[0-9a-f]{40,64}")


class NotComparable(Exception):
    """Why the configuration of another commit cannot be had, as the end of a sentence."""


def shows_all(moves: Moves) -> bool:
    """Whether a reader of what is told was shown every change; what was not shown is approved by nobody."""
    is_whole = all(move.is_short for move in moves.moves) and markdown(moves) == "\n\n".join(rows(moves))
    return moves.unknown is None and is_whole


@dataclass(frozen=True, kw_only=True)  # no slots: the digest is kept once it is asked for
class Comparison:
    """The configuration at hand, to be compared; `asked` is the environment that was asked for by name, if any."""

    workspace: Workspace
    asked: str | None = None

    @cached_property
    def digest(self) -> str:
        """What a review of this configuration approves."""
        return settings.digest(self._present, self.workspace.environment)

    def with_base(self, pull: PullRequest | None) -> Moves:
        """What a pull request, or a merge group, changes of it."""
        now = self.workspace.environment.name
        try:
            before = self._at(self._base(pull))
        except NotComparable as error:
            return Moves(environment=now, unknown=str(error))
        environ = self.workspace.session.environ
        was = now if self.asked or environ.get("OFFERCTL_ENV") else before.config.default_environment
        return settings.moves(before, self._present, was=was, now=now)

    def is_as_at(self, commit: str) -> bool:
        """Whether it says the same as at a commit.

        Raises:
            NotComparable: nobody can tell.
        """
        if not _SHA.fullmatch(commit):
            raise NotComparable(f"`{sanitize(commit[:40])}` is no commit")
        before = self._at(commit)
        there = before.config.environments.get(self.workspace.environment.name)
        return there is not None and settings.digest(before, there) == self.digest

    @property
    def _session(self) -> Session:
        return self.workspace.session

    @cached_property
    def _git(self) -> Git:
        return Git(self._session.directory)

    @cached_property
    def _present(self) -> Placed:
        config = self.workspace.config
        try:
            return Placed(config, Git(config.root).place.prefix)
        except GitFailed:
            return Placed(config, "")

    def _base(self, pull: PullRequest | None) -> str:
        try:
            if pull is not None and self._git.text("rev-parse", "--verify", "--quiet", _OWN) != pull.head:
                raise NotComparable("what is checked out is not the pull request's trial merge")
            return self._git.text("rev-parse", "--verify", "--quiet", f"{_BASE}^{{commit}}")
        except GitFailed:
            raise NotComparable(
                "the commit that this would be merged into is not in this clone; check out with fetch-depth: 2"
            ) from None

    def _at(self, commit: str) -> Placed:
        """The configuration of a commit.

        Raises:
            NotComparable: it cannot be read, or says nothing that can be used.
        """
        if not self._git.succeeds("cat-file", "-e", f"{commit}^{{commit}}"):
            raise NotComparable(f"commit {commit[:7]} is not in this clone")
        try:
            place = self._git.place
            found = load_stored(
                lambda name: self._read(commit, name),
                lambda folder: self._git.names("ls-tree", "--name-only", "-z", f"{commit}:{folder}"),
                top=place.top,
                folder=place.prefix,
                environ=self._session.environ,
                file=self._named(place.top),
            )
            return Placed(
                found, "" if found.root == place.top else f"{found.root.relative_to(place.top).as_posix()}/"
            )
        except (ConfigError, GitFailed) as error:
            raise NotComparable(f"the configuration of commit {commit[:7]} cannot be read: {error}") from error

    def _read(self, commit: str, name: str) -> bytes | None:
        if "\n" in name:
            raise ConfigError(f"git cannot be asked for {sanitize(name)}: its name holds a line break")
        [blob] = find_blobs(self._git, [f"{commit}:{name}"])
        if blob is None:
            return None
        if blob.size > MAX_BYTES:
            raise ConfigError(f"{sanitize(name)} has {blob.size:,} bytes; it may have at most {MAX_BYTES:,}")
        return next(read_blobs(self._git, [blob]))

    def _named(self, top: Path) -> str | None:
        """The file that somebody named, from the repository's top."""
        session = self._session
        named = session.config_file or session.environ.get("OFFERCTL_CONFIG")
        if not named:
            return None
        path = Path(os.path.realpath(session.directory / named))
        if not path.is_relative_to(top):
            raise ConfigError(f"the configuration {sanitize(str(named))} lies outside of the repository")
        return path.relative_to(top).as_posix()
