"""What is believed of the listings, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from offerctl import canon
from offerctl.render.documents import document
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.tables import Cell, Painted, columns
from offerctl.render.words import commit, counted, money, second, when
from offerctl.state import Belief, Home, State, Status
from offerctl.state.document import FORMAT_VERSION
from offerctl.state.entry import belief_json

_HEADINGS = ("ID", "STATUS", "STANDARD", "PRICE", "LAST CONFIRMED", "REMARKS")
_STATUSES = {
    Status.LIVE: ("live", Tone.GOOD),
    Status.MAYBE: ("in doubt", Tone.WARNING),
    Status.GONE: ("deleted", Tone.FAINT),
    Status.CONTESTED: ("contested", Tone.ERROR),
}


def table(state: State, *, now: datetime, style: Style = PLAIN) -> str:
    """`state list`: one row for every listing that ever was, and the counts."""
    if not state.listings:
        return f"The state of {sanitize(state.home.environment)} has no listings."
    rows = [_row(id_, belief, now) for id_, belief in sorted(state.listings.items())]
    return "\n".join([*columns([_HEADINGS, *rows], style), "", _counts(state.listings)])


def table_json(state: State | None, home: Home) -> str:
    """The same as a document; without a state there is no serial."""
    listings = sorted(state.listings.items()) if state else []
    return document(
        {
            "format_version": FORMAT_VERSION,
            "environment": home.environment,
            "serial": state.serial if state else None,
            "listings": [{"offering_id": id_, **belief_json(belief)} for id_, belief in listings],
        }
    )


def one(offering_id: str, belief: Belief, *, now: datetime, style: Style = PLAIN) -> str:
    """`state show ID`: all that is believed of one listing."""
    words, tone = _STATUSES[belief.status]
    lines = [f"{style(sanitize(offering_id), Tone.STRONG)}: {style(words, tone)}"]
    lines += [f"  {f'{name}:':<17} {value}" for name, value in _facts(belief, now)]
    return "\n".join(lines)


def one_json(offering_id: str, belief: Belief) -> str:
    """The same as a document: the belief as the state has it, with its id."""
    return document({"offering_id": offering_id, **belief_json(belief)})


def _row(offering_id: str, belief: Belief, now: datetime) -> tuple[Cell, ...]:
    body = belief.body
    return (
        sanitize(offering_id),
        Painted(*_STATUSES[belief.status]),
        belief.key or "unknown",
        money(body.price) if body else "",
        _confirmed(belief),
        ", ".join(_remarks(belief, now)),
    )


def _confirmed(belief: Belief) -> str:
    last = belief.last_confirmed
    if last is None:
        return "never"
    return when(last.at) + (f", {commit(last.commit)}" if last.commit else "")


def _remarks(belief: Belief, now: datetime) -> Iterator[str]:
    if belief.status is Status.MAYBE and belief.last_attempt:
        yield f"in doubt since {when(belief.last_attempt.at)}"
    if belief.quiet_until and belief.quiet_until > now:
        yield f"quiet until {second(belief.quiet_until, now)} UTC"
    if belief.protect:
        yield "protected"
    if belief.last_confirmed and belief.last_confirmed.by_hand:
        yield "brought by hand"


def _facts(belief: Belief, now: datetime) -> Iterator[tuple[str, str]]:
    yield "standard", belief.key or "unknown"
    if body := belief.last_body:
        source = "" if belief.body else " (as last confirmed)"
        yield "name", f"{sanitize(body.course_name)}{source}"
        yield "price", f"{money(body.price)} CAD"
        yield "duration", f"{canon.text(body.course_duration)} hours"
        yield "registration", sanitize(body.external_registration_url)
    last = belief.last_confirmed
    yield "last confirmed", _confirmed(belief) + (f", {sanitize(last.file)}" if last and last.file else "")
    if attempt := belief.last_attempt:
        yield "last attempt", f"{when(attempt.at)}: {attempt.intent.value}, run {sanitize(attempt.run)}"
    if remarks := [*_remarks(belief, now)]:
        yield "remarks", ", ".join(remarks)


def _counts(listings: Mapping[str, Belief]) -> str:
    counts = [
        f"{number} {words}"
        for status, (words, _) in _STATUSES.items()
        if (number := sum(1 for belief in listings.values() if belief.status is status))
    ]
    return f"{counted(len(listings), 'listing')}: {', '.join(counts)}."
