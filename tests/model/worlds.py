"""The worlds of the exploration as values: a Marketplace, requests on their way, a state, files, budgets.

Time is lazy: it only advances where a run waits, where a lease must end, and between runs. Between runs it is
taken back to zero, so that worlds that differ only by the clock are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from offerctl.api import Action, Kind, Outcome, Request
from offerctl.offering import Desired, Offering, TrainingStandard
from offerctl.state import Belief, Home, State

LEASE, WINDOW = 10, 10
"""Seconds; only their order against each other and against zero matters."""
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
HOME = Home("world", "https://marketplace.example", "pro-1")
KEYS = {"A": TrainingStandard.JHSC_ENGLISH, "B": TrainingStandard.JHSC_FRENCH}
LETTERS = {key: letter for letter, key in KEYS.items()}
OURS, THEIRS = "us", "them"


class Listing(NamedTuple):
    """What the Marketplace holds under an id: a key, a body (by its price), and who added it."""

    key: str
    body: int
    owner: str = OURS


class Flying(NamedTuple):
    """A request that may still take effect, until `until` seconds (none: for ever)."""

    action: Action
    offering_id: str
    key: str | None
    body: int | None
    until: int | None


@dataclass(frozen=True, slots=True)
class Budget:
    """What may still go wrong or be changed in this world."""

    faults: int
    crashes: int
    edits: int
    zombies: int = 0
    wipes: int = 0
    reasserts: int = 0

    def spend(self, **used: int) -> Budget:
        """The budget without what was used."""
        return replace(self, **{name: getattr(self, name) - number for name, number in used.items()})


Market = tuple[tuple[str, Listing], ...]
Files = tuple[tuple[str, str], ...]
"""(id, key and body such as `A1`), sorted."""


@lru_cache
def offering(offering_id: str, form: str) -> Offering:
    """The offering of a form such as `A1`."""
    return Offering(
        offering_id=offering_id,
        training_standard_key=KEYS[form[0]],
        course_name="course",
        price=Decimal(form[1:]),
        course_duration=Decimal(1),
        external_registration_url="https://provider.example/",
    )


def form(body: Offering) -> str:
    """`A1`."""
    return f"{LETTERS[body.training_standard_key]}{body.price}"


@lru_cache
def desired(files: Files) -> Mapping[str, Desired]:
    """What the files want."""
    return {id_: Desired(offering=offering(id_, wanted), file=f"{id_}.yaml") for id_, wanted in files}


def at(seconds: int) -> datetime:
    """The moment so many seconds after zero."""
    return ZERO + timedelta(seconds=seconds)


def seconds(moment: datetime) -> int:
    """Seconds after zero."""
    return round((moment - ZERO).total_seconds())


def flying(request: Request, until: int | None) -> Flying:
    """A request on its way."""
    values = dict(request.attributes)
    key, price = values.get("trainingStandardKey"), values.get("price")
    return Flying(
        request.action,
        request.offering_id,
        None if key is None else LETTERS[TrainingStandard(str(key))],
        None if price is None else int(str(price)),
        until,
    )


def execute(market: Market, sent: Flying) -> tuple[Market, Outcome]:
    """What the Marketplace does with a request, and its clean answer."""
    listings = dict(market)
    found = listings.get(sent.offering_id)
    if sent.action is Action.ADD:
        if found:
            return market, Outcome(kind=Kind.EXISTS, status=400, code="general", message="already exists")
        assert sent.key is not None
        assert sent.body is not None
        listings[sent.offering_id] = Listing(sent.key, sent.body)
    elif found is None:
        return market, Outcome(kind=Kind.ABSENT, status=404, code="notFound")
    elif sent.action is Action.DELETE:
        del listings[sent.offering_id]
    else:
        body = found.body if sent.body is None else sent.body
        listings[sent.offering_id] = found._replace(body=body)
    return tuple(sorted(listings.items())), Outcome(kind=Kind.OK, status=204)


def rebased(state: State | None, now: int) -> State | None:
    """The state as if it were zero o'clock, without what decides nothing: serials, receipts, names."""
    if state is None:
        return None
    claim = state.run
    return replace(
        state,
        serial=1,
        previous=None,
        checksum=None,
        last_run=None,
        run=claim and replace(claim, lease_until=max(at(seconds(claim.lease_until) - now), ZERO)),
        listings={id_: _bare(belief, now) for id_, belief in sorted(state.listings.items())},
    )


def _bare(belief: Belief, now: int) -> Belief:
    quiet = belief.quiet_until
    left = None if quiet is None or seconds(quiet) <= now else at(seconds(quiet) - now)
    return replace(belief, quiet_until=left, last_confirmed=None, last_attempt=None)


def fingerprint(state: State | None) -> object:
    """What two states must share to be one, hashable."""
    if state is None:
        return None
    claim = state.run
    beliefs = tuple(
        (id_, b.status, b.key, b.body and form(b.body), b.quiet_until) for id_, b in state.listings.items()
    )
    return (claim and (claim.id, claim.lease_until), beliefs)
