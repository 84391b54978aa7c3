"""Where the commit at hand stands in the history of what was applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from offerctl.git import COMMIT_ID, Git, GitFailed
from offerctl.plan import Origin

MOST = 100
"""Commits whose pull requests are looked for, the newest ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitPosition:
    """The commit at hand against the one last applied.

    `superseded`: it is a strict ancestor of that one; `again`: it is that one. `doubt` says why nobody can tell.
    `since` are the new commits, the newest first, and `more` says that there are older ones beyond `MOST`.
    """

    superseded: bool = False
    doubt: str | None = None
    since: tuple[str, ...] = ()
    more: bool = False
    again: bool = False


def commit_position(folder: Path, origin: Origin, applied: str | None) -> CommitPosition:
    """What git knows of it; `applied` is none before the first run."""
    commit = origin.commit
    if commit is None:
        return CommitPosition(doubt="the offering files are in no git commit")
    if origin.dirty:
        return CommitPosition(doubt=f"the offering files are not those of commit {commit[:7]}")
    git = Git(folder)
    try:
        return _standing(git, commit, applied)
    except GitFailed as error:
        return CommitPosition(doubt=f"git cannot tell: {error}")


def _standing(git: Git, commit: str, applied: str | None) -> CommitPosition:
    if applied is None or commit == applied:
        # Before the first run, its own review shows all that there is to do.
        return CommitPosition(since=(commit,), again=applied is not None)
    is_shallow = git.text("rev-parse", "--is-shallow-repository") == "true"
    way_on = ": check out with fetch-depth: 0" if is_shallow else ""
    if not _has(git, applied):
        why = f"commit {applied[:7]}, which was applied last, is not in this clone"
        return CommitPosition(doubt=f"{why}{way_on}", since=(commit,))
    since = _missing(git, commit, applied)
    if not since:
        return CommitPosition(superseded=True)
    if is_shallow:
        return CommitPosition(doubt=f"this clone is shallow{way_on}", since=(commit,))
    if _missing(git, applied, commit):
        why = f"commit {applied[:7]}, which was applied last, is not in the history of {commit[:7]}"
        return CommitPosition(doubt=why, since=(commit,))
    return CommitPosition(since=since[:MOST], more=len(since) > MOST)


def _has(git: Git, applied: str) -> bool:
    """Whether the commit is in this clone; its name is from the state."""
    return bool(COMMIT_ID.fullmatch(applied)) and git.succeeds("cat-file", "-e", f"{applied}^{{commit}}")


def _missing(git: Git, commit: str, other: str) -> tuple[str, ...]:
    """What of a commit's history the other one has not. A merge stands for what came with it."""
    most = f"--max-count={MOST + 1}"
    return tuple(git.text("rev-list", "--first-parent", most, commit, f"^{other}", "--").split())
