"""States on a branch: any clone will do, and what surrounds it is left alone."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from offerctl.errors import StateError, StateMissing
from offerctl.state.document import parse, seal
from support.homes import BRANCH, GitHome, declines, git, lives, opened, seed
from support.states import document, sealed


def surroundings(root: Path) -> dict[str, str | bytes]:
    """Everything of a clone that is the user's."""
    folder = Path(git(root, "rev-parse", "--absolute-git-dir"))
    return {
        "HEAD": (folder / "HEAD").read_bytes(),
        "index": (folder / "index").read_bytes(),
        "status": git(root, "--no-optional-locks", "status", "--porcelain"),
        "branches": git(root, "for-each-ref", "refs/heads", "refs/tags"),
        "stash": git(root, "for-each-ref", "refs/stash"),
        "config": (Path(git(root, "rev-parse", "--path-format=absolute", "--git-path", "config"))).read_bytes(),
        "fetched": str((folder / "FETCH_HEAD").exists()),
        "files": repr(sorted((p.name, p.read_bytes()) for p in root.iterdir() if p.is_file())),
    }


def bytes_of(home: GitHome, clone: int) -> bytes:
    """What a clone reads, where something must be."""
    found = opened(home.root(clone)).read()
    assert found is not None
    return found[0]


def _shallow(home: GitHome, folder: Path) -> Path:
    return home.clone(folder / "shallow", "--depth=1")


def _detached(home: GitHome, folder: Path) -> Path:
    clone = home.clone(folder / "detached")
    git(clone, "checkout", "-q", "--detach", "HEAD~1")
    return clone


def _worktree(home: GitHome, folder: Path) -> Path:
    clone = home.clone(folder / "whole")
    git(clone, "worktree", "add", "-q", "-b", "side", str(folder / "worktree"))
    return folder / "worktree"


def _dirty(home: GitHome, folder: Path) -> Path:
    clone = home.clone(folder / "dirty")
    (clone / "offering.yaml").write_text("price: 99\n")
    (clone / "staged.yaml").write_text("price: 1\n")
    git(clone, "add", "staged.yaml")
    (clone / "untracked.yaml").write_text("price: 2\n")
    return clone


def _partial(home: GitHome, folder: Path) -> Path:
    git(home.bare, "config", "uploadpack.allowFilter", "true")
    return home.clone(folder / "partial", "--filter=blob:none")


def _single_branch(home: GitHome, folder: Path) -> Path:
    return home.clone(folder / "single", "--single-branch", "--no-tags")


def _other_name(home: GitHome, folder: Path) -> Path:
    return home.clone(folder / "named", "--origin=upstream")


def _below(home: GitHome, folder: Path) -> Path:
    clone = home.clone(folder / "deep")
    (clone / "catalogue").mkdir()
    return clone / "catalogue"


@pytest.mark.parametrize(
    "clone", [_shallow, _detached, _worktree, _dirty, _partial, _single_branch, _other_name, _below]
)
def test_it_works_in_any_clone_and_leaves_what_is_the_users(
    git_home: GitHome, tmp_path: Path, clone: object
) -> None:
    """Work tree, index, HEAD, local branches, configuration: the same before and after."""
    assert callable(clone)
    root = clone(git_home, tmp_path)
    top = Path(git(root, "rev-parse", "--show-toplevel"))
    before = surroundings(top)
    lives(root)
    found = opened(git_home.root()).read()
    assert found is not None
    opened(git_home.root()).write(sealed(4, "run-4"), found[1])
    found = opened(root).read()
    assert found is not None
    assert found[0] == document(4, "run-4")
    assert surroundings(top) == before


def test_reading_writes_one_ref_of_its_own(git_home: GitHome) -> None:
    """Neither the branches of the remote that a clone remembers nor its FETCH_HEAD move."""
    lives(git_home.root())
    reader = git_home.root(1)
    before = set(git(reader, "for-each-ref").splitlines())
    git_home.put(document(4, "run-4"))
    assert opened(reader).read() is not None
    added = set(git(reader, "for-each-ref").splitlines()) - before
    assert [line.split("\t")[1] for line in added] == [f"refs/offerctl/prod/origin/{BRANCH}"]
    assert not (reader / ".git" / "FETCH_HEAD").exists()


def test_the_branch_holds_nothing_but_states(git_home: GitHome) -> None:
    """Apart from every other branch: it has no common history with main, which stays where it was."""
    main = git(git_home.bare, "rev-parse", "main")
    lives(git_home.root())
    assert git(git_home.bare, "ls-tree", "--name-only", BRANCH) == "prod.state.json"
    assert git(git_home.bare, "rev-list", "--count", BRANCH) == "3"
    assert git(git_home.bare, "rev-parse", "main") == main
    assert git(git_home.bare, "log", "--format=%s", BRANCH).splitlines()[0] == "prod: serial 3 of run run-3"


def test_another_branch_can_be_named(git_home: GitHome) -> None:
    """Slashes included; the default one is not made."""
    opened(git_home.root(), "git:states/marketplace").write(sealed(1), None)
    assert opened(git_home.root(1), "git:states/marketplace").read() is not None
    assert git(git_home.bare, "for-each-ref", "--format=%(refname)") == (
        "refs/heads/main\nrefs/heads/states/marketplace"
    )


def test_a_clone_of_the_end_of_the_branch_gets_its_whole_history(git_home: GitHome, tmp_path: Path) -> None:
    """Somebody looks at the branch in a shallow checkout of it: `history` fetches what is missing, of it alone."""
    lives(git_home.root())
    clone = git_home.clone(tmp_path / "end", "--depth=1", f"--branch={BRANCH}")
    git(clone, "fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main")
    assert git(clone, "rev-list", "--count", "HEAD") == "1"
    assert [kept.serial for kept in opened(clone).history()] == [3, 2, 1]
    assert git(clone, "rev-list", "--count", "refs/remotes/origin/main") == "1"


def test_commits_have_no_person_and_need_none(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh machine has no identity; a configured one, or a key to sign with, is not used."""
    root = git_home.root()
    git(root, "config", "user.useConfigOnly", "true")
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "push.gpgSign", "true")
    git(root, "config", "gpg.program", "/nonexistent/gpg")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "somebody@provider.example")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z")
    lives(root)
    who = git(git_home.bare, "log", "--format=%an %ae %cn %ce %G?", BRANCH).splitlines()
    assert set(who) == {"offerctl offerctl@localhost offerctl offerctl@localhost N"}
    assert "2001" not in git(git_home.bare, "log", "--format=%ad", BRANCH)


def test_hooks_of_the_clone_do_not_run(git_home: GitHome, tmp_path: Path) -> None:
    """A pre-push hook that runs the tests, or asks something, has nothing to do with states."""
    root = git_home.root()
    for name in ("pre-push", "reference-transaction", "post-commit", "pre-auto-gc"):
        hook = root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\necho {name} >>{tmp_path}/hooks-that-ran\nexit 1\n")
        hook.chmod(0o755)
    lives(root)
    assert not (tmp_path / "hooks-that-ran").exists()


def test_it_works_inside_a_git_hook(git_home: GitHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, variables point git at an index and a folder of the hook's own."""
    root = git_home.root()
    before = surroundings(root)
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    with monkeypatch.context() as inside:
        inside.setenv("GIT_DIR", str(other / ".git"))
        inside.setenv("GIT_WORK_TREE", str(other))
        inside.setenv("GIT_INDEX_FILE", str(tmp_path / "index-of-the-hook"))
        inside.setenv("GIT_PREFIX", "below/")
        lives(root)
    assert surroundings(root) == before
    assert not (tmp_path / "index-of-the-hook").exists()
    assert git(other, "for-each-ref") == ""


def test_a_protected_main_does_not_matter(git_home: GitHome) -> None:
    """Only the state's own branch is pushed."""
    declines(git_home, 'while read old new ref; do case "$ref" in refs/heads/main) exit 1;; esac; done')
    lives(git_home.root())


def test_reading_one_environment_does_not_forget_another(git_home: GitHome) -> None:
    """Each has a witness of its own, so a state lost with the branch is still missed after others were read."""
    root = git_home.root()
    opened(root).write(sealed(1), None)
    git_home.put(None)
    other = opened(root, environment="trial")
    other.write(sealed(1, environment="trial"), None)
    assert other.read() is not None
    with pytest.raises(StateMissing):
        opened(root).read()
    restored = opened(root).write(sealed(2, "restored"), None)
    assert opened(root).read() == (document(2, "restored"), restored)
    assert other.read() is not None


def test_a_commit_by_hand_is_one_more_version(git_home: GitHome) -> None:
    """Whatever its message: what it holds counts, and the next write builds upon it."""
    opened(git_home.root()).write(sealed(1), None)
    git_home.put(document(2, "by-hand"))
    found = opened(git_home.root()).read()
    assert found is not None
    opened(git_home.root()).write(sealed(3, "run-3", after=sealed(2, "by-hand")), found[1])
    assert [kept.serial for kept in opened(git_home.root(1)).history()] == [3, 2, 1]


def test_a_state_deleted_by_hand_and_written_again_has_a_whole_history(git_home: GitHome) -> None:
    """The commit that took the file away holds no version."""
    opened(git_home.root()).write(sealed(1), None)
    opened(git_home.root(), environment="trial").write(sealed(1, environment="trial"), None)
    entries = git(git_home.bare, "ls-tree", BRANCH).splitlines()
    kept = "\n".join(line for line in entries if "trial" in line) + "\n"
    tree = git(git_home.bare, "mktree", data=kept.encode())
    commit = git(git_home.bare, "commit-tree", tree, "-p", BRANCH, "-m", "clean up")
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", commit)
    with pytest.raises(StateMissing):
        opened(git_home.root()).read()
    assert opened(git_home.root(1)).read() is None  # this clone never saw it: nothing there says that it was
    opened(git_home.root()).write(sealed(2, "restored"), None)
    assert [kept.serial for kept in opened(git_home.root()).history()] == [2, 1]


def test_a_seeded_home_is_what_the_tests_believe(git_home: GitHome) -> None:
    """Three commits on main and no state: otherwise the shallow clones above would prove nothing."""
    seed(git_home)
    assert git(git_home.bare, "rev-list", "--count", "main") == "3"
    with pytest.raises(StateError):
        opened(git_home.root(), "git:main").read()


@pytest.mark.parametrize("written", [("commit",), ("commit", "tree")])
def test_a_commit_that_another_fetch_has_half_written_is_not_read_yet(
    git_home: GitHome, written: tuple[str, ...]
) -> None:
    """Fetches of one clone at once: the commit is there before its files are, and the document is read whole."""
    clone = git_home.root(1)
    git_home.backend().write(sealed(1), None)
    objects = {"commit": BRANCH, "tree": f"{BRANCH}^{{tree}}"}
    for kind in written:
        data = subprocess.run(
            ["git", "-C", git_home.bare, "cat-file", kind, objects[kind]], check=True, capture_output=True
        ).stdout
        subprocess.run(
            ["git", "-C", clone, "hash-object", "-w", "--literally", "-t", kind, "--stdin"],
            check=True,
            input=data,
            capture_output=True,
        )
    found = git_home.backend(1).read()
    assert found is not None
    assert found[0] == document(1)


@pytest.mark.deep
@pytest.mark.parametrize("harm", ["previous", "lineage"])
def test_a_clone_that_knows_nothing_is_told_by_the_branch(git_home: GitHome, harm: str) -> None:
    """As every job's is: what was kept there before a document is what it has to follow."""
    lives(git_home.root())
    whole = parse(document(4, "run-4"))
    forged = replace(whole, previous="a" * 64) if harm == "previous" else replace(whole, lineage="another")
    git_home.put(seal(forged).data)
    fresh = git_home.root(1)
    with pytest.raises(StateMissing) as refused:
        opened(fresh).read()
    assert "none of the versions that are kept: the one kept before it has serial 3" in refused.value.message
    assert refused.value.hint == "Bring it back: offerctl state restore 3 -e prod"
    assert [kept.serial for kept in opened(fresh).history()] == [3, 2, 1]
    restored = sealed(5, "restore", after=sealed(3, "run-3"))
    opened(fresh).write(restored, None)
    for clone in (0, 1, 2):
        assert bytes_of(git_home, clone) == restored.data


def test_what_is_restored_upon_an_older_branch_is_read_by_every_clone(git_home: GitHome) -> None:
    """The version that it follows was pushed away: the commit brings it back into the branch's history."""
    lives(git_home.root())
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~2")
    restored = sealed(4, "restore", after=sealed(3, "run-3"))
    opened(git_home.root()).write(restored, None)
    assert bytes_of(git_home, 1) == restored.data
    assert [kept.serial for kept in opened(git_home.root(1)).history()] == [4, 3, 2, 1]


@pytest.mark.deep
def test_a_branch_that_was_set_back_and_went_on_is_told(git_home: GitHome) -> None:
    """Serials alone do not tell: what one clone wrote is missing there, however far another one has gone on."""
    lives(git_home.root())
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~2")
    other, before = opened(git_home.root(1)), sealed(1)
    found = other.read()
    assert found is not None
    version = found[1]
    told = []
    for serial in range(2, 6):
        before = sealed(serial, f"other-{serial}", after=before)
        version = other.write(before, version)
        with pytest.raises(StateMissing) as refused:
            opened(git_home.root()).read()
        told.append(refused.value)
    for error, why in zip(told, ["older", "same", "went on", "went on"], strict=True):
        assert why in error.message
    assert told[-1].hint == (
        "Bring both together: offerctl state restore 3 -e prod, and then offerctl state restore 5 -e prod"
    )
    restored = sealed(6, "restore", after=sealed(3, "run-3"))
    opened(git_home.root()).write(restored, None)
    for clone in (0, 1, 2):
        assert bytes_of(git_home, clone) == restored.data
    assert {kept.serial for kept in opened(git_home.root()).history()} == set(range(1, 7))


@pytest.mark.deep
@pytest.mark.parametrize("known", [2, 3])
def test_a_branch_that_was_cut_off_and_went_on_is_read(git_home: GitHome, known: int) -> None:
    """A clone that is behind cannot tell what was there before, and nothing speaks against it."""
    lives(git_home.root())
    whole = git(git_home.bare, "rev-parse", BRANCH)
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~{3 - known}")
    assert bytes_of(git_home, 1)
    tree = git(git_home.bare, "rev-parse", f"{whole}^{{tree}}")
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", git(git_home.bare, "commit-tree", tree, "-m", "one"))
    found = opened(git_home.root(2)).read()
    assert found is not None
    following = sealed(4, "run-4", after=sealed(3, "run-3"))
    opened(git_home.root(2)).write(following, found[1])
    assert bytes_of(git_home, 1) == following.data


def test_a_branch_whose_history_was_cut_off_is_read(git_home: GitHome) -> None:
    """Somebody made it one commit: the state is the one that clones know, and others know of none before it."""
    lives(git_home.root())
    tree = git(git_home.bare, "rev-parse", f"{BRANCH}^{{tree}}")
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", git(git_home.bare, "commit-tree", tree, "-m", "one"))
    for clone in (0, 1):
        assert bytes_of(git_home, clone) == document(3, "run-3")
