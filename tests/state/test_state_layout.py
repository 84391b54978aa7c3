"""How a state document lies in its bytes: what is known by its shape is what reading everything finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import canon
from offerctl.errors import StateUnreadable
from offerctl.state import Belief, Home, RecordedChange, RunRecord, State, Status, document, layout, shapes
from offerctl.state.belief import ReadAs
from offerctl.state.entry import read_entry
from offerctl.state.listings import Listings
from offerctl.state.stored import Entry, OtherEntry, PlainEntry
from support.plans import NOW, live, offering
from support.states import ordinary, resealed, states

HOME = Home("prod", "https://marketplace.example", "pro-1")
RECORD = RunRecord(id="run-1", who="ci", started=NOW)
READ_AS = ReadAs("offerings/a.yaml", "0" * 64)


@contextmanager
def reading_everything() -> Iterator[None]:
    """As if no document had the layout of ours."""
    opened = layout._opened

    def refuse(_: bytes) -> Mapping[str, Any]:
        raise layout.NotLaidOut

    layout._opened = refuse  # type: ignore[assignment]
    try:
        yield
    finally:
        layout._opened = opened


@contextmanager
def everything_short() -> Iterator[None]:
    """As if every document were shorter than what a shape is compiled for."""
    long, shapes.LONG = shapes.LONG, 1_000_000_000
    try:
        yield
    finally:
        shapes.LONG = long


def entries_of(data: bytes) -> Mapping[str, Entry]:
    """What is kept of a document's listings."""
    return dict(document.parse(data).listings.entries())


def with_belief(belief: Belief) -> bytes:
    """A document with one listing, `a`."""
    return document.encode(State(lineage="l", home=HOME, listings=Listings({"a": belief})))


@given(states())
def test_what_is_short_is_read_as_values(state: State) -> None:
    """It is the same state, and the same document when it is written."""
    data = document.encode(state)
    with everything_short():
        read = document.parse(data)
        assert not any(isinstance(entry, PlainEntry) for _, entry in read.listings.entries())
        assert document.encode(read) == data
    assert read == document.parse(data)


@given(states())
def test_by_its_shape_an_entry_is_what_its_values_are(state: State) -> None:
    """Status, times, runs, and what is remembered of its file; the text that it is written as, too."""
    data = document.encode(state)
    with reading_everything():
        read = entries_of(data)
    found = entries_of(data)
    assert [*found] == [*read]
    for id_, entry in found.items():
        other = read[id_]
        assert isinstance(other, OtherEntry)
        assert (entry.values(), bytes(entry.text())) == (other.values(), other.text())
        assert (entry.status, entry.attempted_by, entry.confirmed_at) == (
            other.status,
            other.attempted_by,
            other.confirmed_at,
        )
        ours, theirs = entry.remembered(), other.remembered()
        assert (ours is None) == (theirs is None)
        if ours and theirs:
            assert (ours.offering_id, ours.url, ours.attributes) == (
                theirs.offering_id,
                theirs.url,
                theirs.attributes,
            )
            assert (ours.file, ours.protect, ours.digest) == (theirs.file, theirs.protect, theirs.digest)


@given(ordinary("a"))
def test_ordinary_entries_are_known_by_their_shape(belief: Belief) -> None:
    """Unless a text has an escape; otherwise nothing of this module would be gained."""
    data = with_belief(belief)
    [entry] = entries_of(data).values()
    assert belief.body is not None
    assert isinstance(entry, PlainEntry) == (b"\\" not in canon.line(belief.body.attributes()))
    assert read_entry("a", entry.values()) == belief


@pytest.mark.parametrize(
    "belief",
    [
        replace(live(offering("a")), read_as=None),
        replace(live(offering("a")), key=None, read_as=READ_AS),
        replace(live(offering("a", course_name='the "quoted" one')), read_as=READ_AS),
        replace(live(offering("a")), body=offering("a", price=Decimal(1)), read_as=READ_AS),
    ],
)
def test_every_other_entry_is_read_as_values(belief: Belief) -> None:
    """Not read from a file; its key is another; an escape; another body than was confirmed."""
    data = with_belief(belief)
    assert isinstance(entries_of(data)["a"], OtherEntry)
    assert document.parse(data).listings["a"] == belief


SPOILT = (
    (b'"status": "live"\n', b'"status": "live" \n'),
    (b'"protect": false', b'"protect": false,\n      "protect": true'),
    (b'"price":', b'"price":1,"price":'),
    (b'    "b": {', b'    "a": {'),
    (b'"offeringId":"b"', b'"offeringId":"a"'),
    (b'    "b": {', b'    "b/..": {'),
    (b"    },\n", b"    }\n"),
    (b"    }\n  }", b"    },\n  }"),
    (b"  }\n", b"  },,\n"),
    (b'"courseName":"', b'"courseName":"\xff'),
    (b'"courseName":"', b'"courseName":"\xe2\x80\xae'),
    (b'"courseName":"', b'"courseName":"\n'),
    (b'"at":"', b'"at":"no time'),
    (b'"intent":"', b'"intent":"re'),
    (b'"key": "', b'"key": "X'),
    (b'"price":', b'"price":0'),
    (b'"price":', b'"price":-'),
    (b'"outcome":"done"', b'"outcome":"done","outcome":"failed"'),
    (b'"id":"a"', b'"id":"../a"'),
    (b'"intent":"put","outcome"', b'"intent": "put","outcome"'),
    (b"      {", b"      ["),
    (b"},\n      {", b"}\n      {"),
    (b'"listings": {', b'"listings" : {'),
    (b'"changes": [', b'"changes": [],\n    "changes": ['),
)


@pytest.mark.parametrize(("what", "by"), SPOILT)
def test_a_spoilt_document_is_refused_or_read_as_it_always_was(what: bytes, by: bytes) -> None:
    """Somebody edits it by hand, and its checksum, too: what comes of it does not depend on how it was opened."""
    data = document.encode(example())
    assert what in data
    agree(resealed(data.replace(what, by, 1)))
    at = data.rindex(what)
    agree(resealed(data[:at] + by + data[at + len(what) :]))


@pytest.mark.deep
@given(states(), st.data())
def test_however_it_is_spoilt(state: State, draw: st.DataObject) -> None:
    """Bytes in one place become others, or lines change places."""
    data = document.encode(state)
    if draw.draw(st.booleans()):
        lines = data.splitlines(keepends=True)
        one, other = (draw.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        lines[one], lines[other] = lines[other], lines[one]
        data = b"".join(lines)
    else:
        at, length = draw.draw(st.integers(0, len(data) - 1)), draw.draw(st.integers(0, 9))
        by = draw.draw(st.sampled_from([b"", b" ", b",", b"}", b'"', b"1", b"\n", b"\\", b"null", b"\xff", b"{}"]))
        data = data[:at] + by + data[at + length :]
    try:
        data = resealed(data)
    except StateUnreadable:
        return
    agree(data)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.LIVE])
def test_no_file_is_left_unread_whose_listing_is_not_live(status: Status) -> None:
    """Even where somebody wrote down a body, and how its file was read."""
    values = {**entries_of(with_belief(replace(live(offering("a")), read_as=READ_AS)))["a"].values()}
    assert OtherEntry("a", values).remembered() is not None
    assert OtherEntry("a", {**values, "status": status.value}).remembered() is None


def test_the_body_of_another_listing_is_refused_at_once() -> None:
    """And not only when somebody asks for that listing: a plan may have taken its file as read by then."""
    data = document.encode(example())
    at = data.rindex(b'"offeringId":"b"')
    with pytest.raises(StateUnreadable, match="b holds the body of a"):
        document.parse(resealed(data[:at] + data[at:].replace(b'"offeringId":"b"', b'"offeringId":"a"', 1)))


def test_a_listing_that_stands_there_twice_is_refused() -> None:
    """Whichever of the two counted, another reader would take the other."""
    data = document.encode(example())
    first, second = data.rindex(b'    "a": {'), data.rindex(b'    "b": {')
    with pytest.raises(StateUnreadable, match="the key 'a' twice"):
        document.parse(resealed(data[:second] + data[first:second] + data[second:]))


def test_what_a_reader_does_not_see_is_written_as_escapes_again() -> None:
    """An older offerctl wrote it as it was, or somebody by hand."""
    data = document.encode(example())
    hidden = data.replace(b'"courseName":"JHSC', b'"courseName":"\\u202eJHSC')
    assert hidden != data
    again = document.encode(document.parse(resealed(hidden)))
    assert again.isascii()
    assert b"\\u202e" in again


def example() -> State:
    """Two live listings, and the receipt of the run that added them."""
    beliefs = {id_: replace(live(offering(id_)), read_as=ReadAs(f"{id_}.yaml", "0" * 64)) for id_ in ("a", "b")}
    changes = tuple(
        RecordedChange(offering_id=id_, intent="put", outcome="done", after=beliefs[id_].body) for id_ in beliefs
    )
    state = State(lineage="l", home=HOME, listings=Listings(beliefs))
    return state.successor(RECORD._replace(changes=changes))


def agree(data: bytes) -> None:
    """Opened by its layout, a document gives what it gives where all of it is read, sooner or later."""
    assert outcome(data) == outcome(data, whole=True)


def outcome(data: bytes, *, whole: bool = False) -> State | None:
    """The state with everything in it read; none where that is refused."""
    try:
        if whole:
            with reading_everything():
                return everything(data)
        return everything(data)
    except StateUnreadable:
        return None


def everything(data: bytes) -> State:
    """The state of a document, in which nothing is left to be read later."""
    state = document.parse(data)
    record = state.last_run and state.last_run._replace(changes=tuple(state.last_run.changes))
    return replace(state, listings=Listings(dict(state.listings)), last_run=record)


@pytest.mark.parametrize("name", ["serial", "lineage", "previous"])
def test_what_the_chain_is_judged_by_is_what_the_document_says(name: str) -> None:
    """A blank more, and a version that the home knows would be found no place in the chain, and be believed."""
    data = document.encode(example())
    with pytest.raises(StateUnreadable, match="do not stand where offerctl writes them"):
        document.parse(resealed(data.replace(f'\n  "{name}"'.encode(), f'\n   "{name}"'.encode())))


def test_a_lineage_that_only_seems_to_be_one_is_refused() -> None:
    """In the place where the chain looks for it stands another one than a reader of JSON finds."""
    data = document.encode(example())
    decoy = data.replace(b'"who": "ci"\n  }', b'"who": "ci",\n  "lineage": "l"\n  }')
    assert decoy != data
    other = decoy.replace(b'\n  "lineage": "l",', b'\n  "lineage": "another",')
    with pytest.raises(StateUnreadable):
        document.parse(resealed(other))


@pytest.mark.parametrize("depth", [300, 2000, 100_000])
def test_a_document_that_is_nested_too_deeply_is_refused(depth: int) -> None:
    """Whoever wrote one would otherwise stop every command, those that bring the state back among them."""
    data = document.encode(example())
    deep = data.replace(b'  "lineage"', b'  "aaa": ' + b"[" * depth + b"]" * depth + b',\n  "lineage"')
    for spoilt in (deep, resealed(deep)):
        with pytest.raises(StateUnreadable, match=r"nested too deeply|no JSON"):
            document.parse(spoilt)
        with pytest.raises(StateUnreadable):
            document.heading(spoilt)


@pytest.mark.parametrize("record", [b'"x"', b"[]", b"7"])
def test_a_receipt_of_another_kind_is_refused(record: bytes) -> None:
    """Where something else has its changes' place."""
    data = b'{\n  "api": {\n    "changes": [\n      1\n    ]\n  },\n  "last_run": %b\n}\n' % record
    with pytest.raises(StateUnreadable):
        document.parse(data)


@pytest.mark.parametrize("serial", [b"1e300", b"true", b"2.5", b'"2"', b"-1", b"18446744073709551615"])
def test_a_serial_is_a_whole_number_that_has_a_next_one(serial: bytes) -> None:
    """What no write can follow would be found out when the first one is due."""
    data = document.encode(example()).replace(b'  "serial": 1', b'  "serial": ' + serial)
    with pytest.raises(StateUnreadable):
        document.parse(resealed(data))


def test_of_many_keys_the_one_that_stands_there_twice_is_found_in_one_pass() -> None:
    """A document may have many megabytes, and this is found before anything is believed."""
    keys = ", ".join(f'"k{n}": 0' for n in range(60_000))
    with pytest.raises(canon.EqualKeys, match="'last' twice"):
        canon.parse_unambiguous(f'{{{keys}, "last": 1, "last": 2}}'.encode())
