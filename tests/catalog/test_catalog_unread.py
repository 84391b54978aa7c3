"""Files whose names keep them from being read: the listing of each would be deleted, so each is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offerctl import catalog, schemas
from offerctl.catalog.codes import Code

TEXT = (Path(__file__).parents[1] / "offerings" / "valid" / "plain.yaml").read_text("utf-8")


def told(folder: Path, name: str, content: bytes | str = TEXT, *, code: Code = Code.MISNAMED) -> list[str]:
    """What is said of the only file of an offerings folder."""
    made = folder / "offerings"
    made.mkdir()
    (made / name).write_bytes(content.encode() if isinstance(content, str) else content)
    problems = catalog.load(made).problems
    assert {problem.code for problem in problems} <= {code}
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


HEADER = "offeringId,courseName,price,courseDuration,externalRegistrationUrl"
ONE = {
    "offeringId": "c-1",
    "trainingStandardKey": "JHSC-2014-1-E-O",
    "courseName": "JHSC",
    "price": 199,
    "courseDuration": 13,
    "externalRegistrationUrl": "https://safety-training.example/c-1",
}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.csv", f"{HEADER}\na,JHSC,199,13,https://safety-training.example\n"),
        ("prices.csv", "old,new\n1,2\n"),
        ("courses 2026.CSV", "\ufeffNom du cours;Prix;Dur\u00e9e (heures)\nCMSST;199;13\n"),
        ("courses.txt", f"Our courses\n{HEADER.replace(',', chr(9))}\na\tJHSC\t199\n"),
        ("courses", HEADER.replace(",", " | ")),
        ("courses.tsv", ""),
        ("courses.xlsx", b"PK\x03\x04\0\0"),
        ("courses.ODS", b"PK\x03\x04\0\0"),
    ],
)
def test_a_table_is_told_with_the_command_that_reads_it(tmp_path: Path, name: str, content: bytes | str) -> None:
    """Whoever lays one there believes that its rows are listed; it may also be what the files were made from."""
    [message] = told(tmp_path, name, content, code=Code.NOT_READ)
    file = f"'offerings/{name}'" if " " in name else f"offerings/{name}"
    assert message == f"{name} is not read: offerctl new --from {file} writes an offering's file for each row"


@pytest.mark.parametrize("name", ["courses.xls", "courses.numbers", "course.docx", "course.odt", "course.Pages"])
def test_a_table_or_document_that_nothing_reads_is_told(tmp_path: Path, name: str) -> None:
    """With what can be read: a table saved in another way, or plain text."""
    [message] = told(tmp_path, name, b"\xd0\xcf\x11\xe0\0\0", code=Code.NOT_READ)
    assert ("save it as .xlsx or .csv" in message) is (name.startswith("courses"))


@pytest.mark.parametrize("indent", [None, 2])
def test_json_that_holds_offerings_is_told(tmp_path: Path, indent: int | None) -> None:
    """One is right as YAML as it is; several, or one within something else, are files of their own."""
    for number, (value, way_on) in enumerate(
        [
            (ONE, "rename it to c.yaml"),
            ([ONE], "give each of its offerings a .yaml file of its own"),
            ({"offerings": [ONE, ONE]}, "give each of its offerings a .yaml file of its own"),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        written = json.dumps(value, indent=indent)
        assert told(tmp_path / str(number), "c.json", written) == [f"c.json is not read: {way_on}"]
    renamed = tmp_path / "c.yaml"
    renamed.write_text(json.dumps(ONE, indent=indent), "utf-8")
    assert catalog.load_paths((renamed,), repo_root=tmp_path).errors == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", "# Courses\n\n| offeringId | courseName | price |\n| --- | --- | --- |\n| a | b | 1 |\n"),
        ("CODES.md", "OFR104: price, courseName, offeringId, courseDuration"),
        ("page.html", "<html><p>price: 199</p>"),
        ("offering.schema.json", schemas.read("offering.schema.json")),
        ("package.json", '{"name": "x", "version": "1.0.0", "dependencies": {"id": "1"}}'),
        ("notes.txt", "Prices go up in May, for all courses; see the mail of Monday.\n"),
        ("flyer.pdf", b"%PDF-1.7\0"),
        ("logo.png", b"\x89PNG\0"),
        ("~$c2.yaml.docx", b"\x05Word"),
        ("~$courses.xlsx", b"\x05Excel"),
        ("_courses.csv", HEADER),
        (".gitkeep", ""),
        (".~lock.courses.ods#", ",me,host"),
        ("CODEOWNERS", "* @safety-training/courses"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, content: bytes | str) -> None:
    """Pages about courses, pictures, settings, and what programs keep beside an open document."""
    assert told(tmp_path, name, content) == []
