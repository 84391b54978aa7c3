"""States on a branch: whatever goes wrong on the way is told, and nothing is written twice or shown."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from offerctl.errors import StateMissing, StateUnavailable
from offerctl.git import command as gitcommand
from offerctl.git.command import shown
from offerctl.state.document import heading
from support.cli import SOURCES
from support.gitserver import PASSWORD, USER, git_daemon
from support.homes import BRANCH, GitHome, declines, git, lives, opened
from support.processes import ended, writer
from support.states import document, sealed

ALL = 1000


def test_traces_that_a_user_has_on_do_not_reach_errors(
    http_home: GitHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_TRACE and the like print headers to where errors are read from."""
    root = http_home.root()
    for name in ("GIT_TRACE", "GIT_CURL_VERBOSE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET"):
        monkeypatch.setenv(name, "1")
    http_home.server.read_only = True
    with pytest.raises(StateUnavailable) as caught:
        opened(root).write(sealed(1), None)
    assert "trace" not in caught.value.message.lower()
    assert "authorization" not in caught.value.message.lower()


def test_a_push_that_a_rule_refuses_is_told_with_the_rule(git_home: GitHome) -> None:
    """At once, with what the remote says, and what to do; nothing was written."""
    declines(git_home, "echo 'GH013: rule violations for this branch' >&2; exit 1")
    with pytest.raises(StateUnavailable) as caught:
        opened(git_home.root()).write(sealed(1), None)
    assert "the remote refused the push by a rule" in caught.value.message
    assert "pre-receive hook declined" in caught.value.message
    assert "GH013: rule violations" in caught.value.message
    assert 'state = "git:BRANCH"' in (caught.value.hint or "")
    assert opened(git_home.root()).read() is None


def test_words_of_a_remote_cannot_harm_a_terminal(git_home: GitHome) -> None:
    """Control characters that a remote sends are not passed on."""
    declines(git_home, r"printf 'no \033[2J\007 \342\200\256 way\n' >&2; exit 1")
    with pytest.raises(StateUnavailable) as caught:
        opened(git_home.root()).write(sealed(1), None)
    assert caught.value.message.isprintable()
    assert "way" in caught.value.message


def test_a_token_that_may_only_read_is_told(http_home: GitHome) -> None:
    """Reading goes on; writing names the permission of the workflow."""
    opened(http_home.root()).write(sealed(1), None)
    http_home.server.read_only = True
    found = opened(http_home.root(1)).read()
    assert found is not None
    with pytest.raises(StateUnavailable, match="no permission for the remote") as caught:
        opened(http_home.root(1)).write(sealed(2), found[1])
    assert "contents: write" in (caught.value.hint or "")


@pytest.mark.deep
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
        "fatal: unable to access 'https://user:pass/wordx@host.example/x.git/': 403",
        "fatal: https://user:pa/pass?#@host.example/x.git: not found",
        "fatal: unable to access 'https://user:my pass@host.example/x.git/': 403",
        "fatal: unable to access 'https://host.example/x.git?private_token=pass/': 403",
        "fatal: https://host.example/x.git#pass: 403",
    ],
)
def test_addresses_are_shown_without_who(words: str) -> None:
    """User names and passwords are cut out of whatever git prints."""
    assert "pass" not in shown(words)
    assert "ss@" not in shown(words)
    assert "//host.example" in shown(words)
    assert shown(words).endswith(words[-5:])


@pytest.mark.parametrize("path", ["user:s3cret/x@127.0.0.1:9/r.git", "127.0.0.1:9/r.git?private_token=s3cret"])
def test_a_secret_anywhere_in_a_remotes_address_is_in_no_error(tmp_path: Path, path: str) -> None:
    """Nobody listens there; the rest of git's words stays."""
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", f"http://{path}")
    with pytest.raises(StateUnavailable) as caught:
        opened(tmp_path).read()
    told = f"{caught.value.message}{caught.value.hint}{caught.value.__cause__}"
    assert "unable to access 'http://127.0.0.1:9/r.git" in told
    assert "s3cret" not in told


def test_a_daemon_that_takes_no_pushes_is_told(git_home: GitHome, tmp_path: Path) -> None:
    """The daemon's own refusal counts as a missing permission."""
    with ExitStack() as stack:
        url = stack.enter_context(git_daemon(git_home.bare.parent, writable=False))
        clone = tmp_path / "reader"
        git(tmp_path, "clone", "-q", f"{url}/repo.git", str(clone))
        with pytest.raises(StateUnavailable, match="no permission"):
            opened(clone).write(sealed(1), None)


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


def test_what_was_pushed_over_a_state_is_told_with_the_way_back(git_home: GitHome) -> None:
    """Another branch would begin a state that knows nothing; this clone knows the one that was there."""
    root = git_home.root()
    backend = opened(root)
    backend.write(sealed(1), None)
    other = git(git_home.bare, "rev-parse", "refs/heads/main")
    git(git_home.bare, "update-ref", f"refs/heads/{BRANCH}", other)
    with pytest.raises(StateUnavailable, match="something else than states") as raised:
        backend.read()
    hint = raised.value.hint or ""
    assert f"git push origin --delete {BRANCH}, and offerctl state restore 1" in hint
    git(root, "push", "-q", "origin", "--delete", BRANCH)
    with pytest.raises(StateMissing, match="this clone knows the one with serial 1"):
        backend.read()


@pytest.mark.parametrize("branch", ["main", "pages"])
def test_a_branch_that_holds_something_else_is_refused(git_home: GitHome, branch: str) -> None:
    """A slip in the configuration never puts states among other files."""
    git(git_home.bare, "update-ref", "refs/heads/pages", "refs/heads/main")
    before = git(git_home.bare, "rev-parse", branch)
    backend = opened(git_home.root(), f"git:{branch}")
    with pytest.raises(StateUnavailable, match=r"something else than states \(offering\.yaml\)") as raised:
        backend.read()
    assert "another branch" not in (raised.value.hint or ""), "if there was a state, a second one knows none of it"
    assert "a clone that offerctl worked in knows them" in (raised.value.hint or "")
    with pytest.raises(StateUnavailable, match="something else"):
        backend.write(sealed(1), None)
    assert git(git_home.bare, "rev-parse", branch) == before


def test_a_state_beyond_the_bound_is_not_read(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size is known before any of it is; neither the newest nor a kept one is taken into memory."""
    root = git_home.root()
    opened(root).write(sealed(1), None)
    monkeypatch.setattr("offerctl.backends.git.MAX_BYTES", 100)
    for use in (opened(root).read, lambda: list(opened(root).history())):
        with pytest.raises(StateUnavailable, match=r"bytes; a state has at most 100") as caught:
            use()
        assert "Whoever may push to that branch wrote it" in (caught.value.hint or "")


@pytest.mark.deep
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
    first = opened(http_home.root()).write(sealed(1), None)
    http_home.server.answers_lost = lost
    second = opened(http_home.root()).write(sealed(2, "run-2"), first)
    assert opened(http_home.root(1)).read() == (document(2, "run-2"), second)
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "2"


def test_a_push_that_is_lost_is_an_error_and_can_be_written_again(http_home: GitHome) -> None:
    """Nothing arrived: the same write, tried again, goes through."""
    first = opened(http_home.root()).write(sealed(1), None)
    http_home.server.pushes_lost = ALL
    with pytest.raises(StateUnavailable):
        opened(http_home.root()).write(sealed(2, "run-2"), first)
    http_home.server.pushes_lost = 0
    found = opened(http_home.root()).read()
    assert found is not None
    assert found == (document(1), first)
    opened(http_home.root()).write(sealed(2, "run-2"), first)
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "2"


def test_writing_again_what_has_arrived_is_no_second_write(http_home: GitHome) -> None:
    """Whoever missed the answer twice may ask a third time."""
    first = opened(http_home.root()).write(sealed(1), None)
    second = opened(http_home.root()).write(sealed(2, "run-2"), first)
    assert opened(http_home.root(1)).write(sealed(2, "run-2"), first) == second
    assert git(http_home.bare, "rev-list", "--count", BRANCH) == "2"


def test_ctrl_c_does_not_break_a_push_off(git_home: GitHome, tmp_path: Path) -> None:
    """The terminal sends it to the whole group; the last write of an interrupted run must still arrive."""
    at, go = tmp_path / "at-the-remote", tmp_path / "go"
    os.mkfifo(at)
    declines(git_home, f"echo here >{at}; until [ -e {go} ]; do sleep 0.02; done")
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
