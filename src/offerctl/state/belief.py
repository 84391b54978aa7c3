"""A belief: what is held of one listing, and how far it can be trusted.

Beliefs, not facts: the Marketplace cannot be read. `last_confirmed` and `last_attempt` are for display and decide
nothing that is sent; only that what a run had confirmed can be made sure of without another review.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from offerctl.offering import Offering
from offerctl.standards import StandardKey


class Status(StrEnum):
    """How a listing stands, as far as anybody here knows."""

    LIVE = "live"
    """Confirmed: the Marketplace holds `body`."""
    MAYBE = "maybe"
    """In doubt: it may be listed, with any of several bodies."""
    GONE = "gone"
    """Confirmed deleted: a tombstone, kept for ever because a late request may still raise a ghost."""
    CONTESTED = "contested"
    """It exists, and nobody here added it."""


LISTED = frozenset({Status.LIVE, Status.MAYBE})
"""Beliefs under which a listing of ours is, or may be, in the Marketplace."""


class Intent(StrEnum):
    """What a change wants to be true at its end; part of what a reviewer approves."""

    PUT = "put"
    DELETE = "delete"
    REPLACE = "replace"


class Confirmed(NamedTuple):
    """The last clean answer about a listing: the body it confirmed (none: deleted), when, and by which run.

    `by_hand` says that this came into the state by a push or an import: no run of this environment vouches for it.
    """

    body: Offering | None
    at: datetime
    run: str
    commit: str | None = None
    file: str | None = None
    by_hand: bool = False


class Attempt(NamedTuple):
    """The last change that was tried, whatever came of it."""

    intent: Intent
    body: Offering | None
    at: datetime
    run: str


class ReadAs(NamedTuple):
    """The file that said what is believed, and a digest of how it was read (`catalog.Remembered`).

    It proves itself, so it decides nothing that the file itself would decide otherwise.
    """

    file: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is held of one listing.

    `key` is the training standard it may have (none: unknown); a tombstone keeps its key for life. `body` is what
    the Marketplace holds, and none whenever in doubt. Until `quiet_until` a request of unknown fate may still take
    effect, so nothing is sent for this id.
    """

    status: Status
    key: StandardKey | None
    body: Offering | None = None
    quiet_until: datetime | None = None
    protect: bool = False
    last_confirmed: Confirmed | None = None
    last_attempt: Attempt | None = None
    read_as: ReadAs | None = None

    @property
    def last_body(self) -> Offering | None:
        """What the Marketplace holds, or was last confirmed to hold; none where it was last confirmed deleted."""
        return self.body or (self.last_confirmed.body if self.last_confirmed else None)

    @property
    def is_vouched_for(self) -> bool:
        """Whether a run of this environment had `last_body` confirmed."""
        return self.last_confirmed is not None and not self.last_confirmed.by_hand

    def by_hand(self) -> Belief:
        """The same as somebody brings it: no run vouches for what was confirmed."""
        confirmed = self.last_confirmed
        return replace(self, last_confirmed=confirmed and confirmed._replace(by_hand=True))
