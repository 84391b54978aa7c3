"""Listings into HTML: values in, one string out. Only its importers pay for Jinja2.

Every value is hostile text: it is escaped, isolated from the direction of what stands around it, and its control
and invisible characters are spelled out. Nothing is loaded from anywhere; the style stands in the page, and the
Content-Security-Policy admits that style alone.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from offerctl import canon
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
        place = _folded(f"{offering.course_name} {offering.offering_id} {listing.network_key}")
        return wanted and all(word in place for word in _folded(self.text).split())


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
    return _render(
        "listings.html",
        words,
        cards=[_card(item, words, standards) for item in matching[:MAX_SHOWN]],
        matching=len(matching),
        listed=len(found),
        query=query,
        last_change=last_change,
        machine_time=canon.timestamp(last_change) if last_change else "",
    )


def missing(language: Language) -> str:
    """The page for an address that has none."""
    words = WORDS[language]
    return _render("message.html", words, heading=words.missing, text=words.missing_text)


def failed(language: Language, status: int) -> str:
    """The page for a request that could not be answered."""
    words = WORDS[language]
    return _render("message.html", words, heading=words.failed, text=words.failed_text.format(status=status))


@cache
def policy() -> str:
    """The Content-Security-Policy of every page: its own style, forms to itself, nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _card(listing: Listing, words: Words, standards: Standards) -> Mapping[str, str]:
    offering = listing.offering
    standard = standards.get(offering.training_standard_key)
    return {
        "id": offering.offering_id,
        "name": sanitize(offering.course_name),
        "lang": standard.language if standard else "",
        "language": words.languages[standard.language] if standard else "?",
        "provider": sanitize(listing.network_key),
        "price": words.money(offering.price),
        "duration": words.hours(offering.course_duration),
        "standard": sanitize(words.standard_name(standard)) if standard else offering.training_standard_key,
    }


def _spoken(offering: Offering, standards: Standards) -> Language | None:
    standard = standards.get(offering.training_standard_key)
    return standard.language if standard else None


def _order(listing: Listing) -> tuple[str, str]:
    return _folded(listing.offering.course_name), listing.offering.offering_id


def _folded(text: str) -> str:
    """Without case and accents, so that `securite` finds `Sécurité`."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _render(template: str, words: Words, **values: object) -> str:
    return _environment().get_template(template).render(words=words, style=Markup(_style()), **values)  # noqa: S704


@cache
def _style() -> str:
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
