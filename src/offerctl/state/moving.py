"""*Move*: a state gets another address, another environment's name or another home. Pure.

In one home one swap does it (`relabelled`). From one home to another it takes three, each of which must find what
was read, and `next_step` says from both documents alone which of them comes next. So a move that was cut off
anywhere is finished by the same command, and of two that race one goes on:

    RESERVE   the new home gets a document that says where the state still is: no first run begins there
    MARK      the old one says where the state goes, under no live lease: nothing is sent on it any more
    FILL      the new one takes what the old one knew when it was marked, as beliefs in doubt

A document with `moved_to` keeps a place and holds nothing that counts, unless it was marked and the new home is
not filled yet. Of the documents of one lineage the one whose beliefs count has the highest serial: so a state can
come back to where it was, and what counts is never written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto

from offerctl.state.approved import change_digest
from offerctl.state.belief import Belief, Intent, Status
from offerctl.state.edits import together
from offerctl.state.model import Home, Place, RecordedChange, RunRecord, State
from offerctl.state.receipts import IN_DOUBT, EditKind

Api = Mapping[str, object] | None
"""What of a dialect decides where a listing lives (`State.api`)."""


class Step(Enum):
    """The next write of a move between two homes, or why there is none."""

    RESERVE = auto()
    MARK = auto()
    FILL = auto()
    DONE = auto()
    """The state is in the new home."""
    ELSEWHERE = auto()
    """The old home's document says that the state is in a third one."""
    LOST = auto()
    """The old home's document says that the state is in the new one, and it is not there."""
    TAKEN = auto()
    """The new home has a state."""


def next_step(source: State, target: State | None, *, to: Place) -> Step:
    """What comes next, by what stands in the old and in the new home, which is called `to`."""
    here = source.moved_to is None
    if not here and source.moved_to != to:
        return Step.ELSEWHERE
    if target is None:
        return Step.RESERVE if here else Step.LOST
    if target.lineage != source.lineage:
        return Step.TAKEN
    if target.moved_to is None:
        return Step.DONE if not here and target.serial > source.serial else Step.TAKEN
    if target.serial >= source.serial:  # it is on its way from there, and what it knows must not be written over
        return Step.TAKEN
    return Step.MARK if here else Step.FILL


def reservation(source: State, *, at: Place, home: Home, api: Api = None, record: RunRecord) -> State:
    """RESERVE: what the new home says meanwhile; `at` is the old one."""
    return State(lineage=source.lineage, home=home, api=api, moved_to=at, last_run=record)


def marked(source: State, *, to: Place, record: RunRecord) -> State:
    """MARK: the old home's document from then on. It keeps its beliefs."""
    return replace(source.successor(_receipt(source, record)), run=None, moved_to=to)


def filled(source: State, target: State, *, home: Home, api: Api = None, record: RunRecord) -> State:
    """FILL: the new home's document, by what the old one says since it was marked."""
    return replace(relabelled(source, home=home, api=api, record=record), previous=target.checksum)


def relabelled(state: State, *, home: Home, api: Api = None, record: RunRecord) -> State:
    """For another address, provider, name, place in the Marketplace (`api`) or home: *beliefs, never facts*.

    Every belief is in doubt, but contested ones stay so; quiet periods are kept. Tombstones are in doubt, too, as
    another address may hold a copy that is older than the deletion. A deletion that was done or begun was
    permitted then: so it is approved, and no guard counts it again.
    """
    again = {id_: change_digest(Intent.DELETE, id_, None) for id_, b in state.listings.items() if _was_deleted(b)}
    beliefs: dict[str, Belief | None] = {id_: together([belief], None) for id_, belief in state.listings.items()}
    following = state.successor(_receipt(state, record)).with_beliefs(beliefs)
    return replace(following, home=home, api=api, run=None, moved_to=None, approved={**again, **state.approved})


def _was_deleted(belief: Belief) -> bool:
    attempt = belief.last_attempt
    begun = belief.status is Status.MAYBE and attempt is not None and attempt.intent is Intent.DELETE
    return begun or belief.status is Status.GONE


def _receipt(state: State, record: RunRecord) -> RunRecord:
    changes = (
        RecordedChange(offering_id=id_, intent=EditKind.MOVE, outcome=IN_DOUBT, before=belief.last_body)
        for id_, belief in state.listings.items()
    )
    return record._replace(changes=tuple(changes))
