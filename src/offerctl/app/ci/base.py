"""The configuration of another commit, and what changes from there to the one at hand.

Two are looked at: that which a proposal is merged into, and that which was taken up last, of the commit last
applied. They are read as git keeps them, by the same reader and with the same environment variables; nothing is
checked out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from offerctl import canon
from offerctl.app.session import Session
from offerctl.app.stored import named_file, read_stored
from offerctl.app.workspace import Workspace
from offerctl.config import settings
from offerctl.config.load import load_stored
from offerctl.config.settings import Placed
from offerctl.errors import ConfigError
from offerctl.git import COMMIT_ID, Git, GitFailed
from offerctl.github.event import PullRequest
from offerctl.plan.moves import Moves
from offerctl.render.moves import markdown, rows
from offerctl.render.style import sanitize
from offerctl.state import State

_BASE, _OWN = "HEAD^1", "HEAD^2"
"""The parents of GitHub's trial merge, and what a merge group's commit stands upon."""
NONE_YET = canon.digest(None)
"""In the place of a configuration's digest where none was taken up yet."""


class NotComparable(Exception):
    """Why the configuration of another commit cannot be had, as the end of a sentence."""


def commit_in_force(state: State | None) -> str | None:
    """The commit whose configuration was taken up last; none before the first one.

    That of a run which died counts: it began only because that configuration was approved.
    """
    if state is None:
        return None
    died_at = state.last_run.commit if state.last_run and state.last_run.finished is None else None
    return died_at or state.applied_commit


def shows_all(moves: Moves) -> bool:
    """Whether a reader of what is told was shown every change; what was not shown is approved by nobody."""
    is_whole = all(move.is_short for move in (*moves.moves, *(moves.first or ()))) and markdown(
        moves
    ) == "\n\n".join(rows(moves))
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

    def taken_up(self, state: State | None) -> str:
        """The digest of the configuration that was taken up last: that of the commit last applied.

        It is `NONE_YET` before the first one, also with a state that a new home does not have yet; and of the
        embedded Marketplace, whose state dies with the runner, it is the present one then.

        Raises:
            NotComparable: nobody can tell.
        """
        applied = commit_in_force(state)
        if applied is None:
            return self.digest if self.workspace.environment.is_local else NONE_YET
        return self._digest_of(self._applied(applied))

    def since_taken_up(self, state: State | None) -> Moves:
        """What changes from there; all of it before the first one.

        Raises:
            NotComparable: nobody can tell.
        """
        now = self.workspace.environment.name
        if applied := commit_in_force(state):
            return settings.moves(self._applied(applied), self._present, was=now, now=now)
        if self.workspace.environment.is_local:
            return Moves(environment=now)
        return Moves(environment=now, first=settings.whole(self._present, self.workspace.environment))

    def to_show(self, state: State | None, pull: PullRequest | None, base: Moves) -> Moves:
        """What merging takes up of it, `base` being what the pull request changes itself.

        Where what is merged into was taken up, that is the same. Otherwise it is more, and all of it is told.
        """
        try:
            taken = self.taken_up(state)
            if taken == self.digest:
                return base
            whole = self.since_taken_up(state)
            if whole.first is not None:
                return replace(base, unknown=None, first=whole.first, moves=() if base.is_new else base.moves)
            if base.unknown is not None or taken == self._digest_of(self._at(self._base(pull))):
                return base
        except NotComparable as error:
            return replace(base, unknown=base.unknown or str(error))
        return replace(whole, behind=commit_in_force(state), others=base.others)

    def _applied(self, commit: str) -> Placed:
        if not COMMIT_ID.fullmatch(commit):
            raise NotComparable(f"`{sanitize(commit[:40])}` is no commit")
        return self._at(commit)

    def _digest_of(self, placed: Placed) -> str:
        there = placed.config.environments.get(self.workspace.environment.name)
        return settings.digest(placed, there) if there else canon.digest(self.workspace.environment.name)

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
                "the commit that this would be merged into is not in this clone; check out with fetch-depth: 0"
            ) from None

    def _at(self, commit: str) -> Placed:
        """The configuration of a commit.

        Raises:
            NotComparable: it cannot be read, or says nothing that can be used.
        """
        if not self._git.succeeds("cat-file", "-e", f"{commit}^{{commit}}"):
            raise NotComparable(f"commit {commit[:7]} is not in this clone; check out with fetch-depth: 0")
        try:
            place = self._git.place
            found = load_stored(
                lambda name: read_stored(self._git, commit, name),
                lambda folder: self._git.names("ls-tree", "--name-only", "-z", f"{commit}:{folder}"),
                top=place.top,
                folder=place.prefix,
                environ=self._session.environ,
                file=named_file(self._session, place.top),
            )
            return Placed(
                found, "" if found.root == place.top else f"{found.root.relative_to(place.top).as_posix()}/"
            )
        except (ConfigError, GitFailed) as error:
            raise NotComparable(f"the configuration of commit {commit[:7]} cannot be read: {error}") from error
