"""What is believed of the listings, and its document: `Belief`, `State`, `document`."""

from offerctl.state.approved import change_digest
from offerctl.state.belief import LISTED, Attempt, Belief, Confirmed, Intent, Status
from offerctl.state.model import Claim, Home, Place, RecordedChange, RunRecord, State

__all__ = [
    "LISTED",
    "Attempt",
    "Belief",
    "Claim",
    "Confirmed",
    "Home",
    "Intent",
    "Place",
    "RecordedChange",
    "RunRecord",
    "State",
    "Status",
    "change_digest",
]
