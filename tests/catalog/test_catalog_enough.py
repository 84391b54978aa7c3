"""What one file, or many, can cost: names are looked at, fixes are proven and problems are told up to a number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog import nearest
from offerctl.catalog.codes import Code
from offerctl.catalog.enough import MOST_OF_A_FILE, MOST_OF_A_RUN
from offerctl.catalog.load import Examiner
from offerctl.catalog.nearest import FIELDS, MOST_UNKNOWN
from offerctl.catalog.problem import Fix, Position, Problem, Severity
from offerctl.catalog.proof import MOST, MOST_PROBLEMS, MOST_READ, Reading, proven
from offerctl.github.texts import problems_text
from offerctl.render import problems as render

RIGHT = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Part One
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/x
"""
FREE = RIGHT.replace("199.00", "0")


def examined(text: str) -> tuple[Problem, ...]:
    return Examiner(None, frozenset())("x.yaml", text.encode())


def loaded(folder: Path, **files: str) -> catalog.Catalogue:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return catalog.load_paths((folder,), repo_root=folder)


def unknown(number: int) -> str:
    return RIGHT + "".join(f"strange{n:05}: 1\n" for n in range(number))


def test_unknown_fields_are_told_up_to_a_number_and_the_rest_in_one_message() -> None:
    """At the first of the rest, which it counts."""
    problems = examined(unknown(MOST_UNKNOWN + 1_234))
    assert {problem.code for problem in problems} == {Code.UNKNOWN_FIELD}
    assert len(problems) == MOST_UNKNOWN + 1
    last = problems[-1]
    assert (last.message, last.count, last.pointer) == ("and 1,234 more unknown fields", 1_234, "/strange00050")
    assert [problem.count for problem in examined(unknown(MOST_UNKNOWN))] == [1] * MOST_UNKNOWN
    assert examined(unknown(MOST_UNKNOWN + 1))[-1].message == "and 1 more unknown field"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT + "".join(f"pryc{n:05}: 1\n" for n in range(4_000)),
        RIGHT + "".join(f"pryc{n:05}: 1\n" for n in range(4_000)) + "and no colon\n",
        RIGHT.replace("Part One\n", "Part One\n" + "".join(f"  pryc{n:05}: 1\n" for n in range(4_000))),
    ],
    ids=["fields", "lines", "swallowed"],
)
def test_a_slip_is_looked_for_in_the_first_strange_names_only(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: a comparison with each field's name costs more than reading the line."""
    words = list[str]()
    compare = nearest.nearest

    def counted(word: str, known: dict[str, str], most: int) -> str | None:
        words.append(word)
        return compare(word, known, most)

    monkeypatch.setattr(nearest, "nearest", counted)
    nearest.nearest_field.cache_clear()
    examined(text)
    assert 0 < len(words) <= MOST_UNKNOWN


def test_of_a_file_with_very_many_problems_no_fix_is_proven() -> None:
    """Each proof is a reading of the file; one problem less, and the fix is there."""
    few = examined(unknown(MOST_PROBLEMS - 1).replace("199.00", "$199"))
    assert len(few) == MOST_PROBLEMS
    assert [problem.pointer for problem in few if problem.fix] == ["/price"]
    many = examined(unknown(MOST_PROBLEMS).replace("199.00", "$199"))
    assert len(many) == MOST_PROBLEMS + 1
    assert [problem.pointer for problem in many if problem.fix] == []


@pytest.mark.parametrize("comments", [0, 2_300])
def test_what_the_proofs_of_a_file_read_is_bounded(comments: int) -> None:
    """A file of sixty-four kilobytes has fewer fixes proven, not sixty times the reading."""
    text = "- x\n" * MOST + "# as long as a file can be\n" * comments
    problems = tuple(
        Problem(
            code=Code.SYNTAX,
            file="x.yaml",
            message=f"line {number}",
            fix=Fix(start=Position(number, 1), end=Position(number, 3), text="", before=("- x",)),
        )
        for number in range(1, MOST + 1)
    )
    read = list[int]()

    def again(changed: str) -> Reading:
        read.append(len(changed))
        return Reading(document=None, problems=())

    kept = proven(text, Reading(document=None, problems=problems), again)
    assert sum(problem.fix is not None for problem in kept) == (MOST_READ // len(text) if comments else MOST)
    assert 0 < sum(read) <= MOST_READ + len(text)


def test_problems_of_a_file_are_told_up_to_a_number_and_the_rest_is_counted(tmp_path: Path) -> None:
    """Errors before warnings, each total true, in every form."""
    tabs = RIGHT + "\tx: 1\n" * 4_000
    whole = examined(tabs)
    found = loaded(tmp_path, a=tabs)
    assert len(found.problems) == MOST_OF_A_FILE + 1
    rest = len(whole) - MOST_OF_A_FILE
    last = found.problems[-1]
    assert (last.message, last.count, last.fix) == (f"+{rest:,} more errors in this file", rest, None)
    total = f"{len(whole):,} errors in 1 file."
    for report in (
        render.text(found.problems, 1),
        render.concise(found.problems, 1),
        render.github(found.problems, 1),
    ):
        assert report.splitlines()[-1] == total
    document = json.loads(render.json(found.problems))
    assert (document["error_count"], document["problems"][-1]["count"]) == (len(whole), rest)
    assert f"{len(whole):,} errors in 1 offering file" in problems_text(found.problems, 1)
    assert f"+{len(whole) - render.MAX_FRAMES:,} more problems in 1 file" in render.text(found.problems, 1)


def test_an_error_is_told_whatever_number_of_warnings_there_is(tmp_path: Path) -> None:
    """It is what keeps everything from being applied, and must not be counted only."""
    text = RIGHT.replace("Part One\n", "Part One\n" + "  price 3\n" * 1_000).replace("https:", "ftp:")
    whole, found = examined(text), loaded(tmp_path, a=text)
    errors = [problem for problem in whole if problem.severity is Severity.ERROR]
    assert [problem.message for problem in found.errors] == [problem.message for problem in errors]
    assert any(problem.pointer == "/externalRegistrationUrl" for problem in errors)
    assert len(found.problems) == MOST_OF_A_FILE + 1
    assert sum(problem.count for problem in found.warnings) == 1_000


def test_problems_of_a_run_are_told_up_to_a_number_and_the_rest_is_counted(tmp_path: Path) -> None:
    """2,000 of a whole folder, however many files it has."""
    files = {f"file{n:02}": unknown(49).replace("jhsc-en-01", f"a-{n}").replace("/x", f"/{n}") for n in range(50)}
    found = loaded(tmp_path, **files)
    assert len(found.problems) == MOST_OF_A_RUN + 1
    assert found.problems[-1].message == "+450 more errors in 10 files"
    assert sum(problem.count for problem in found.errors) == 50 * 49


def test_a_silenced_warning_takes_no_room(tmp_path: Path) -> None:
    """What is not told is not counted either."""
    (tmp_path / "a.yaml").write_text(FREE)
    assert catalog.load_paths((tmp_path,), repo_root=tmp_path, silence=frozenset({"free"})).problems == ()
    assert {p.severity for p in loaded(tmp_path).problems} == {Severity.WARNING}


def test_no_offering_can_have_as_many_fields() -> None:
    """The bounds are far from what a person writes."""
    assert len(FIELDS) * 5 < MOST_UNKNOWN
