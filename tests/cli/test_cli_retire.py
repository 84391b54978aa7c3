"""`offerctl state retire`: everything is deleted, and no run begins on the state any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl.state import Status
from support.desk import Desk
from support.plans import CONTESTED, live, offering

A, B = offering("a"), offering("b")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    it = Desk(root=tmp_path)
    it.configure(settle_window=0)
    return it


def test_everything_is_deleted_and_the_state_closed(desk: Desk) -> None:
    """More than max_deletes lets go, as naming it permits that; then nothing begins, and a second run is none."""
    ids = [f"x{n}" for n in range(5)]
    desk.want(*(offering(id_) for id_ in ids))
    desk.ok("apply", "--auto-approve")
    told = desk.ok("state", "retire", "--auto-approve")
    assert "x0 will be deleted (the environment is retired)" in told
    assert "Apply complete! 0 added, 0 changed, 5 deleted." in told
    assert "local is retired since" in told
    state = desk.state()
    assert {belief.status for belief in state.listings.values()} == {Status.GONE}
    assert state.closed is not None
    for args in (("plan",), ("apply", "--auto-approve"), ("import", "offerings")):
        told = desk.refused(*args)
        assert "local is retired since" in told
        assert f"To take it up again, in doubt: offerctl state restore {state.serial} -e local" in told
    assert "nothing of it is left" in desk.ok("state", "retire", "--auto-approve")
    assert desk.state() == state, "a second run writes nothing"


@pytest.mark.deep
def test_a_closed_state_can_be_looked_at_and_taken_up_again(desk: Desk) -> None:
    """By the command that the refusal names: what it knew is in doubt, and the next apply adds what has a file."""
    desk.want(A)
    desk.ok("apply", "--auto-approve")
    desk.ok("state", "retire", "--auto-approve")
    assert "Closed:         the environment is retired since" in desk.ok("state", "status")
    assert desk.json("state", "list")["listings"][0]["status"] == "gone"
    serial = desk.state().serial
    desk.ok("state", "restore", str(serial))
    assert desk.state().closed is None
    assert "1 settled" in desk.ok("apply", "--auto-approve")


def test_it_asks_and_needs_somebody_to_ask(desk: Desk) -> None:
    """Whatever is typed that is not yes leaves all as it was."""
    desk.keep({"a": live(A)})
    assert "There is no terminal to ask at" in desk.refused("state", "retire")
    before = desk.files()
    code, shown = desk.typed("state", "retire", answer="y")
    assert (code, desk.files()) == (1, before)
    assert "Retire local? 1 listing will disappear, and no run begins on its state any more." in shown


def test_what_is_protected_is_not_retired(desk: Desk) -> None:
    """Protection is a word about one listing, which the name of a command does not take back."""
    desk.keep({"a": live(A, protect=True), "b": live(B)})
    before = desk.files()
    done = desk.run("state", "retire", "--auto-approve")
    assert (done.code, desk.files()) == (1, before)
    assert "a is protected and cannot be deleted." in done.err
    assert "Set `protect: false` in its file and apply that first, then retire." in done.err


def test_nothing_to_delete_is_closed_all_the_same(desk: Desk) -> None:
    """One write, no request; what is contested is told, and not deleted: it may be somebody else's."""
    desk.keep({"theirs": CONTESTED})
    told = desk.ok("state", "retire", "--auto-approve")
    assert "Contested, and so not deleted, as they may be somebody else's: theirs" in told
    assert desk.state().closed is not None


def test_without_a_state_there_is_nothing_to_retire(desk: Desk) -> None:
    """An environment that never was applied has no end."""
    done = desk.run("state", "retire", "--auto-approve")
    assert (done.code, done.out) == (1, "")
    assert "there is no state of local yet" in done.err
