"""States on a branch: what surrounds it in a repository is left alone, and what goes wrong is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from offerctl.backends import gitcommand, open_backend
from offerctl.backends.gitcommand import shown
from offerctl.errors import StateError, StateMissing, StateUnavailable
from offerctl.lease import StateBackend
from offerctl.state.document import heading
from support.cli import SOURCES
from support.gitserver import PASSWORD, USER, git_daemon
from support.homes import BRANCH, GitHome, git, seed
from support.processes import ended, writer
from support.states import document

ALL = 1000


def opened(root: Path, location: str = "git", environment: str = "prod") -> StateBackend:
    """A backend in that clone, as a new process would have it."""
    return open_backend(location, root=root, environment=environment)


def lives(root: Path, environment: str = "prod") -> None:
    """Three writes, reads and a history: a whole life in that clone."""
    backend = opened(root, environment=environment)
    assert backend.read() is None
    version = None
    for serial in (1, 2, 3):
        version = backend.write(document(serial, f"run-{serial}", environment=environment), version)
        assert backend.read() == (document(serial, f"run-{serial}", environment=environment), version)
    assert [kept.serial for kept in opened(root, environment=environment).history()] == [3, 2, 1]


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
    opened(git_home.root()).write(document(4, "run-4"), found[1])
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
    opened(git_home.root(), "git:states/marketplace").write(document(1), None)
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


def test_traces_that_a_user_has_on_do_not_reach_errors(
    http_home: GitHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_TRACE and the like print headers to where errors are read from."""
    root = http_home.root()
    for name in ("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET"):
        monkeypatch.setenv(name, "1")
    http_home.server.read_only = True
    with pytest.raises(StateUnavailable) as caught:
        opened(root).write(document(1), None)
    assert "trace" not in caught.value.message.lower()
    assert "authorization" not in caught.value.message.lower()


def _declines(home: GitHome, script: str) -> None:
    hook = home.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def test_a_protected_main_does_not_matter(git_home: GitHome) -> None:
    """Only the state's own branch is pushed."""
    _declines(git_home, 'while read old new ref; do case "$ref" in refs/heads/main) exit 1;; esac; done')
    lives(git_home.root())


def test_a_push_that_a_rule_refuses_is_told_with_the_rule(git_home: GitHome) -> None:
    """At once, with what the remote says, and what to do; nothing was written."""
    _declines(git_home, "echo 'GH013: rule violations for this branch' >&2; exit 1")
    with pytest.raises(StateUnavailable) as caught:
        opened(git_home.root()).write(document(1), None)
    assert "the remote refused the push by a rule" in caught.value.message
    assert "pre-receive hook declined" in caught.value.message
    assert "GH013: rule violations" in caught.value.message
    assert 'state = "git:BRANCH"' in (caught.value.hint or "")
    assert opened(git_home.root()).read() is None


def test_words_of_a_remote_cannot_harm_a_terminal(git_home: GitHome) -> None:
    """Control characters that a remote sends are not passed on."""
    _declines(git_home, r"printf 'no \033[2J\007 \342\200\256 way\n' >&2; exit 1")
    with pytest.raises(StateUnavailable) as caught:
        opened(git_home.root()).write(document(1), None)
    assert caught.value.message.isprintable()
    assert "way" in caught.value.message


def test_a_token_that_may_only_read_is_told(http_home: GitHome) -> None:
    """Reading goes on; writing names the permission of the workflow."""
    opened(http_home.root()).write(document(1), None)
    http_home.server.read_only = True
    found = opened(http_home.root(1)).read()
    assert found is not None
    with pytest.raises(StateUnavailable, match="no permission for the remote") as caught:
        opened(http_home.root(1)).write(document(2), found[1])
    assert "contents: write" in (caught.value.hint or "")


def test_missing_and_wrong_credentials_are_told_and_never_shown(http_home: GitHome, tmp_path: Path) -> None:
    """Git does not ask, and the password of the address stands in no message."""
    clone = tmp_path / "anonymous"
    git(tmp_path, "init", "-q", str(clone))
    git(clone, "remote", "add", "origin", http_home.url)
    with pytest.raises(StateUnavailable, match="no permission"):
        opened(clone).read()
    for password in ("wr0ng-password", f"{PASSWORD}%40x"):
        git(clone, "remote", "set-url", "origin", http_home.url.replace("//", f"//{USER}:{password}@"))
        with pytest.raises(StateUnavailable, match="no permission") as caught:
            opened(clone).read()
        assert password not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"
    git(clone, "remote", "set-url", "origin", http_home.url.replace("//", f"//{USER}:{PASSWORD}@"))
    lives(clone)
    git(clone, "remote", "set-url", "origin", f"{git(clone, 'remote', 'get-url', 'origin')}/nowhere")
    with pytest.raises(StateUnavailable) as caught:
        opened(clone).read()
    assert PASSWORD not in f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"


@pytest.mark.parametrize(
    "words",
    [
        "fatal: unable to access 'https://user:pass@host.example/x.git/': 403",
        "fatal: https://pass@host.example/x.git not found",
        "error: ssh://user:pa@ss@host.example:22/x",
    ],
)
def test_addresses_are_shown_without_who(words: str) -> None:
    """User names and passwords are cut out of whatever git prints."""
    assert "pass" not in shown(words)
    assert "ss@" not in shown(words)
    assert "//host.example" in shown(words)


def test_a_daemon_that_takes_no_pushes_is_told(git_home: GitHome, tmp_path: Path) -> None:
    """The daemon's own refusal counts as a missing permission."""
    with ExitStack() as stack:
        url = stack.enter_context(git_daemon(git_home.bare.parent, writable=False))
        clone = tmp_path / "reader"
        git(tmp_path, "clone", "-q", f"{url}/repo.git", str(clone))
        with pytest.raises(StateUnavailable, match="no permission"):
            opened(clone).write(document(1), None)


def test_no_repository_no_remote_and_several_remotes_are_told(git_home: GitHome, tmp_path: Path) -> None:
    """Each with the way on; a state in a file always is one."""
    bare_folder = tmp_path / "no-repository"
    bare_folder.mkdir()
    with pytest.raises(StateUnavailable, match="this folder is in no git repository") as caught:
        opened(bare_folder).read()
    assert "file:PATH" in (caught.value.hint or "")
    lonely = tmp_path / "lonely"
    git(tmp_path, "init", "-q", str(lonely))
    with pytest.raises(StateUnavailable, match="no remote") as caught:
        opened(lonely).read()
    assert "git remote add origin URL" in (caught.value.hint or "")
    git(lonely, "remote", "add", "one", git_home.url)
    assert opened(lonely).read() is None
    git(lonely, "remote", "add", "two", git_home.url)
    with pytest.raises(StateUnavailable, match=r"several remotes \(one, two\)"):
        opened(lonely).read()
    git(lonely, "remote", "add", "origin", str(tmp_path / "nowhere"))
    with pytest.raises(StateUnavailable, match="no repository at the remote's address"):
        opened(lonely).read()


def test_a_machine_that_does_not_answer_is_told(git_home: GitHome, tmp_path: Path) -> None:
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        clone = git_home.root()
        git(clone, "remote", "set-url", "origin", f"git://127.0.0.1:{taken.getsockname()[1]}/repo.git")
        with pytest.raises(StateUnavailable, match="Connection refused") as caught:
            opened(clone).read()
    assert "Check the network" in (caught.value.hint or "")


def test_a_machine_that_answers_nothing_is_given_up(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the call and stays silent: git and its helpers are ended, and the run goes on to say so."""
    monkeypatch.setattr(gitcommand, "PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        clone = git_home.root()
        git(clone, "remote", "set-url", "origin", f"http://127.0.0.1:{silent.getsockname()[1]}/repo.git")
        with pytest.raises(StateUnavailable, match="no answer in 1 s"):
            opened(clone).read()


def test_no_git_command_is_told(git_home: GitHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A container without git."""
    root = git_home.root()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StateUnavailable, match="git command cannot be started"):
        opened(root).read()


@pytest.mark.parametrize("branch", ["main", "pages"])
def test_a_branch_that_holds_something_else_is_refused(git_home: GitHome, branch: str) -> None:
    """A slip in the configuration never puts states among other files."""
    git(git_home.bare, "update-ref", "refs/heads/pages", "refs/heads/main")
    before = git(git_home.bare, "rev-parse", branch)
    backend = opened(git_home.root(), f"git:{branch}")
    with pytest.raises(StateUnavailable, match=r"something else than states \(offering\.yaml\)"):
        backend.read()
    with pytest.raises(StateUnavailable, match="something else"):
        backend.write(document(1), None)
    assert git(git_home.bare, "rev-parse", branch) == before


def test_a_swap_lost_to_another_environment_alone_is_tried_again(http_home: GitHome) -> None:
    """Eight environments write at once to one branch, from two clones: every write arrives."""
    names = [f"env-{number}" for number in range(8)]
    racers = [writer("race", "git", http_home.root(n % 2), name, "racer") for n, name in enumerate(names)]
    try:
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("1 -\n")
            racer.stdin.flush()
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline().startswith("won ")
    finally:
        for racer in racers:
            ended(racer)
    assert git(http_home.bare, "ls-tree", "--name-only", BRANCH).splitlines() == [f"{n}.state.json" for n in names]
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "8"


@pytest.mark.parametrize("lost", [1, ALL])
def test_a_push_whose_answer_is_lost_is_found_to_have_arrived(http_home: GitHome, lost: int) -> None:
    """The remote took it and the connection broke: it is looked up, and counts as written once.

    Where only the first answer is lost, git itself sends the push a second time and is told that it is stale.
    """
    first = opened(http_home.root()).write(document(1), None)
    http_home.server.answers_lost = lost
    second = opened(http_home.root()).write(document(2, "run-2"), first)
    assert opened(http_home.root(1)).read() == (document(2, "run-2"), second)
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "2"


def test_a_push_that_is_lost_is_an_error_and_can_be_written_again(http_home: GitHome) -> None:
    """Nothing arrived: the same write, tried again, goes through."""
    first = opened(http_home.root()).write(document(1), None)
    http_home.server.pushes_lost = ALL
    with pytest.raises(StateUnavailable):
        opened(http_home.root()).write(document(2, "run-2"), first)
    http_home.server.pushes_lost = 0
    found = opened(http_home.root()).read()
    assert found is not None
    assert found == (document(1), first)
    opened(http_home.root()).write(document(2, "run-2"), first)
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "2"


def test_writing_again_what_has_arrived_is_no_second_write(http_home: GitHome) -> None:
    """Whoever missed the answer twice may ask a third time."""
    first = opened(http_home.root()).write(document(1), None)
    second = opened(http_home.root()).write(document(2, "run-2"), first)
    assert opened(http_home.root(1)).write(document(2, "run-2"), first) == second
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "2"


def test_ctrl_c_does_not_break_a_push_off(git_home: GitHome, tmp_path: Path) -> None:
    """The terminal sends it to the whole group; the last write of an interrupted run must still arrive."""
    at, go = tmp_path / "at-the-remote", tmp_path / "go"
    os.mkfifo(at)
    _declines(git_home, f"echo here >{at}; until [ -e {go} ]; do sleep 0.02; done")
    script = (
        "import signal, sys; signal.signal(signal.SIGINT, lambda *_: None);"
        "from support.writer import write; write('git', sys.argv[1], '1')"
    )
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(SOURCES)])
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(git_home.root())],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    assert at.read_text() == "here\n"
    os.killpg(process.pid, signal.SIGINT)
    go.touch()
    code, out = ended(process)
    assert code == 0
    assert "won " in out
    found = opened(git_home.root(1)).read()
    assert found is not None
    assert heading(found[0]).serial == 1


def test_reading_one_environment_does_not_forget_another(git_home: GitHome) -> None:
    """Each has a witness of its own, so a state lost with the branch is still missed after others were read."""
    root = git_home.root()
    opened(root).write(document(1), None)
    git_home.put(None)
    other = opened(root, environment="trial")
    other.write(document(1, environment="trial"), None)
    assert other.read() is not None
    with pytest.raises(StateMissing):
        opened(root).read()
    restored = opened(root).write(document(2, "restored"), None)
    assert opened(root).read() == (document(2, "restored"), restored)
    assert other.read() is not None


def test_a_commit_by_hand_is_one_more_version(git_home: GitHome) -> None:
    """Whatever its message: what it holds counts, and the next write builds upon it."""
    opened(git_home.root()).write(document(1), None)
    git_home.put(document(2, "by-hand"))
    found = opened(git_home.root()).read()
    assert found is not None
    opened(git_home.root()).write(document(3, "run-3"), found[1])
    assert [kept.serial for kept in opened(git_home.root(1)).history()] == [3, 2, 1]


def test_a_state_deleted_by_hand_and_written_again_has_a_whole_history(git_home: GitHome) -> None:
    """The commit that took the file away holds no version."""
    opened(git_home.root()).write(document(1), None)
    opened(git_home.root(), environment="trial").write(document(1, environment="trial"), None)
    entries = git(git_home.bare, "ls-tree", BRANCH).splitlines()
    kept = "\n".join(line for line in entries if "trial" in line) + "\n"
    tree = git(git_home.bare, "mktree", data=kept.encode())
    commit = git(git_home.bare, "commit-tree", tree, "-p", BRANCH, "-m", "clean up")
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", commit)
    with pytest.raises(StateMissing):
        opened(git_home.root()).read()
    assert opened(git_home.root(1)).read() is None  # this clone never saw it: nothing there says that it was
    opened(git_home.root()).write(document(2, "restored"), None)
    assert [kept.serial for kept in opened(git_home.root()).history()] == [2, 1]


def test_a_seeded_home_is_what_the_tests_believe(git_home: GitHome) -> None:
    """Three commits on main and no state: otherwise the shallow clones above would prove nothing."""
    seed(git_home)
    assert git(git_home.bare, "rev-list", "--count", "main") == "3"
    with pytest.raises(StateError):
        opened(git_home.root(), "git:main").read()
