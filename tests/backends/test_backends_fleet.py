"""Many environments that write to one repository at once: no write is lost, and none waits in vain."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from support.fleet import WRITES, branch_of, write_states
from support.homes import BRANCH, GitHome, git

NAMES = [f"pro-{number}" for number in range(20)]


@pytest.mark.deep
def test_twenty_runners_share_one_branch(tmp_path: Path) -> None:
    """Each with a clone of its own: every write arrives, upon all that came in between, and all are kept."""
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
