"""An older clone does not undo a newer apply without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.desk import Desk
from support.homes import git
from support.plans import offering
from support.scenario import Trial, finish, sent, trial

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
        "this would undo what was applied since to en-02."
    )


def way_on(clone: Clone) -> str:
    return f"git merge --ff-only {clone.commits[1][:7]} brings the newer files; --allow-older goes on."


def test_apply_refuses_an_older_commit(older: Clone) -> None:
    """Both commits are named, with the way on; nothing is sent and nothing written."""
    files = older.it.project.files()
    done = older.it.apply()
    assert done.code == 1, done
    assert done.err == f"Error: {said(older)}\n{way_on(older)}\n"
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


def test_a_revert_is_no_older_commit(older: Clone) -> None:
    """A new commit that takes back what was applied is somebody's will."""
    older.checkout(1)
    for price in (Decimal(249), OLD.price):
        older.it.want(replace(OLD, price=price), NEW)
        commit(older.it)
        older.it.settle()


def test_a_branch_beside_what_was_applied_is_refused_for_what_it_would_undo(older: Clone) -> None:
    """Only the listing that goes back is named, in plan and apply; the rest may run, and a merge ends it."""
    root = older.it.project.root
    older.it.want(replace(OLD, price=Decimal(249)))
    branch = commit(older.it)
    newer = older.commits[1]
    told = (
        f"This would undo what was applied last to en-02, from commit {newer[:7]}, which is not in the history of "
        f"these files (commit {branch[:7]})."
    )
    hint = f"git merge {newer[:7]} brings it in; --allow-older goes on."
    planned = older.it.project.start("plan")
    out, err = planned.communicate(timeout=60)
    assert (planned.returncode, "Plan:" in out) == (0, True)
    assert err.startswith(f"Warning: {told} apply refuses it. {hint}\n")
    done = older.it.apply()
    assert (done.code, older.it.wire.seen) == (1, []), done
    assert done.err.startswith(f"Error: {told}\n{hint}\n")
    assert "--exclude en-02" in done.err
    git(root, "merge", "-q", newer)
    older.it.marketplace.desired = {"en-01": replace(OLD, price=Decimal(249)), "en-02": NEW}
    older.it.settle()


def test_a_branch_that_undoes_nothing_goes_on(older: Clone) -> None:
    """It stands beside what was applied last, but the listings that it changes were applied from its own past."""
    older.it.want(replace(OLD, price=Decimal(249)))
    commit(older.it)
    done = older.it.apply("--exclude", "en-02")
    assert (done.code, done.err) == (0, ""), done
    assert sent(older.it.wire.seen) == [("PATCH", "en-01")]


@pytest.mark.deep
def test_what_one_listing_alone_was_applied_from_counts(older: Clone) -> None:
    """A run of a part of the files is not the commit applied last; what it wrote is not undone all the same."""
    older.checkout(1)
    older.it.want(replace(OLD, price=Decimal(249)), NEW)
    part = commit(older.it)
    assert older.it.apply("--target", "en-01").code == 0
    older.checkout(1)
    older.it.want(OLD, replace(NEW, price=Decimal(249)))
    commit(older.it)
    done = older.it.apply()
    assert (done.code, older.it.wire.seen) == (1, []), done
    assert f"what was applied last to en-01, from commit {part[:7]}, which is not in" in done.err


@pytest.mark.deep
def test_a_squashed_merge_undoes_nothing(older: Clone) -> None:
    """The branch was applied, and main has its files by another commit: what comes next is newer."""
    older.checkout(1)
    older.it.want(replace(OLD, price=Decimal(249)), NEW)
    commit(older.it)
    older.it.settle()
    root = older.it.project.root
    git(root, "checkout", "-q", "main")
    older.it.want(replace(OLD, price=Decimal(249)), NEW)
    git(root, "commit", "-q", "--allow-empty", "-m", "another")
    commit(older.it)
    older.it.want(replace(OLD, price=Decimal(259)), NEW)
    commit(older.it)
    older.it.settle()


@pytest.mark.deep
def test_a_commit_that_this_clone_does_not_have_is_not_undone(older: Clone) -> None:
    """It is in no history here, wherever it is: apply refuses, plan warns."""
    root = older.it.project.root
    git(root, "-c", "gc.reflogExpire=now", "branch", "-D", "main")
    git(root, "checkout", "-q", "-B", "main")
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "prune", "--expire=now")
    told = f"This would undo what was applied last to en-02, from commit {older.commits[1][:7]}, which is not in"
    planned = older.it.project.start("plan")
    assert planned.communicate(timeout=60)[1].startswith(f"Warning: {told}")
    done = older.it.apply()
    assert (done.code, older.it.wire.seen) == (1, []), done
    assert done.err.startswith(f"Error: {told}")
    assert "\ngit fetch and then git merge, if it was pushed, brings it in; --allow-older goes on.\n" in done.err
    older.it.settle("--allow-older")


@pytest.mark.deep
def test_a_shallow_clone_cannot_tell(older: Clone, tmp_path: Path) -> None:
    """Its history ends before what was applied; the way on brings the whole of it, and then it goes on."""
    root = older.it.project.root
    older.checkout(1)
    for price in (249, 259):
        older.it.want(replace(OLD, price=Decimal(price)), NEW)
        commit(older.it)
    git(root, "branch", "-f", "main")
    whole = tmp_path / "whole.git"
    git(root, "clone", "-q", "--bare", str(root), str(whole))
    git(root, "remote", "add", "origin", whole.as_uri())
    (root / ".git" / "shallow").write_text(git(root, "rev-parse", "HEAD") + "\n")
    older.it.wire.seen.clear()
    done = older.it.apply()
    assert (done.code, older.it.wire.seen) == (1, []), done
    assert f"last to en-01, from commit {older.commits[1][:7]}, which is not in it.\n" in done.err
    git(root, "fetch", "-q", "--unshallow")
    older.it.settle()


@pytest.mark.deep
def test_a_clone_that_is_behind_asks_where_the_state_is_kept(older: Clone, tmp_path: Path) -> None:
    """Somebody else applied and pushed: their commit is brought by itself, its way on told; no ref moves."""
    root, newer = older.it.project.root, older.commits[1]
    bare = tmp_path / "there.git"
    git(root, "clone", "-q", "--bare", str(root), str(bare))
    git(root, "remote", "add", "origin", bare.as_uri())
    older.checkout(1)
    older.it.project.configure(older.it.wire.url, state="git")
    finished = finish(older.it.project.start("state", "move", "--from", "file:.offerctl/trial.state.json"))
    assert finished.code == 0, finished
    assert older.it.apply().code == 0
    git(root, "push", "-q", "origin", "HEAD:refs/heads/main")
    behind = tmp_path / "behind"
    behind.mkdir()
    git(behind, "init", "-q", "-b", "main")
    git(behind, "remote", "add", "origin", bare.as_uri())
    git(behind, "fetch", "-q", "origin", f"{older.commits[0]}:refs/heads/old")
    git(behind, "checkout", "-q", "old")
    (behind / "offerctl.toml").write_bytes((root / "offerctl.toml").read_bytes())
    mine = replace(older.it.project, root=behind)
    older.it.wire.seen.clear()
    process = mine.start("apply", "--auto-approve")
    err = process.communicate(timeout=60)[1]
    assert (process.returncode, older.it.wire.seen) == (1, []), err
    assert f"Error: {said(older)}\n{way_on(older)}\n" in err
    assert git(behind, "for-each-ref", "--contains", newer) == ""
    git(behind, "merge", "-q", "--ff-only", newer)
    process = mine.start("apply", "--auto-approve")
    process.communicate(timeout=60)
    assert (process.returncode, older.it.wire.seen) == (0, [])


def test_an_amended_commit_is_tried_out_in_local_as_ever(tmp_path: Path) -> None:
    """The embedded Marketplace holds nobody else's work: only an older commit is refused there."""
    desk = Desk(root=tmp_path)
    desk.configure()
    git(tmp_path, "init", "-q", "-b", "main")
    for price, amend in ((Decimal(199), ()), (Decimal(249), ("--amend",))):
        desk.want(replace(OLD, price=price))
        git(tmp_path, "add", "offerings")
        git(tmp_path, "commit", "-q", *amend, "-m", "offerings")
        desk.ok("apply", "--auto-approve")
    assert "249" in desk.ok("state", "show", "en-01")
