"""What git knows of the files at hand: which commit holds them, and which of them are only not checked out."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offerctl.git import Git, GitFailed, NoRepository, working_copy
from offerctl.git.command import surroundings
from offerctl.state import Status
from support.checkout import ONE, THREE, TWO, WatchedGit, commit, named, repository
from support.cli import SOURCES
from support.desk import Desk
from support.github import pull_request_event
from support.gitops import Loop
from support.homes import git

LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 212\n".format("4d" * 32)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return repository(tmp_path / "repository", ONE, TWO)


# The commit


def test_only_the_offering_files_decide_whether_a_commit_holds_them(desk: Desk) -> None:
    """Not what no plan reads: plans, notes, files that begin with a dot or an underscore."""
    head = git(desk.root, "rev-parse", "HEAD")
    assert named(desk) == (head, False)
    for name in ("plan.json", "offerings/README.md", "offerings/_draft.yaml", "offerings/.hidden.yaml"):
        (desk.root / name).write_text("x", "utf-8")
    assert named(desk) == (head, False)
    desk.want(THREE)
    assert named(desk) == (head, True)
    assert named(desk) == (head, True)
    git(desk.root, "add", "--all")
    assert named(desk) == (head, True)
    assert named(desk) != (commit(desk.root), True)


def _ignored(desk: Desk) -> None:
    (desk.root / ".gitignore").write_text(".offerctl/\nen-03.yaml\n", "utf-8")
    commit(desk.root)
    desk.want(THREE)


def _assumed(desk: Desk) -> None:
    git(desk.root, "update-index", "--assume-unchanged", "offerings/en-02.yaml")
    _edit(desk)


def _skipped(desk: Desk) -> None:
    git(desk.root, "update-index", "--skip-worktree", "offerings/en-02.yaml")
    _edit(desk)


def _edit(desk: Desk) -> None:
    path = desk.root / "offerings" / "en-02.yaml"
    path.write_text(path.read_text("utf-8").replace("199", "198"), "utf-8")


def _deleted(desk: Desk) -> None:
    (desk.root / "offerings" / "en-02.yaml").unlink()


def _staged(desk: Desk) -> None:
    _edit(desk)
    git(desk.root, "add", "--all")


def _renamed(desk: Desk) -> None:
    _edit(desk)
    (desk.root / "offerings" / "en-02.yaml").rename(desk.root / "offerings" / "other.yaml")


@pytest.mark.parametrize("change", [_ignored, _assumed, _skipped, _edit, _deleted, _staged, _renamed])
def test_a_commit_that_does_not_hold_what_was_read_is_not_named(
    desk: Desk, change: Callable[[Desk], None]
) -> None:
    """Whatever `git status` says of it: the receipt of an apply names none."""
    desk.ok("apply", "--auto-approve")
    change(desk)
    head = git(desk.root, "rev-parse", "HEAD")
    assert named(desk) == (head, True)
    desk.ok("apply", "--auto-approve", "--allow-deletes", "all")
    record = desk.state().last_run
    assert record is not None
    assert record.commit is None


def test_flags_alone_take_no_commit_away(desk: Desk) -> None:
    """A file that git was told to leave alone, and that nobody changed, is what the commit holds."""
    git(desk.root, "update-index", "--assume-unchanged", "offerings/en-01.yaml")
    git(desk.root, "update-index", "--skip-worktree", "offerings/en-02.yaml")
    assert named(desk) == (git(desk.root, "rev-parse", "HEAD"), False)


def test_line_breaks_that_git_writes_for_windows_are_no_change(desk: Desk) -> None:
    """A checkout by `eol=crlf` has other bytes and the same text."""
    (desk.root / ".gitattributes").write_text("*.yaml text eol=crlf\n", "utf-8")
    head = commit(desk.root)
    for path in (desk.root / "offerings").iterdir():
        path.unlink()
    git(desk.root, "checkout", "-q", "--", "offerings")
    assert b"\r\n" in (desk.root / "offerings" / "en-01.yaml").read_bytes()
    assert named(desk) == (head, False)


def test_a_repository_of_long_ids_is_as_good(tmp_path: Path) -> None:
    """Git can name its objects by SHA-256."""
    root = tmp_path / "long"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256", "--initial-branch=main")
    desk = repository(root, ONE)
    head = git(root, "rev-parse", "HEAD")
    assert len(head) == 64
    assert named(desk) == (head, False)
    desk.want(TWO)
    assert named(desk) == (head, True)


def test_a_project_deeper_in_a_repository_has_the_same_commit(tmp_path: Path) -> None:
    """And files beside it do not count; a link on the way to it does not matter."""
    top = tmp_path / "top"
    repository(top, ONE)
    inner = top / "a b" / "catalogue"
    inner.mkdir(parents=True)
    for name in ("offerctl.toml", "offerings"):
        (top / name).rename(inner / name)
    head = commit(top)
    (top / "offerings").mkdir()
    (top / "offerings" / "x.yaml").write_text("x", "utf-8")
    assert named(Desk(root=inner)) == (head, False)
    (tmp_path / "link").symlink_to(inner)
    assert named(Desk(root=tmp_path / "link")) == (head, False)
    Desk(root=inner).want(TWO)
    assert named(Desk(root=inner)) == (head, True)


def test_a_project_whose_offerings_are_its_top_has_a_commit(tmp_path: Path) -> None:
    """`offerings = "."`: there is no folder to limit git to."""
    desk = repository(tmp_path / "flat", ONE)
    (desk.root / "offerings" / "en-01.yaml").rename(desk.root / "en-01.yaml")
    configuration = desk.root / "offerctl.toml"
    configuration.write_text(f'offerings = "."\n{configuration.read_text("utf-8")}', "utf-8")
    head = commit(desk.root)
    assert named(desk) == (head, False)


# Whose repository


def test_variables_of_another_repository_do_not_matter(desk: Desk, tmp_path: Path) -> None:
    """GIT_DIR and the like, as any hook of another repository sets them."""
    other = repository(tmp_path / "other", THREE)
    inside = str(other.root / ".git")
    head = git(desk.root, "rev-parse", "HEAD")
    assert head != git(other.root, "rev-parse", "HEAD")
    for given in (
        {"GIT_DIR": inside},
        {"GIT_DIR": inside, "GIT_WORK_TREE": str(other.root)},
        {"GIT_INDEX_FILE": f"{inside}/index"},
        {"GIT_OBJECT_DIRECTORY": f"{inside}/objects"},
        {"GIT_COMMON_DIR": inside},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.worktree", "GIT_CONFIG_VALUE_0": str(other.root)},
        {"GIT_CONFIG_PARAMETERS": f"'core.worktree'='{other.root}'"},
        {"GIT_NAMESPACE": "elsewhere"},
        {"GIT_PREFIX": "offerings/"},
    ):
        assert named(desk, **given) == (head, False), given


def test_a_hook_in_a_linked_worktree_names_its_own_commit(desk: Desk, tmp_path: Path) -> None:
    """Git sets GIT_DIR for hooks there; the plan names the commit just made, not the main folder's."""
    linked, out = tmp_path / "linked", tmp_path / "plan.json"
    git(desk.root, "worktree", "add", "-q", "-b", "side", str(linked))
    hook = desk.root / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    command = shlex.join([sys.executable, "-m", "offerctl", "plan", "--format", "json"])
    hook.write_text(
        f"#!/bin/sh\nset >{shlex.quote(str(tmp_path / 'given'))}\n"
        f"PYTHONPATH={shlex.quote(str(SOURCES))} {command} >{shlex.quote(str(out))}\n",
        "utf-8",
    )
    hook.chmod(0o755)
    Desk(root=linked).want(THREE)
    made = commit(linked)
    assert "GIT_DIR=" in (tmp_path / "given").read_text("utf-8")
    plan = json.loads(out.read_text("utf-8"))
    assert (plan["commit"], plan["dirty"]) == (made, False)
    assert [change["offering_id"] for change in plan["changes"]] == ["en-01", "en-02", "en-03"]


# Where git says nothing, and where it refuses


def test_without_git_repository_or_commit_there_is_no_commit_and_no_word_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is amiss then."""
    desk = Desk(root=tmp_path)
    desk.configure()
    desk.want(ONE)
    assert named(desk) == (None, False)
    git(desk.root, "init", "-q")
    assert named(desk) == (None, False)
    commit(desk.root)
    assert named(desk, PATH=str(tmp_path)) == (None, False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert working_copy(tmp_path) is None


def _of_another_user(desk: Desk, tmp_path: Path) -> str:
    """Git's own switch for its own tests of this."""
    return WatchedGit(tmp_path / "bin", "GIT_TEST_ASSUME_DIFFERENT_OWNER=1").search_path


def _damaged(desk: Desk, tmp_path: Path) -> str:
    git(desk.root, "config", "core.repositoryFormatVersion", "99")
    return os.environ["PATH"]


def _broken_index(desk: Desk, tmp_path: Path) -> str:
    (desk.root / ".git" / "index").write_bytes(b"no index")
    return os.environ["PATH"]


def _moved_away(desk: Desk, tmp_path: Path) -> str:
    (desk.root / ".git").rename(tmp_path / "elsewhere.git")
    (desk.root / ".git").write_text("gitdir: /nonexistent/worktrees/it\n", "utf-8")
    return os.environ["PATH"]


REFUSALS = [
    (_of_another_user, "dubious ownership"),
    (_damaged, "version"),
    (_broken_index, "index"),
    (_moved_away, "not a git repository: "),
]


@pytest.mark.parametrize(("refuse", "words"), REFUSALS, ids=lambda value: getattr(value, "__name__", None))
def test_what_git_refuses_is_told_in_its_words_and_the_plan_goes_on(
    desk: Desk, tmp_path: Path, refuse: Callable[[Desk, Path], str], words: str
) -> None:
    """Never as "in no commit"; nothing is to delete here."""
    path = refuse(desk, tmp_path)
    done = desk.run("plan", "--format", "json", PATH=path)
    assert done.code == 0, str(done)
    assert json.loads(done.out)["commit"] is None
    assert "git refuses this working copy: " in done.err
    assert words in done.err
    assert "the commit of the offering files is not known" in done.err
    checked = desk.run("validate", PATH=path)
    assert checked.code == 0, str(checked)
    assert words in checked.err


@pytest.mark.parametrize(("refuse", "words"), REFUSALS, ids=lambda value: getattr(value, "__name__", None))
def test_where_git_refuses_nothing_is_deleted(
    desk: Desk, tmp_path: Path, refuse: Callable[[Desk, Path], str], words: str
) -> None:
    """Nobody can tell a file that is gone from one that is not checked out, wherever the state is."""
    state = tmp_path / "states" / "local.state.json"
    desk = Desk(root=desk.root, location=f"file:{state}")
    desk.configure()
    commit(desk.root)
    desk.ok("apply", "--auto-approve")
    shutil.rmtree(desk.state_file.parent)  # the embedded Marketplace, which could have come with the repository
    _deleted(desk)
    path = refuse(desk, tmp_path)
    before = state.read_bytes()
    for command in (("plan",), ("apply", "--auto-approve"), ("apply", "--auto-approve", "--allow-deletes", "all")):
        done = desk.run(*command, PATH=path)
        assert done.code == 1, str(done)
        assert "nobody can tell whether the files of what would be deleted are gone" in done.err
        assert words in done.err
    assert state.read_bytes() == before
    assert desk.state().listings["en-02"].status is Status.LIVE


@pytest.mark.deep
def test_a_workflow_refuses_where_git_does(it: Loop, tmp_path: Path) -> None:
    """`ci plan` approves nothing and says why; `ci apply` and `ci reassert` send nothing."""
    path = WatchedGit(tmp_path / "bin", "GIT_TEST_ASSUME_DIFFERENT_OWNER=1").search_path
    it.propose(7, ONE)
    planned = it.plan(7, PATH=path)
    assert planned.code == 1, planned
    assert "dubious ownership" in planned.log
    assert "dubious ownership" in it.api.ours(7)[0]
    assert it.plan(7).code == 0
    it.merge(7)
    folder = it.clone(it.tip())
    for command in ("apply", "reassert"):
        process = it.start(folder, command, environment={**it.variables(folder, {}), "PATH": path})
        done = it.finish(process, folder)
        assert done.code == 1, done
        assert "dubious ownership" in done.log
    assert it.wire.seen == []


def test_a_folder_outside_and_a_refusal_are_told_apart(tmp_path: Path) -> None:
    """By their classes."""
    with pytest.raises(NoRepository):
        _ = Git(tmp_path).place
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "core.repositoryFormatVersion", "99")
    with pytest.raises(GitFailed) as caught:
        working_copy(tmp_path)
    assert not isinstance(caught.value, NoRepository)


# Files that are not checked out


def _sparse(desk: Desk) -> None:
    git(desk.root, "sparse-checkout", "set", "--no-cone", "/*", "!/offerings/en-02.yaml")


def _sparse_without_the_folder(desk: Desk) -> None:
    git(desk.root, "sparse-checkout", "set", "elsewhere")


def _skipped_and_gone(desk: Desk) -> None:
    git(desk.root, "update-index", "--skip-worktree", "offerings/en-02.yaml")
    _deleted(desk)


def _assumed_and_gone(desk: Desk) -> None:
    git(desk.root, "update-index", "--assume-unchanged", "offerings/en-02.yaml")
    _deleted(desk)


PARTIAL = [
    (_sparse, "offerings/en-02.yaml", "the checkout is sparse", "git sparse-checkout disable"),
    (_sparse_without_the_folder, "offerings/en-01.yaml", "the checkout is sparse", "git sparse-checkout disable"),
    (
        _skipped_and_gone,
        "offerings/en-02.yaml",
        "the checkout is sparse",
        "git update-index --no-skip-worktree offerings/en-02.yaml; git restore offerings/en-02.yaml",
    ),
    (
        _assumed_and_gone,
        "offerings/en-02.yaml",
        "it is marked assume-unchanged",
        "git update-index --no-assume-unchanged offerings/en-02.yaml; git restore offerings/en-02.yaml",
    ),
]
READING = [
    ("plan",),
    ("apply", "--auto-approve", "--allow-deletes", "all"),
    ("validate",),
    ("validate", "--format", "json"),
    ("import", "offerings/en-01.yaml"),
]


@pytest.mark.parametrize(
    ("hide", "file", "why", "way_on"), PARTIAL, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_is_not_checked_out_is_no_deletion(
    desk: Desk, hide: Callable[[Desk], None], file: str, why: str, way_on: str
) -> None:
    """Every command that reads the files names one and the way on, and does nothing; the way on leads on."""
    desk.ok("apply", "--auto-approve")
    hide(desk)
    for command in READING:
        told = desk.refused(*command)
        assert file in told
        assert why in told
        assert "would look deleted" in told
        for step in way_on.split("; "):
            assert step in told
    for step in way_on.split("; "):
        git(desk.root, *shlex.split(step)[1:])
    assert desk.ok("plan").startswith("No changes.")


def test_what_git_removed_is_a_deletion(desk: Desk) -> None:
    """A file that is gone from the folder, from the index, or from the commit, and that git holds nowhere back."""
    desk.want(THREE)
    commit(desk.root)
    desk.ok("apply", "--auto-approve")
    (desk.root / "offerings" / "en-02.yaml").unlink()
    assert "# en-02 will be deleted" in desk.ok("plan")
    git(desk.root, "rm", "-q", "offerings/en-03.yaml")
    assert "# en-03 will be deleted" in desk.ok("plan")
    commit(desk.root)
    assert "2 to delete" in desk.ok("plan")


def test_a_sparse_checkout_of_other_folders_does_not_matter(desk: Desk) -> None:
    """Only what offerctl would read has to be there; drafts need not."""
    for name in ("docs/a.yaml", "offerings/_drafts/b.yaml", "offerings/README.md"):
        (desk.root / name).parent.mkdir(exist_ok=True)
        (desk.root / name).write_text("x: 1\n", "utf-8")
    head = commit(desk.root)
    git(desk.root, "sparse-checkout", "set", "--no-cone", "/offerctl.toml", "/offerings/en-0*.yaml")
    assert sorted(path.name for path in desk.root.rglob("*.yaml")) == ["en-01.yaml", "en-02.yaml"]
    assert named(desk) == (head, False)


@pytest.mark.deep
def test_a_workflow_with_a_partial_checkout_refuses(it: Loop) -> None:
    """`ci plan` and `ci apply` alike; no listing is deleted and no approval written."""
    it.propose(7, ONE, TWO)
    assert it.plan(7).code == 0
    it.merge(7)
    assert it.apply().code == 0
    it.wire.seen.clear()
    folder = it.clone(it.tip())
    git(folder, "sparse-checkout", "set", "--no-cone", "/*", "!/offerings/en-02.yaml")
    for command in ("apply", "reassert"):
        process = it.start(folder, command, environment=it.variables(folder, {}))
        job = it.finish(process, folder)
        assert job.code == 1, job
        assert "git sparse-checkout disable" in job.log
    payload = pull_request_event(7, it.tip())
    job = it.finish(it.start(folder, "plan", environment=it.variables(folder, payload)), folder)
    assert job.code == 1, job
    assert "git sparse-checkout disable" in job.log
    assert it.wire.seen == []


@pytest.fixture
def supplied(tmp_path: Path) -> Desk:
    """A repository whose French courses are another one, a submodule below the offerings."""
    french = repository(tmp_path / "french", TWO)
    git(french.root, "mv", "offerings/en-02.yaml", "en-02.yaml")
    commit(french.root)
    desk = repository(tmp_path / "repository", ONE)
    git(desk.root, *LOCAL, "submodule", "add", "-q", french.root.as_uri(), "offerings/french")
    commit(desk.root)
    return desk


LOCAL = ("-c", "protocol.file.allow=always")
"""Git fetches no submodule from a folder of this machine unless it is told to."""


@pytest.mark.deep
def test_a_submodule_that_was_not_fetched_is_no_deletion(supplied: Desk, tmp_path: Path) -> None:
    """A plain clone leaves its folder empty."""
    head = git(supplied.root, "rev-parse", "HEAD")
    assert named(supplied) == (head, False)
    supplied.ok("apply", "--auto-approve")
    clone = Desk(root=tmp_path / "clone")
    git(tmp_path, "clone", "-q", str(supplied.root), str(clone.root))
    shutil.copytree(supplied.root / ".offerctl", clone.root / ".offerctl")
    for command in READING:
        told = clone.refused(*command)
        assert "offerings/french" in told
        assert "a submodule that was not fetched" in told
        assert "git submodule update --init offerings/french" in told
    git(clone.root, *LOCAL, "submodule", "update", "-q", "--init", "offerings/french")
    assert named(clone) == (head, False)
    (clone.root / "offerings" / "french").joinpath("en-02.yaml").write_text("x", "utf-8")
    assert clone.run("plan").code == 1


@pytest.mark.deep
def test_a_stray_file_does_not_stand_for_a_submodule(supplied: Desk, tmp_path: Path) -> None:
    """Without its `.git` it was not fetched, whatever lies in its folder: its other files are no deletion."""
    supplied.ok("apply", "--auto-approve")
    clone = Desk(root=tmp_path / "clone")
    git(tmp_path, "clone", "-q", str(supplied.root), str(clone.root))
    shutil.copytree(supplied.root / ".offerctl", clone.root / ".offerctl")
    text = (clone.root / "offerings" / "en-01.yaml").read_text("utf-8")
    (clone.root / "offerings" / "french" / "en-09.yaml").write_text(text, "utf-8")
    assert "git submodule update --init offerings/french" in clone.refused("plan")


@pytest.mark.deep
def test_a_submodule_may_hold_the_offerings(supplied: Desk, tmp_path: Path) -> None:
    """Git lists nothing below it: not fetched it is missing all the same, and what it keeps back is told."""
    folder = supplied.root / "offerings" / "french"
    (folder / "courses").mkdir()
    git(folder, "mv", "en-02.yaml", "courses/en-02.yaml")
    commit(folder)
    with (supplied.root / "offerctl.toml").open("a", encoding="utf-8") as file:
        file.write('offerings = "offerings/french/courses"\n')
    commit(supplied.root)
    supplied.ok("apply", "--auto-approve")
    clone = Desk(root=tmp_path / "clone")
    git(tmp_path, "clone", "-q", str(supplied.root), str(clone.root))
    shutil.copytree(supplied.root / ".offerctl", clone.root / ".offerctl")
    stray = clone.root / "offerings" / "french" / "courses" / "en-09.yaml"
    stray.parent.mkdir()
    stray.write_text((clone.root / "offerings" / "en-01.yaml").read_text("utf-8"), "utf-8")
    assert "git submodule update --init offerings/french" in clone.refused("plan")
    git(folder, "sparse-checkout", "set", "--no-cone", "/*", "!/courses/en-02.yaml")
    (folder / "courses").mkdir(exist_ok=True)
    assert "offerings/french/courses/en-02.yaml" in supplied.refused("plan")


def test_a_submodule_at_another_commit_is_not_what_the_commit_holds(supplied: Desk) -> None:
    """Its files are compared with the commit that the outer one names."""
    inner = supplied.root / "offerings" / "french"
    head = git(supplied.root, "rev-parse", "HEAD")
    text = (inner / "en-02.yaml").read_text("utf-8")
    (inner / "en-02.yaml").write_text(text.replace("199", "198"), "utf-8")
    assert named(supplied) == (head, True)
    commit(inner)
    assert named(supplied) == (head, True)
    assert named(supplied) == (head, True)
    assert named(supplied) != (commit(supplied.root), True)


def test_a_submodule_may_be_sparse_too(supplied: Desk) -> None:
    """What it keeps back is no deletion either."""
    git(supplied.root / "offerings" / "french", "sparse-checkout", "set", "--no-cone", "/*", "!/en-02.yaml")
    assert "offerings/french/en-02.yaml" in supplied.refused("plan")


@pytest.mark.deep
def test_a_pointer_of_git_lfs_is_told_as_one(desk: Desk) -> None:
    """The file is there, and its content is not: one problem with the way on, nothing deleted."""
    desk.ok("apply", "--auto-approve")
    (desk.root / "offerings" / "en-02.yaml").write_text(LFS_POINTER, "utf-8")
    commit(desk.root)
    for command in (("plan",), ("apply", "--auto-approve"), ("import", "offerings/en-01.yaml")):
        told = desk.refused(*command)
        assert "offerings/en-02.yaml" in told
        assert "pointer of Git LFS" in told
        assert "git lfs pull" in told
        assert "1 error in 2 files." in told
    done = desk.run("validate", "--fix")
    assert done.code == 1
    assert "pointer of Git LFS" in done.out
    assert (desk.root / "offerings" / "en-02.yaml").read_text("utf-8") == LFS_POINTER


# What reaches git


def test_of_given_settings_only_the_way_to_the_remote_stays() -> None:
    """Numbered anew; a count that is none gives nothing."""
    given = {
        "GIT_CONFIG_COUNT": "5",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": "/bin/program",
        "GIT_CONFIG_KEY_1": "credential.https://host.example.helper",
        "GIT_CONFIG_VALUE_1": "!f() { :; }; f",
        "GIT_CONFIG_KEY_2": "diff.external",
        "GIT_CONFIG_VALUE_2": "/bin/program",
        "GIT_CONFIG_KEY_3": "safe.directory",
        "GIT_CONFIG_VALUE_3": "*",
        "GIT_DIR": "/elsewhere",
        "GIT_SSH_COMMAND": "ssh -i key",
        "HOME": "/somewhere",
        "OFFERCTL_API_KEY": "secret",
    }
    got = surroundings(given)
    assert {name: value for name, value in got.items() if name.startswith("GIT_CONFIG")} == {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "credential.https://host.example.helper",
        "GIT_CONFIG_VALUE_0": "!f() { :; }; f",
        "GIT_CONFIG_KEY_1": "safe.directory",
        "GIT_CONFIG_VALUE_1": "*",
    }
    assert (got["GIT_SSH_COMMAND"], got["HOME"]) == ("ssh -i key", "/somewhere")
    assert not {"GIT_DIR", "OFFERCTL_API_KEY"} & got.keys()
    for count in ("", "-1", "x", "٣"):
        assert "GIT_CONFIG_COUNT" not in surroundings({**given, "GIT_CONFIG_COUNT": count})


def commands_of(watched: WatchedGit) -> list[str]:
    """What git was asked, by the names of its commands."""
    return [arguments.split(" -c maintenance.auto=false ")[1].split()[0] for arguments, _ in watched.calls()]


def test_a_plan_starts_git_four_times(desk: Desk, tmp_path: Path) -> None:
    """Whether its own folder came with the repository, what the commit holds, what the index keeps back."""
    desk.ok("apply", "--auto-approve")
    watched = WatchedGit(tmp_path / "bin")
    named(desk, PATH=watched.search_path)
    assert commands_of(watched) == ["rev-parse", "ls-files", "ls-tree", "ls-files"]


def test_an_apply_asks_for_the_commit_when_it_has_the_lock(desk: Desk, tmp_path: Path) -> None:
    """It may have waited for that, and another commit is checked out by then: what it knew before is old."""
    desk.ok("apply", "--auto-approve")
    watched = WatchedGit(tmp_path / "bin")
    assert desk.run("apply", "--auto-approve", PATH=watched.search_path).code == 0
    assert commands_of(watched) == ["rev-parse", "ls-files", "rev-parse", "ls-tree", "ls-files"]


def test_names_on_the_way_are_shown_harmless(tmp_path: Path) -> None:
    """Whoever names a file or a folder gives no orders to the terminal."""
    desk = repository(tmp_path / "repository", ONE)
    name = "offerings/\x1b[2J\u202e.yaml"
    (desk.root / name).write_text("x: 1\n", "utf-8")
    commit(desk.root)
    git(desk.root, "update-index", "--skip-worktree", name)
    (desk.root / name).unlink()
    told = desk.refused("plan")
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "is not here to be read" in told
