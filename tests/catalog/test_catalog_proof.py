"""A fix that harms is none: what each part of the proof catches."""

from __future__ import annotations

import pytest

from offerctl import schemas
from offerctl.catalog import parse
from offerctl.catalog.check import check
from offerctl.catalog.json_schema import Rules
from offerctl.catalog.json_schema import parse as parse_schema
from offerctl.catalog.lines import lines_document
from offerctl.catalog.problem import Fix, InvalidDocument, Position, Problem
from offerctl.catalog.proof import MOST, Reading, proven
from offerctl.catalog.source import decoded

RULES = Rules(parse_schema(schemas.read("offering.schema.json"), "built-in"))
TEXT = """\
# the spring course
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O # approved
courseName: JHSC Part One

price: $199 # CAD
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/x
"""


def again(text: str) -> Reading:
    """The text read and checked, without a proof."""
    try:
        document = parse.read("x.yaml", text.encode())
    except InvalidDocument:
        found = lines_document(decoded("x.yaml", text.encode()))
        assert found is not None
        document = found
    return Reading(document=document, problems=check(document, RULES).problems)


def with_fix(start: tuple[int, int], end: tuple[int, int], new: str, text: str = TEXT) -> Fix | None:
    """What is left of a fix of the price's problem that writes this."""
    before = again(text)
    [problem] = before.problems
    lines = tuple(text.split("\n")[start[0] - 1 : end[0]])
    fix = Fix(start=Position(*start), end=Position(*end), text=new, before=lines)
    [left] = proven(text, Reading(document=before.document, problems=(_with(problem, fix),)), again)
    return left.fix


def _with(problem: Problem, fix: Fix) -> Problem:
    return Problem(code=problem.code, file=problem.file, message=problem.message, span=problem.span, fix=fix)


def test_a_fix_that_mends_its_problem_stands() -> None:
    """And nothing else is changed by it."""
    assert with_fix((6, 8), (6, 12), "199") is not None


@pytest.mark.parametrize(
    ("start", "end", "new"),
    [
        pytest.param((6, 8), (6, 12), "$200", id="does not mend it"),
        pytest.param((6, 8), (6, 12), "-1", id="another problem takes its place"),
        pytest.param((6, 8), (6, 18), "199", id="the comment beside it goes"),
        pytest.param((5, 1), (6, 12), "price: 199", id="the empty line above goes"),
        pytest.param((3, 37), (6, 12), "\ncourseName: JHSC Part One\n\nprice: 199", id="the comment above goes"),
        pytest.param((6, 8), (7, 21), "199 # CAD\ncourseDuration: 20", id="another value changes"),
        pytest.param((6, 8), (7, 21), "199 # CAD", id="another field goes"),
        pytest.param((6, 8), (6, 18), "199 # CAD\nprotect: true", id="another field comes"),
        pytest.param((6, 8), (6, 12), "0", id="a warning comes"),
        pytest.param((6, 1), (6, 12), "cost: 199", id="another fault comes"),
        pytest.param((6, 8), (6, 8), "", id="changes nothing"),
        pytest.param((6, 8), (6, 12), '"199', id="cannot be read"),
    ],
)
def test_a_fix_that_harms_is_dropped(start: tuple[int, int], end: tuple[int, int], new: str) -> None:
    """Whatever else it would do, or leave undone; its problem is still told."""
    assert with_fix(start, end, new) is None


def test_two_fixes_of_the_same_text_are_none() -> None:
    """Nobody knows which is meant."""
    before = again(TEXT)
    [problem] = before.problems
    fixes = [
        Fix(start=Position(6, 8), end=Position(6, 12), text=new, before=("price: $199 # CAD",))
        for new in ("199", "199.00")
    ]
    twice = Reading(document=before.document, problems=tuple(_with(problem, fix) for fix in fixes))
    assert [one.fix for one in proven(TEXT, twice, again)] == [None, None]


def test_what_is_proven_is_bounded() -> None:
    """A file of sixty-four kilobytes of faults costs as many readings as an offering can need, and no more."""
    text = TEXT.replace("$", "") + "".join(f"- colour{number}: 1\n" for number in range(2 * MOST))
    readings = 0

    def counted(changed: str) -> Reading:
        nonlocal readings
        readings += 1
        return again(changed)

    before = again(text)
    fix_of = [
        _with(p, Fix(start=Position(n, 1), end=Position(n, 3), text="", before=(line,)))
        for n, line in enumerate(text.split("\n"), 1)
        for p in before.problems[:1]
        if line.startswith("- ")
    ]
    proven(text, Reading(document=before.document, problems=tuple(fix_of)), counted)
    assert 0 < readings <= 2 * MOST + 1
