"""The Marketplace's page in a real browser: read in both languages, searched, and left for the provider's site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from offerctl.offering import Offering
from support.browser import opened, violations
from support.marketplace import Served, body, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=document.title='taken'>"

COURSES: tuple[dict[str, object], ...] = (
    {"courseName": "JHSC Certification Part One", "price": 1199},
    {"courseName": "CMSST, certification partie 1", "trainingStandardKey": "JHSC-2014-1-F-O"},
    {"courseName": HOSTILE},
)


class Provider(BaseHTTPRequestHandler):
    """The provider's own site."""

    def do_GET(self) -> None:
        page = b"<!DOCTYPE html><title>Provider</title><h1>Book here</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@contextmanager
def provider() -> Iterator[str]:
    """Its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with provider() as address:
        yield address


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory, site: str) -> Iterator[Served]:
    """A served Marketplace with two courses of one provider, and a hostile one of another."""
    with served(tmp_path_factory.mktemp("browser") / "market.sqlite3") as market:
        for number, changed in enumerate(COURSES):
            values = body(
                offeringId=f"course-{number}",
                networkKey=None,
                externalRegistrationUrl=f"{site}/register/{number}?lang=x",
                **changed,
            )
            market.store.put_foreign(Offering.from_attributes(values), "pro-1")
        yield market


@pytest.fixture
def page(browser: Browser, market: Served) -> Iterator[Page]:
    with opened(browser, base_url=market.url) as page:
        yield page


def names(page: Page) -> list[str]:
    return page.get_by_role("listitem").get_by_role("heading", level=2).all_inner_texts()


def test_the_page_is_read_in_both_languages(page: Page) -> None:
    """The visitor's own first, the other one by its link; each names itself and writes money its own way."""
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"
    assert len(names(page)) == 3
    card = page.locator("#offering-course-0")
    assert "$1,199.00" in card.inner_text()
    page.get_by_role("link", name="Français").click()
    assert page.url.endswith("/fr")
    assert page.locator("html").get_attribute("lang") == "fr"
    assert "1\u202f199,00\u00a0$" in card.inner_text()
    assert card.get_by_role("heading").inner_text() == "JHSC Certification Part One"


def test_the_search_filters(page: Page) -> None:
    """By words and by language; what was asked stays in the form, and nothing found says so."""
    page.goto("/en")
    page.get_by_role("searchbox").fill("cmsst")
    page.get_by_role("searchbox").press("Enter")
    assert names(page) == ["CMSST, certification partie 1"]
    assert page.get_by_role("searchbox").input_value() == "cmsst"
    page.get_by_role("combobox").select_option("en")
    page.get_by_role("search").get_by_role("button").click()
    assert names(page) == []
    page.get_by_role("searchbox").fill("")
    page.get_by_role("search").get_by_role("button").click()
    assert sorted(names(page)) == sorted(["JHSC Certification Part One", HOSTILE])


def test_register_ends_at_the_providers_own_site(page: Page, site: str) -> None:
    """The Marketplace lists, the provider books; it does not learn where the visitor came from."""
    page.goto("/fr")
    asked = []
    page.on("request", lambda request: asked.append((request.url, request.headers.get("referer"))))
    page.locator("#offering-course-1").get_by_role("link").click()
    page.get_by_role("heading", name="Book here").wait_for()
    assert page.url == f"{site}/register/1?lang=x"
    assert (page.url, None) in asked


def test_a_hostile_name_is_text(page: Page) -> None:
    """It is shown as it was written, and runs nothing."""
    page.goto("/en")
    assert HOSTILE in names(page)
    assert "taken" not in page.title()
    assert page.locator("main img, main script").count() == 0


def test_the_other_language_keeps_the_search(page: Page) -> None:
    """Whoever changes it looks for the same courses, in the same language of the course."""
    page.goto("/en?q=CMSST&language=fr")
    page.get_by_role("link", name="Français").click()
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.get_by_role("searchbox").input_value() == "CMSST"
    assert page.get_by_role("combobox").input_value() == "fr"
    assert names(page) == ["CMSST, certification partie 1"]


@pytest.mark.deep
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/en", "/fr", "/fr?q=none"])
def test_axe_finds_nothing(browser: Browser, market: Served, path: str, scheme: str) -> None:
    """On every kind of page, in both languages and in either light."""
    with opened(browser, base_url=market.url, color_scheme=scheme) as page:
        page.goto(path)
        assert violations(page) == []


@pytest.mark.deep
def test_axe_finds_nothing_where_there_is_no_page(browser: Browser, market: Served) -> None:
    """The page that says so is one, too."""
    with browser.new_context(base_url=market.url) as context:
        page = context.new_page()
        page.goto("/fr/none")
        assert page.get_by_role("heading", name="Introuvable").is_visible()
        assert violations(page) == []


def test_a_telephone_shows_it_without_scrolling_sideways(page: Page) -> None:
    """At 320 pixels, the narrowest that is still sold."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/fr")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
