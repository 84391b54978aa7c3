"""A run's claim on the state, and whether that run lives: the one place that decides it. Pure.

A claim says who is at work and until when its lease lasts. What else is known comes from outside: the time, this
machine's lock on the state, which boot of which machine this is, and how long the state was watched unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from offerctl.state.belief import Belief, Status
from offerctl.state.model import Claim, State

LEAST_PREFIX = 4
"""Digits of a run's id that name it."""


class Lock(Enum):
    """What this machine's lock on a state tells (`StateBackend.hold`)."""

    FREE = auto()
    """Nobody else has it: every earlier run of this boot of this machine is dead, the system says."""
    HELD = auto()
    """A living process of this machine has it."""
    SILENT = auto()
    """Nothing of this machine guards the state, or nobody looked."""


class Liveness(Enum):
    """What is known of the run that a state shows at work."""

    FREE = auto()
    """No run has a claim."""
    ENDED = auto()
    """Its lease is over, whatever became of it."""
    DEAD = auto()
    """It ran on this boot of this machine, whose lock it would still hold."""
    LIVES = auto()
    """It is of this boot of this machine, and a living process holds the lock."""
    UNKNOWN = auto()
    """Its lease lasts, and nobody here can tell whether it lives."""

    @property
    def may_live(self) -> bool:
        """Whether nothing may be written beside it."""
        return self in {Liveness.LIVES, Liveness.UNKNOWN}


def liveness(
    claim: Claim | None,
    *,
    now: datetime,
    lease: float,
    lock: Lock = Lock.SILENT,
    boot_id: str | None = None,
    watched: float = 0.0,
) -> Liveness:
    """Whether the run of a claim lives (*quiet*, *foreign lease*).

    `lease` is the environment's, in seconds, and `watched` for how many seconds this very document was seen
    unchanged by a clock that nobody sets. Boots without a name (none) are never the same one.
    """
    if claim is None:
        return Liveness.FREE
    is_here = boot_id is not None and claim.boot_id == boot_id
    if is_here and lock is not Lock.SILENT:
        return Liveness.DEAD if lock is Lock.FREE else Liveness.LIVES
    if now > surely_over(claim, lease) or watched > lease + margin(lease):
        return Liveness.ENDED
    return Liveness.UNKNOWN


def surely_over(claim: Claim, lease: float) -> datetime:
    """When a claim has ended by every clock that may have written it."""
    longest = timedelta(seconds=margin(lease))
    return min(claim.lease_until, datetime.max.replace(tzinfo=UTC) - longest) + longest


def margin(lease: float) -> float:
    """By how many seconds the clocks of two machines may differ: a quarter of the lease."""
    return lease / 4


def longest_wait(found: Liveness, *, lease: float, window: float) -> timedelta:
    """*Quiet*: how long a run that begins now waits at most for what it finds, after a run of which that is known.

    `lease` and `window` are the environment's, in seconds. A run that is dead sends nothing more.
    """
    return timedelta(seconds=window if found is Liveness.DEAD else lease + window)


def as_waited_for(state: State, longest: timedelta, now: datetime) -> State:
    """The state with its quiet periods as a run that begins now waits for them."""
    until = now + longest
    later = {
        id_: replace(belief, quiet_until=until)
        for id_, belief in state.listings.items()
        if belief.quiet_until and belief.quiet_until > until
    }
    return state.with_beliefs({**later}) if later else state


def in_doubt_by(state: State, run: str) -> Mapping[str, Belief]:
    """The beliefs that this run put in doubt and has not settled yet."""
    return {
        id_: belief
        for id_, belief in state.listings.items()
        if belief.status is Status.MAYBE and belief.last_attempt and belief.last_attempt.run == run
    }
