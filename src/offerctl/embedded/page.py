"""Listings into HTML: values in, one string out. Only its importers pay for Jinja2.

Every value is hostile text: it is escaped, isolated from the direction of what stands around it, and its control
and invisible characters are spelled out. Nothing is loaded from anywhere; the style stands in the page, and the
Content-Security-Policy admits that style alone.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from offerctl import canon
from offerctl.embedded.fold import fold
from offerctl.embedded.store import Listing
from offerctl.embedded.words import WORDS, Words
from offerctl.offering import Offering
from offerctl.render.style import sanitize
from offerctl.standards import BUILT_IN, Language, Standards

MAX_SHOWN = 500
"""Listings on one page; a search finds the others."""
_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a visitor looks for: words in any order, and the language of the course (none: any)."""

    text: str = ""
    language: Language | None = None

    def matches(self, listing: Listing, standards: Standards) -> bool:
        """Whether all words are in the name, the id or the provider, and the language is the wanted one."""
        offering = listing.offering
        wanted = self.language is None or self.language == _spoken(offering, standards)
        place = fold(f"{offering.course_name} {offering.offering_id} {listing.network_key}")
        return wanted and all(word in place for word in fold(self.text).split())

    def address(self, language: Language) -> str:
        """Where the page asks the same in that language."""
        asked = {"q": self.text, "language": self.language or ""}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/{language}?{query}" if query else f"/{language}"


def listings(
    language: Language,
    found: Sequence[Listing],
    *,
    query: Query,
    last_change: datetime | None,
    standards: Standards = BUILT_IN,
) -> str:
    """The page of all listings, or of those that match a query."""
    matching = sorted((item for item in found if query.matches(item, standards)), key=_order)
    words = WORDS[language]
    return render(
        "listings.html",
        words,
        switch=query.address(words.other),
        cards=[
            {**card(item.offering, words, standards), "provider": sanitize(item.network_key)}
            for item in matching[:MAX_SHOWN]
        ],
        matching=len(matching),
        listed=len(found),
        query=query,
        last_change=last_change,
        machine_time=canon.timestamp(last_change) if last_change else "",
    )


def missing(language: Language) -> str:
    """The page for an address that has none."""
    words = WORDS[language]
    return render("message.html", words, switch=f"/{words.other}", heading=words.missing, text=words.missing_text)


def failed(language: Language, status: int) -> str:
    """The page for a request that could not be answered."""
    words = WORDS[language]
    return render(
        "message.html",
        words,
        switch=f"/{words.other}",
        heading=words.failed,
        text=words.failed_text.format(status=status),
    )


@cache
def policy() -> str:
    """The Content-Security-Policy of every page: its own style, forms to itself, nothing else."""
    return (
        f"default-src 'none'; style-src '{hashed(style())}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def hashed(inline: str) -> str:
    """The source by which a Content-Security-Policy admits exactly this style or script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}"


def card(offering: Offering, words: Words, standards: Standards) -> Mapping[str, str]:
    """What a card shows of an offering, in the page's language."""
    standard = standards.get(offering.training_standard_key)
    return {
        "id": offering.offering_id,
        "name": sanitize(offering.course_name),
        "lang": standard.language if standard else "",
        "language": words.languages[standard.language] if standard else "?",
        "price": words.money(offering.price),
        "duration": words.hours(offering.course_duration),
        "standard": standard_name(offering, words, standards),
        "provider": "",
        "mark": "",
    }


def standard_name(offering: Offering, words: Words, standards: Standards) -> str:
    """Its standard course as the page's language calls it; the key where nothing names it (any more)."""
    standard = standards.get(offering.training_standard_key)
    return sanitize(words.standard_name(standard)) if standard else offering.training_standard_key


def _spoken(offering: Offering, standards: Standards) -> Language | None:
    standard = standards.get(offering.training_standard_key)
    return standard.language if standard else None


def _order(listing: Listing) -> tuple[str, str]:
    return order(listing.offering)


def order(offering: Offering) -> tuple[str, str]:
    """Where an offering stands among others: by its name, as people look it up."""
    return fold(offering.course_name), offering.offering_id


def render(template: str, words: Words, **values: object) -> str:
    """A page of one of the templates, with the style in it."""
    return _environment().get_template(template).render(words=words, style=Markup(style()), **values)  # noqa: S704


@cache
def style() -> str:
    """The style of every page, which stands in each of them."""
    return (_TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
