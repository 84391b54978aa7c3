"""Files whose names keep them from being read: the listing of each would be deleted, so each is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog.codes import Code

TEXT = (Path(__file__).parents[1] / "offerings" / "valid" / "plain.yaml").read_text("utf-8")


def told(folder: Path, name: str, content: bytes | str = TEXT) -> list[str]:
    """What is said of the only file of an offerings folder."""
    made = folder / "offerings"
    made.mkdir()
    (made / name).write_bytes(content.encode() if isinstance(content, str) else content)
    problems = catalog.load(made).problems
    assert {problem.code for problem in problems} <= {Code.MISNAMED}
    return [problem.message for problem in problems]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("c3.csv", "c3.yaml"),
        ("c1.yaml.html", "c1.yaml"),
        ("c5,yaml", "c5.yaml"),
        ("c4yaml", "c4.yaml"),
        ("c5.yaml ", "c5.yaml"),
        ("c23\u3002yaml", "c23.yaml"),
        ("c19.xml", "c19.yaml"),
        ("c7 .yaml.bak", "c7.yaml"),
    ],
)
def test_an_offering_of_another_name_is_told_its_own(tmp_path: Path, name: str, right: str) -> None:
    """Whatever stands in the place of its ending: what is advised is a name that is read."""
    assert told(tmp_path, name) == [f"{name} is not read: rename it to {right}"]


@pytest.mark.parametrize("name", ["c2.yaml.docx", "c2.yaml.pdf", "c2.yml.rtf", "c2.yaml.html"])
def test_a_document_that_a_program_made_of_an_offering_is_told(tmp_path: Path, name: str) -> None:
    """By its name alone: its content is no text."""
    right = name.rpartition(".")[0]
    wanted = f"{name} is not read: save its text as plain text, under the name {right}"
    assert told(tmp_path, name, b"PK\x03\x04\0\0") == [wanted]


def test_a_document_with_an_offering_in_it_is_not_merely_renamed(tmp_path: Path) -> None:
    """Its signs of formatting would stay."""
    lines = "\\\n".join(TEXT.splitlines())
    [message] = told(tmp_path, "b8.rtf", f"{{\\rtf1\\ansi\n{lines}\n}}")
    assert "save it as plain text, under the name b8.yaml" in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", "offeringId,courseName,price\na,JHSC,199\n"),
        ("page.html", "<html><p>price: 199</p>"),
        ("~$c2.yaml.docx", b"\x05Word"),
        ("report.docx", b"PK\x03\x04"),
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, content: bytes | str) -> None:
    """A table, a page, what Word keeps beside an open document."""
    assert told(tmp_path, name, content) == []
