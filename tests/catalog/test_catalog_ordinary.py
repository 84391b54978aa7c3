"""What authors write every day, of which nothing may be said: each new warning is tried on these."""

from __future__ import annotations

import json

import pytest

from offerctl.catalog.load import Examiner

EXAMINE = Examiner(None, frozenset())
NAMES = [
    "JHSC Certification Part One",
    "CMSST, certification partie 1",
    "Santé et sécurité au travail : l\u2019essentiel",
    "Are you ready? Part One",
    "Prêt ? Formation de base",
    "Ready? set, go",
    "Quoi de neuf en santé ? Partie 2",
    'Table saws of 10"',
    "The “safe” way",
    "“Safety” and “health”",
    "L\u2019été des « jeunes »",
    "Workers\u2019 rights",
    "Boilers 5\u2030 and more",
    "Mise à niveau\u2026",
    "Cœur et œuvre",
    "JHSC\u2122 Part One",
    "Žižek, Šibenik, Œuvre",
    "Santé\u2014sécurité",
    "Testing of fits",
    "Test fit",
    "Draft animals",
    "Nouveau monde",
    "N95 fit testing",
    "Names and faces",
    "Price lists for beginners",
    "Hours: 8 to 5",
    "Course: an introduction",
    "Protect your hearing",
    "Protect: how to",
    "C# for safety engineers",
    "Section #4",
    "2 + 2 = 4",
    "A/B tests",
    "Total safety",
    "Sommes et totaux",
    "<3 years of practice",
    "Untitled land",
    "Part 2 of 3",
    "À venir en forêt",
]
URLS = (
    *("https://10.example/a", "https://www.google.ca/maps", "https://local.example/a", "https://home.example.ca/"),
    *("https://a.example/r?url=https://b.example/c", "https://a.example/edit", "https://a.example/a;b=1,c"),
    *(
        "https://docs.google.com/forms/d/e/1FAI/viewform",
        "https://www.facebook.com/events/1",
        "https://192.example/",
    ),
)


def said(**values: str) -> list[str]:
    """Every message about an offering with these values, each as a text in quotes."""
    lines = {
        "offeringId": "jhsc-2026-04-03",
        "trainingStandardKey": "JHSC-2014-1-E-O",
        "courseName": "Course",
        "price": "199.00",
        "courseDuration": "13.5",
        "externalRegistrationUrl": "https://safety-training.example/a",
    }
    shown = {name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    text = "".join(f"{name}: {value}\n" for name, value in {**lines, **shown}.items())
    return [problem.message for problem in EXAMINE("x.yaml", text.encode())]


@pytest.mark.parametrize("name", NAMES)
def test_an_ordinary_name_is_fine(name: str) -> None:
    """Questions, inches, quotes in pairs, words that are fields' names, signs of other languages."""
    standard = "JHSC-2014-1-F-O" if "CMSST" in name else "JHSC-2014-1-E-O"
    assert said(courseName=name, trainingStandardKey=standard) == []


@pytest.mark.parametrize("url", URLS)
def test_an_ordinary_address_is_fine(url: str) -> None:
    """Whatever it has in common with one that leads nowhere."""
    assert said(externalRegistrationUrl=url) == []


@pytest.mark.parametrize("id_", ["jhsc-2026-04-03", "2026-04-03-a", "test", "draft-1", "EN.007"])
def test_an_ordinary_id_is_fine(id_: str) -> None:
    """Days and numbers are parts of many."""
    assert said(offeringId=id_) == []
