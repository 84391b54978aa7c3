"""Rows of a spreadsheet as offering files: their texts, and what is wrong, told by row and column.

The text of each row's file is examined as a file is, by the same rules and with the same codes. Only what is
certain is put into its plain form before: `1 299,00 $`, `13 h`, a standard's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from offerctl.catalog.codes import Code
from offerctl.catalog.columns import Columns
from offerctl.catalog.fields import field_error
from offerctl.catalog.nearest import NUMBERS, PROTECT, STANDARD, fold, same_standard
from offerctl.catalog.problem import Problem, Severity
from offerctl.catalog.scalars import plain_number, resolve, written
from offerctl.offering import ATTRIBUTES
from offerctl.standards import Standards

_BROKEN = re.compile(r"[ \t]*[\t\n\v\f\r]+[ \t]*")
"""A line break or a tab within a cell: it only wraps what is written there."""
_SUM = re.compile(
    r"(?i)(?:grand[ -]?|sub[ -]?|sous[ -]?)?tota(?:l|ux|ls)\b.*|sums?\b.{0,3}|somme\b.{0,3}|average|moyenne"
)
_DISFIGURED = re.compile(r"0|[1-9][0-9]*|[0-9.]+[eE]\+?[0-9]+|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?")
_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_LETTERS = str.maketrans({"\u0153": "oe", "\u00e6": "ae", "\u00df": "ss", "\u00f8": "o", "\u0142": "l"})
_MAX_SLUG = 56
"""Characters of an id made of a name, of the 64 that it may have: a number may come behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """What is wrong with a row; `column` is the header that it is about, none where it is the row as a whole.

    `code` is that of a file's problem; none for what no file can have. `value` is what its cell holds.
    """

    row: int
    column: str | None
    code: Code | None
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The file of one row. `values` are by field, as they stand in it; `is_named` tells that the row has an id.

    `beyond` are the cells that stand where the header has none: something parted the row in a wrong place.
    """

    row: int
    offering_id: str
    values: Mapping[str, str]
    is_named: bool
    beyond: tuple[str, ...] = ()

    @property
    def is_sum(self) -> bool:
        """Whether it sums up the rows above: numbers, and no word but "Total"."""
        texts = {self.values.get(name, "") for name in (STANDARD, "externalRegistrationUrl")}
        own = self.offering_id if self.is_named else ""
        words = [word for word in (own, self.values.get("courseName", "")) if word]
        return not any(texts) and not self.beyond and all(_SUM.fullmatch(word) for word in words)

    @property
    def is_odd_id(self) -> bool:
        """Whether its id is a number or a date, as a spreadsheet program makes of 007 and of 3-4."""
        return self.is_named and _DISFIGURED.fullmatch(self.offering_id) is not None

    def text(self, heading: str) -> str:
        """The file, with a first line of its own."""
        lines = [f"{name}: {_value(name, value)}".rstrip() for name, value in self.values.items()]
        return "\n".join([heading, *lines, ""])


@dataclass(slots=True)
class Drafts:
    """All rows of a sheet, in their order. A row without an id gets one of its name, which no other row has."""

    columns: Columns
    standards: Standards
    _next: dict[str, int] = field(default_factory=dict)

    def of(self, rows: Iterable[tuple[int, Sequence[str]]]) -> tuple[Draft, ...]:
        """The rows below the header that hold anything; one that only repeats an id goes on with the row above."""
        held, above = [], ""
        for number, row in rows:
            if number <= self.columns.row:
                continue
            cells, beyond = self._cells(row), tuple(cell for cell in row[self.columns.width :] if cell)
            own = cells.get("offeringId", "")
            says_more = any(value for name, value in cells.items() if name != "offeringId")
            if says_more or beyond or (own and own != above):
                held.append((number, cells, beyond))
            above = own or above
        used = {cells["offeringId"].casefold() for _, cells, _ in held if cells.get("offeringId")}
        return tuple(replace(self._draft(number, cells, used), beyond=beyond) for number, cells, beyond in held)

    def _cells(self, cells: Sequence[str]) -> dict[str, str]:
        return {
            name: _BROKEN.sub(" ", cells[column.index]).strip() if column.index < len(cells) else ""
            for name, column in self.columns.by_field.items()
        }

    def _draft(self, number: int, cells: Mapping[str, str], used: set[str]) -> Draft:
        own = cells.get("offeringId", "")
        offering_id = own or self._free_id(cells.get("courseName", ""), used)
        used.add(offering_id.casefold())
        values = {name: self._plain(name, cells.get(name, "")) for name in ATTRIBUTES if name != "offeringId"}
        if (protect := self._plain(PROTECT, cells.get(PROTECT, ""))) not in {"", "false"}:
            values[PROTECT] = protect
        return Draft(
            row=number,
            offering_id=offering_id,
            values={"offeringId": offering_id, **values},
            is_named=bool(own),
        )

    def _free_id(self, name: str, used: Collection[str]) -> str:
        """An id made of a course's name that no other has."""
        slug = _slug(name)
        number = self._next.get(slug, 1)
        while (free := slug if number == 1 else f"{slug}-{number}") in used:
            number += 1
        self._next[slug] = number
        return free

    def _plain(self, name: str, cell: str) -> str:
        """A cell in the form that a file has; what is not certain stays as it is, and is told."""
        if not cell:
            return cell
        if name in NUMBERS:
            column = self.columns.by_field[name]
            hours = name == "courseDuration"
            if hours and column.in_minutes and cell.replace(".", "", 1).isdigit():
                cell = f"{cell} min"
            return plain_number(cell, hours=hours) or cell
        if name == STANDARD:
            named = {fold(standard.name): key for key, standard in self.standards.by_key.items()}
            return named.get(fold(cell)) or same_standard(cell, self.standards) or cell
        if name == PROTECT:
            found = field_error(PROTECT, cell, cell, self.standards)
            return found.fix if found and found.fix else cell.lower()
        return cell


def problems(
    drafts: Sequence[Draft],
    columns: Columns,
    taken: Mapping[str, str],
    examine: Callable[[str, bytes], Iterable[Problem]],
) -> Iterator[RowProblem]:
    """What is wrong with each row, in their order; `examine` judges the bytes of a file.

    `taken` are the files that there are, by their ids in small letters. Where an id that is made of a name is
    taken, it is most likely the same course: a spreadsheet that is read twice must not list all of it twice.
    """
    rows: dict[str, int] = {}
    for draft in drafts:
        if draft.is_sum:
            yield _sum(draft)
            continue
        found = [_parted(draft, columns)] if draft.beyond else _examined(draft, columns, examine)
        folded = draft.offering_id.casefold()
        if of := taken.get(folded) or (f"row {rows[folded]}" if folded in rows else None):
            found.append(_used_twice(draft, of, columns))
        rows.setdefault(folded, draft.row)
        yield from found


def _examined(
    draft: Draft, columns: Columns, examine: Callable[[str, bytes], Iterable[Problem]]
) -> list[RowProblem]:
    return [_of_row(draft, problem, columns) for problem in examine("", draft.text("#").encode())]


def _sum(draft: Draft) -> RowProblem:
    """One fault, and not one for each empty cell."""
    return RowProblem(
        row=draft.row,
        column=None,
        code=None,
        message="no offering, but a sum, as it looks",
        hint="Take the row out; or fill in its name and its address, if it is a course.",
    )


def _parted(draft: Draft, columns: Columns) -> RowProblem:
    """All cells behind the wrong place are shifted: nothing else is worth to be told."""
    return RowProblem(
        row=draft.row,
        column=None,
        code=None,
        message=f"more cells than the header has, which are {columns.width}",
        hint="A value that holds the separator, such as a comma, stands in quotation marks.",
    )


def _used_twice(draft: Draft, of: str, columns: Columns) -> RowProblem:
    id_ = draft.offering_id
    said = f"`{id_}` is" if draft.is_named else f"the offeringId made of its name, `{id_}`, is"
    return RowProblem(
        row=draft.row,
        column=columns.by_field["offeringId" if draft.is_named else "courseName"].header,
        code=Code.DUPLICATE_ID,
        message=f"{said} the offeringId of {of}, too",
        hint=None if draft.is_named else "Take the row out; or give it an offeringId, if it is another course.",
    )


def _of_row(draft: Draft, problem: Problem, columns: Columns) -> RowProblem:
    name = problem.pointer.removeprefix("/")
    if name not in columns.by_field and problem.span is not None:  # a character is told by its line alone
        name = dict(enumerate(draft.values, 2)).get(problem.span.start.line, "")
    column = columns.by_field.get(name)
    return RowProblem(
        row=draft.row,
        column=column.header if column else None,
        code=problem.code,
        message=problem.message,
        hint=problem.hint,
        severity=problem.severity,
        value=draft.values.get(name, "") if column else "",
    )


def _value(name: str, text: str) -> str:
    """A value as a file has it: numbers, true and false as they are, texts in quotes where they need them."""
    if not text:
        return ""
    if name in {*NUMBERS, PROTECT} and not isinstance(resolve(text), str):
        return text
    return written(text)


def _slug(name: str) -> str:
    parts = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    letters = "".join(c for c in parts if not unicodedata.combining(c))
    return _NOT_IN_SLUG.sub("-", letters).strip("-")[:_MAX_SLUG].strip("-") or "course"
