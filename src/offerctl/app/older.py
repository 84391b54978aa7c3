"""Refuses files that would take back what was applied from a commit which they do not have in their history.

Each listing's receipt says from which commit it was last applied. In a whole clone it is certain whether that one
is in the history of the files at hand, wherever it is now: a clone that is behind, a branch beside main and a
history that was rewritten are all found so. Files outside of git have no history, and nothing is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from offerctl.app.workspace import Workspace
from offerctl.backends.git_remote import state_remote
from offerctl.errors import StateUnavailable
from offerctl.git import COMMIT_ID, Git, GitFailed
from offerctl.plan import Plan, Refusal
from offerctl.render.words import commit as short
from offerctl.render.words import ids
from offerctl.state import Belief, State, Status

_ASKED_FOR = 3
"""Commits that the remote is asked for."""
_ASKING_S = 10.0
_LOOKED_INTO = 50
"""Listings whose file is looked for in the history, where their commit is not in it."""


def refuse_older(workspace: Workspace, plan: Plan, state: State | None) -> Plan:
    """The plan, refused where its files would undo what was applied since, unless `--allow-older` was said.

    Files that were edited since count by the commit that they were edited from.
    """
    commit = plan.origin.commit
    if plan.options.allow_older or plan.empty or commit is None or state is None:
        return plan
    try:
        refusal = _Clone(workspace, commit, plan).refusal(state)
    except GitFailed:  # git cannot tell
        return plan
    return replace(plan, refusals=(refusal, *plan.refusals)) if refusal else plan


class _Clone:
    """What this clone knows of the commits that a plan's listings were applied from."""

    def __init__(self, workspace: Workspace, commit: str, plan: Plan) -> None:
        self._root = workspace.config.root
        self._git = Git(self._root)
        self._commit = commit
        self._plan = plan
        self._looked = 0
        self._is_alone = workspace.environment.is_local  # nobody else's work is in the embedded Marketplace
        self._asks = workspace.environment.state.partition(":")[0] == "git"

    def refusal(self, state: State) -> Refusal | None:
        """Why this plan may not run; none where nothing says that it would undo anything."""
        applied = self._plan.applied_commit
        since = {} if self._is_alone else self._since(state)
        is_shallow = self._git.text("rev-parse", "--is-shallow-repository") == "true"
        if not is_shallow and self._asks:
            self._ask([*dict.fromkeys(filter(None, (applied, *since.values())))])
        back = {id_: commit for id_, commit in since.items() if not self._was_had(state.listings[id_], commit)}
        if applied is not None and self._is_behind(applied):
            return self._behind(applied, back)
        if is_shallow:
            return self._undecided(since) if since else None
        return self._beside(back) if back else None

    def _since(self, state: State) -> dict[str, str]:
        """The listings that would change, by the commit that they were applied from, where the files lack it."""
        found = {
            change.offering_id: commit
            for change in self._plan.changes
            if change.before != change.after or change.before is None
            if (belief := state.listings.get(change.offering_id)) is not None
            if (commit := _applied_from(belief, state)) is not None
        }
        commits = {*found.values()} - {self._commit}
        known = self._known(commits)
        asked = "".join(f"{commit}\n" for commit in sorted(known))
        newer = self._git.text("rev-list", "--stdin", data=f"{asked}^{self._commit}\n".encode()).split()
        lacking = (commits - known) | (known & {*newer})
        return {id_: commit for id_, commit in found.items() if commit in lacking}

    def _known(self, commits: Iterable[str]) -> set[str]:
        """Those that are in this clone; their names are from the state."""
        asked = sorted({commit for commit in commits if COMMIT_ID.fullmatch(commit)})
        data = "".join(f"{commit}^{{commit}}\n" for commit in asked).encode()
        told = self._git.text("cat-file", "--batch-check=%(objectname)", data=data).splitlines() if asked else []
        return {commit for commit, line in zip(asked, told, strict=True) if line == commit}

    def _ask(self, commits: Sequence[str]) -> None:
        """Bring commits here that are not, from where the state is kept: their objects, and no ref."""
        known = self._known(commits)
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-filter", "--")
        lacking = (commit for commit in commits if commit not in known and COMMIT_ID.fullmatch(commit))
        for commit in islice(lacking, _ASKED_FOR):
            with suppress(GitFailed, StateUnavailable):  # it was never pushed, or its branch is gone
                remote = state_remote(self._git)
                Git(self._root, patience=_ASKING_S).run("fetch", *options, remote.address, commit)

    def _is_behind(self, applied: str) -> bool:
        """Whether the files are of a strict ancestor of what was applied last as a whole."""
        asked = ("merge-base", "--is-ancestor", self._commit, applied)
        return applied != self._commit and bool(self._known([applied])) and self._git.succeeds(*asked)

    def _was_had(self, belief: Belief, commit: str) -> bool:
        """Whether the files have come from there by another way, as a squashed merge or a rebase brings them.

        The file that was applied stood in their history then, byte for byte.
        """
        confirmed = belief.last_confirmed
        self._looked += 1
        if belief.status is Status.MAYBE or not (confirmed and confirmed.file) or self._looked > _LOOKED_INTO:
            return False
        name = f"{commit}:{self._git.place.prefix}{confirmed.file}"
        asked = ("--max-count=1", "--format=%H", "--no-ext-diff", "--no-textconv")
        try:
            blob = self._git.text("rev-parse", "--verify", "--quiet", "--end-of-options", name)
            return bool(self._git.text("log", *asked, f"--find-object={blob}", self._commit, "--"))
        except GitFailed:  # the commit is not here, or has no such file
            return False

    def _behind(self, applied: str, since: Iterable[str]) -> Refusal:
        undone = f" to {ids(since)}" if since else ""
        return Refusal(
            code="older",
            offering_ids=(),  # leaving these out would not make the rest any newer
            message=f"The offering files are of commit {short(self._commit)}, which is older than "
            f"{short(applied)}, applied last: this would undo what was applied since{undone}.",
            hint=f"git merge --ff-only {short(applied)} brings the newer files; --allow-older goes on.",
        )

    def _beside(self, back: Mapping[str, str]) -> Refusal:
        commits = [*dict.fromkeys(back.values())]
        known = self._known(commits)
        here = [short(commit) for commit in commits if commit in known]
        brings = f"git merge {' '.join(here)}" if here else "git fetch and then git merge, if it was pushed,"
        return Refusal(
            code="older",
            offering_ids=tuple(back),
            message=f"This would undo what was applied last to {ids(back)}, from {_named(commits)} not in the "
            f"history of these files (commit {short(self._commit)}).",
            hint=f"{brings} brings it in; --allow-older goes on.",
        )

    def _undecided(self, since: Mapping[str, str]) -> Refusal:
        return Refusal(
            code="older",
            offering_ids=tuple(since),
            message="This clone is shallow, so nobody can tell whether this would undo what was applied last to "
            f"{ids(since)}, from {_named([*dict.fromkeys(since.values())])} not in it.",
            hint="git fetch --unshallow brings the whole history (in a workflow fetch-depth: 0); "
            "--allow-older goes on.",
        )


def _named(commits: Sequence[str]) -> str:
    """`commit d5475f4, which is`."""
    names = ids(short(commit) for commit in commits)
    return f"commit {names}, which is" if len(commits) == 1 else f"commits {names}, which are"


def _applied_from(belief: Belief, state: State) -> str | None:
    """The commit that a listing was last written from, as far as that is told."""
    attempt, last = belief.last_attempt, state.last_run
    if belief.status is Status.MAYBE and attempt and last and attempt.run == last.id and last.commit:
        commit: str | None = last.commit
    else:
        commit = belief.last_confirmed.commit if belief.last_confirmed else None
    return commit if commit and COMMIT_ID.fullmatch(commit) else None
