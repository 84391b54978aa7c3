"""The schema in the repository, the built-in one, and the bounds of an offering."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offerctl import catalog, schemas
from offerctl.catalog.addresses import address_error
from offerctl.catalog.codes import Code
from offerctl.catalog.fields import field_error
from offerctl.catalog.json_schema import Rules, parse
from offerctl.catalog.load import Examiner
from offerctl.catalog.nearest import EXAMPLES, FIELDS
from offerctl.catalog.scalars import resolve
from offerctl.catalog.shown import refused_character
from offerctl.errors import CatalogError, InvalidOffering
from offerctl.offering import Offering
from offerctl.standards import BUILT_IN as STANDARDS

BUILT_IN = parse(schemas.read("offering.schema.json"), "built-in")
OFFERING = catalog.load(Path(__file__).parents[2] / "offerings").desired["jhsc-en-01"].offering
GOOD = "".join(f"{field}: {EXAMPLES[field]}\n" for field in FIELDS).encode()


def narrowed(**properties: Any) -> dict[str, Any]:
    """The built-in schema with more asked of these fields."""
    own = deepcopy(dict(BUILT_IN))
    for name, more in properties.items():
        own["properties"][name].update(more)
    return own


def messages(schema: Any, data: bytes = GOOD) -> list[tuple[Code, str]]:
    return [(p.code, p.message) for p in Examiner(schema, frozenset())("x.yaml", data)]


def test_the_schema_knows_the_fields() -> None:
    """Neither more nor fewer than the program, each with hover text and an example that is right."""
    rules = Rules(BUILT_IN)
    assert tuple(BUILT_IN["properties"]) == FIELDS
    assert tuple(BUILT_IN["required"]) == FIELDS[:-1]
    for about in BUILT_IN["properties"].values():
        assert about["title"]
        assert about["description"]
        assert all(
            not list(rules.validator.evolve(schema=about).iter_errors(shown)) for shown in about["examples"]
        )


NUMBERS = st.decimals(-10, 10**10, places=3) | st.decimals(allow_nan=False, places=2, min_value=0, max_value=10**9)
TEXTS = st.text(max_size=300) | st.sampled_from(
    [*EXAMPLES.values(), "HTTPS://x.example", "https://@/", "a" * 65, "x\n"]
)
URLS = st.from_regex(r"(?i)\Ahttps?://[^ ]{0,20}\Z")


@given(name=st.sampled_from(FIELDS[:-1]), value=NUMBERS | TEXTS | URLS | st.booleans() | st.none())
@example(name="externalRegistrationUrl", value="https://x.example/\u00a0")
@example(name="externalRegistrationUrl", value="https://x.example\n")
@example(name="offeringId", value="a\n")
def test_what_an_offering_accepts_the_schema_accepts(name: str, value: Any) -> None:
    """So a file whose offering can be made needs no look at the built-in schema, but for what no file may hold."""
    values: dict[str, Any] = {**OFFERING.attributes(), name: value}
    try:
        made = Offering.from_attributes(values)
    except InvalidOffering:
        return
    is_refused = refused_character(str(value)) or address_error(made.external_registration_url)
    assert not Rules(BUILT_IN).errors(values) or not made.course_name.strip() or is_refused


@pytest.mark.deep
@pytest.mark.parametrize(
    ("field", "of"),
    [("courseName", "a{}b"), ("externalRegistrationUrl", "https://x.example/a{}b")],
)
def test_the_schema_refuses_the_characters_that_the_program_refuses(field: str, of: str) -> None:
    """So that an editor shows them; joiners, selectors and halves of pairs are more than a pattern can say."""
    rules = Rules({"properties": {field: BUILT_IN["properties"][field]}})
    placed, differing = {0x200C, 0x200D, 0xFE0E, 0xFE0F}, []
    for number in {
        *range(0xD800),
        *range(0xE000, 0x12000),
        *range(0x1B000, 0x1E000),
        *range(0xDF000, 0xE2000),
    } - placed:
        value = of.format(chr(number))
        said = refused_character(value) is not None or field_error(field, value, value, STANDARDS) is not None
        if said != bool(rules.errors({field: value})):
            differing.append(f"U+{number:04X}")
    assert differing == []


@pytest.mark.parametrize(
    ("url", "is_refused"),
    [
        *(
            ("https://u:p@x.example/", True),
            ("https://u@x.example", True),
            ("https://x.example@y.example/a", True),
        ),
        *(
            ("https://x.example/@me", False),
            ("https://x.example?to=a@b.example", False),
            ("https://x.ca/#@", False),
        ),
        *(("https://x.example:1/", False), ("https://@x.example", True), ("https://u@p@x.example/@", True)),
    ],
)
def test_the_schema_and_the_program_refuse_the_same_users(url: str, is_refused: bool) -> None:  # noqa: FBT001
    """Before the host; an @ further on is part of the address."""
    rules = Rules({"properties": {"externalRegistrationUrl": BUILT_IN["properties"]["externalRegistrationUrl"]}})
    assert bool(rules.errors({"externalRegistrationUrl": url})) == is_refused
    data = GOOD.replace(EXAMPLES["externalRegistrationUrl"].encode(), url.encode())
    assert [code for code, _ in messages(None, data)] == [Code.CREDENTIALS] * is_refused


@pytest.mark.parametrize("host", ["claß.on.ca", "\uff43lass.on.ca"])
def test_a_host_of_two_readings_is_told(host: str) -> None:
    """Browsers and other programs go to different pages, or did: it is written as DNS has it."""
    address = f"https://{host}/register"
    told = [(Code.VALUE, f"the host {host} is one that programs read in different ways (as with ß, to some ss)")]
    assert messages(BUILT_IN, GOOD.replace(EXAMPLES["externalRegistrationUrl"].encode(), address.encode())) == told
    for right in ("https://xn--cla-6ka.on.ca/register", "https://école.on.ca/register"):
        data = GOOD.replace(EXAMPLES["externalRegistrationUrl"].encode(), right.encode())
        assert messages(BUILT_IN, data) == []


def test_an_own_schema_narrows() -> None:
    """Its demands are told in words, with the field's place."""
    own = narrowed(
        price={"maximum": 100}, courseName={"pattern": "^CMSST"}, externalRegistrationUrl={"maxLength": 9}
    )
    assert messages(own) == [
        (Code.SCHEMA, "`courseName` must fit the pattern ^CMSST (this repository's schema)"),
        (Code.SCHEMA, "`price` must be 100 or less (this repository's schema)"),
        (Code.SCHEMA, "`externalRegistrationUrl` must have 9 characters or less (this repository's schema)"),
    ]


def test_an_own_schema_can_ask_for_protection() -> None:
    """A field that is optional in the built-in one."""
    own = {**BUILT_IN, "required": [*BUILT_IN["required"], "protect"]}
    assert messages(own, GOOD.replace(b"protect: true\n", b"")) == [
        (Code.SCHEMA, "`protect` is missing, which this repository's schema asks for")
    ]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b"price: 199.00", b"price: -1", Code.NUMBER),
        (b"price: 199.00\n", b"", Code.MISSING_FIELD),
        (b"price: 199.00", b"prise: 199.00", Code.UNKNOWN_FIELD),
        (b"protect: true", b'protect: "true"', Code.VALUE),
        (b"offeringId: jhsc-en-01", b"offeringId: 2024", Code.TEXT),
    ],
)
def test_an_own_schema_cannot_widen(before: bytes, after: bytes, code: Code) -> None:
    """A schema that allows everything changes nothing."""
    data = GOOD.replace(before, after)
    assert [found for found, _ in messages({}, data)] == [code]
    assert messages({}, data) == messages(None, data)


def test_decimals_are_checked_exactly() -> None:
    """199.99 is a multiple of 0.01, which it is not in binary."""
    own = parse(schemas.read("offering.schema.json").replace(b"Online offering", b"Ours"), "own")
    assert Rules(BUILT_IN, own).narrows
    assert messages(own, GOOD.replace(b"199.00", b"199.99")) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "https://schema.example/offering.json"},
        {"allOf": [{"$ref": "#"}]},
        {"properties": {"courseName": {"pattern": "("}}},
    ],
)
def test_an_unusable_schema_is_an_error_of_its_own(schema: dict[str, Any]) -> None:
    """It is not the files' fault, and nothing is fetched."""
    with pytest.raises(CatalogError):
        messages(schema)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_a_schema_file_must_hold_an_object(tmp_path: Path, data: bytes) -> None:
    """Anything else is refused by name."""
    path = tmp_path / "own.schema.json"
    path.write_bytes(data)
    with pytest.raises(CatalogError, match=r"own\.schema\.json"):
        catalog.read_schema(path)


def test_without_a_schema_file_the_built_in_one_holds(tmp_path: Path) -> None:
    """A repository need not have one."""
    assert catalog.read_schema(tmp_path / "none.json") is None
    assert Rules(BUILT_IN, None).narrows is False
    assert Rules(BUILT_IN, dict(BUILT_IN)).narrows is False


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("75cents", "if cents are meant, write 0.75"),
        ("19900 \u00a2", "if cents are meant, write 199.00"),
        ("199.995", "write dollars and cents; if thousands are meant, 199995"),
    ],
)
def test_a_price_of_cents_is_hinted_at(text: str, hint: str) -> None:
    """What may be meant, and nothing that is written without a look."""
    found = field_error("price", resolve(text), text, STANDARDS)
    assert found is not None
    assert (found.hint, found.fix) == (hint, None)
