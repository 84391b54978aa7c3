"""Many environments that write to one repository at once: no write is lost, and none waits in vain."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from offerctl.backends.git import GitBackend
from offerctl.backends.git_branch import Branch
from offerctl.backends.git_remote import Remote
from offerctl.backends.git_turns import Landed, Turn
from offerctl.errors import StateUnavailable
from support.fleet import WRITES, branch_of, write_states
from support.homes import BRANCH, GitHome, git, opened
from support.states import document, sealed

NAMES = [f"pro-{number}" for number in range(24)]


@pytest.mark.deep
def test_two_dozen_runners_share_one_branch(tmp_path: Path) -> None:
    """A dozen at once, each with its clone: every write arrives, upon what came before it, and is kept."""
    with ExitStack() as stack:
        home = GitHome(tmp_path, "file", stack)
        outcome = write_states(home, NAMES, at_once=12)
    assert {name: told for name, told in outcome.items() if told} == {}
    files = git(home.bare, "ls-tree", "--name-only", BRANCH).splitlines()
    assert files == sorted(f"{name}.state.json" for name in NAMES)
    assert git(home.bare, "rev-list", "--count", BRANCH) == str(WRITES * len(NAMES))


def test_with_a_branch_each_nobody_waits(tmp_path: Path) -> None:
    """As `{environment}` in a pattern's state gives them: no push is refused, however many there are at once."""
    names = NAMES[:4]
    with ExitStack() as stack:
        home = GitHome(tmp_path, "file", stack)
        outcome = write_states(home, names, at_once=len(names), own_branches=True)
    assert {name: told for name, told in outcome.items() if told} == {}
    for name in names:
        branch = branch_of(name, own=True)
        assert git(home.bare, "ls-tree", "--name-only", branch) == f"{name}.state.json"
        assert git(home.bare, "rev-list", "--count", branch) == str(WRITES)


@pytest.mark.deep
def test_a_branch_that_others_always_move_can_be_read(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it was fetched another environment writes: what was the newest when it was listed counts."""
    mine = opened(git_home.root()).write(sealed(1), None)
    other, serial, version = opened(git_home.root(1), environment="busy"), 0, None
    fetch = Branch.fetch

    def write() -> None:
        nonlocal serial, version
        serial += 1
        version = other.write(sealed(serial, f"run-{serial}", environment="busy"), version)

    def busy(branch: Branch, remote: Remote, *options: str) -> None:
        fetch(branch, remote, *options)
        if branch is reader._branch:
            write()

    reader = GitBackend(git_home.root(), branch=BRANCH, environment="prod")
    write()
    monkeypatch.setattr(Branch, "fetch", busy)
    for _ in range(3):
        assert reader.read() == (document(1), mine)
    assert serial == 4


Overtake = Callable[[int], GitBackend]
"""A backend of an environment `late`, before whose first so many pushes another environment writes."""


@pytest.fixture
def overtaken(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> Overtake:
    """See `Overtake`; the branch has a state of prod already."""
    opened(git_home.root()).write(sealed(1), None)
    make, others = GitBackend._make, iter(range(1000))
    late = GitBackend(git_home.root(1), branch=BRANCH, environment="late")

    def begin(times: int) -> GitBackend:
        def busy(backend: GitBackend, *given: Any, **named: Any) -> str:
            if backend is late and (number := next(others)) < times:
                opened(git_home.root(2), environment=f"busy-{number}").write(
                    sealed(1, "run-1", environment=f"busy-{number}"), None
                )
            return make(backend, *given, **named)

        monkeypatch.setattr(GitBackend, "_make", busy)
        return late

    return begin


@pytest.mark.deep
def test_nobody_gives_up_while_the_branch_moves(
    git_home: GitHome, overtaken: Overtake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However short the patience is with a branch that stands still; the commit tells how many came before."""
    monkeypatch.setattr("offerctl.backends.git_turns.PATIENCE", 0.0)
    late = overtaken(3)
    version = late.write(sealed(1, environment="late"), None)
    assert late.read() == (document(1, environment="late"), version)
    assert git(git_home.bare, "log", "-1", "--format=%B", BRANCH) == "late: serial 1 of run run-1\n\nOvertaken: 3"
    assert [kept.serial for kept in late.history()] == [1]


def test_who_is_overtaken_for_too_long_is_told_the_way_on(
    overtaken: Overtake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written then."""
    monkeypatch.setattr("offerctl.backends.git_turns.LONGEST", 0.0)
    late = overtaken(1000)
    with pytest.raises(StateUnavailable, match="so many others that no turn came in 0 s") as caught:
        late.write(sealed(1, environment="late"), None)
    assert 'state = "git:offerctl-state-{environment}"' in (caught.value.hint or "")
    assert late.read() is None


def test_a_branch_that_stands_still_and_takes_no_push_is_given_up(
    git_home: GitHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that a killed git left at the remote refuses every push as another one does that came first."""
    monkeypatch.setattr("offerctl.backends.git_turns.PATIENCE", 0.0)
    monkeypatch.setattr("offerctl.backends.git_turns.LONGEST", 3.0)
    git(git_home.bare, "config", "core.filesRefLockTimeout", "0")
    backend = opened(git_home.root())
    version = backend.write(sealed(1), None)
    lock = git_home.bare / "refs" / "heads" / f"{BRANCH}.lock"
    lock.touch()
    with pytest.raises(StateUnavailable, match=r"cannot be written: .*failed to update ref"):
        backend.write(sealed(2), version)
    lock.unlink()
    assert backend.read() == (document(1), version)
    assert backend.write(sealed(2), version) != version


def turn(*overtaken: int, seconds_ago: float = 0.0) -> Turn:
    """One that finds commits on the branch, the newest first, which so many others overtook."""
    made = Turn()
    at = int(time.time() - seconds_ago)
    made.saw("tip-1", [Landed(at=at, overtaken=number) for number in overtaken])
    return made


def test_who_comes_later_does_not_try_before_the_others() -> None:
    """As long as those that came through last had waited for more turns; but it waits only once in vain."""
    assert turn().has_come
    assert turn(0, 0, 0, 0).has_come
    late = turn(4, 3, 4, 5)
    assert not late.has_come
    late.look()
    late.wait(BRANCH, None)
    assert late.has_come


def test_who_was_overtaken_as_often_as_the_last_ones_tries() -> None:
    """Then nobody who waits began earlier."""
    late = turn(2, 2, 2)
    assert not late.has_come
    late.saw("tip-2", [Landed(at=0, overtaken=2)])
    late.saw("tip-3", [Landed(at=0, overtaken=2)])
    assert (late.has_come, late.overtaken) == (True, 2)


def test_a_queue_of_long_ago_keeps_nobody_waiting() -> None:
    """Nor does one from the future, by a clock that goes wrong."""
    assert turn(9, 9, seconds_ago=60).has_come
    assert turn(9, 9, seconds_ago=-60).has_come
