"""Who holds a state and what is open in it, as ten lines and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from offerctl import canon
from offerctl.render.documents import document
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.words import clock, commit, counted, ids, place, second, when
from offerctl.state import Confirmed, Home, State, Status
from offerctl.state.claims import Liveness

FORMAT_VERSION = "1.1"
_WIDTH = 16
_LIVES = {
    Liveness.LIVES: "it lives",
    Liveness.UNKNOWN: "it may live",
    Liveness.DEAD: "it is dead",
    Liveness.ENDED: "its lease is over",
}


def text(state: State, found: Liveness, location: str, *, now: datetime, style: Style = PLAIN) -> str:
    """`state status`: one fact a line."""
    title = style(f"State of {sanitize(state.home.environment)} ({place(state.home)})", Tone.STRONG)
    return "\n".join(
        [title, *(f"{f'{name}:':<{_WIDTH}}{told}" for name, told in _facts(state, found, location, now))]
    )


def json(state: State | None, found: Liveness, home: Home, location: str) -> str:
    """The same for scripts; without a state there is no serial, and nothing is listed."""
    listings = state.listings if state else {}
    counts = Counter(belief.status for belief in listings.values())
    last = _last_confirmed(state)
    return document(
        {
            "format_version": FORMAT_VERSION,
            **home._asdict(),
            "state": location,
            "serial": state.serial if state else None,
            "closed": canon.timestamp(state.closed) if state and state.closed else None,
            "run": _run_json(state, found),
            "last_run": _last_run_json(state),
            "last_applied": {"at": canon.timestamp(last.at), "commit": last.commit} if last else None,
            "applied_commit": state.applied_commit if state else None,
            "counts": {status.value: counts[status] for status in Status},
            "in_doubt": _with(state, Status.MAYBE),
            "contested": _with(state, Status.CONTESTED),
            "protected": _protected(state),
        }
    )


def _facts(state: State, found: Liveness, location: str, now: datetime) -> Iterator[tuple[str, str]]:
    yield "Kept at", f"{sanitize(location)}, serial {state.serial}"
    if state.closed:
        yield "Closed", f"the environment is retired since {when(state.closed)}"
    yield "Held by", _holder(state, found, now)
    if (record := state.last_run) is not None:
        ended = f"ended {when(record.finished)}" if record.finished else "has no end"
        yield "Last run", f"{sanitize(record.id)} by {sanitize(record.who)}, {ended}"
    last = _last_confirmed(state)
    source = f", commit {commit(last.commit)}" if last and last.commit else ""
    yield "Last confirmed", f"{when(last.at)}{source}" if last else "nothing yet"
    if state.applied_commit:
        yield "Applied commit", commit(state.applied_commit)
    listed = sum(1 for belief in state.listings.values() if belief.status is not Status.GONE)
    yield "Listings", f"{listed}, and {counted(len(_with(state, Status.GONE)), 'deleted one', 'deleted ones')}"
    yield "In doubt", _named(_with(state, Status.MAYBE)) + _quiet(state, now)
    yield "Contested", _named(_with(state, Status.CONTESTED))
    yield "Protected", _named(_protected(state))


def _holder(state: State, found: Liveness, now: datetime) -> str:
    claim, record = state.run, state.last_run
    if claim is None:
        return "nobody"
    since = f", since {clock(record.started, now)}" if record and record.id == claim.id else ""
    lease = f"lease until {second(claim.lease_until, now)} UTC"
    return f"{sanitize(claim.who)}, run {sanitize(claim.id)}{since}; {lease}: {_LIVES[found]}"


def _quiet(state: State, now: datetime) -> str:
    """Until when the last of the doubtful may still change by itself."""
    doubtful = (state.listings[id_].quiet_until for id_ in _with(state, Status.MAYBE))
    until = max((quiet for quiet in doubtful if quiet and quiet > now), default=None)
    return f"; quiet until {second(until, now)} UTC" if until else ""


def _named(found: list[str]) -> str:
    return f"{len(found)} ({ids(found)})" if found else "none"


def _with(state: State | None, status: Status) -> list[str]:
    return sorted(id_ for id_, belief in state.listings.items() if belief.status is status) if state else []


def _protected(state: State | None) -> list[str]:
    return sorted(id_ for id_, belief in state.listings.items() if belief.protect) if state else []


def _last_confirmed(state: State | None) -> Confirmed | None:
    listings = state.listings.values() if state else ()
    found = (belief.last_confirmed for belief in listings if belief.last_confirmed)
    return max(found, key=lambda confirmed: confirmed.at, default=None)


def _run_json(state: State | None, found: Liveness) -> dict[str, object] | None:
    if state is None or (claim := state.run) is None:
        return None
    record = state.last_run
    since = record.started if record and record.id == claim.id else None
    return {
        "id": claim.id,
        "who": claim.who,
        "since": canon.timestamp(since) if since else None,
        "lease_until": canon.timestamp(claim.lease_until),
        "liveness": found.name.lower(),
    }


def _last_run_json(state: State | None) -> dict[str, object] | None:
    if state is None or (record := state.last_run) is None:
        return None
    return {
        "id": record.id,
        "who": record.who,
        "started": canon.timestamp(record.started),
        "finished": canon.timestamp(record.finished) if record.finished else None,
        "commit": record.commit,
    }
