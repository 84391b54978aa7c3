"""The digest of one change: what a reviewer approves, and what a state keeps as approved until it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping

from offerctl import canon
from offerctl.offering import Offering
from offerctl.state.belief import Belief, Intent, Status


def change_digest(intent: Intent, offering_id: str, after: Offering | None) -> str:
    """The digest of one change; an approved replace also approves the put of the same id and body."""
    body = None if after is None else after.attributes()
    return canon.digest({"intent": intent.value, "offeringId": offering_id, "after": body})


def finishes_deletion(approved: Mapping[str, str], offering_id: str, belief: Belief) -> bool:
    """Whether deleting it finishes what the guards permitted before: it is approved, and was begun or confirmed.

    One that was approved and never begun may have been refused. After a move of the state what was confirmed as
    deleted is in doubt without an attempt.
    """
    if approved.get(offering_id) != change_digest(Intent.DELETE, offering_id, None):
        return False
    if belief.status is not Status.MAYBE:
        return belief.status is Status.GONE
    if belief.last_attempt is not None:
        return belief.last_attempt.intent is Intent.DELETE
    return belief.last_confirmed is not None and belief.last_confirmed.body is None
