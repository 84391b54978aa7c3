"""Many environments that write to one repository at once: no write is lost, and none waits in vain."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from offerctl.backends.git import GitBackend
from offerctl.backends.git_remote import Remote
from offerctl.errors import StateUnavailable
from support.fleet import WRITES, branch_of, write_states
from support.homes import BRANCH, GitHome, git, opened
from support.states import document, sealed

NAMES = [f"pro-{number}" for number in range(12)]


@pytest.mark.deep
def test_a_dozen_runners_share_one_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with a clone of its own: every write arrives, upon all that came in between, and all are kept."""
    monkeypatch.setattr("offerctl.backends.git.PATIENCE", 600.0)  # whatever else the machine does
    with ExitStack() as stack:
        home = GitHome(tmp_path, "file", stack)
        outcome = write_states(home, NAMES, at_once=len(NAMES))
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


def test_a_branch_that_others_always_move_can_be_read(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it was fetched another environment writes: what was the newest when it was listed counts."""
    mine = opened(git_home.root()).write(sealed(1), None)
    other, serial, version = opened(git_home.root(1), environment="busy"), 0, None
    fetch = GitBackend._fetch

    def write() -> None:
        nonlocal serial, version
        serial += 1
        version = other.write(sealed(serial, f"run-{serial}", environment="busy"), version)

    def busy(backend: GitBackend, remote: Remote, *options: str) -> None:
        fetch(backend, remote, *options)
        if backend is reader:
            write()

    reader = opened(git_home.root())
    write()
    monkeypatch.setattr(GitBackend, "_fetch", busy)
    for _ in range(3):
        assert reader.read() == (document(1), mine)
    assert serial == 4


def test_who_never_gets_a_turn_is_told_the_way_on(git_home: GitHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each push another environment writes, until the patience is over; nothing is written."""
    opened(git_home.root()).write(sealed(1), None)
    other, make = opened(git_home.root(1), environment="busy"), GitBackend._make

    def busy(backend: GitBackend, *given: Any, **named: Any) -> str:
        if backend is mine:
            other.write(sealed(1, "run-1", environment="busy"), None)
        return make(backend, *given, **named)

    mine = opened(git_home.root(2), environment="late")
    monkeypatch.setattr(GitBackend, "_make", busy)
    monkeypatch.setattr("offerctl.backends.git.PATIENCE", 0.0)
    with pytest.raises(StateUnavailable, match="so many others that no turn came in 0 s") as caught:
        mine.write(sealed(1, environment="late"), None)
    assert 'state = "git:offerctl-state-{environment}"' in (caught.value.hint or "")
    assert mine.read() is None
