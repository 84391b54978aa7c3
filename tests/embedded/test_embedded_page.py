from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import re
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from offerctl.embedded import Store
from offerctl.embedded.page import MAX_SHOWN
from offerctl.embedded.words import WORDS, preferred
from offerctl.offering import Offering
from offerctl.standards import Language
from support.marketplace import Opening, body

HOSTILE = "</h2><script>alert(1)</script><img src=x onerror=alert(1)> \"'&{{ 7*7 }}\u202e\x1b"


class Seen(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and the text."""

    VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(page)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"{tag} closes what is open"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def listed(store: Store, offering_id: str = "jhsc-en-01", provider: str = "pro-1", **changed: object) -> None:
    store.put_foreign(Offering.from_attributes(body(offeringId=offering_id, networkKey=None, **changed)), provider)


def get(opened: Opening, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async def main() -> httpx.Response:
        async with opened() as client:
            return await client.get(path, headers=headers)

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        (
            "en",
            ["$1,199.00", "19.5\u00a0hours", "English", "JHSC - Part 1 (English, Online)", "Register", "pro-1"],
        ),
        (
            "fr",
            [
                "1\u202f199,00\u00a0$",
                "19,5\u00a0h",
                "Anglais",
                "CMSST - Partie 1 (anglais, en ligne)",
                "S’inscrire",  # noqa: RUF001 - French has its own apostrophe
                "pro-1",
            ],
        ),
    ],
)
def test_a_listing(opened: Opening, store: Store, language: str, wanted: list[str]) -> None:
    """A listing shows its name, provider, price, hours and standard in the page's language."""
    listed(store, price=1199)
    answer = get(opened, f"/{language}")
    seen = Seen(answer.text)
    assert answer.headers["Content-Language"] == language
    for words in ["JHSC Certification Part One", *wanted]:
        assert words in seen.words
    assert {"lang": language} in seen.all("html")
    assert f"/{language}/register/jhsc-en-01" in [link["href"] for link in seen.all("a")]


@pytest.mark.parametrize("path", ["/en", "/fr", "/en?q=none", "/fr/none", "/en/register/none"])
def test_every_page(opened: Opening, store: Store, path: str) -> None:
    """Every page has a language, a title, one heading, labelled fields, a switch, and loads nothing."""
    listed(store)
    answer = get(opened, path)
    seen = Seen(answer.text)
    language = path[1:3]
    assert answer.text.startswith("<!DOCTYPE html>")
    assert seen.all("html") == [{"lang": language}]
    assert len(seen.all("title")) == len(seen.all("h1")) == len(seen.all("main")) == 1
    assert {link.get("hreflang") for link in seen.all("a")} >= {"fr" if language == "en" else "en"}
    assert not re.search(r"https?:|//|url\(|@import", answer.text), "no address but of this server"
    assert not seen.all("script")
    assert WORDS["en" if language == "en" else "fr"].note in seen.words


def test_style_is_the_admitted_one(opened: Opening) -> None:
    """The Content-Security-Policy admits the page's own style and nothing else."""
    answer = get(opened, "/en")
    style = answer.text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "style=" not in answer.text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_name(opened: Opening, store: Store, language: str) -> None:
    """A course name, a search and an address are text and nothing else; what is invisible shows."""
    listed(store, courseName=HOSTILE)
    shown = HOSTILE.replace("\u202e", r"\u202e").replace("\x1b", r"\x1b")
    for path in (f"/{language}", f"/{language}?q=alert"):
        answer = get(opened, path)
        seen = Seen(answer.text)
        assert not seen.all("script")
        assert not seen.all("img")
        assert shown in seen.words
        assert not re.search("[\u202e\x1b]", answer.text)
    query = '"><script>alert(1)</script>'
    search = get(opened, f"/{language}?{httpx.QueryParams(q=query)}")
    assert [field["value"] for field in Seen(search.text).all("input")] == [query]
    assert "script" not in get(opened, f"/{language}/<script>").text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-CA,fr;q=0.9", "en"),
        ("en;q=0.5, fr;q=0.6", "fr"),
        ("FR-ca", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("fr;q=0", "en"),
        ("en;q=0, *", "fr"),
        ("fr;q=nonsense", "en"),
        ("fr;q=²", "en"),
    ],
)
def test_language_of_the_visitor(header: str, language: str) -> None:
    """The front page takes the language that the visitor ranks higher, English in doubt."""
    assert preferred(header) == language


def test_front_page(opened: Opening) -> None:
    """The front page is in the visitor's language, and caches are told so."""
    answer = get(opened, "/", {"Accept-Language": "fr-CA"})
    assert answer.status_code == 200
    assert Seen(answer.text).all("html") == [{"lang": "fr"}]
    assert answer.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://provider.example/register?a=1&b=2#now", "https://provider.example/register?a=1&b=2#now"),
        ("https://provider.example/é%20\u202e", "https://provider.example/%C3%A9%20%E2%80%AE"),
    ],
)
def test_register(opened: Opening, store: Store, url: str, location: str) -> None:
    """Registering goes on to the provider's own page: 303, in a form that headers can carry."""
    listed(store, externalRegistrationUrl=url)
    answer = get(opened, "/fr/register/jhsc-en-01")
    assert (answer.status_code, answer.headers["Location"]) == (303, location)


@pytest.mark.parametrize("path", ["/en/register/none", "/none", "/static/../etc", "/en/register/%00"])
def test_not_found(opened: Opening, path: str) -> None:
    """An address without a page is 404, with a page that leads back."""
    answer = get(opened, path)
    assert answer.status_code == 404
    assert "/en" in [link["href"] for link in Seen(answer.text).all("a")]
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("q=SECURITE", {"b"}),
        ("q=oeuvre", {"b"}),
        ("q=main-d'%C5%92UVRE", {"b"}),
        ("q=one+jhsc", {"a"}),
        ("q=pro-2", {"b"}),
        ("language=en", {"a"}),
        ("language=fr", {"b"}),
        ("language=xx", {"a", "b"}),
        ("q=one&language=fr", set()),
    ],
)
def test_search(opened: Opening, store: Store, query: str, found: set[str]) -> None:
    """Words are looked for in name, id and provider, without case and accents; the language narrows."""
    listed(store, "a")
    listed(
        store, "b", "pro-2", courseName="Sécurité de la main-d\u2019Œuvre", trainingStandardKey="JHSC-2014-1-F-O"
    )
    seen = Seen(get(opened, f"/en?{query}").text)
    assert {card["id"] for card in seen.all("li")} == {f"offering-{offering_id}" for offering_id in found}
    assert WORDS["en"].count(len(found)) in seen.words
    assert (WORDS["en"].none_found in seen.words) is (not found)


@pytest.mark.parametrize(
    ("query", "other"),
    [
        ("", "/fr"),
        ("?q=&language=", "/fr"),
        ("?q=Œuvre+%26&language=fr", "/fr?q=%C5%92uvre+%26&language=fr"),
        ("?language=xx&q=%22%3E%3Cscript%3E", "/fr?q=%22%3E%3Cscript%3E"),
    ],
)
def test_the_link_to_the_other_language_keeps_the_search(opened: Opening, query: str, other: str) -> None:
    """It asks for the same words and the same language of the course, and for nothing else that was asked."""
    seen = Seen(get(opened, f"/en{query}").text)
    assert [link["href"] for link in seen.all("a") if link.get("hreflang") == "fr"] == [other]


def test_nothing_listed(opened: Opening, store: Store) -> None:
    """An empty Marketplace says so, and what to do."""
    seen = Seen(get(opened, "/en").text)
    assert WORDS["en"].none_listed in seen.words
    assert "Last change: none yet" in seen.words
    store.add(Offering.from_attributes(body(networkKey=None)), "pro-1")
    assert re.search(r"Last change: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", Seen(get(opened, "/en").text).words)


def test_many(opened: Opening, store: Store) -> None:
    """A long list is cut, and says so; the count is of all."""
    for number in range(MAX_SHOWN + 1):
        listed(store, f"a-{number}")
    seen = Seen(get(opened, "/en").text)
    assert len(seen.all("li")) == MAX_SHOWN
    assert f"{MAX_SHOWN + 1} courses listed. Only the first {MAX_SHOWN} are shown" in seen.words


def test_healthz_and_methods(opened: Opening) -> None:
    """There is a sign of life; pages are only read."""
    health = get(opened, "/healthz")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})

    async def post() -> tuple[int, str]:
        async with opened() as client:
            answer = await client.post("/en")
            return answer.status_code, html.unescape(answer.text)

    status, page = asyncio.run(post())
    assert status == 405
    assert "could not answer (405)" in page


@pytest.mark.parametrize(
    ("language", "price", "shown"),
    [
        ("en", "199", "$199.00"),
        ("en", "0", "$0.00"),
        ("en", "1234567.5", "$1,234,567.50"),
        ("fr", "199", "199,00\u00a0$"),
        ("fr", "0.05", "0,05\u00a0$"),
        ("fr", "1234567.5", "1\u202f234\u202f567,50\u00a0$"),
    ],
)
def test_money(language: Language, price: str, shown: str) -> None:
    """Prices have cents, and the separators of the language."""
    assert WORDS[language].money(Decimal(price)) == shown


@pytest.mark.parametrize(
    ("language", "hours", "shown"),
    [
        ("en", "1.00", "1\u00a0hour"),
        ("en", "1.5", "1.5\u00a0hours"),
        ("fr", "13.5", "13,5\u00a0h"),
        ("fr", "2", "2\u00a0h"),
    ],
)
def test_hours(language: Language, hours: str, shown: str) -> None:
    """Hours have the shortest form, as the language writes them."""
    assert WORDS[language].hours(Decimal(hours)) == shown


def test_words_in_both_languages() -> None:
    """Nothing was left untranslated."""
    same = {name for name in _texts("en") if _texts("en")[name] == _texts("fr")[name]}
    assert same == set()


def _texts(language: Language) -> dict[str, Any]:
    words = WORDS[language]
    return {name: getattr(words, name) for name in words.__slots__}
