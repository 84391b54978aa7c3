"""A preview as people have it: a file, opened in a real browser, on a desk or a telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from offerctl.embedded import preview
from support.browser import opened, violations
from support.plans import FREE, FRENCH, live, maybe, offering, planned, wanted

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LONG = "Prévention des troubles musculosquelettiques à l\u2019intention des personnes déléguées " * 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of forty courses with every kind of change, long names and long words among them."""
    courses = [
        offering(
            f"course-{number:02}",
            course_name=f"Cours {number}",
            price=Decimal(number * 37),
            training_standard_key=FRENCH if number % 2 else offering().training_standard_key,
        )
        for number in range(40)
    ]
    courses[1] = replace(courses[1], course_name="Main-d\u2019Œuvre")
    courses[2] = replace(courses[2], course_name="L\u2019œuvre en sécurité", price=Decimal("123456789.5"))
    courses[3] = replace(courses[3], course_name=LONG.strip())
    courses[4] = replace(courses[4], course_name="x" * 255, price=Decimal("999999999.99"))
    courses[5] = replace(
        courses[5], offering_id="o" * 64, external_registration_url=f"https://a.example/{'x' * 1000}"
    )
    courses[9] = replace(courses[9], course_name=f"{LONG}9")
    before = {one.offering_id: live(one) for one in courses[6:]}
    before["course-07"] = live(
        replace(courses[7], price=Decimal(1), external_registration_url="https://b.example/" + "y" * 1000)
    )
    before["course-08"] = maybe(courses[8], replace(courses[8], price=Decimal(2)))
    before["goes"] = live(offering("goes", course_name="Goes"))
    made = planned(wanted(*courses), before, guards=FREE)
    return written(tmp_path_factory.mktemp("preview"), preview.pages(made, wanted(*courses)))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of no course at all."""
    return written(tmp_path_factory.mktemp("empty"), preview.pages(planned({}, None), {}))


def written(folder: Path, pages: Mapping[str, str]) -> Path:
    for name, html in pages.items():
        (folder / name).write_text(html, "utf-8")
    return folder


def shown(page: Page) -> list[str]:
    """The names of the courses that can be seen."""
    return [name for name in page.get_by_role("heading", level=3).all_inner_texts() if name]


def test_the_search_folds_and_the_other_language_keeps_it(browser: Browser, folder: Path) -> None:
    """As people type: `oeuvre` finds what has ligatures. What was found is counted, and stays by the link."""
    with opened(browser) as page:
        page.goto((folder / "en.html").as_uri())
        assert len(shown(page)) == 41
        page.get_by_role("searchbox").fill("OEUVRE")
        assert sorted(shown(page)) == ["L\u2019œuvre en sécurité", "Main-d\u2019Œuvre"]
        assert page.get_by_role("status").inner_text() == "2 of 41 courses"
        page.get_by_role("combobox").select_option("fr")
        assert shown(page) == ["Main-d\u2019Œuvre"]
        page.get_by_role("link", name="Français").click()
        assert page.locator("html").get_attribute("lang") == "fr"
        assert page.get_by_role("searchbox").input_value() == "OEUVRE"
        assert page.get_by_role("combobox").input_value() == "fr"
        assert shown(page) == ["Main-d\u2019Œuvre"]
        assert page.get_by_role("status").inner_text() == "1 cours sur 41"
        page.get_by_role("searchbox").fill("rien de tel")
        assert shown(page) == []
        assert page.get_by_role("heading", level=2).all_inner_texts() == []
        page.reload()
        assert page.get_by_role("searchbox").input_value() == "rien de tel"


def test_a_long_name_makes_its_own_card_long_and_no_other(browser: Browser, folder: Path) -> None:
    """Between a name and what stands below it no neighbour leaves a hole, among what changes and what stays."""
    with opened(browser) as page:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto((folder / "en.html").as_uri())
        for section in ("changes", "stays"):
            gaps = page.locator(f"#{section} + .cards > .card").evaluate_all(
                "cards => cards.filter(card => card.querySelector('.more')).map(card =>"
                " card.querySelector('.more').getBoundingClientRect().top"
                " - card.querySelector('.top').getBoundingClientRect().bottom)"
            )
            assert len(gaps) > 1
            assert max(gaps) < 16


def test_a_page_asks_nobody_for_anything(browser: Browser, folder: Path) -> None:
    """Opened as a file it makes no request but for itself."""
    asked: list[str] = []
    with opened(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto((folder / "fr.html").as_uri())
        page.get_by_role("searchbox").fill("cours")
    assert set(asked) <= {(folder / "fr.html").as_uri(), "data:,"}


@pytest.mark.deep
@pytest.mark.parametrize("name", ["en.html", "fr.html"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_forty_courses_fit_a_telephone(browser: Browser, folder: Path, name: str, width: int) -> None:
    """Nothing scrolls sideways or sticks out of its card; the price stands at the right; a thumb can hit."""
    with opened(browser) as page:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto((folder / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = "cards => cards.filter((card) => card.scrollWidth > card.clientWidth).map((card) => card.id)"
        assert page.locator("li.card").evaluate_all(wide) == []
        boxes = [
            (page.locator("#offering-course-11 " + what).bounding_box()) for what in (".name", ".price", ".button")
        ]
        heading, price, button = (box for box in boxes if box is not None)
        assert price["x"] >= heading["x"] + heading["width"]
        assert button["height"] >= 32
        dear = page.locator("#offering-course-04 .price").bounding_box()
        assert dear is not None
        assert dear["height"] == price["height"], "a price stands on one line"
        assert page.locator("#offering-course-11").bounding_box()["height"] < 170  # type: ignore[index]


@pytest.mark.deep
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["en.html", "fr.html"])
def test_axe_finds_nothing_in_a_preview(browser: Browser, folder: Path, name: str, scheme: str) -> None:
    """With every kind of mark on it, in both languages and in either light; nor while a search narrows it."""
    with opened(browser, color_scheme=scheme) as page:
        page.goto((folder / name).as_uri())
        assert violations(page) == []
        page.get_by_role("searchbox").fill("oeuvre")
        assert violations(page) == []


@pytest.mark.deep
@pytest.mark.parametrize("name", ["en.html", "fr.html"])
def test_axe_finds_nothing_where_nothing_is_listed(browser: Browser, empty: Path, name: str) -> None:
    """An empty page is one, too, and its script has nothing to trip over."""
    with opened(browser) as page:
        page.goto((empty / name).as_uri())
        assert page.get_by_role("searchbox").count() == 0
        assert violations(page) == []


@pytest.mark.deep
def test_without_a_script_everything_is_there(browser: Browser, folder: Path) -> None:
    """But for the search, which would do nothing."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((folder / "en.html").as_uri())
        assert len(shown(page)) == 41
        assert not page.get_by_role("searchbox").is_visible()
