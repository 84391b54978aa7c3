"""Problems as people, scripts and GitHub get them."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from offerctl.catalog.codes import Code
from offerctl.catalog.load import Examiner
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.shown import refused_character
from offerctl.render import problems as render
from offerctl.render.style import COLOR, sanitize

AT = Span(Position(4, 1), Position(4, 6))
PROBLEM = Problem(
    code=Code.UNKNOWN_FIELD,
    file="offerings/jhsc-e-001.yaml",
    message="unknown field `prise`",
    span=AT,
    pointer="/prise",
    hint="did you mean `price`?",
    fix=Fix(start=AT.start, end=AT.end, text="price"),
    source="prise: 199.00",
)
LINK = Problem(code=Code.NOT_A_FILE, file="offerings/a.yaml", message="symbolic links are not followed")
WARNING = Problem(code=Code.FREE, file="offerings/b.yaml", message="the price is 0", span=AT, source="price: 0")


def test_the_frame() -> None:
    """To the letter."""
    assert render.text([PROBLEM], 1) == (
        "error[OFR104]: unknown field `prise`\n"
        "  --> offerings/jhsc-e-001.yaml:4:1\n"
        "   |\n"
        " 4 | prise: 199.00\n"
        "   | ^^^^^ did you mean `price`?\n"
        "   = see: offerctl explain OFR104\n"
        "\n"
        "1 error in 1 file. 1 fix can be written by: offerctl validate --fix"
    )


def test_of_very_many_problems_some_are_framed() -> None:
    """Errors first, in their order, and the rest is counted; the other forms stay whole."""
    problems = [
        replace(kind, file=f"offerings/{number:04}.yaml")
        for number in range(600)
        for kind in (PROBLEM, LINK, WARNING)
    ]
    report = render.text(problems, 600)
    assert re.findall(r"--> offerings/(\d+)", report) == [f"{number:04}" for number in range(25) for _ in "el"]
    assert report.endswith(
        "\n\n+1,750 more problems in 600 files; to see all: offerctl validate --format concise"
        "\n\n1,200 errors and 600 warnings in 600 files. 600 fixes can be written by: offerctl validate --fix"
    )
    assert len(render.concise(problems, 600).splitlines()) == 1801
    assert len(json.loads(render.json(problems))["problems"]) == 1800


def test_no_more_is_cut_than_must_be() -> None:
    """Fifty problems are shown whole; of one more, one is counted."""
    assert "more problem" not in render.text([PROBLEM] * render.MAX_FRAMES, 50)
    report = render.text([WARNING, *[PROBLEM] * render.MAX_FRAMES], 2)
    assert "+1 more problem in 1 file; " in report
    assert "OFR203" not in report


def test_a_frame_for_a_high_line() -> None:
    """The margin is as wide as the number."""
    frame = render.text(
        [
            Problem(
                code=Code.TAB, file="a", message="m", span=Span(Position(123, 2), Position(124, 1)), source="xyz"
            )
        ],
        1,
    )
    assert "   --> a:123:2\n     |\n 123 | xyz\n     |  ^^\n" in frame


def test_a_file_without_a_frame() -> None:
    """What was not opened has no lines."""
    assert render.text([LINK], 2) == (
        "error[OFR101]: symbolic links are not followed\n"
        "  --> offerings/a.yaml\n"
        "   = see: offerctl explain OFR101\n"
        "\n"
        "1 error in 2 files."
    )


def test_one_line_each() -> None:
    """For editors and for grep."""
    assert render.concise([PROBLEM, LINK, WARNING], 3).splitlines() == [
        "offerings/jhsc-e-001.yaml:4:1: error[OFR104]: unknown field `prise` (did you mean `price`?)",
        "offerings/a.yaml: error[OFR101]: symbolic links are not followed",
        "offerings/b.yaml:4:1: warning[OFR203]: the price is 0",
        "2 errors and 1 warning in 3 files. 1 fix can be written by: offerctl validate --fix",
    ]


def test_json() -> None:
    """The documented keys; null where there is none."""
    found = json.loads(render.json([PROBLEM, LINK, WARNING]))
    problems = found.pop("problems")
    assert found == {"format_version": "1.1", "valid": False, "error_count": 2, "warning_count": 1}
    assert problems[0] == {
        "code": "OFR104",
        "severity": "error",
        "file": "offerings/jhsc-e-001.yaml",
        "line": 4,
        "column": 1,
        "pointer": "/prise",
        "message": "unknown field `prise`",
        "count": 1,
        "hint": "did you mean `price`?",
        "fix": {"start": {"line": 4, "column": 1}, "end": {"line": 4, "column": 6}, "text": "price"},
    }
    assert (problems[1]["line"], problems[1]["column"], problems[1]["hint"], problems[1]["fix"]) == (None,) * 4
    assert json.loads(render.json([WARNING]))["valid"] is True


def test_github_shows_ten_and_counts_the_rest() -> None:
    """Errors first: they must not be hidden by warnings."""
    lines = render.github([WARNING] * 40 + [PROBLEM] * 7, 50).splitlines()
    assert lines[0] == (
        "::error file=offerings/jhsc-e-001.yaml,line=4,col=1,title=OFR104::"
        "unknown field `prise`%0Adid you mean `price`?%0Asee: offerctl explain OFR104"
    )
    assert [line.split()[0] for line in lines[:10]] == ["::error"] * 7 + ["::warning"] * 3
    assert lines[10] == "+37 more"
    assert lines[11].startswith("7 errors and 40 warnings in 50 files.")


def test_github_commands_cannot_be_forged() -> None:
    """Percent signs, line breaks, colons and commas of a stranger stay text."""
    hostile = "x,line=9::50%\r\n::set-output name=a::b"
    problem = Problem(code=Code.TAB, file=hostile, message=hostile, hint=hostile)
    command, summary = render.github([problem], 1).splitlines()
    properties, _, message = command.removeprefix("::error ").partition("::")
    assert properties == r"file=x%2Cline=9%3A%3A50%25\r\n%3A%3Aset-output name=a%3A%3Ab,title=OFR107"
    assert message.startswith(r"x,line=9::50%25\r\n::set-output")
    assert summary == "1 error in 1 file."


@pytest.mark.parametrize("hostile", ["\x1b[2Jx", "a\u202eb", "a\rb", "a\nb", "\x9b31m", "\udce9"])
def test_text_of_strangers_is_inert(hostile: str) -> None:
    """Wherever it stands: no report holds a control or direction character, or grows a line."""
    problem = Problem(code=Code.TAB, file=hostile, message=hostile, hint=hostile, span=AT, source=hostile)
    plain = Problem(
        code=Code.TAB, file="x", message="x", hint="x\nx" if "\n" in hostile else "x", span=AT, source="x"
    )
    for made, same in (
        (render.text([problem], 1), render.text([plain], 1)),
        (render.concise([problem], 1), render.concise([plain], 1)),
        (render.github([problem], 1), render.github([plain], 1)),
    ):
        assert made.isascii()
        assert all(character.isprintable() or character == "\n" for character in made)
        assert made.count("\n") == same.count("\n")


def test_what_a_report_spells_out_stands_in_no_file() -> None:
    """What is listed is what was shown; joiners inside emoji are seen by what stands beside them."""
    spelled = {c for c in map(chr, range(0x110000)) if sanitize(c) != c}
    assert {c for c in spelled if refused_character(f"a{c}b") is None} == set()
    assert refused_character("JHSC \U0001f469\u200d\U0001f3eb 1") is None


def test_colour_changes_no_text() -> None:
    """Taken out again, what is left is the plain report."""
    painted = render.text([PROBLEM, WARNING], 2, COLOR)
    for code in ("1;31", "1;33", "2", "0"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == render.text([PROBLEM, WARNING], 2)


def test_a_long_line_is_cut_around_its_problem() -> None:
    """A minified file does not fill the screen."""
    data = f'{{{" " * 5000}"prise": 1,{" " * 5000}"offeringId": "a"}}'
    problems = Examiner(None, frozenset())("x.yaml", data.encode())
    report = render.text(problems, 1)
    assert '"prise": 1,' in report
    assert max(map(len, report.splitlines())) < 240


def test_problems_are_sorted_by_file_and_line() -> None:
    """Those about a file as a whole first."""
    whole = Problem(code=Code.SHAPE, file="b", message="")
    late = Problem(code=Code.SHAPE, file="b", message="", span=Span(Position(10, 1), Position(10, 1)))
    early = Problem(code=Code.TAB, file="b", message="", span=Span(Position(9, 5), Position(9, 6)))
    other = Problem(code=Code.TAB, file="a", message="", span=Span(Position(99, 1), Position(99, 1)))
    assert sorted([late, early, whole, other], key=lambda p: p.order) == [other, whole, early, late]
