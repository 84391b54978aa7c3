"""Who holds a state, and the ways on: one wording for plan, apply, import, state and the workflows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from offerctl.render.style import sanitize
from offerctl.render.words import clock, second
from offerctl.state import Claim, State
from offerctl.state.claims import LEAST_PREFIX, Liveness, surely_over


def holder(state: State, now: datetime, *, lease: float) -> str:
    """Who is at work, until when and for how many seconds its lease lasts, and since when it runs.

    `lease` is the environment's, in seconds. Just after its end a lease still counts, as clocks may differ.
    """
    claim = _claim(state)
    facts = ", ".join([sanitize(claim.who), *_lease(claim, now, lease)])
    record = state.last_run
    since = f"; since {clock(record.started, now)}" if record and record.id == claim.id else ""
    return f"another run is applying to {sanitize(state.home.environment)} ({facts}{since})"


def refusal(state: State, found: Liveness, now: datetime, *, lease: float, nothing: str) -> str:
    """That nothing can be done beside this run; `nothing` says what was not done."""
    lives = "" if found is Liveness.UNKNOWN else " It lives: a process of this machine has the state locked."
    return f"{holder(state, now, lease=lease)}.{lives} {nothing}"


def way_on(state: State, found: Liveness, *, waits: bool) -> str:
    """What to do about it; `waits`: the command has `--lock-timeout`.

    To unlock is named only where it would be done: not beside a process that lives.
    """
    wait = "Wait for it with --lock-timeout 5m" if waits else "Run it again when that has ended"
    if found is Liveness.LIVES:
        return f"{wait}, or end it with Ctrl-C." if waits else f"{wait}, or end that with Ctrl-C."
    unlock = (
        f"offerctl state unlock {sanitize(_claim(state).id[:LEAST_PREFIX])} -e {sanitize(state.home.environment)}"
    )
    return f"{wait}, or, if that run is surely dead: {unlock}"


def warning(state: State, found: Liveness, now: datetime, *, lease: float) -> str | None:
    """What a plan says of it: that it may be stale, or that apply takes over from a run that is dead."""
    if found.may_live:
        return f"{holder(state, now, lease=lease)}; this plan may be stale."
    if found is not Liveness.DEAD or _claim(state).lease_until <= now:
        return None
    record, claim = state.last_run, _claim(state)
    since = f", since {clock(record.started, now)}" if record and record.id == claim.id else ""
    run = (
        f"a run that was applying to {sanitize(state.home.environment)} was cut off ({sanitize(claim.who)}{since})"
    )
    return f"{run}; apply takes over at once."


def _claim(state: State) -> Claim:
    assert state.run is not None, "a run is at work"
    return state.run


def _lease(claim: Claim, now: datetime, lease: float) -> Iterator[str]:
    until, over = claim.lease_until, surely_over(claim, lease)
    yield f"lease until {second(until, now)} UTC"
    left = (until - now).total_seconds()
    if left >= 0 or over < now:
        yield f"{max(left, 0):.0f} s"
    else:
        yield f"which counts for {(over - now).total_seconds():.0f} s more, as clocks may differ"
