"""What was found behind registration addresses, as text and as JSON. All of it may be others' words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from offerctl.render.documents import document
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.words import counted, money

FORMAT_VERSION = "1.0"
_MOST_PRICES = 3
_MOST_ADDRESS = 200


class Verdict(StrEnum):
    """What a learner meets who follows an address."""

    OK = "ok"
    BROKEN = "broken"
    UNCLEAR = "unclear"
    """Nobody can tell from here: the page does not let programs in, or was too slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """One step on the way: where, with which status, and to where."""

    url: str
    status: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLink:
    """One offering's registration address, and what was found. Prices in Canadian dollars.

    `other_prices` are what the page shows where it does not show the file's price; `moved_to` is where the page is
    now for good.
    """

    offering_id: str
    file: str
    line: int | None
    column: int | None
    url: str
    price: Decimal
    verdict: Verdict
    status: int | None
    reason: str = ""
    redirects: tuple[Redirect, ...] = ()
    moved_to: str | None = None
    front_page: bool = False
    other_prices: tuple[Decimal, ...] = ()


_TONES = {Verdict.BROKEN: Tone.ERROR, Verdict.UNCLEAR: Tone.WARNING}


def text(checked: Sequence[CheckedLink], pages: int, style: Style = PLAIN) -> str:
    """A line for each finding, in the order of the files, and the count of all."""
    return "\n".join([*(line for one in checked for line in _lines(one, style)), summary(checked, pages)])


def summary(checked: Sequence[CheckedLink], pages: int) -> str:
    """`8 addresses on 7 pages: 6 ok, 1 broken, 1 unclear.`, with the number of notes."""
    number = Counter(one.verdict for one in checked)
    told = ", ".join(f"{number[verdict]} {verdict}" for verdict in Verdict if number[verdict])
    notes = sum(len([*_notes(one)]) for one in checked)
    noted = f"; {counted(notes, 'note')}" if notes else ""
    return f"{counted(pages, 'page')} of {counted(len(checked), 'offering')}: {told or 'none'}{noted}."


def json(checked: Sequence[CheckedLink], pages: int) -> str:
    """The document that scripts read."""
    number = Counter(one.verdict for one in checked)
    return document(
        {
            "format_version": FORMAT_VERSION,
            "pages": pages,
            "summary": {verdict.value: number[verdict] for verdict in Verdict},
            "links": [_as_json(one) for one in checked],
        }
    )


def _lines(one: CheckedLink, style: Style) -> Iterator[str]:
    place = sanitize(one.file if one.line is None else f"{one.file}:{one.line}:{one.column}")
    if one.verdict is not Verdict.OK:
        said = sanitize(one.reason)
        yield f"{place}: {style(one.verdict, _TONES[one.verdict])}: {_address(one.url)}: {said}{_by_way_of(one)}"
    for note in _notes(one):
        yield f"{place}: {style('note', Tone.STRONG)}: {note}"


def _by_way_of(one: CheckedLink) -> str:
    return f" (redirected to {_address(one.redirects[-1].to)})" if one.redirects else ""


def _notes(one: CheckedLink) -> Iterator[str]:
    """What is no fault of the page's, and worth knowing."""
    if one.verdict is not Verdict.OK:
        return
    if one.redirects:
        way = " -> ".join(f"{_address(hop.url)} ({hop.status})" for hop in one.redirects)
        more = f"; it has moved for good: write {_address(one.moved_to)}" if one.moved_to else ""
        yield f"{way} -> {_address(one.redirects[-1].to)}{more}"
    if one.front_page:
        yield "the address leads to the front page of its site: the course's own page may be gone"
    if one.other_prices:
        shown = ", ".join(f"${money(price)}" for price in one.other_prices[:_MOST_PRICES])
        left = len(one.other_prices) - _MOST_PRICES
        others = f" (+{left} more)" if left > 0 else ""
        yield (
            f"the page shows {shown}{others}, and not the ${money(one.price)} of the file: learners must be told "
            "all costs in advance"
        )


def _address(url: str) -> str:
    shown = sanitize(url)
    return shown if len(shown) <= _MOST_ADDRESS else f"{shown[:_MOST_ADDRESS]}…"


def _as_json(one: CheckedLink) -> dict[str, object]:
    return {
        "offering_id": one.offering_id,
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "url": one.url,
        "verdict": one.verdict.value,
        "status": one.status,
        "reason": one.reason or None,
        "redirects": [{"url": hop.url, "status": hop.status, "to": hop.to} for hop in one.redirects],
        "moved_to": one.moved_to,
        "front_page": one.front_page,
        "price": one.price,
        "other_prices": list(one.other_prices),
    }
