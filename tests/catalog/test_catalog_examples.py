"""The example files: a file added to `tests/offerings` is a test."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from offerctl import catalog
from offerctl.catalog import parse
from offerctl.catalog.codes import Code
from offerctl.catalog.fix import applied
from offerctl.catalog.load import Examiner
from offerctl.catalog.source import BOM, LINE_BREAK
from offerctl.render import problems as render

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "tests" / "offerings"
VALID = sorted([*(EXAMPLES / "valid").glob("*.yaml"), *(REPOSITORY / "offerings").glob("*.yaml")])
EXPECTED = sorted((EXAMPLES / "invalid").glob("*.expected"))
INVALID = sorted(path for path in (EXAMPLES / "invalid").iterdir() if path.suffix != ".expected")


def load(path: Path) -> catalog.Catalogue:
    return catalog.load_paths((path,), repo_root=path.parent)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.name)
def test_a_valid_example_is_one_offering(path: Path) -> None:
    """Nothing is said about it, not even a warning."""
    found = load(path)
    assert render.text(found.problems, found.files) == "No problems in 1 file."
    assert len(found.desired) == 1


def test_every_invalid_example_says_what_is_expected() -> None:
    """No example without its `.expected`, and none left over."""
    assert [path.with_suffix("").name for path in INVALID] == [path.stem for path in EXPECTED]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.name)
def test_an_invalid_example_is_reported_as_expected(path: Path) -> None:
    """The report is, to the letter, the text beside the example."""
    found = load(path)
    assert f"{render.text(found.problems, found.files)}\n" == path.with_suffix(".expected").read_text("utf-8")


def test_the_examples_show_every_code() -> None:
    """All codes but those that no file in a repository can show."""
    shown = {problem.code for path in INVALID for problem in load(path).problems}
    assert set(Code) - shown == {Code.NOT_A_FILE, Code.SCHEMA, Code.UNREADABLE}


@pytest.mark.parametrize("path", [path for path in INVALID if path.is_file()], ids=lambda path: path.name)
def test_every_fix_removes_its_problem(path: Path) -> None:
    """Each fix alone leaves a file with one problem less and no other one, and every other line as it was."""
    examine = Examiner(None, frozenset())
    data = path.read_bytes()
    problems = examine(path.name, data) if len(data) < 2**16 else ()
    for problem in problems:
        if problem.fix is not None:
            mended, done = applied(data, [problem])
            left = examine(path.name, mended)
            assert done == (problem,)
            assert len(left) == len(problems) - 1
            assert (problem.code, problem.span, problem.message) not in [(p.code, p.span, p.message) for p in left]
            lines = LINE_BREAK.split(data.removeprefix(BOM).decode())
            before, after = lines[: problem.fix.start.line - 1], lines[problem.fix.end.line :]
            kept = LINE_BREAK.split(mended.removeprefix(BOM).decode())
            assert (kept[: len(before)], kept[len(kept) - len(after) :]) == (before, after)


@pytest.mark.parametrize("path", [*VALID, *INVALID], ids=lambda path: path.name)
def test_both_yaml_parsers_say_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libyaml is missing, the same files are refused, with the same codes."""
    fast = load(path)
    monkeypatch.setattr(parse, "_LOADER", yaml.SafeLoader)
    slow = load(path)
    assert slow.desired == fast.desired
    assert [problem.code for problem in slow.problems] == [problem.code for problem in fast.problems]
