"""Characters that no offering file may hold: whatever is shown as nothing, and joiners that join nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from offerctl import catalog, schemas
from offerctl.catalog.codes import Code
from offerctl.catalog.load import Examiner
from offerctl.catalog.problem import Problem
from offerctl.characters import JOINERS, SELECTORS, all_harmful

FILE = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: {name}
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/jhsc-en-01
"""
MARKS = "\u0301\u0316\u0308\u0323\u0340"
HEART = "\u2764\ufe0f\u200d\U0001f525"


def problems(name: str) -> list[Problem]:
    """What is wrong with a file of this course name."""
    examine = Examiner(catalog.read_schema(Path("none.json")), frozenset())
    return [*examine("x.yaml", FILE.format(name=name).encode())]


def codes(name: str) -> list[Code]:
    """The same, by its codes."""
    return [problem.code for problem in problems(name)]


@pytest.mark.parametrize(
    "name",
    [
        "\u3164",
        '"\\u3164\\u3164"',
        "\u115f\u1160",
        "\uffa0",
        "JHSC\U000e0101\U000e0120 Part One",
        "JHSC\u034fPart",
        "JHSC \u17b4",
        "JHSC\u2065",
        "JHSC\ufff0",
        "JHSC\U0001bca0",
        "JHSC\U0001d173",
        "JHSC\ufe00",
        "JHSC\ufe0f",
        "\U0001f393\ufe0f\ufe0f JHSC",
        "\u200d\U0001f393 JHSC",
        "\u2800\u2800",
        "JHSC\u2800Part One",
        '"\\u2800"',
        "\ufffc",
        "\U00016fe4",
        "\U0001d159",
        "\U00013441",
        "\ue000",
        "\uf0b7 JHSC",
        "\uf8ff",
        "\U000f0000",
        "\U0010fffd",
        '"\\U0010FFFD"',
        "\ufdd0",
        "\ufdef",
        '"\\uFDD0"',
        "\U0001fffe",
        "\U0010ffff",
    ],
)
def test_what_nobody_sees_is_refused(name: str) -> None:
    """A name made of it would be no name, and a sentence made of it would be read by machines alone."""
    assert codes(name) == [Code.CHARACTER]


@pytest.mark.parametrize(
    "name",
    ["JHSC \U0001f393", f"{HEART} JHSC", "JHSC 1\ufe0f\u20e3", "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645"],
)
def test_what_a_script_or_an_emoji_needs_is_accepted(name: str) -> None:
    """Joiners between what they join, and a selector behind the emoji that it is about."""
    assert codes(name) == []


@pytest.mark.parametrize("name", ["\u0301\u0301", "\u00a0\u0301 \u0e47", '"\u3000 \u2003"', '"  "'], ids=ascii)
def test_a_name_of_spaces_and_accents_is_none(name: str) -> None:
    """There is nothing to be read, and nothing to click on."""
    assert codes(name) == [Code.MISSING_FIELD]


@pytest.mark.parametrize("sign", ["\u3164", "\u200b", "\u2800", "\uf0b7"], ids=ascii)
def test_a_character_in_quotes_is_told_once(sign: str) -> None:
    """Where it stands; it is no escape, which would be told by the whole value."""
    found = problems(f'"JHSC {sign} Part One"')
    assert [problem.code for problem in found] == [Code.CHARACTER]
    assert found[0].span is not None
    assert found[0].span.start.column == 19
    assert "backslash" not in (found[0].hint or "")


@pytest.mark.parametrize(
    "name",
    [
        f"Z{MARKS}algo",
        f'"Z{MARKS}algo"',
        f"JHSC {MARKS}",
        "JHSC a" + "\u0301\u200c" * 5,
        "\u0e01" + "\u0e47" * 5,
        "\u0915" + "\u0941" * 5,
        "JHSC a" + "\u20dd" * 5,
        "JHSC\u2003\u2003\u2003\u2003\u2003Part One",
        "JHSC" + " \u2003" * 20 + "Part One",
        "\u3000" * 40 + "JHSC",
        '"JHSC' + r"\u2007" * 5 + 'x"',
        '"JHSC' + r"\u00A0 " * 5 + 'x"',
    ],
    ids=ascii,
)
def test_what_covers_other_lines_or_pushes_text_out_of_sight_is_refused(name: str) -> None:
    """More marks than a letter has in any language, and a row of spaces that pages do not join."""
    assert Code.CHARACTER in codes(name)


@pytest.mark.parametrize(
    "name",
    [
        '"CMSST\u00a0: certification, partie\u202f1 \u2013 l\u2019\u00e9t\u00e9"',
        "Certification e\u0301le\u0300ve c\u0327a\u0302",
        "\u1403\u14c4\u1483\u144e\u1450\u1466 \u1431\u14d5\u1546\u1583\u144e\u148c\u1466",
        "\u0627\u0644\u0633\u064e\u0651\u0644\u0627\u0645\u0629 \u0644\u0644\u0651\u064e\u0670\u0647",
        "\u05e9\u05c1\u05b8\u05bc\u0596 JHSC",
        "\u101c\u103b\u103e\u102d\u102f\u1037\u101d\u103e\u1000\u103a",
        "JHSC \U0001f469\U0001f3fd\u200d\u2695\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u2813\u2811\u2807\u2807\u2815",
        "JHSC\u3000\u3000\u5b89\u5168",
    ],
    ids=ascii,
)
def test_what_languages_need_is_no_error(name: str) -> None:
    """Letters with their marks in any form, hard spaces of French, other scripts, joined emoji."""
    assert [code for code in codes(name) if not code.is_warning] == []


def test_the_schema_refuses_the_same_characters() -> None:
    """Every one of Unicode's, but for the joiners, which it cannot judge, and the mark of a lost letter."""
    schema = json.loads(schemas.read("offering.schema.json"))["properties"]["courseName"]
    allowed, refused = re.compile(schema["pattern"]), re.compile(schema["not"]["pattern"])
    every = [chr(number) for number in range(0x110000) if not 0xD800 <= number <= 0xDFFF]
    here = {found[0] for found in all_harmful("a".join(every))} | set("\t\r\n")
    there = {c for c in every if c <= "\uffff" and not allowed.search(f"a{c}b")} | {
        *refused.findall("a".join(every))
    }
    assert here ^ there == {*JOINERS, *SELECTORS, "\ufffd"}
