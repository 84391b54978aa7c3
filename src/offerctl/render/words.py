"""Words, numbers and times as every text here has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from offerctl.plan import Action
from offerctl.render.style import Tone, sanitize
from offerctl.state import Home
from offerctl.wording import counted

__all__ = [
    "ALWAYS_COUNTED",
    "MOST_IDS",
    "VERBS",
    "Verb",
    "capital",
    "clock",
    "commit",
    "contested",
    "contested_remediation",
    "counted",
    "ids",
    "money",
    "place",
    "second",
    "sentence",
    "when",
]

MOST_IDS = 20
"""A list of ids ends after so many; the others are counted."""


class Verb(NamedTuple):
    """What a change is called before, while and after it is made."""

    do: str
    doing: str
    done: str
    symbol: str
    tone: Tone


VERBS: Mapping[Action, Verb] = {
    Action.ADD: Verb("add", "adding", "added", "+", Tone.ADD),
    Action.CHANGE: Verb("change", "changing", "changed", "~", Tone.CHANGE),
    Action.REPLACE: Verb("replace", "replacing", "replaced", "-/+", Tone.DELETE),
    Action.SETTLE: Verb("settle", "settling", "settled", "?", Tone.SETTLE),
    Action.REASSERT: Verb("re-assert", "re-asserting", "re-asserted", "=", Tone.FAINT),
    Action.DELETE: Verb("delete", "deleting", "deleted", "-", Tone.DELETE),
}
"""In the order of every summary."""
ALWAYS_COUNTED = frozenset({Action.ADD, Action.CHANGE, Action.DELETE})
"""Summaries name these even when there are none."""


def ids(offering_ids: Iterable[str]) -> str:
    """The ids in a row; after twenty of them `+980 more`."""
    every = tuple(offering_ids)
    shown = [sanitize(id_) for id_ in every[:MOST_IDS]]
    if more := len(every) - len(shown):
        shown.append(f"+{more} more")
    return ", ".join(shown)


def sentence(text: str) -> str:
    """The text, sanitize, with a full stop at its end."""
    text = sanitize(text.strip())
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def money(price: Decimal) -> str:
    """A price with its cents: 199.00."""
    return f"{price:.2f}"


def when(moment: datetime) -> str:
    """`2026-09-02 14:03 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clock(moment: datetime, now: datetime) -> str:
    """`14:03 UTC`, with its date where that is not today's."""
    moment = moment.astimezone(UTC)
    return f"{moment:%H:%M} UTC" if moment.date() == now.astimezone(UTC).date() else when(moment)


def second(moment: datetime, now: datetime) -> str:
    """`14:03:10` in UTC, with its date where that is not today's."""
    moment = moment.astimezone(UTC)
    same_day = moment.date() == now.astimezone(UTC).date()
    return f"{moment:%H:%M:%S}" if same_day else f"{moment:%Y-%m-%d %H:%M:%S}"


def commit(name: str) -> str:
    """A commit as people quote it: its first seven digits."""
    return sanitize(name[:7])


def place(home: Home) -> str:
    """Which Marketplace and provider an environment is."""
    if home.is_local:
        return "the embedded Marketplace"
    return f"{sanitize(home.base_url)}, network {sanitize(home.network_key)}"


def contested(offering_ids: Iterable[str]) -> str:
    """`jhsc-en-01 exists in the Marketplace though nobody here added it`."""
    every = tuple(offering_ids)
    exist, them = ("exists", "it") if len(every) == 1 else ("exist", "them")
    return f"{ids(every)} {exist} in the Marketplace though nobody here added {them}"


def contested_remediation(environment: str, offering_ids: Iterable[str]) -> str:
    """The three ways on for listings that exist though nobody here added them."""
    every, environment = tuple(offering_ids), sanitize(environment)
    name = sanitize(every[0]) if len(every) == 1 else "ID"
    return (
        f"If it is yours, take it over: offerctl import FILE -e {environment}. "
        f"If it was taken down since: offerctl state forget {name} -e {environment}. "
        "If it is somebody else's: give the offering a new offeringId."
    )
