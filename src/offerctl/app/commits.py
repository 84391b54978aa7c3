"""Where the commit at hand stands in the history of what was applied."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from offerctl.git import Git, GitFailed
from offerctl.plan import Origin, Plan, Refusal
from offerctl.render.style import sanitize

MOST = 100
"""Commits whose pull requests are looked for, the newest ones."""
_SHA = re.compile(r"[0-9a-f]{40,64}")


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


def refuse_older(folder: Path, plan: Plan) -> Plan:
    """The plan, refused where its files are older than what was applied last, unless `--allow-older` was said.

    Files that were edited since count by the commit that they were edited from.
    """
    commit, applied = plan.origin.commit, plan.applied_commit
    if plan.options.allow_older or plan.empty or commit is None or applied is None:
        return plan
    if not _is_older(folder, commit, applied):
        return plan
    message = (
        f"The offering files are of commit {commit[:7]}, which is older than {applied[:7]}, applied last: "
        "this would undo what was applied since."
    )
    refusal = Refusal(
        code="older",
        offering_ids=(),
        message=message,
        hint="git pull brings the newer files; --allow-older goes on.",
    )
    return replace(plan, refusals=(refusal, *plan.refusals))


def unknown_commit(folder: Path, plan: Plan) -> str | None:
    """That nobody can tell whether the files are older than what was applied last; none where that is told."""
    applied = plan.applied_commit
    if plan.options.allow_older or plan.empty or plan.origin.commit is None or applied is None:
        return None
    try:
        if _has(Git(folder), applied):
            return None
    except GitFailed:
        return None
    return (
        f"commit {sanitize(applied[:7])}, which was applied last, is not in this clone: what is planned may be "
        "older, and undo it. git fetch brings it, if it is there"
    )


def _is_older(folder: Path, commit: str, applied: str) -> bool:
    """Whether a commit is a strict ancestor of another; not where git cannot tell."""
    git = Git(folder)
    try:
        return commit != applied and _has(git, applied) and not _missing(git, commit, applied)
    except GitFailed:
        return False


def _has(git: Git, applied: str) -> bool:
    """Whether the commit is in this clone; its name is from the state."""
    return bool(_SHA.fullmatch(applied)) and git.succeeds("cat-file", "-e", f"{applied}^{{commit}}")


def _missing(git: Git, commit: str, other: str) -> tuple[str, ...]:
    """What of a commit's history the other one has not. A merge stands for what came with it."""
    most = f"--max-count={MOST + 1}"
    return tuple(git.text("rev-list", "--first-parent", most, commit, f"^{other}", "--").split())
