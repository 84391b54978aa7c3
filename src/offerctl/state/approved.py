"""The digest of one change: what a reviewer approves, and what a state keeps as approved until it is confirmed."""

from __future__ import annotations

from offerctl import canon
from offerctl.offering import Offering
from offerctl.state.belief import Intent


def change_digest(intent: Intent, offering_id: str, after: Offering | None) -> str:
    """The digest of one change; an approved replace also approves the put of the same id and body."""
    body = None if after is None else after.attributes()
    return canon.digest({"intent": intent.value, "offeringId": offering_id, "after": body})
