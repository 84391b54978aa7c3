"""The beliefs of a state: read when they are asked for, written when they changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from offerctl import canon
from offerctl.errors import StateUnreadable
from offerctl.state import Belief, State, Status, document, stored
from offerctl.state.entry import read_entry
from offerctl.state.listings import Listings
from offerctl.state.stored import Entry, OtherEntry
from offerctl.state.untyped import read_home
from support.plans import NOW, live, maybe, offering
from support.states import resealed, states


def entries(*ids: str) -> Mapping[str, Entry]:
    """Entries of live listings, as a document has them."""
    state = document.seal(a_state({id_: live(offering(id_)) for id_ in ids}))
    return {id_: OtherEntry(id_, values) for id_, values in canon.parse(state.data)["listings"].items()}


def a_state(beliefs: Mapping[str, Belief]) -> State:
    """A state of these."""
    return State(lineage="l", home=read_home(HOME), listings=Listings(beliefs))


HOME = {"environment": "prod", "base_url": "https://marketplace.example", "network_key": "pro-1"}


class Reader:
    """Reads entries, and remembers which."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, offering_id: str, entry: Mapping[str, Any]) -> Belief:
        self.read.append(offering_id)
        return read_entry(offering_id, entry)


def test_only_what_is_asked_for_is_read_and_once() -> None:
    """Ids, numbers and statuses are there without it; a successor reads nothing again."""
    reader = Reader()
    found = Listings(entries=entries("a", "b", "c"), read=reader)
    assert ([*found], len(found), "a" in found, found.status("b"), found.listed()) == (
        ["a", "b", "c"],
        3,
        True,
        Status.LIVE,
        frozenset({"a", "b", "c"}),
    )
    assert reader.read == []
    assert found["b"] == live(offering("b"))
    changed = found.changed({"a": maybe(None, None), "c": None, "d": maybe(None, None)})
    assert ([*changed], changed["b"], changed.status("a")) == (["a", "b", "d"], found["b"], Status.MAYBE)
    assert ("c" in changed, changed.status("c"), len(changed)) == (False, None, 3)
    assert reader.read == ["b"]


def test_of_the_latest_answer_no_more_is_read() -> None:
    """Among beliefs that stand above the entries, too."""
    reader = Reader()
    later = live(offering("late"))
    assert later.last_confirmed is not None
    later = replace(later, last_confirmed=later.last_confirmed._replace(at=NOW + timedelta(days=9)))
    found = Listings(entries=entries("a", "b"), read=reader)
    first = found.last_confirmed()
    assert first is not None
    assert len(reader.read) == 1
    assert found.changed({"late": later}).last_confirmed() == later.last_confirmed
    assert Listings().last_confirmed() is None


def test_an_entry_that_holds_nonsense_is_refused_when_it_is_asked_for() -> None:
    """And its status is none that anybody knows."""
    broken = {**entries("a")["a"].values(), "status": "listed", "quiet_until": "noon"}
    found = Listings(entries={"a": OtherEntry("a", broken)}, read=read_entry)
    with pytest.raises(StateUnreadable, match="malformed"):
        found["a"]
    with pytest.raises(StateUnreadable, match="a has no known status"):
        found.status("a")


@given(states())
def test_the_same_values_are_laid_out_alike(state: State) -> None:
    """Whatever was put together from texts that were there, or read from another layout: the same bytes."""
    data = document.seal(state).data
    again = document.parse(data)
    assert document.seal(again).data == data
    assert document.seal(again.with_beliefs({})).data == data
    otherwise = document.parse(resealed(canon.document(canon.parse(data))))
    assert replace(otherwise, checksum=None) == replace(again, checksum=None)
    assert document.seal(otherwise).data == data


def test_what_did_not_change_is_not_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The renewals of a run cost what they change, and the first write costs all of it."""
    written = []

    def counted(entry: Mapping[str, Any]) -> bytes:
        written.append(entry)
        return stored.laid_out(entry)

    monkeypatch.setattr(document, "laid_out", counted)
    beliefs = {f"x{n}": live(offering(f"x{n}")) for n in range(50)}
    first = a_state(beliefs)
    document.seal(first)
    document.seal(first.with_beliefs({}))
    assert len(written) == 50
    written.clear()
    state = document.parse(document.seal(first).data)
    renewal = state.with_beliefs({"x7": maybe(None, None)})
    document.seal(renewal)
    assert len(written) == 1
    document.seal(renewal.with_beliefs({"x7": maybe(None, None), "new": maybe(None, None)}))
    assert len(written) == 3
