"""What authors did, and what they are told: the meaning of messages, whatever their words; what fixes leave."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from offerctl import catalog
from offerctl.catalog.fix import mend
from offerctl.catalog.problem import Problem, Severity

OFFERINGS = Path(__file__).parents[1] / "offerings"
CASES: list[dict[str, Any]] = tomllib.loads((OFFERINGS / "authors.toml").read_text("utf-8"))["case"]
PARSER = re.compile(
    r"(?i)block mapping|flow (?:mapping|sequence|scalar)|could not (?:find|determine)|did not find"
    r"|expected (?:<|a|the)"
    r"|while (?:scanning|parsing)|token|mapping values|simple key|plain scalar|read as YAML"
)
"""Words of the two parsers, which say nothing to an author."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "offerings"
    made.mkdir()
    return made


def put(case: dict[str, Any], folder: Path) -> Path:
    """The case's file as `x.yaml`, or its files, in an offerings folder."""
    source = OFFERINGS / "invalid" / case["file"]
    if source.is_dir():
        shutil.copytree(source, folder, dirs_exist_ok=True)
        return folder
    return Path(shutil.copy(source, folder / "x.yaml"))


def spoken(problems: tuple[Problem, ...], line: int | None = None) -> str:
    shown = [p for p in problems if line is None or (p.span is not None and p.span.start.line == line)]
    return "\n".join(f"{problem.message}\n{problem.hint or ''}" for problem in shown).casefold()


def place(problem: Problem) -> str:
    return "{}:{}".format(*problem.span.start) if problem.span else "none"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_an_author_is_told_what_is_wrong(case: dict[str, Any], folder: Path) -> None:
    """As many problems as there are faults, each at its place, in words that say what to do, not a parser's."""
    put(case, folder)
    problems = catalog.load(folder).problems
    kinds = {"errors": {Severity.ERROR}, "warnings": {Severity.WARNING}, "any": set(Severity)}
    [(least, most, allowed)] = [(*case[kind], kinds[kind]) for kind in kinds if kind in case]
    assert least <= len(problems) <= most
    assert {problem.severity for problem in problems} <= allowed
    if "at" in case:
        assert {problem.file for problem in problems} == {f"offerings/{case['at']}"}
    if places := case.get("places"):
        if all(":" not in one for one in places) and places != ["none"]:
            assert sorted({place(problem).partition(":")[0] for problem in problems}) == places
        else:
            assert {place(problem) for problem in problems} <= set(places)
    for row in case["says"]:
        of = re.match(r"(\d+): ", row)
        told = spoken(problems, int(of[1]) if of else None)
        for wanted in row[of.end() if of else 0 :].split(" + "):
            assert any(way.casefold() in told for way in wanted.split("|")), (wanted, told)
    assert not [words for words in case.get("never", ()) if words.casefold() in spoken(problems)]
    assert not PARSER.search(spoken(problems))


@pytest.mark.parametrize("break_", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no-mark", "mark"])
@pytest.mark.parametrize("case", [case for case in CASES if "at" not in case], ids=lambda case: case["file"])
def test_a_fix_leaves_exactly_what_was_meant(case: dict[str, Any], folder: Path, break_: str, mark: bytes) -> None:
    """One of the right results, every other byte kept; nothing where nobody knows. Again, it changes nothing."""
    path = put(case, folder)
    if b"\0" in (before := path.read_bytes()):
        return
    before = mark + before.replace(b"\n", break_.encode())
    path.write_bytes(before)
    assert [*mend((folder,), repo_root=folder.parent)] or path.read_bytes() == before
    after = path.read_bytes()
    results = [mark + result(before.removeprefix(mark), changes) for changes in case.get("results", ())]
    assert after in {"none": [before], "certain": results, "may": [before, *results]}[case["fix"]]
    assert [*mend((folder,), repo_root=folder.parent)] == []
    assert path.read_bytes() == after
    if after != before:
        least, most = case.get("left", (0, 0))
        assert least <= len(catalog.load(folder).errors) <= most


def result(before: bytes, changes: list[str]) -> bytes:
    """The file with these lines others, or gone."""
    lines = before.decode().splitlines(keepends=True)
    for change in sorted(changes, key=lambda change: int(change.partition(":")[0]), reverse=True):
        number, colon, text = change.partition(": ")
        index = int(number.rstrip(":")) - 1
        end = lines[index][len(lines[index].rstrip("\r\n")) :]
        lines[index : index + 1] = [text + end] if colon else []
    return "".join(lines).encode()


def test_files_whose_names_differ_by_case_are_one_on_some_computers(folder: Path) -> None:
    """Told once, at one of them; the repository of the tests could not hold both."""
    good = (OFFERINGS / "valid" / "plain.yaml").read_text("utf-8")
    for name, id_ in (("jhsc-en-01", "jhsc-en-01"), ("JHSC-EN-01", "jhsc-en-02")):
        text = good.replace("jhsc-en-01", id_)
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    if len(list(folder.iterdir())) == 1:
        pytest.skip("this disk sees no case")
    [problem] = catalog.load(folder).problems
    assert (problem.code, problem.severity) == ("OFR212", "warning")
    assert "jhsc-en-01.yaml and JHSC-EN-01.yaml differ in capital letters only" in problem.message
    assert "Windows and macOS" in problem.message
