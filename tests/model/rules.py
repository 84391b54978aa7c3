"""What may happen in a family of worlds, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from model.worlds import Held, Listing, Market, Offer, Stored, Wants
from offerctl.api import DEFAULT, Action, Dialect, Reply
from offerctl.state import Status

A11, A21, A12, B11 = Offer("A", 1, 1), Offer("A", 2, 1), Offer("A", 1, 2), Offer("B", 1, 1)


class Fault(Enum):
    """What may go wrong; each costs one, but for what is said to be free."""

    REFUSED = "400 without effect"
    DENIED = "401 without effect"
    UNSENT = "not sent; the next attempts may fail so for free"
    UNSURE = "5xx or no answer: executed, or on its way, or lost; lost again for free"
    BUSY = "503 with Retry-After: executed, or on its way, or lost"
    ASTRAY = "404 of a wrong address, without effect; lost again for free"
    COPIED = "executed and answered, and a proxy sends it again"
    KILLED = "the process dies, with any of its requests on their way"
    HALTED = "no new request: a signal, or a renewal that failed"
    UNWRITTEN = "the write inside a replacement fails, or its answer is lost"
    STALLED = "time passes inside the lease"
    ASLEEP = "the process sleeps until its lease is over, between the check and the requests"
    ASLEEP_AFTER = "or between the requests and their answers"
    WIPED = "the Marketplace forgets everything"
    UNLOCKED = "`state unlock`, even of a run that lives"
    REBUILT = "`state rebuild`"
    RESTORED = "`state restore` of the version before the last run"
    READDRESSED = "another address: the same listed, a copy of the beginning, or nothing"
    RENEWED = "free: a renewal between two requests"


WIRE = frozenset({Fault.REFUSED, Fault.DENIED, Fault.UNSENT, Fault.UNSURE, Fault.COPIED})
ONE_RUN = WIRE | {Fault.KILLED, Fault.HALTED, Fault.UNWRITTEN, Fault.STALLED}
TWO_RUNS = ONE_RUN | {Fault.ASLEEP, Fault.ASLEEP_AFTER}


@dataclass(frozen=True, slots=True)
class Root:
    """Where a family begins."""

    wants: Wants
    market: Market
    stored: Stored


def root(*ids: tuple[Offer | None, Listing | None, Held | None]) -> Root:
    """By id: what its file wants, what is listed, what is believed. Nobody holds the lease."""
    wants, market, held = zip(*ids, strict=True)
    return Root(wants, market, Stored(None, held))


def live(offer: Offer) -> tuple[Listing, Held]:
    """Listed, and known to be."""
    return Listing(offer), Held(Status.LIVE, offer.key, offer)


def theirs(offer: Offer) -> tuple[Listing, None]:
    """Listed by somebody else."""
    return Listing(offer, ours=False), None


ABSENT = (None, None)
GONE = (None, Held(Status.GONE, "A"))


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A family of worlds. `offers` is what the file of each id may be edited to (none: no file).

    `bounded`: a request takes effect within W of being sent, or never (T2); otherwise at any time (T3). `own`:
    every answer is clean and nothing crashes, so nobody else's listing may be touched. `runs` at most at once.
    `dialect` is how answers are read, and `says` what the Marketplace answers where that is not the usual.
    `movers` at most move the state to another home at once, and `waits`: not away from a run that may live.
    `older`: a clone has the files of the beginning, whose runs are refused where a newer commit was applied, but
    with `--allow-older` (`allows`). The last five leave a rule out where it lives in what drives the machine.
    """

    offers: tuple[tuple[Offer | None, ...], ...] = ((None, A11, A21, B11),)
    roots: tuple[Root, ...]
    faults: int
    edits: int
    may: frozenset[Fault] = ONE_RUN
    bounded: bool = True
    allow_replace: bool = True
    reasserts: bool = False
    own: bool = False
    runs: int = 1
    movers: int = 0
    waits: bool = True
    older: bool = False
    allows: bool = False
    parallelism: int = 2
    lease: int = 8
    window: int = 12
    dialect: Dialect = DEFAULT
    says: tuple[tuple[str, Reply], ...] = ()
    intent_first: bool = True
    checks_lease: bool = True
    marks_late: bool = True
    move_swaps: bool = True
    refuses_older: bool = True

    @property
    def copied(self) -> tuple[Action, ...]:
        """What proxies send again: HTTP lets them only repeat DELETE, and T2 rests on that; T3 on nothing."""
        return (Action.DELETE,) if self.bounded else (Action.DELETE, Action.PATCH)
