"""What is made in `.offerctl` is out of git's sight, whoever makes it first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from offerctl import disk
from offerctl.embedded import local_store
from support.desk import Desk
from support.homes import git
from support.plans import live, offering


def by_a_state(root: Path) -> None:
    """A state in a file."""
    Desk(root=root).keep({"a": live(offering("a"))})


def by_the_embedded_marketplace(root: Path) -> None:
    """Its database."""
    local_store(root).close()


@pytest.mark.parametrize("make", [by_a_state, by_the_embedded_marketplace])
def test_git_never_sees_what_is_of_this_machine(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """No `init` and no line in the repository's own `.gitignore` is needed."""
    git(tmp_path, "init", "--quiet")
    make(tmp_path)
    assert (tmp_path / ".offerctl").is_dir()
    assert git(tmp_path, "status", "--porcelain", "--untracked-files=all") == ""


def test_what_somebody_wrote_there_stays(tmp_path: Path) -> None:
    """And no other folder gets one."""
    own = tmp_path / ".offerctl"
    own.mkdir()
    (own / ".gitignore").write_text("# mine\n", "utf-8")
    disk.make_private(disk.Folder(own / "versions"))
    disk.make_private(disk.Folder(tmp_path / "states"))
    assert (own / ".gitignore").read_text("utf-8") == "# mine\n"
    assert list((own / "versions").iterdir()) == list((tmp_path / "states").iterdir()) == []
