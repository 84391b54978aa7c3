"""Which column of a spreadsheet is which field of an offering, by its header in English or French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from offerctl.catalog.labels import is_in_minutes, said_besides
from offerctl.catalog.nearest import FIELDS, NUMBERS, PROTECT, fold, known_field
from offerctl.errors import UsageError
from offerctl.offering import ATTRIBUTES
from offerctl.wording import nearest, one_of

LOOKED_AT = 20
"""Rows in which the header is looked for: a title may stand above it."""
_ENOUGH = 2
_SHOPS: Mapping[str, str] = {
    "sku": "offeringId",
    "handle": "offeringId",
    "product name": "courseName",
    "product title": "courseName",
    "variant price": "price",
    "external url": "externalRegistrationUrl",
    "product url": "externalRegistrationUrl",
    "permalink": "externalRegistrationUrl",
}
"""Further headers of exports, beside those that an author writes into a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column that is a field: its place in a row from 0, and its header."""

    index: int
    header: str
    in_minutes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where each field stands, in rows of `width` cells.

    `unused` are the headers of what is left, `row` is the number of the header's row.
    """

    row: int
    width: int
    by_field: Mapping[str, Column]
    unused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """What `--map COLUMN=FIELD` said: fields, and the headers as they were given, by the folded headers."""

    by_header: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Iterable[str]) -> Mapped:
        """The mapping of such words.

        Raises:
            UsageError: no such word, an unknown field, or a column or a field twice.
        """
        by_header: dict[str, str] = {}
        given: dict[str, str] = {}
        for word in words:
            header, _, name = word.rpartition("=")
            wanted = known_field(name.strip())
            if not header.strip() or wanted is None:
                hint = one_of(name.strip(), FIELDS, f"The fields are {', '.join(FIELDS)}.")
                raise UsageError(f"--map {word}: what is wanted is COLUMN=FIELD", hint=hint)
            if _folded(header) in by_header or wanted in by_header.values():
                raise UsageError(f"--map {word}: its column or its field is mapped already")
            by_header[_folded(header)], given[_folded(header)] = wanted, header.strip()
        return cls(by_header, given)


def find_columns(rows: Sequence[tuple[int, Sequence[str]]], mapped: Mapped, name: str) -> Columns | None:
    """The columns by the header among the first rows, each with its number; none where no row is one.

    Raises:
        UsageError: two columns can be the same field, or a column that was named is not there.
    """
    best: tuple[int, tuple[int, Sequence[str]]] | None = None
    for number, cells in rows[:LOOKED_AT]:
        known = len({found for cell in cells if (found := _field(cell, mapped))})
        if known >= _ENOUGH and (best is None or known > best[0]):
            best = (known, (number, cells))
    return None if best is None else _columns(*best[1], mapped, name)


def is_header(line: str) -> bool:
    """Whether a line of text is the header of a table of offerings, whatever parts its cells."""
    parted = ([cell.strip(' "') for cell in line.split(sign)] for sign in ",;\t|")
    return any(len({_field(cell, Mapped()) for cell in cells} - {None}) > _ENOUGH for cells in parted)


def missing(columns: Columns) -> tuple[str, ...]:
    """The attributes that no column has; an id can be made of a name."""
    wanted = (field for field in ATTRIBUTES if field != "offeringId")
    return tuple(field for field in wanted if field not in columns.by_field)


def _columns(row: int, headers: Sequence[str], mapped: Mapped, name: str) -> Columns:
    there = {_folded(header) for header in headers}
    for folded, given in mapped.given.items():
        if folded not in there:
            near = nearest(folded, {_folded(header): header for header in headers if header})
            shown = ", ".join(f'"{header}"' for header in headers if header)
            hint = f'Did you mean "{_named(headers, near)}"?' if near else f"Columns: {shown}."
            raise UsageError(f'--map: {name} has no column "{given}"', hint=hint)
    by_field: dict[str, Column] = {}
    for wanted in FIELDS:
        found = [*_candidates(wanted, headers, mapped)]
        if len(found) > 1:
            raise _ambiguous(wanted, found, name)
        if found:
            by_field[wanted] = found[0]
    used = {column.index for column in by_field.values()}
    unused = tuple(header for index, header in enumerate(headers) if header and index not in used)
    return Columns(row=row, width=len(headers), by_field=by_field, unused=unused)


def _ambiguous(wanted: str, found: Sequence[Column], name: str) -> UsageError:
    one, other = found[0].header, found[1].header
    is_same = _folded(one) == _folded(other)
    way_on = "Give one of them another header." if is_same else f'Say which: --map "{one}={wanted}"'
    return UsageError(f'{name}: the columns "{one}" and "{other}" can both be {wanted}', hint=way_on)


def _candidates(wanted: str, headers: Sequence[str], mapped: Mapped) -> Iterator[Column]:
    """What was said goes before the field's own name, and that before other words for it."""
    columns = [_column(index, header) for index, header in enumerate(headers)]
    is_said = wanted in mapped.by_header.values()
    said = [column for column in columns if mapped.by_header.get(_folded(column.header)) == wanted]
    free = [column for column in columns if _folded(column.header) not in mapped.by_header]
    exact = [column for column in free if fold(column.header) == fold(wanted)]
    words = [column for column in free if _field(column.header, Mapped()) == wanted]
    yield from said if is_said else exact or words


def _column(index: int, header: str) -> Column:
    return Column(index=index, header=header, in_minutes=is_in_minutes(header))


def _field(header: str, mapped: Mapped) -> str | None:
    """The field of a header; none for one in another unit (minutes become hours), unless it was mapped."""
    if said := mapped.by_header.get(_folded(header)):
        return said
    header = header.rstrip(": ")
    found = known_field(header) or _SHOPS.get(" ".join(header.casefold().split()))
    if said_besides(header) and not (found == "courseDuration" and is_in_minutes(header)):
        return None
    return found if found in {*ATTRIBUTES, *NUMBERS, PROTECT} else None


def _folded(header: str) -> str:
    return fold(header.strip()).replace("-", "")


def _named(headers: Sequence[str], near: str) -> str:
    return next(header for header in headers if _folded(header) == near)
