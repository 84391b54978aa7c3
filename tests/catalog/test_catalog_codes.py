"""The table of codes proves itself: its examples have the problems they speak of."""

from __future__ import annotations

import re

import pytest

from offerctl.catalog.codes import Code, find, silenced
from offerctl.catalog.explanations import EXPLANATIONS
from offerctl.catalog.load import Examiner
from offerctl.errors import CatalogError, UsageError
from offerctl.render.problems import explained

FIELDS = {
    "offeringId": "jhsc-en-01",
    "trainingStandardKey": "JHSC-2014-1-E-O",
    "courseName": "JHSC Part One",
    "price": "199.00",
    "courseDuration": "19.5",
    "externalRegistrationUrl": "https://safety-training.example/jhsc",
}
SHOWN = [code for code in Code if EXPLANATIONS[code].wrong is not None]

ERRORS, WARNINGS = ([code for code in Code if code.is_warning is kind] for kind in (False, True))


def after(codes: list[Code]) -> str:
    """The first number that is free."""
    return f"ofr{int(codes[-1][3:]) + 1}"


def codes(lines: str) -> set[Code]:
    """The codes of an offering whose fields are these lines, and the usual ones for the rest."""
    rest = [f"{name}: {value}" for name, value in FIELDS.items() if f"{name}:" not in lines]
    if lines.startswith("cost:"):
        rest = [line for line in rest if not line.startswith("price:")]
    text = "\n".join([*rest[:-1], lines, *rest[-1:], ""])
    return {problem.code for problem in Examiner(None, frozenset())("x.yaml", text.encode())}


def test_every_code_is_explained() -> None:
    """No code without an entry, and no entry without a code."""
    assert list(EXPLANATIONS) == list(Code)
    assert len({code.value for code in Code}) == len(Code)


@pytest.mark.parametrize("code", SHOWN)
def test_an_example_has_the_problem_and_its_correction_none(code: Code) -> None:
    """What `explain` shows is true."""
    about = EXPLANATIONS[code]
    assert about.wrong is not None
    assert about.right is not None
    assert codes(about.wrong) == {code}
    assert codes(about.right) == set()


@pytest.mark.parametrize(
    "word",
    ["OFR104", "ofr104", " Unknown-Field ", "104", "error[OFR104]", "error[OFR104]:", "[OFR104]", "Warning[104]"],
)
def test_a_code_is_found_by_number_or_name(word: str) -> None:
    """In any case, and as a report writes it."""
    assert find(word) is Code.UNKNOWN_FIELD


def test_an_unknown_code_names_the_nearest() -> None:
    """A slip costs one look."""
    with pytest.raises(UsageError) as raised:
        find("unknwon-field")
    assert raised.value.hint == "Did you mean OFR104?"


@pytest.mark.parametrize("word", ["OFR999", "OFR1", "999", "xyzzy", *map(after, (ERRORS, WARNINGS))])
def test_an_unknown_number_is_answered_with_those_that_exist(word: str) -> None:
    """No number is meant by another; the two ranges have no gap."""
    with pytest.raises(UsageError) as raised:
        find(word)
    found = re.fullmatch(r"Codes: OFR(\d+) to OFR(\d+), OFR(\d+) to OFR(\d+)\.", raised.value.hint or "")
    assert found is not None
    first, last, low, high = map(int, found.groups())
    assert [int(code[3:]) for code in Code] == [*range(first, last + 1), *range(low, high + 1)]


def test_warnings_are_silenced_by_name_or_number() -> None:
    """Both are accepted in the configuration."""
    assert silenced(["free", "OFR205"]) == {Code.FREE, Code.SHARED_URL}


@pytest.mark.parametrize("word", ["OFR104", "missing-field", "fre3", "everything"])
def test_nothing_but_a_warning_is_silenced(word: str) -> None:
    """Errors, and words that mean nothing, are refused."""
    with pytest.raises(CatalogError):
        silenced([word])


def test_what_is_said_of_http_is_what_happens() -> None:
    """It is accepted, with the warning that the text names."""
    found = codes("externalRegistrationUrl: http://safety-training.example/jhsc")
    assert found == {Code.HTTP_URL}
    assert f"http:// is accepted, with the warning {Code.HTTP_URL}" in " ".join(explained(Code.VALUE).split())


@pytest.mark.parametrize("code", Code)
def test_an_explanation_is_whole(code: Code) -> None:
    """It begins with the code, and a warning says how to silence it."""
    text = explained(code)
    assert text.startswith(f"{code} ({code.slug}, ")
    assert (f'silence = ["{code.slug}"]' in text) == code.is_warning
    assert max(map(len, text.splitlines())) <= 100
