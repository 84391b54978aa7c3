"""`new --from`: one file for each row, or none at all, and nothing of the user's is touched."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl import catalog
from support.cli import offerctl
from support.spreadsheets import Rows, packed, unpacked, xlsx

FRENCH = (
    "Identifiant;Norme de formation;Nom du cours;Prix (CAD);Durée;Adresse web;Statut\n"
    "jhsc-fr-01;JHSC-2014-1-F-O;CMSST, certification partie 1;1 299,00 $;13 h;https://safety-training.example/fr;x\n"
    "\n"
    ';jhsc-2014-1-e-o;"JHSC Certification: ""Part One""";199;19 h 30;https://safety-training.example/en;\n'
)
SHOP = "SKU,Name,Regular price,Stock,Hours,Standard,External URL\n"
GOOD = "en-01,JHSC Part One,199.00,5,13,JHSC-2014-1-E-O,https://safety-training.example/en\n"


def written(folder: Path) -> dict[str, str]:
    """The files of the offerings folder."""
    return {path.name: path.read_text("utf-8") for path in (folder / "offerings").glob("*")}


def test_a_french_csv_becomes_files(tmp_path: Path) -> None:
    """As Excel saves it in Québec: what is written is shown, right, and what stood there."""
    (tmp_path / "cours.csv").write_bytes(FRENCH.encode("cp1252"))
    done = offerctl("new", "--from", "cours.csv", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert 'Columns: "Identifiant" is offeringId, "Norme de formation" is trainingStandardKey' in done.out
    assert '\nNot used: "Statut".\n' in done.out
    assert '\n4     jhsc-certification-part-one   JHSC Certification: "Part One"' in done.out
    names = ("jhsc-fr-01.yaml", "jhsc-certification-part-one.yaml")
    assert "".join(["\nWrote 2 files:\n", *(f"  offerings/{name}\n" for name in names)]) in done.out
    assert written(tmp_path)["jhsc-fr-01.yaml"] == (
        "# yaml-language-server: $schema=../schema/offering.schema.json\n"
        "offeringId: jhsc-fr-01\n"
        "trainingStandardKey: JHSC-2014-1-F-O\n"
        "courseName: CMSST, certification partie 1\n"
        "price: 1299.00\n"
        "courseDuration: 13\n"
        "externalRegistrationUrl: https://safety-training.example/fr\n"
    )
    found = catalog.load(tmp_path / "offerings")
    assert found.problems == ()
    other = found.desired["jhsc-certification-part-one"].offering
    assert (other.course_name, other.course_duration) == ('JHSC Certification: "Part One"', Decimal("19.5"))


def test_a_workbook_with_a_mapping(tmp_path: Path) -> None:
    """A shop's headers, said by --map; other sheets are named."""
    (tmp_path / "offerctl.toml").write_text('offerings = "courses"\n', "utf-8")
    rows: Rows = [
        ["Ref", "Name", "Preis", "Hours", "Standard", "External URL"],
        ["English courses"],
        ["en-01", "JHSC Part One", 199.5, 13.0, "JHSC-2014-1-E-O", "https://safety-training.example/en"],
    ]
    (tmp_path / "shop.xlsx").write_bytes(
        xlsx({"Notes": [["x"]], "Shop": rows, "Old": [["Name", "Hours"]]}, merged="A2:F2")
    )
    lacking = offerctl("new", "--from", "shop.xlsx", cwd=tmp_path)
    assert lacking.code == 1
    assert "shop.xlsx has no column for price\n" in lacking.err
    done = offerctl("new", "--from", "shop.xlsx", "--map", "preis=price", "--map", "Ref=offeringId", cwd=tmp_path)
    assert done.code == 0
    assert done.err == (
        "Warning: of shop.xlsx only the sheet Shop was read, not Notes, Old\n"
        "Warning: shop.xlsx: row 2 is left out: one cell, merged across columns\n"
    )
    assert "price: 199.5\ncourseDuration: 13\n" in (tmp_path / "courses" / "en-01.yaml").read_text("utf-8")


@pytest.mark.deep
def test_bad_rows_are_told_and_nothing_is_written(tmp_path: Path) -> None:
    """All of them, each by its row, its column and its code; a warning alone stops nothing."""
    second = 'en-02,x,"1,299",,0,JHSC-9,https://safety-training.example/2\n'
    third = "en-01,\x1b[2Jy,free,,13,JHSC-2014-1-E-O,\n"
    (tmp_path / "shop.csv").write_text(SHOP + GOOD + second + third, "utf-8")
    done = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    told = re.findall(r'^Error: shop.csv, row (\d), column "(.+?)": .*\[(OFR\d+)\]$', done.err, re.MULTILINE)
    assert sorted(told) == sorted(
        [
            ("3", "Regular price", "OFR112"),
            ("3", "Hours", "OFR115"),
            ("3", "Standard", "OFR114"),
            ("4", "SKU", "OFR117"),
            ("4", "Name", "OFR111"),
            ("4", "Regular price", "OFR112"),
            ("4", "External URL", "OFR105"),
        ]
    )
    assert "\x1b" not in done.err
    assert "Error: 2 rows have errors; nothing was written." in done.err
    assert not (tmp_path / "offerings").exists()
    (tmp_path / "shop.csv").write_text(SHOP + GOOD.replace("199.00", "0"), "utf-8")
    warned = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert warned.code == 0
    assert 'Warning: shop.csv, row 2, column "Regular price"' in warned.err


@pytest.mark.deep
def test_what_nobody_sees_in_a_spreadsheet_is_said(tmp_path: Path) -> None:
    """Rows that are hidden, ids that a program changed or that were made here, and the cell that is wrong."""
    rows: Rows = [
        ["id", "Name", "Price", "Hours", "Standard", "URL"],
        [7.0, "JHSC Part One", 199.5, 13.0, "JHSC-2014-1-E-O", "https://safety-training.example/7"],
        [None, "JHSC Part Two", 99.0, 6.5, "JHSC-2014-1-E-O", "https://safety-training.example/2"],
    ]
    parts = unpacked(xlsx({"Courses": rows}))
    sheet = "xl/worksheets/sheet1.xml"
    hidden = parts[sheet].decode().replace('<row r="3"', '<row r="3" hidden="1"')
    (tmp_path / "shop.xlsx").write_bytes(packed({**parts, sheet: hidden}))
    done = offerctl("new", "--from", "shop.xlsx", cwd=tmp_path)
    assert done.code == 0
    assert "Warning: shop.xlsx: row 3 is hidden, by a filter or by hand, and taken all the same\n" in done.err
    assert "Warning: shop.xlsx, row 2: the offeringId is a number or a date (7), as a spreadsheet" in done.err
    assert "Made of the course's name: the offeringId of row 3. A listing keeps it for good.\n" in done.out
    (tmp_path / "shop.csv").write_text(SHOP + GOOD.replace("199.00", "on request"), "utf-8")
    refused = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert "must be a plain number of dollars such as 199.00 (here: `on request`) [OFR112]\n" in refused.err


@pytest.mark.deep
def test_nothing_is_written_over(tmp_path: Path) -> None:
    """Not a file of that id, nor of that name, whatever is in it; the second time nothing is listed twice."""
    (tmp_path / "shop.csv").write_text(SHOP + GOOD + GOOD.replace("en-01", ""), "utf-8")
    assert offerctl("new", "--from", "shop.csv", cwd=tmp_path).code == 0
    before = written(tmp_path)
    assert set(before) == {"en-01.yaml", "jhsc-part-one.yaml"}
    again = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert again.code == 1
    assert "`en-01` is the offeringId of offerings/en-01.yaml, too" in again.err
    assert "`jhsc-part-one`, is the offeringId of offerings/jhsc-part-one.yaml, too" in again.err
    assert written(tmp_path) == before
    (tmp_path / "offerings" / "en-01.yaml").rename(tmp_path / "offerings" / "course.yaml")
    (tmp_path / "offerings" / "EN-01.yml").write_text("# mine\n", "utf-8")
    (tmp_path / "shop.csv").write_text(SHOP + GOOD, "utf-8")
    assert offerctl("new", "--from", "shop.csv", cwd=tmp_path).code == 1
    assert written(tmp_path)["EN-01.yml"] == "# mine\n"


def test_what_no_spreadsheet_has_by_itself_is_named(tmp_path: Path) -> None:
    """The standards' keys, where no column has them; of another column that it may be added."""
    (tmp_path / "shop.csv").write_text("name,price,hours,url,Language\nOne,1,2,https://a.example/1,English\n")
    done = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert done.err == (
        "Error: shop.csv has no column for trainingStandardKey\n"
        'Say which one it is: --map "COLUMN=trainingStandardKey"; a column trainingStandardKey has in each row '
        "JHSC-2014-1-E-O (English) or JHSC-2014-1-F-O (French). Not used so far: Language.\n"
    )
    (tmp_path / "shop.csv").write_text("name,price,url,standard\nOne,1,https://a.example/1,x\n")
    done = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert '--map "COLUMN=courseDuration", or add one. Not used so far: none.' in done.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--from", "nowhere.csv"), "nowhere.csv cannot be read: No such file or directory"),
        (("--from", "."), "cannot be read"),
        (("--from", "empty.csv"), "empty.csv has no row of headers such as courseName, price and courseDuration"),
        (("--from", "header.csv"), "header.csv has no row with an offering below its header"),
        (("--from", "header.csv", "x"), "Either ID, or --from FILE"),
        (("x", "--map", "a=price"), "Either ID, or --from FILE"),
        ((), "such as "),
    ],
)
def test_what_cannot_be_asked_for(tmp_path: Path, args: tuple[str, ...], message: str) -> None:
    """One message each, and nothing written."""
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "header.csv").write_text(SHOP, "utf-8")
    done = offerctl("new", *args, cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "offerings").exists()


def test_no_module_of_the_present_folder_runs(tmp_path: Path) -> None:
    """A stranger's repository holds what it likes, and a workbook is read by a process that is started there."""
    for name in ("json.py", "resource.py", "python_calamine.py", "offerctl/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("import os\nos.mkdir('ran')\n", "utf-8")
    header, good = SHOP.strip().split(","), GOOD.strip().split(",")
    (tmp_path / "shop.xlsx").write_bytes(xlsx({"Shop": [header, good]}))
    assert offerctl("new", "--from", "shop.xlsx", cwd=tmp_path).code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.deep
def test_many_rows(tmp_path: Path) -> None:
    """As many as a shop can have: the list is cut, the files are not, and they are right."""
    rows = "".join(GOOD.replace("en-01", f"en-{n:04}").replace("example/en", f"example/{n}") for n in range(300))
    (tmp_path / "shop.csv").write_text(SHOP + rows, "utf-8")
    done = offerctl("new", "--from", "shop.csv", cwd=tmp_path)
    assert done.code == 0
    assert done.out.count("+250 more") == 2
    checked = json.loads(offerctl("validate", "--format", "json", cwd=tmp_path).out)
    assert (checked["valid"], checked["warning_count"], len(written(tmp_path))) == (True, 0, 300)
