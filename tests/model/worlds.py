"""The worlds of the exploration as values: offers, a Marketplace, requests on their way, a stored state, runs.

All times are whole seconds from the present moment, at least zero: worlds that differ only by the clock are one.
Beliefs have only what decides: no receipts, no names, no serials.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple, TypeVar

from offerctl.api import Action, Request
from offerctl.offering import Desired, Offering
from offerctl.standards import JHSC_ENGLISH, JHSC_FRENCH, StandardKey
from offerctl.state import Belief, Claim, Home, State, Status
from offerctl.state.listings import Listings
from offerctl.state.moving import Step

T = TypeVar("T")

IDS = ("x", "y")
FOREVER = 10**6
"""Seconds left of a request that may take effect at any time."""
ZERO = datetime(2026, 1, 1, tzinfo=UTC)
HOME = Home("world", "https://marketplace.example", "pro-1")
KEYS = {"A": JHSC_ENGLISH, "B": JHSC_FRENCH}
LETTERS = {key: letter for letter, key in KEYS.items()}


class Offer(NamedTuple):
    """What a file wants, or a listing holds: a key, and a body of two attributes (name and price)."""

    key: str
    name: int
    price: int

    def __str__(self) -> str:
        return f"{self.key}{self.name}{self.price}"


class Listing(NamedTuple):
    """What the Marketplace holds under an id, and whether we added it."""

    offer: Offer
    ours: bool = True


class Sent(NamedTuple):
    """A request by what it would do, `id` by its number; what it does not carry is empty or zero."""

    id: int
    action: Action
    key: str
    name: int
    price: int

    def __str__(self) -> str:
        body = "" if self.action is Action.DELETE else " " + "".join(str(part or "-") for part in self[2:])
        return f"{self.action.value} {IDS[self.id]}{body}"


class Flight(NamedTuple):
    """A request that may still take effect, for `left` seconds."""

    left: int
    sent: Sent


class Held(NamedTuple):
    """A belief; `quiet` is what is left of its quiet period."""

    status: Status
    key: str | None
    body: Offer | None = None
    quiet: int = 0


class Stored(NamedTuple):
    """The stored state: what is left of the claim on it (below zero: over; none: no claim), beliefs by number.

    `applied` is the commit that was applied last, in worlds in which that matters.
    """

    claim: int | None
    held: tuple[Held | None, ...]
    applied: str = ""


class Pending(NamedTuple):
    """A request whose lease was checked. `flown`: it left before the run fell asleep. `free`: as the last went."""

    sent: Sent
    flown: bool = False
    free: str = ""


class Runner(NamedTuple):
    """A process that applies. `node` is its machine, `current` whether its next write would succeed.

    `lease` is what is left of its lease, `late` the ids to which something may have gone after its end, and
    `failed` how the last request of an id went wrong: the next attempt may go the same way at no cost. `home` is
    where its state is, in worlds in which states are moved.
    """

    name: str
    node: int
    phase: str = "read"
    current: bool = True
    lease: int = 0
    pending: tuple[Pending, ...] = ()
    late: tuple[int, ...] = ()
    failed: tuple[tuple[Sent, str], ...] = ()
    home: int = 0


class Mover(NamedTuple):
    """A process that moves the state: its next write, what it read of the old home, and who is unwritten since."""

    step: Step
    read: Stored
    fresh: tuple[bool, bool] = (True, True)


class Homes(NamedTuple):
    """The home that is not looked at, and what a move did so far.

    `back` is its document, and `exists` whether the new home has one. `away` says of either home whether its
    document only says where the state is. `at` is the home that is looked at, 0 the old one.
    """

    back: Stored | None = None
    exists: bool = False
    away: tuple[bool, bool] = (False, False)
    movers: tuple[Mover, ...] = ()
    at: int = 0


Market = tuple[Listing | None, ...]
Wants = tuple[Offer | None, ...]


class World(NamedTuple):
    """Everything there is at one moment.

    `faults` and `edits` are how many there may still be. `blind` is why only `--reassert` can repair: the
    Marketplace was wiped, or a request was sent too late and nobody marked it. `stage` is open, clean (the last
    run is at work) or done. `ever` are the keys that each id ever had, `kept` an older state to restore: only in
    worlds in which states are mended. `homes` is there in worlds in which the state is moved, `first` what was
    listed and wanted in the beginning: what another address may hold, and an older clone want. `commit` is the
    number of the files, in worlds with such a clone.
    """

    wants: Wants
    market: Market
    stored: Stored
    faults: int
    edits: int
    flights: tuple[Flight, ...] = ()
    runners: tuple[Runner, ...] = ()
    blind: str = ""
    stage: str = "open"
    ever: tuple[str, ...] = ()
    kept: Stored | None = None
    homes: Homes | None = None
    first: tuple[Market, Wants] | None = None
    commit: int = 0

    @property
    def at(self) -> int:
        """The home that is looked at."""
        return self.homes.at if self.homes else 0


def execute(there: Listing | None, sent: Sent) -> tuple[Listing | None, str]:
    """What the Marketplace makes of what is there, and its answer."""
    if sent.action is Action.ADD:
        return (there, "exists") if there else (Listing(Offer(sent.key, sent.name, sent.price)), "ok")
    if there is None:
        return None, "absent"
    if sent.action is Action.DELETE:
        return None, "ok"
    old = there.offer
    return there._replace(offer=Offer(old.key, sent.name or old.name, sent.price or old.price)), "ok"


# Between these values and those of production


@cache
def offering(number: int, offer: Offer) -> Offering:
    """The offering of an offer."""
    return Offering(
        offering_id=IDS[number],
        training_standard_key=KEYS[offer.key],
        course_name=str(offer.name),
        price=Decimal(offer.price),
        course_duration=Decimal(1),
        external_registration_url="https://provider.example/",
    )


def offer_of(body: Offering) -> Offer:
    """The offer of an offering."""
    return Offer(LETTERS[body.training_standard_key], int(body.course_name), int(body.price))


@cache
def desired(wants: Wants) -> Mapping[str, Desired]:
    """What the files want."""
    found = {n: offering(n, offer) for n, offer in enumerate(wants) if offer}
    return {IDS[n]: Desired(offering=body, file=f"{IDS[n]}.yaml") for n, body in found.items()}


def sent_of(request: Request) -> Sent:
    """A request of production's."""
    values = dict(request.attributes)
    key = values.get("trainingStandardKey")
    return Sent(
        IDS.index(request.offering_id),
        request.action,
        LETTERS[StandardKey(str(key))] if key else "",
        int(str(values.get("courseName", 0))),
        int(str(values.get("price", 0))),
    )


@cache
def at(seconds: int) -> datetime:
    """The moment so many seconds after zero."""
    return ZERO + timedelta(seconds=seconds)


def left(moment: datetime | None, now: int) -> int:
    """Seconds until a moment; below zero where it has passed, zero where there is none."""
    return 0 if moment is None else round((moment - at(now)).total_seconds())


def held_of(belief: Belief, now: int) -> Held:
    """A belief of production's."""
    key = LETTERS[belief.key] if belief.key else None
    body = offer_of(belief.body) if belief.body else None
    return Held(belief.status, key, body, max(0, left(belief.quiet_until, now)))


def belief_of(number: int, held: Held) -> Belief:
    """A belief as production has it, at zero o'clock."""
    return Belief(
        status=held.status,
        key=KEYS[held.key] if held.key else None,
        body=offering(number, held.body) if held.body else None,
        quiet_until=at(held.quiet) if held.quiet else None,
    )


def stored_of(state: State, now: int, ids: int, over: int) -> Stored:
    """A state of production's; a claim is over at `over` seconds, below zero."""
    claim = max(over, left(state.run.lease_until, now)) if state.run else None
    beliefs = [state.listings.get(id_) for id_ in IDS[:ids]]
    held = tuple(held_of(belief, now) if belief else None for belief in beliefs)
    return Stored(claim, held, state.applied_commit or "")


def state_of(stored: Stored, serial: int = 0) -> State:
    """A state as production has it, at zero o'clock."""
    claim = stored.claim
    return State(
        lineage="l",
        home=HOME,
        serial=serial,
        applied_commit=stored.applied or None,
        run=None if claim is None else Claim(id="former", who="x", boot_id="b", lease_until=at(claim)),
        listings=Listings({IDS[n]: belief_of(n, held) for n, held in enumerate(stored.held) if held}),
    )


def aged(stored: Stored, seconds: int, over: int) -> Stored:
    """The same state so much later."""
    claim = None if stored.claim is None else max(over, stored.claim - seconds)
    held = tuple(h and h._replace(quiet=max(0, h.quiet - seconds)) for h in stored.held)
    return stored._replace(claim=claim, held=held)


# Tuples


def put(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    """With another value at one place."""
    return (*values[:index], value, *values[index + 1 :])


def without(values: tuple[T, ...], index: int) -> tuple[T, ...]:
    """Without the value at one place."""
    return values[:index] + values[index + 1 :]


def flying(w: World, more: Iterable[Flight]) -> World:
    """With more requests on their way."""
    return w._replace(flights=tuple(sorted((*w.flights, *more))))
