"""Spreadsheet files as rows: separators, encodings, workbooks, and files that would fill the machine."""

from __future__ import annotations

from csv import QUOTE_ALL, writer
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.errors import UsageError
from offerctl.sheets import MAX_COLUMNS, MAX_ROWS, read
from support.spreadsheets import Formula, Rows, Styled, ods, ods_content, packed, unpacked, worksheet, xlsx

ROWS = [["Nom", "Prix"], ["Œuvre d'été, 1", "1 299,00 $"], ["x;y", "2"]]
SIMPLE = xlsx({"Courses": [["Name", "Price"], ["a", 199.0]]})


def cells(data: bytes, name: str = "courses.csv") -> list[tuple[int, tuple[str, ...]]]:
    """The rows of the only sheet."""
    [sheet] = read(data, name)
    return [(row.number, row.cells) for row in sheet.rows]


def refused(data: bytes) -> str:
    with pytest.raises(UsageError) as raised:
        read(data, "courses.xlsx")
    return raised.value.message


def csv(separator: str, *, end: str = "\r\n") -> str:
    lines = (separator.join(f'"{cell}"' if set(cell) & set(",; \t|") else cell for cell in row) for row in ROWS)
    return end.join([*lines, ""])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_as_programs_write_it(separator: str, end: str, encoding: str) -> None:
    """Every separator, end of line and encoding, with the separators of others in the cells."""
    data = csv(separator, end=end).encode(encoding)
    assert cells(data) == [(number, tuple(row)) for number, row in enumerate(ROWS, 1)]


def test_a_separator_that_the_file_names_is_it() -> None:
    """As Excel writes it, in a line that it does not count."""
    assert cells(b"sep=;\r\na,b,c;d\r\n1,2,3;4\r\n") == [(1, ("a,b,c", "d")), (2, ("1,2,3", "4"))]


def test_prices_with_commas_are_not_parted() -> None:
    """Though there are as many commas as rows."""
    assert cells(b"name;price;hours\na;199,00;13\nb;1299,50;19,5\n")[1][1] == ("a", "199,00", "13")
    assert cells(b"Courses, 2026\nname;price\na, b, c, d;1,5\nc, d, e, f;1,5\n")[2][1] == ("a, b, c, d", "1,5")


@given(
    st.sampled_from(",;\t"),
    st.lists(st.lists(st.text("a1,;\t\"' \n\u00e9", max_size=6), min_size=3, max_size=3), max_size=8),
)
def test_what_is_written_as_csv_is_read(separator: str, rows: list[list[str]]) -> None:
    """Cell by cell, whatever separators and quotation marks they hold."""
    file = StringIO(newline="")
    writer(file, delimiter=separator, quoting=QUOTE_ALL).writerows([["name", "price", "hours"], *rows])
    read_back = dict(cells(file.getvalue().encode()))
    number = 1
    for row in rows:
        number += 1
        assert read_back.get(number, ("", "", "")) == tuple(cell.strip() for cell in row)


def test_empty_rows_count_and_are_left_out() -> None:
    """So that a number is what a spreadsheet program shows; a cell of several lines is one row of it."""
    data = b'name,price\n\n,\n  ,\n"a\nb", 1 \n\n'
    assert cells(data) == [(1, ("name", "price")), (5, ("a\nb", "1"))]


def test_a_quotation_mark_that_nothing_closes_swallows_no_row_unseen() -> None:
    """It is told at the row where the rest was lost."""
    with pytest.raises(UsageError, match=r"courses.csv, row 3: a quotation mark is opened and not closed"):
        read(b'name,price\na,1\n"b,2\nc,3\n', "courses.csv")
    assert cells(b'name,price\n"a ""b""",1\n')[1][1] == ('a "b"', "1")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7\0\x01", "is no CSV, XLSX or ODS file"),
        (b"n\0a\0m\0e\0", "is no CSV, XLSX or ODS file"),
        (b"name,price\nx\x81,1\n", "is neither text as UTF-8 nor as Windows saves it (byte 12)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an Excel file of the old kind, or protected"),
        (b"PK\x03\x04" + bytes(100), "is damaged, or no spreadsheet"),
        (SIMPLE[: len(SIMPLE) // 2], "is damaged, or no spreadsheet"),
        (packed({"a.txt": "x"}), "cannot be read as a spreadsheet"),
        (b"a" * 40_000, "row 1: a cell of more than 32,767 characters"),
        (b"," * MAX_COLUMNS, f"row 1: more than {MAX_COLUMNS} columns"),
        (b"a\n" * (MAX_ROWS + 1), f"has more than {MAX_ROWS:,} rows"),
        (b'"' + b"a" * 200_000, "is no CSV file: field larger than field limit"),
    ],
)
def test_what_is_no_spreadsheet(data: bytes, message: str) -> None:
    """Whatever its name."""
    if data == b"," * MAX_COLUMNS:
        data += b"x"
    assert message in refused(data)


def test_a_workbook() -> None:
    """Numbers as a program shows them, formulas as they came out, days, durations, empty rows, joined cells."""
    data = xlsx(
        {
            "Courses": [
                ["Name", None, "Price"],
                [],
                ["a\nb", True, 199.0],
                [Formula(formula="0.1+0.2", value=0.1 + 0.2), Styled(number=0.8125, style=2), 1234567.89],
                ["c", Styled(number=45000, style=1), Styled(number=1.5, style=2)],
            ]
        },
        merged="A1:B1",
    )
    assert read(data, "courses.xlsx")[0].name == "Courses"
    assert cells(data) == [
        (1, ("Name", "", "Price")),
        (3, ("a\nb", "true", "199")),
        (4, ("0.3", "19 h 30", "1234567.89")),
        (5, ("c", "2023-03-15", "36 h 00")),
    ]


def test_a_heading_between_rows_is_told_as_one() -> None:
    """One cell that is merged across columns, and nothing beside it."""
    rows: Rows = [["Name", "Price"], ["French courses"], ["a", 1]]
    for merged, headings in (("A2:B2", {2}), ("A2:A3", set()), ("A3:B3", set()), (None, set())):
        [sheet] = read(xlsx({"Courses": rows}, merged=merged), "courses.xlsx")
        assert sheet.headings == headings


def test_rows_that_a_filter_hides_are_named() -> None:
    """They are read as the others, and nobody sees them."""
    rows: Rows = [["Name", "Price"], ["a", 1], ["b", 2], ["c", 3]]
    parts = unpacked(xlsx({"Old": [["x"]], "A & B": rows}))
    sheet = "xl/worksheets/sheet2.xml"
    hidden = (
        parts[sheet]
        .decode()
        .replace('<row r="3"', '<row r="3" hidden="1"')
        .replace('<row r="2"', '<row r="2" hidden="0"')
    )
    old, found = read(packed({**parts, sheet: hidden}), "courses.xlsx")
    assert (old.hidden, found.hidden) == (frozenset(), frozenset({3}))
    assert [row.number for row in found.rows] == [1, 2, 3, 4]


def test_hidden_rows_of_an_open_document() -> None:
    """Also where one row stands for several."""
    cell = '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>'
    xml = (
        f"<table:table-row>{cell}"
        f'<table:table-row table:visibility="filter" table:number-rows-repeated="2">{cell}'
        f'<table:table-row table:visibility="collapse">{cell}<table:table-row>{cell}'
    )
    data = unpacked(ods([["x"]]))
    [found] = read(packed({**data, "content.xml": ods_content(xml)}), "courses.ods")
    assert (found.hidden, len(found.rows)) == (frozenset({2, 3, 4}), 5)


def test_an_open_document() -> None:
    """The same of LibreOffice."""
    assert cells(ods([["Name", "Price"], ["é", 12.5], [None, None], ["b", 3]])) == [
        (1, ("Name", "Price")),
        (2, ("é", "12.5")),
        (4, ("b", "3")),
    ]


def test_hidden_sheets_are_not_read() -> None:
    """Nobody sees what they hold."""
    found = read(xlsx({"A": [["x"]], "B": [["y"]], "C": []}, hidden=["A"]), "courses.xlsx")
    assert [(sheet.name, len(sheet.rows)) for sheet in found] == [("B", 1), ("C", 0)]


# What would fill the machine


def with_sheet(xml: str | bytes) -> bytes:
    """A workbook whose only sheet is this part."""
    return packed({**unpacked(SIMPLE), "xl/worksheets/sheet1.xml": xml})


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="{}1048576"><v>1</v></c></row>'
REPEATED = (
    '<table:table-row table:number-rows-repeated="1000000000"><table:table-cell '
    'table:number-columns-repeated="1000000000" office:value-type="float" office:value="1"/></table:table-row>'
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (with_sheet(worksheet(FAR.format("XFD"))), "claims more cells than any"),
        (with_sheet(worksheet(FAR.format("A"))), f"has more than {MAX_ROWS:,} rows"),
        (packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "META-INF/manifest.xml": "<m/>",
                 "content.xml": ods_content(REPEATED)}), "claims more cells than any"),
        (with_sheet(bytes(100_000_000)), "unpacks to more than any list of courses needs"),
        (packed({**unpacked(SIMPLE), **{f"x/{n}": "" for n in range(1001)}}), "unpacks to more than any"),
    ],
    ids=["cells", "rows", "repeated", "zip bomb", "parts"],
)  # fmt: skip
@pytest.mark.deep
def test_a_bomb_is_refused(data: bytes, message: str) -> None:
    """In bounded memory and time, whatever the library that reads it would do; and the process lives on."""
    assert message in refused(data)


@pytest.mark.deep
def test_a_part_that_lies_about_its_size_is_a_bomb_too() -> None:
    """What its header says is not what it unpacks to."""
    data = bytearray(with_sheet(bytes(100_000_000)))
    size = (100_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    assert "unpacks to more than any" in refused(bytes(data).replace(size, (10).to_bytes(4, "little")))


@pytest.mark.deep
def test_a_text_that_stands_in_every_cell_is_a_bomb_too() -> None:
    """It is in the file once, and would be hundreds of megabytes of rows."""
    parts = unpacked(SIMPLE)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 9001))
    shared = f'<Relationship Id="t" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    table = parts["xl/_rels/workbook.xml.rels"].decode().replace("</Relationships>", shared)
    texts = f'<sst xmlns="{space}" count="1" uniqueCount="1"><si><t>{{}}</t></si></sst>'
    more = {"xl/worksheets/sheet1.xml": worksheet(rows), "xl/_rels/workbook.xml.rels": table}
    small = packed({**parts, **more, "xl/sharedStrings.xml": texts.format("course")})
    assert cells(small)[-1] == (9000, ("course",))
    assert "claims more cells than any" in refused(
        packed({**parts, **more, "xl/sharedStrings.xml": texts.format("x" * 30_000)})
    )


def test_an_entity_is_not_expanded() -> None:
    """Nothing of a document type is."""
    xml = '<!DOCTYPE a [<!ENTITY b "bbbb">]>' + worksheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>'
    )
    assert "cannot be read" in refused(with_sheet(xml))


def test_a_part_that_is_packed_otherwise_is_refused() -> None:
    """It could unpack to anything."""
    data = bytearray(SIMPLE)
    at = data.rindex(b"PK\x01\x02")
    data[at + 10 : at + 12] = (14).to_bytes(2, "little")
    assert "is damaged" in refused(bytes(data))
