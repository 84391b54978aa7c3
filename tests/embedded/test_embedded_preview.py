"""The page as it will be: what is new, what changes from what to what, what goes, and what nobody knows."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from offerctl.embedded import preview
from offerctl.embedded.fold import fold
from offerctl.embedded.preview_words import PREVIEW_WORDS, Mark
from offerctl.offering import Offering
from offerctl.plan import Guards, Plan
from offerctl.plan.policy import Policy
from offerctl.standards import Language
from offerctl.state import Belief, Intent
from support.plans import (
    CONTESTED,
    ENGLISH,
    FREE,
    FRENCH,
    gone,
    live,
    maybe,
    offering,
    planned,
    wanted,
)

HOSTILE = "</h3><script>alert(1)</script><img src=x onerror=alert(1)> \"'&{{ 7*7 }}\u202e\x1b"
OLD = offering("en-01", price=Decimal(999), course_duration=Decimal(12))
NEW = replace(OLD, price=Decimal(1299), course_duration=Decimal("13.5"))


def pages(
    beliefs: Mapping[str, Belief] | None, *offerings: Offering, guards: Guards = FREE
) -> dict[Language, str]:
    """Both pages of a plan."""
    made = plan(beliefs, *offerings, guards=guards)
    written = preview.pages(made, wanted(*offerings))
    return {language: written[preview.file_name(language)] for language in ("en", "fr")}


def plan(beliefs: Mapping[str, Belief] | None, *offerings: Offering, guards: Guards = FREE) -> Plan:
    return planned(wanted(*offerings), beliefs, guards=guards)


def cards(page: str) -> dict[str, str]:
    """What each card says, by its id: its text without elements, in one line."""
    found = re.findall(r'<li class="card[^"]*" id="offering-([^"]*)".*?>(.*?)</li>', page, re.DOTALL)
    return {id_: " ".join(re.sub(r"<[^>]*>", " ", inner).split()) for id_, inner in found}


def marks(page: str) -> dict[str, str]:
    """The class of each card, by its id."""
    return {id_: mark.strip() for mark, id_ in re.findall(r'<li class="card([^"]*)" id="offering-([^"]*)"', page)}


@pytest.mark.parametrize(
    ("language", "price", "hours"),
    [
        ("en", "before: $999.00 → after: $1,299.00", "before: 12\u00a0hours → after: 13.5\u00a0hours"),
        (
            "fr",
            "avant\u00a0: 999,00\u00a0$ → après\u00a0: 1\u202f299,00\u00a0$",
            "avant\u00a0: 12\u00a0h → après\u00a0: 13,5\u00a0h",
        ),
    ],
)
def test_what_changes_is_told_from_what_to_what(language: Language, price: str, hours: str) -> None:
    """Each attribute that differs, as the language writes it; nothing of those that stay."""
    page = pages({"en-01": live(OLD)}, NEW)[language]
    flat = " ".join(price.split(" ")), " ".join(hours.split(" "))
    told = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]*>", "", page))
    for words in flat:
        assert words in told
    assert told.count("→") == 2
    assert marks(page) == {"en-01": "changed"}


def test_each_listing_has_its_mark() -> None:
    """New, changed, going and not certain ones, what goes first; what stays has none."""
    beliefs = {
        "b-stays": live(offering("b-stays")),
        "c-changes": live(offering("c-changes")),
        "d-goes": live(offering("d-goes")),
        "e-doubt": maybe(offering("e-doubt"), offering("e-doubt", price=Decimal(5))),
        "f-contested": CONTESTED,
        "g-gone": gone(offering("g-gone")),
    }
    files = [offering(id_) for id_ in ("a-new", "b-stays", "e-doubt", "f-contested")]
    made = pages(beliefs, *files, offering("c-changes", price=Decimal(7)))
    expected = {
        "d-goes": "goes",
        "e-doubt": "doubt",
        "f-contested": "doubt",
        "c-changes": "changed",
        "a-new": "new",
        "b-stays": "",
    }
    for language, page in made.items():
        assert list(marks(page).items()) == list(expected.items())
        numbers = re.findall(r"<dt>([^<]*)</dt><dd>(\d+)</dd>", page)
        names = PREVIEW_WORDS[language].marks
        assert (names[Mark.DOUBT], "2") in numbers
        assert (PREVIEW_WORDS[language].unchanged, "1") in numbers


def test_what_is_in_doubt_says_what_may_be_listed() -> None:
    """What was confirmed, or what was then tried; and what it becomes."""
    beliefs = {"en-01": maybe(OLD, NEW)}
    page = pages(beliefs, OLD)["en"]
    told = cards(page)["en-01"]
    assert "It is not certain what is listed now." in told
    assert "before: $999.00 or $1,299.00 → after: $999.00" in told


def test_a_listing_in_doubt_that_goes_needs_no_name() -> None:
    """Where nothing of it was ever confirmed its id is all there is."""
    page = pages({"en-01": live(OLD), "x-1": maybe(None, None, Intent.DELETE)}, OLD)["fr"]
    assert marks(page)["x-1"] == "goes"
    assert "x-1" in cards(page)["x-1"]
    assert "Aucun fichier ne le demande plus" in cards(page)["x-1"]


def test_a_replacement_and_what_refuses_it() -> None:
    """A changed standard is a changed listing; a plan that is refused says so before all else, and why."""
    other = replace(OLD, training_standard_key=FRENCH)
    allowed = pages({"en-01": live(OLD)}, other)["en"]
    assert "taken down and then listed anew" in cards(allowed)["en-01"]
    assert "JHSC - Part 1 (English, Online) → after: JHSC - Part 1 (French, Online)" in cards(allowed)["en-01"]
    assert 'class="refused"' not in allowed
    refused = pages({"en-01": live(OLD)}, other, guards=Guards())["fr"]
    said = refused.split('class="refused"')[1].split("</div>")[0]
    assert "Ce plan est refusé." in said
    assert f"was last applied as {ENGLISH}" in said
    assert said.count('<p lang="en">') == 1


def test_what_breaks_the_policy_is_told() -> None:
    """A breach that refuses nothing is a reason to look twice."""
    page = pages({"en-01": live(OLD)}, NEW, guards=Guards(policy=Policy(max_price_change=Decimal(10))))["fr"]
    warned = page.split('class="note warned"')[1].split("</div>")[0]
    assert "À revoir" in warned
    assert "en-01" in warned
    assert 'class="refused"' not in page
    assert 'class="note warned"' not in pages({"en-01": live(OLD)}, NEW)["fr"]


@pytest.mark.parametrize(
    ("beliefs", "files", "english", "french"),
    [
        (None, [OLD], "Nothing was ever confirmed for prod", "Rien n’a jamais été confirmé pour prod"),  # noqa: RUF001
        ({"en-01": live(OLD)}, [OLD], "on 2026-09-02 14:03:00 UTC (commit 3f2a9c1)", "le 2026-09-02 14:03:00 UTC"),
        ({"en-01": live(OLD)}, [OLD], "Nothing changes.", "Rien ne change."),
        (None, [], "The files list no course.", "Les fichiers n’affichent aucun cours."),  # noqa: RUF001
    ],
)
def test_it_says_what_it_rests_on(
    beliefs: Mapping[str, Belief] | None, files: list[Offering], english: str, french: str
) -> None:
    """What was confirmed last and when, never what is listed; and that there is nothing, where there is."""
    made = pages(beliefs, *files)
    assert english in made["en"]
    assert french in made["fr"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_hostile_names_are_text(language: Language) -> None:
    """In names that are new and old, and in what the search looks through."""
    page = pages({"en-01": live(replace(OLD, course_name="x" + HOSTILE))}, replace(OLD, course_name=HOSTILE))[
        language
    ]
    assert page.count("<script") == 1
    assert "<img" not in page
    assert not re.search("[\u202e\x1b]", page)
    assert r"\u202e\x1b" in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_needs_nothing_from_anywhere(language: Language) -> None:
    """Its policy admits its own style and script, by what is in them; no element loads anything."""
    page = pages({"en-01": live(OLD)}, NEW, offering("en-02"))[language]
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[0].replace("&#39;", "'")

    def source(element: str) -> str:
        inside = page.split(f"<{element}>")[1].split(f"</{element}>")[0]
        return f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {source('style')}; script-src {source('script')}; img-src data:; "
        "form-action 'none'; base-uri 'none'"
    )
    assert page.index("Content-Security-Policy") < page.index("<style>")
    assert not re.search(r"\b(?:src|srcset|style|on\w+)=|url\(|@import", page)
    assert set(re.findall(r'<link[^>]*href="([^"]*)"', page)) == {"data:,"}
    addresses = {OLD.external_registration_url, offering("en-02").external_registration_url}
    assert set(re.findall(r'https?://[^"<\s]+', page)) == addresses
    other = "fr" if language == "en" else "en"
    assert f'<a href="{other}.html" hreflang="{other}"' in page


def test_the_same_plan_makes_the_same_bytes() -> None:
    """There is no clock in a page, and no order but that of names."""
    beliefs = {"en-01": live(OLD)}
    assert pages(beliefs, NEW, offering("en-02")) == pages(beliefs, offering("en-02"), NEW)


def test_a_long_page_keeps_what_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more courses than a page has room for those that change come first, and the rest is counted."""
    monkeypatch.setattr(preview, "MAX_SHOWN", 2)
    offerings = [offering(f"en-{number}") for number in range(3)]
    page = pages({"en-0": live(offerings[0]), "en-1": live(offerings[1])}, *offerings)["en"]
    assert list(marks(page)) == ["en-2", "en-0"]
    assert "Only 2 of 3 courses are on this page" in page


def test_names_that_only_look_alike_are_told_apart() -> None:
    """A change that nobody sees is spelled by the numbers of its characters."""
    page = pages({"en-01": live(replace(OLD, course_name="Santé"))}, replace(OLD, course_name="Sante\u0301"))["fr"]
    assert "U+00E9 -&gt; U+0065 U+0301, which look alike" in page


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Œuvre", "oeuvre"),
        ("SÉCURITÉ", "securite"),
        ("l\u2019abc \u2013 ﬁn", "l'abc - fin"),
        ("Straße", "strasse"),
        ("Ærø, Łódź", "aero, lodz"),
        ("a\u2011b", "a-b"),
    ],
)
def test_a_search_sees_no_accents_and_no_ligatures(text: str, folded: str) -> None:
    """Neither in what is looked for nor in what is looked through."""
    assert fold(text) == folded == fold(folded)


def test_both_languages_say_everything() -> None:
    """Nothing was left untranslated."""
    english, french = PREVIEW_WORDS["en"], PREVIEW_WORDS["fr"]
    names = [name for name in english.__slots__ if name != "marks"]
    assert [name for name in names if getattr(english, name) == getattr(french, name)] == []
    assert [mark for mark in Mark if english.marks[mark] == french.marks[mark]] == []
    holes = re.compile(r"\{\w+\}")
    for name in names:
        assert set(holes.findall(getattr(english, name))) == set(holes.findall(getattr(french, name))), name
