"""State documents: bytes to `State` and back.

A document is canonical JSON laid out for git, with a checksum over its own bytes, so that a torn, cut or edited
one is refused before anything is believed. Its schema is `schema/state.schema.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from offerctl import canon
from offerctl.characters import escaped_json
from offerctl.errors import StateUnreadable
from offerctl.offering import Offering
from offerctl.state import layout
from offerctl.state.checksum import RELAID, ZEROS, sealed, unlike, unsealed
from offerctl.state.claimed import DISPLACED, Link, link_of
from offerctl.state.ended import ENDED_VERSION, ended_json, is_readable, read_ended
from offerctl.state.entry import NONSENSE, check_entry, malformed, read_entry, to_entry
from offerctl.state.listings import Listings
from offerctl.state.model import Claim, RecordedChange, RecordedChanges, RunRecord, State
from offerctl.state.stored import Entry, OtherEntry, PlainEntry, laid_out
from offerctl.state.untyped import maybe, optional, read_body, read_home, read_id, read_table, typed

FORMAT_VERSION = "1.1"
"""Of a state that a run may begin on; others have that of `offerctl.state.ended`."""
MAX_BYTES = 256 * 1024 * 1024
"""Of a state document, in every home: one of a hundred thousand listings takes a third of it."""


class Heading(NamedTuple):
    """What a home of states needs to know of a document without believing it."""

    serial: int
    checksum: str
    run: str | None
    """The run that wrote it."""
    open: bool
    """Whether that run had not ended."""


class SealedState(NamedTuple):
    """A state with its document: what a home writes, which need not read again what stands in it.

    `state` is as the document's reader will have it, checksum included.
    """

    data: bytes
    heading: Heading
    state: State


def seal(state: State) -> SealedState:
    """A state as it is to be written."""
    data, checksum = sealed(_laid_out(state))
    run = state.last_run.id if state.last_run else None
    heading = Heading(serial=state.serial, checksum=checksum, run=run, open=state.run is not None)
    return SealedState(data=data, heading=heading, state=replace(state, checksum=checksum))


def _laid_out(state: State) -> bytes:
    """The document, its checksum still zeros; what of the listings is written already is taken as it is."""
    return layout.written(_state_json(state), state.listings.texts(lambda belief: laid_out(to_entry(belief))))


def encode(state: State) -> bytes:
    """The document of a state, checksum included."""
    return seal(state).data


def harmless(data: bytes) -> bytes:
    """A sound document for whoever looks at it.

    It is the document itself. One of an older offerctl, which would do a terminal harm, gets the same values as
    escapes, and the checksum that goes with them.
    """
    escaped = escaped_json(data).replace(b"\r", b"").replace(b"\t", b" ")  # both stand between values alone
    return data if escaped == data else sealed(unsealed(escaped)[0])[0]


def parse(data: bytes) -> State:
    """The state of a document; its listings are read when they are asked for.

    Raises:
        StateUnreadable: empty, torn, edited, of a newer version, or holding what no state may hold.
    """
    document = _verified(data, layout.opened)
    try:
        return _state(document)
    except NONSENSE as error:
        raise malformed(error) from error


def heading(data: bytes) -> Heading:
    """Serial, checksum and writer of a document.

    Raises:
        StateUnreadable: as `parse`.
    """
    document = _verified(data, layout.bare)
    try:
        record = document["last_run"] or {}
        return Heading(
            serial=typed(int, document["serial"]),
            checksum=str(document["checksum"]),
            run=record.get("id"),
            open=document["run"] is not None,
        )
    except NONSENSE as error:
        raise malformed(error) from error


def _verified(data: bytes, read: Callable[[bytes], Any]) -> dict[str, Any]:
    if not data or data.isspace():
        raise StateUnreadable("the state document is empty")
    try:
        document = read(data)
    except canon.EqualKeys as error:
        raise StateUnreadable(f"the state document was not written by offerctl: {error}") from error
    except ValueError as error:
        raise StateUnreadable(f"the state document is cut off or is no JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("format_version"), str):
        raise StateUnreadable("this is no state document of offerctl")
    version = document["format_version"]
    if not is_readable(version):
        raise StateUnreadable(
            f"the state document has format {version}; this offerctl reads {FORMAT_VERSION} and {ENDED_VERSION}",
            hint="Use the offerctl that wrote it, or a newer one.",
        )
    if wrong := unlike(data):
        raise StateUnreadable(RELAID if relaid(data) else wrong)
    if link_of(data) != tuple(document.get(name) for name in Link._fields):
        raise StateUnreadable(DISPLACED)  # whether it follows what was known was decided by what stands there
    return document


def relaid(data: bytes) -> State | None:
    """The state of a document that only looks otherwise than it was written, as its checksum shows.

    It is refused, but can be pushed. None for any other document that is no good, or that has a key twice.
    """
    try:
        document = layout.opened(data)
        state = _state(document)
        return state if seal(state).heading.checksum == document["checksum"] else None
    except NONSENSE:
        return None


def _state_json(state: State) -> dict[str, object]:
    return {
        "format_version": FORMAT_VERSION,
        **ended_json(state),
        "lineage": state.lineage,
        "serial": state.serial,
        "previous": state.previous,
        "environment": state.home.environment,
        "base_url": state.home.base_url,
        "network_key": state.home.network_key,
        **({} if state.api is None else {"api": dict(state.api)}),
        "applied_commit": state.applied_commit,
        "approved": dict(state.approved),
        "run": optional(_claim_json, state.run),
        "last_run": optional(_receipt_json, state.last_run),
        "listings": {},
        "checksum": ZEROS,
    }


def _claim_json(claim: Claim) -> dict[str, object]:
    return {
        "id": claim.id,
        "who": claim.who,
        "boot_id": claim.boot_id,
        "lease_until": canon.timestamp(claim.lease_until),
    }


def record_json(record: RunRecord) -> dict[str, object]:
    """The untyped form of a receipt, as documents and `history --format json` have it."""
    return {**_receipt_json(record), "changes": [*map(_change_json, record.changes)]}


def _receipt_json(record: RunRecord) -> dict[str, object]:
    """The same; its changes, which may be a hundred thousand, are made as they are asked for, once."""
    return {
        "id": record.id,
        "who": record.who,
        "commit": record.commit,
        "pull_request": record.pull_request,
        "started": canon.timestamp(record.started),
        "finished": optional(canon.timestamp, record.finished),
        "changes": map(_change_json, record.changes),
    }


def _change_json(change: RecordedChange) -> dict[str, object]:
    return {
        "id": change.offering_id,
        "intent": change.intent,
        "outcome": change.outcome,
        "from": optional(Offering.attributes, change.before),
        "to": optional(Offering.attributes, change.after),
    }


def _state(document: Mapping[str, Any]) -> State:
    return State(
        lineage=str(document["lineage"]),
        home=read_home(document),
        serial=typed(int, document["serial"]),
        previous=maybe(str, document["previous"]),
        applied_commit=maybe(str, document["applied_commit"]),
        approved={read_id(id_): typed(str, digest) for id_, digest in document["approved"].items()},
        run=optional(_claim, document["run"]),
        last_run=optional(_record, document["last_run"]),
        listings=_listings(document["listings"]),
        **read_ended(document),
        checksum=document["checksum"],
        api=optional(read_table, document.get("api")),
    )


def _listings(found: Mapping[str, Any]) -> Listings:
    return Listings(entries={id_: _entry(id_, entry) for id_, entry in found.items()}, read=read_entry)


def _entry(offering_id: str, found: Any) -> Entry:
    """One that has the shape of an ordinary entry holds nothing that could be wrong."""
    if isinstance(found, PlainEntry):
        return found
    check_entry(read_id(offering_id), found)
    return OtherEntry(offering_id, found)


def _claim(value: Mapping[str, Any]) -> Claim:
    return Claim(
        id=typed(str, value["id"]),
        who=typed(str, value["who"]),
        boot_id=maybe(str, value["boot_id"]),
        lease_until=canon.moment(value["lease_until"]),
    )


def _record(value: Mapping[str, Any]) -> RunRecord:
    return RunRecord(
        id=typed(str, value["id"]),
        who=typed(str, value["who"]),
        commit=maybe(str, value["commit"]),
        pull_request=maybe(int, value["pull_request"]),
        started=canon.moment(value["started"]),
        finished=optional(canon.moment, value["finished"]),
        changes=_recorded_changes(value["changes"]),
    )


def _recorded_changes(values: Sequence[Any]) -> RecordedChanges:
    if isinstance(values, list):
        for value in values:
            read_id(value["id"])
    return RecordedChanges(values, _recorded_change)


def _recorded_change(value: Mapping[str, Any]) -> RecordedChange:
    try:
        return RecordedChange(
            offering_id=read_id(value["id"]),
            intent=typed(str, value["intent"]),
            outcome=typed(str, value["outcome"]),
            before=read_body(value["id"], value["from"]),
            after=read_body(value["id"], value["to"]),
        )
    except NONSENSE as error:
        raise malformed(error) from error
