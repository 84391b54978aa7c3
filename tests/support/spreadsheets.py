"""XLSX and ODS files, made of their parts by hand: real ones in small, and such as no program writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="[h]:mm"/></numFmts>'
    "<fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula and what it came to when the file was saved."""

    formula: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Styled:
    """A number that is shown as a day (1) or as hours and minutes (2)."""

    number: float
    style: int


Cell = str | float | bool | Formula | Styled | None
Rows = Sequence[Sequence[Cell]]


def xlsx(sheets: Mapping[str, Rows], *, hidden: Iterable[str] = (), merged: str | None = None) -> bytes:
    """A workbook of these sheets."""
    names = [*sheets]
    state = dict.fromkeys(hidden, ' state="hidden"')
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"{state.get(name, "")}/>'
        for n, name in enumerate(names, 1)
    )
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATION}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
        f'<Relationship Id="s" Type="{_RELATION}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    for n, name in enumerate(names, 1):
        cells = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
        parts[f"xl/worksheets/sheet{n}.xml"] = worksheet(_rows(sheets[name])).replace(
            "</sheetData>", f"</sheetData>{cells}"
        )
    return packed(parts)


def worksheet(rows: str) -> str:
    """The part of a sheet with these rows, which are XML."""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP file of these parts."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return file.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The parts of a ZIP file."""
    with ZipFile(BytesIO(data)) as made:
        return {name: made.read(name) for name in made.namelist()}


def ods(rows: Rows) -> bytes:
    """A document of one sheet."""
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": ods_content("".join(_ods_row(row) for row in rows)),
        }
    )


def ods_content(rows: str) -> str:
    """The part with the cells of an ODS file; the rows are XML."""
    names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in names.items())
    return (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Courses">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: Cell) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case str():
            return (
                f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            )
        case int() | float():
            return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
        case _:
            raise NotImplementedError(cell)


def _rows(rows: Rows) -> str:
    return "".join(
        f'<row r="{number}">{"".join(_cell(cell, f"{_letters(n)}{number}") for n, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )


def _cell(cell: Cell, place: str) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        case Formula():
            return f'<c r="{place}"><f>{escape(cell.formula)}</f><v>{cell.value}</v></c>'
        case Styled():
            return f'<c r="{place}" s="{cell.style}"><v>{cell.number}</v></c>'
        case _:
            return f'<c r="{place}"><v>{cell!r}</v></c>'


def _letters(index: int) -> str:
    return chr(ord("A") + index)
