"""Which column of a spreadsheet is which field, and what rows become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.catalog.codes import Code
from offerctl.catalog.columns import Columns, Mapped, find_columns, missing
from offerctl.catalog.examine import examine
from offerctl.catalog.json_schema import Rules, offering_schema, parse
from offerctl.catalog.load import Examiner
from offerctl.catalog.rows import Draft, Drafts, RowProblem, problems
from offerctl.errors import UsageError
from offerctl.standards import BUILT_IN

HEADER = ("offeringId", "trainingStandardKey", "courseName", "price", "courseDuration", "externalRegistrationUrl")
GOOD = ("en-01", "JHSC-2014-1-E-O", "JHSC Part One", "199.00", "19.5", "https://safety-training.example/en")
EXAMINER = Examiner(None, frozenset())
RULES = Rules(parse(offering_schema(BUILT_IN), "offering.schema.json"), None, BUILT_IN)


def found(header: Sequence[str], *words: str, above: Sequence[Sequence[str]] = ()) -> Columns:
    rows = [*above, header]
    columns = find_columns([*enumerate(rows, 1)], Mapped.of(words), "courses.csv")
    assert columns is not None
    return columns


def fields(header: Sequence[str], *words: str) -> dict[str, str]:
    """The header of each field's column."""
    return {name: column.header for name, column in found(header, *words).by_field.items()}


def drafts(*rows: Sequence[str], header: Sequence[str] = HEADER) -> tuple[Draft, ...]:
    return Drafts(columns=found(header), standards=BUILT_IN).of([*enumerate([header, *rows], 1)])


def told(
    *rows: Sequence[str], header: Sequence[str] = HEADER, taken: Mapping[str, str] | None = None
) -> list[RowProblem]:
    return list(problems(drafts(*rows, header=header), found(header), taken or {}, EXAMINER))


def with_value(**values: str) -> tuple[str, ...]:
    """The good row with other values."""
    return tuple(values.get(name, value) for name, value in zip(HEADER, GOOD, strict=True))


@pytest.mark.parametrize(
    "header",
    [
        ("id", "standard", "Course name", "PRICE", "Hours", "Registration page"),
        ("Identifiant", "Norme de formation", "Nom du cours", "Prix (CAD)", "Durée (heures)", "Adresse web"),
        ("identifiant", "norme de  formation", "NOM DU COURS", "coût", "duree", "lien d'inscription"),
        ("SKU", "Training Standard", "Product name", "Regular price", "Number of hours", "External URL"),
        ("Handle", "training-standard-key", "Title", "Variant Price", "course_duration", "Permalink"),
    ],
    ids=["English", "French", "hurried", "WooCommerce", "Shopify"],
)
def test_headers_in_both_languages(header: Sequence[str]) -> None:
    """Whatever their case, accents, blanks, units and order."""
    assert fields(header) == dict(zip(HEADER, header, strict=True))
    turned = tuple(reversed(header))
    assert fields(turned) == dict(zip(HEADER, header, strict=True))
    assert found((*header, "Status")).unused == ("Status",)


def test_what_is_said_goes_before_what_is_guessed() -> None:
    """A column that was named is that field, and no other column is."""
    header = ("ID", "SKU", "Name", "Price", "Regular price", "Preis")
    assert fields(header, "SKU=offeringId", "Regular price = price")["offeringId"] == "SKU"
    assert fields(header, "sku=id", "preis=Prix") == {"offeringId": "SKU", "courseName": "Name", "price": "Preis"}
    assert fields(("price", "Cost", "Name")) == {"courseName": "Name", "price": "price"}
    assert fields(("a=b", "Name", "Hours"), "a=b=price")["price"] == "a=b"


def test_two_columns_for_one_field_are_asked_about() -> None:
    """A guess would publish the wrong one."""
    with pytest.raises(UsageError) as raised:
        found(("Name", "Cost", "Regular price"))
    assert raised.value.message == 'courses.csv: the columns "Cost" and "Regular price" can both be price'
    assert raised.value.hint == 'Say which: --map "Cost=price"'
    with pytest.raises(UsageError) as raised:
        found(("Name", "Price", "price"))
    assert raised.value.hint == "Give one of them another header."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("price",), "--map price: what is wanted is COLUMN=FIELD"),
        (("=price",), "what is wanted is COLUMN=FIELD"),
        (("Cost=colour",), "what is wanted is COLUMN=FIELD"),
        (("Cost=price", "cost=courseName"), "mapped already"),
        (("Cost=price", "Fee=prix"), "mapped already"),
        (("Preis=price",), '--map: courses.csv has no column "Preis"'),
    ],
)
def test_what_cannot_be_mapped(words: Sequence[str], message: str) -> None:
    """A mapping that does nothing is a mistake."""
    with pytest.raises(UsageError) as raised:
        found(("Name", "Cost", "Hours"), *words)
    assert message in raised.value.message


def test_a_title_may_stand_above_the_header() -> None:
    """Of the first rows the one with the most fields is the header; rows are counted from the first."""
    above = (("Our courses", ""), ("Name", "price list"))
    columns = found(HEADER, above=above)
    assert columns.row == 3
    made = Drafts(columns=columns, standards=BUILT_IN).of([*enumerate([*above, HEADER, GOOD], 1)])
    assert [draft.row for draft in made] == [4]
    assert find_columns([(1, ("Name", "x"))], Mapped(), "courses.csv") is None


def test_a_price_in_another_currency_is_none_until_it_is_said() -> None:
    """The Marketplace's prices are in Canadian dollars."""
    header = ("Name", "Hours", "Price (USD)")
    assert missing(found(header)) == ("trainingStandardKey", "price", "externalRegistrationUrl")
    assert "price" in found(header, "Price (USD)=price").by_field
    assert fields(("Name", "Price:", "Length (cm)", "Hours *"))["courseDuration"] == "Hours *"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Duration (days)", "courseDuration"),
        ("Durée (semaines)", "courseDuration"),
        ("Price (cents)", "price"),
        ("Prix (avec TVH)", "price"),
        ("Price (old)", "price"),
        ("Standard (old)", "trainingStandardKey"),
    ],
)
def test_a_column_in_another_unit_is_asked_about(header: str, field: str) -> None:
    """As in a file, where such a name is mended by nobody; `--map` says that it is the field all the same."""
    headers = tuple(header if name == field else name for name in HEADER)
    assert missing(found(headers)) == (field,)
    assert fields(headers, f"{header}={field}")[field] == header


@pytest.mark.parametrize(
    "label", ["Price (required)", "Prix ($ CA)", "Price (in dollars)", "price (CAD) *", "Prix *"]
)
def test_what_says_nothing_new_is_no_other_unit(label: str) -> None:
    """Forms write it behind their labels."""
    assert fields(("Name", "Hours", label))["price"] == label


@pytest.mark.parametrize("label", ["Hours (h)", "Durée (en heures)", "Duration [hours]", "Heures (obligatoire)"])
def test_hours_are_the_unit(label: str) -> None:
    """Whatever the brackets."""
    assert fields(("Name", "Price", label))["courseDuration"] == label


@pytest.mark.parametrize("cell", ["90'", '13"', "13h3"])
def test_a_duration_that_may_be_another_is_asked_about(cell: str) -> None:
    """Minutes, or a quote that was left: no file is written, as none is mended."""
    [problem] = told(with_value(courseDuration=cell))
    assert (problem.column, problem.code, problem.value) == ("courseDuration", Code.NUMBER, cell)


@pytest.mark.parametrize(
    "row",
    [
        ("Total", "", "", "398.00", "", ""),
        ("", "", "Sous-total :", "398,00", "39", ""),
        ("", "", "", "398.00", "", ""),
    ],
)
def test_a_row_that_sums_up_is_told_once(row: Sequence[str]) -> None:
    """It is no offering with four faults."""
    [problem] = told(GOOD, row)
    assert (problem.row, problem.column, problem.code) == (3, None, None)
    assert "sum" in problem.message
    [] = told(with_value(courseName="Total safety"))


@pytest.mark.parametrize(
    ("id_", "is_odd"),
    [
        ("7", True),
        ("007", False),
        ("2026-04-03", True),
        ("1E+05", True),
        ("en-007", False),
        ("jhsc-2026-04-03", False),
        ("", False),
    ],
)
def test_an_id_that_a_spreadsheet_made_of_another(id_: str, is_odd: bool) -> None:  # noqa: FBT001 - a parameter
    """007 becomes 7, and 3-4 a day; an id is kept for good."""
    assert [draft.is_odd_id for draft in drafts(with_value(offeringId=id_))] == [is_odd]


@pytest.mark.parametrize("cell", ["#REF!", "#NOM ?", "=B2", "N/A", "CMSST, sant\u201a", "CMSST, s?curit?"])
def test_a_cell_that_holds_no_name_is_told(cell: str) -> None:
    """A program's error, a formula, letters of another system: not the course's name."""
    [problem] = told(with_value(courseName=cell, trainingStandardKey="JHSC-2014-1-F-O"))
    assert (problem.column, problem.code) == (
        "courseName",
        Code.MISREAD if cell.startswith("CMSST") else Code.PLACEHOLDER,
    )


@pytest.mark.parametrize(
    ("price", "hours", "plain"),
    [
        ("199", "13", ("199", "13")),
        ("1 299,00 $", "13 h", ("1299.00", "13")),
        ("1\u202f299,00\u00a0$\u00a0CA", "19 h 30", ("1299.00", "19.5")),
        ("$1,299.00", "19.5 hours", ("1299.00", "19.5")),
        ("0", "780 minutes", ("0", "13")),
    ],
)
def test_prices_and_durations_as_people_write_them(price: str, hours: str, plain: tuple[str, str]) -> None:
    """What is certain is written plainly."""
    [draft] = drafts(with_value(price=price, courseDuration=hours))
    assert (draft.values["price"], draft.values["courseDuration"]) == plain


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("price", "1,299", Code.NUMBER),
        ("price", "free", Code.NUMBER),
        ("price", "-5", Code.NUMBER),
        ("price", "", Code.MISSING_FIELD),
        ("courseDuration", "19:30", Code.NUMBER),
        ("courseDuration", "0", Code.VALUE),
        ("courseDuration", "2026-01-01", Code.NUMBER),
        ("trainingStandardKey", "JHSC-2", Code.STANDARD),
        ("courseName", "", Code.MISSING_FIELD),
        ("courseName", "a\x1b[2J", Code.CHARACTER),
        ("courseName", "a\u202eb", Code.CHARACTER),
        ("externalRegistrationUrl", "provider.example/x", Code.VALUE),
        ("externalRegistrationUrl", "https://user:secret@provider.example/", Code.CREDENTIALS),
        ("offeringId", "a b", Code.VALUE),
    ],
)
def test_a_wrong_cell_is_told_by_row_and_column(name: str, value: str, code: Code) -> None:
    """With the code that a file has for it, and nothing beside it."""
    [problem] = told(
        GOOD, with_value(**{"offeringId": "en-02", "externalRegistrationUrl": "https://a.example/", name: value})
    )
    assert (problem.row, problem.column, problem.code) == (3, name, code)


def test_standards_by_their_names() -> None:
    """As the register calls them, or with the usual slips."""
    rows = [
        with_value(trainingStandardKey=text)
        for text in ("JHSC - part 1 (French, online)", "jhsc\u20132014\u20131\u2013e\u2013o")
    ]
    keys = [draft.values["trainingStandardKey"] for draft in drafts(*rows)]
    assert keys == ["JHSC-2014-1-F-O", "JHSC-2014-1-E-O"]


def test_minutes_are_no_hours() -> None:
    """Where the header says so, or else 90 of them would be 90 hours."""
    header = (*HEADER[:4], "Duration (minutes)", HEADER[5])
    assert [
        draft.values["courseDuration"] for draft in drafts(with_value(courseDuration="90"), header=header)
    ] == ["1.5"]
    [problem] = told(with_value(courseDuration="50"), header=header)
    assert (problem.column, problem.code) == ("Duration (minutes)", Code.NUMBER)


def test_an_id_is_made_of_the_name_where_there_is_none() -> None:
    """Without accents, and no two alike; an id that a row has is left to it."""
    names = (
        "Œuvre d\u2019été: 2e partie",
        "Oeuvre d'ete 2e partie",
        "oeuvre-d-ete-2e-partie-2",
        "安全",
        "x" * 300,
    )
    rows = [with_value(offeringId="", courseName=name) for name in names]
    rows.append(with_value(offeringId="Course"))
    made = [draft.offering_id for draft in drafts(*rows)]
    assert made == [
        "oeuvre-d-ete-2e-partie",
        "oeuvre-d-ete-2e-partie-2",
        "oeuvre-d-ete-2e-partie-2-2",
        "course-2",
        "x" * 56,
        "Course",
    ]


def test_an_id_that_is_used_twice() -> None:
    """By another row, or by a file, whatever its case; also one that was made of the name."""
    first, second = told(
        GOOD, with_value(offeringId="EN-01"), with_value(offeringId="en-02"), taken={"en-02": "o/x.yaml"}
    )
    assert (first.row, first.code, first.message) == (
        3,
        Code.DUPLICATE_ID,
        "`EN-01` is the offeringId of row 2, too",
    )
    assert second.message == "`en-02` is the offeringId of o/x.yaml, too"
    [again] = told(with_value(offeringId=""), taken={"jhsc-part-one": "o/x.yaml"})
    assert (again.column, again.code) == ("courseName", Code.DUPLICATE_ID)
    assert again.message == "the offeringId made of its name, `jhsc-part-one`, is the offeringId of o/x.yaml, too"


def test_rows_that_say_nothing_are_none() -> None:
    """Empty ones, and those of a shop's export that go on with the product above."""
    continued = ("en-01", "", "", "", "", "")
    assert [draft.row for draft in drafts(GOOD, continued, continued, ("",) * 6, ("en-01",))] == [2]
    assert [draft.row for draft in drafts(GOOD, ("en-02",))] == [2, 3]


def test_a_row_that_is_parted_in_a_wrong_place_is_told_once() -> None:
    """A comma without quotation marks shifts all that follows; empty cells behind the last one do nothing."""
    assert told((*GOOD, "", "")) == []
    [problem] = told(("en-01", "JHSC-2014-1-E-O", "JHSC", " Part One", *GOOD[3:]))
    assert (problem.row, problem.column, problem.code) == (2, None, None)
    assert problem.message == "more cells than the header has, which are 6"


def test_a_short_row_lacks_its_last_cells() -> None:
    """As programs write them that leave out what is empty."""
    problems_of_row = told(GOOD[:4])
    assert [(p.column, p.code) for p in problems_of_row] == [
        ("courseDuration", Code.MISSING_FIELD),
        ("externalRegistrationUrl", Code.MISSING_FIELD),
    ]


@pytest.mark.parametrize(
    ("cell", "line"), [("oui", "protect: true"), ("TRUE", "protect: true"), ("non", None), ("", None)]
)
def test_protection(cell: str, line: str | None) -> None:
    """Written where it is wanted."""
    header = (*HEADER, "Protégé")
    [draft] = drafts((*GOOD, cell), header=header)
    assert [text for text in draft.text("#").splitlines() if "protect" in text] == ([line] if line else [])
    [wrong] = told((*GOOD, "perhaps"), header=header)
    assert (wrong.column, wrong.code) == ("Protégé", Code.VALUE)


NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" :#'\"-&*!|>%@`{}[],?\\~"),
    min_size=1,
    max_size=60,
)


@given(
    name=NAMES,
    price=st.decimals(0, 99999, places=2),
    hours=st.decimals(Decimal("0.01"), 999, places=2),
    id_=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
)
def test_what_is_written_is_what_stood_in_the_row(name: str, price: Decimal, hours: Decimal, id_: str) -> None:
    """To the letter, whatever YAML makes of such texts; or the row is told."""
    row = with_value(offeringId=id_, courseName=name, price=str(price), courseDuration=str(hours))
    for draft in drafts(row):
        read = examine("x.yaml", draft.text("# heading").encode(), RULES)
        if read.offering is None:
            assert told(row)
        else:
            assert read.offering.attributes() == {
                "offeringId": id_, "trainingStandardKey": GOOD[1], "courseName": name.strip(), "price": price,
                "courseDuration": hours, "externalRegistrationUrl": GOOD[5],
            }  # fmt: skip
