"""Files that a plan need not read: what a run remembers of them, by the real executable."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.app.checkout import read_offerings
from offerctl.config import load
from offerctl.state.document import parse, seal
from support.desk import Desk
from support.plans import offering

A, B = offering("a"), offering("b")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two files that were applied."""
    it = Desk(root=tmp_path)
    it.configure(lease=0.2, settle_window=0.0)
    it.want(A, B)
    it.ok("apply", "--auto-approve")
    return it


def unread(desk: Desk) -> frozenset[str]:
    """The listings whose files a plan of now leaves unread."""
    state = desk.state()
    found = read_offerings(load(cwd=desk.root, environ={}, file=None), state)
    assert found.as_believed(state) == found.remembered
    return frozenset(found.remembered)


def test_a_run_remembers_how_it_read_the_files(desk: Desk) -> None:
    """What was applied is left unread; what was edited since is read, and applied, and left unread again."""
    assert unread(desk) == {"a", "b"}
    desk.want(replace(A, price=Decimal(1)))
    assert unread(desk) == {"b"}
    assert "Plan: 0 to add, 1 to change, 0 to delete; 1 unchanged." in desk.ok("plan")
    desk.ok("apply", "--auto-approve")
    assert unread(desk) == {"a", "b"}


def test_what_is_remembered_goes_with_the_next_write(desk: Desk) -> None:
    """A renamed file is read by each plan, and no run is made for it; the next one takes it along."""
    (desk.root / "offerings" / "a.yaml").rename(desk.root / "offerings" / "renamed.yaml")
    before = desk.files()
    assert "No changes." in desk.ok("apply", "--auto-approve")
    assert desk.files() == before
    assert unread(desk) == {"b"}
    desk.want(replace(B, price=Decimal(1)))
    desk.ok("apply", "--auto-approve")
    assert unread(desk) == {"a", "b"}


def test_another_state_says_nothing_of_what_was_left_unread(desk: Desk) -> None:
    """Files read beside one state, and a plan made from another: nothing is taken for granted."""
    state = desk.state()
    found = read_offerings(load(cwd=desk.root, environ={}, file=None), state)
    other = parse(seal(state).data)
    assert (found.as_believed(other), found.as_believed(None)) == (frozenset(), frozenset())
    assert found.as_believed(state) == {"a", "b"}
