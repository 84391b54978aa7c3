"""Characters that no offering file may hold: whatever is shown as nothing, and joiners that join nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog.codes import Code
from offerctl.catalog.load import Examiner

FILE = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: {name}
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/jhsc-en-01
"""
HEART = "\u2764\ufe0f\u200d\U0001f525"


def codes(name: str) -> list[Code]:
    """What is wrong with a file of this course name."""
    found = Examiner(catalog.read_schema(Path("none.json")), frozenset())(
        "x.yaml", FILE.format(name=name).encode()
    )
    return [problem.code for problem in found]


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
