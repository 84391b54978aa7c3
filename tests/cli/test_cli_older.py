"""An older clone does not undo a newer apply without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.homes import git
from support.plans import offering
from support.scenario import Trial, sent, trial

OLD, NEW = offering("en-01"), offering("en-02")


def commit(it: Trial) -> str:
    """The offering files as they are; the commit."""
    root = it.project.root
    git(root, "add", "offerings")
    git(root, "commit", "-q", "-m", "offerings")
    return git(root, "rev-parse", "HEAD")


class Clone:
    """A project in which the second of two commits was applied, and the first is checked out again."""

    def __init__(self, it: Trial) -> None:
        self.it = it
        git(it.project.root, "init", "-q", "-b", "main")
        self.commits: list[str] = []
        for wanted in ([OLD], [OLD, NEW]):
            it.want(*wanted)
            self.commits.append(commit(it))
        assert it.apply().code == 0
        self.checkout(0)

    def checkout(self, number: int) -> None:
        """One of the commits again."""
        git(self.it.project.root, "checkout", "-q", "--detach", self.commits[number])
        self.it.marketplace.desired = {"en-01": OLD} if number == 0 else {"en-01": OLD, "en-02": NEW}
        self.it.wire.seen.clear()


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Clone]:
    with trial(tmp_path) as it:
        yield Clone(it)


def said(clone: Clone) -> str:
    old, new = clone.commits
    return (
        f"The offering files are of commit {old[:7]}, which is older than {new[:7]}, applied last: "
        "this would undo what was applied since."
    )


def test_apply_refuses_an_older_commit(older: Clone) -> None:
    """Both commits are named, with the way on; nothing is sent and nothing written."""
    files = older.it.project.files()
    done = older.it.apply()
    assert done.code == 1, done
    assert done.err == f"Error: {said(older)}\ngit pull brings the newer files; --allow-older goes on.\n"
    assert older.it.wire.seen == []
    assert older.it.project.files() == files
    lines = [json.loads(line) for line in older.it.apply("--json").out.splitlines()]
    assert [refusal["code"] for refusal in lines[0]["plan"]["refusals"]] == ["older"]
    assert lines[-1]["exit_code"] == 1


def test_plan_warns_of_an_older_commit(older: Clone, tmp_path: Path) -> None:
    """A plan is looked at, and may be saved; what is saved is refused by apply, unless it carries the option."""
    done = older.it.project.start("plan", "--out", "p.json")
    out, err = done.communicate(timeout=60)
    assert (done.returncode, "Plan:" in out) == (0, True)
    assert err.startswith(f"Warning: {said(older)} apply refuses it.")
    refused = older.it.project.start("apply", "p.json")
    assert said(older) in refused.communicate(timeout=60)[1]
    assert refused.returncode == 1
    allowed = older.it.project.start("-q", "plan", "--out", "p.json", "--allow-older")
    assert allowed.communicate(timeout=60)[1] == ""
    assert json.loads((tmp_path / "p.json").read_text())["options"]["allow_older"] is True
    applied = older.it.project.start("apply", "p.json")
    applied.communicate(timeout=60)
    assert applied.returncode == 0
    assert sent(older.it.wire.seen) == [("DELETE", "en-02")]


def test_allow_older_goes_on(older: Clone) -> None:
    """As one who reverts by a checkout wants; after that the older commit is the one applied last."""
    older.it.settle("--allow-older")
    state = older.it.project.state()
    assert state is not None
    assert state.applied_commit == older.commits[0]


def test_edits_upon_an_older_commit_are_refused(older: Clone) -> None:
    """They would undo the newer commit just the same."""
    older.it.want(replace(OLD, price=Decimal(249)))
    done = older.it.apply()
    assert (done.code, said(older) in done.err) == (1, True), done


def test_a_revert_and_a_branch_are_no_older_commits(older: Clone) -> None:
    """A new commit that takes back what was applied, and one beside it, are somebody's will."""
    older.it.want(replace(OLD, price=Decimal(249)))
    commit(older.it)
    older.it.settle()
    older.it.want(OLD)
    commit(older.it)
    older.it.settle()


def test_a_commit_that_this_clone_does_not_have_is_told(older: Clone) -> None:
    """Nobody can tell then which is older: a warning, in plan and apply."""
    root = older.it.project.root
    git(root, "-c", "gc.reflogExpire=now", "branch", "-D", "main")
    git(root, "checkout", "-q", "-B", "main")
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "prune", "--expire=now")
    warning = f"Warning: commit {older.commits[1][:7]}, which was applied last, is not in this clone"
    planned = older.it.project.start("plan")
    assert planned.communicate(timeout=60)[1].startswith(warning)
    done = older.it.apply()
    assert (done.code, done.err.startswith(warning)) == (0, True), done
