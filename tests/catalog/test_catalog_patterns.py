"""A repository's schema is somebody's pull request: what it may cost, and that its patterns mean what they say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import catalog, schemas
from offerctl.catalog.json_schema import MAX_DEPTH, MAX_OBJECTS, MAX_REFERENCES, Rules, parse
from offerctl.catalog.load import MAX_SCHEMA_BYTES
from offerctl.catalog.patterns import MAX_PATTERN, Pattern, UnsupportedPattern
from offerctl.errors import CatalogError

BUILT_IN = parse(schemas.read("offering.schema.json"), "offering.schema.json")
LONG = "a" * 4096

_ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\w", r"\W", r"\s", r"\d", "^", "$", r"\b", r"\B", "é", " ", r"\.", "\\u0061"]
)


def _larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeated = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?", "??", "{0}", ""])
    return st.one_of(
        st.lists(smaller, max_size=4).map("".join),
        st.tuples(smaller, smaller).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(smaller, repeated).map("({0[0]}){0[1]}".format),
    )


PATTERNS = st.recursive(_ATOMS, _larger, max_leaves=10)


@given(PATTERNS, st.text("ab é.1\n_", max_size=8))
def test_a_pattern_fits_what_it_fits_in_python(pattern: str, text: str) -> None:
    """Any of the supported kind, in any text: the same answer as `re` gives, in the time of a linear engine."""
    if r"\B" in pattern and not text:
        return  # Python before 3.14 finds no \B in an empty text
    assert Pattern(pattern).search(text) == (re.search(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("(a+)+$", LONG + "!", False),
        ("(a|aa)*c", LONG, False),
        ("a*a*a*a*a*a*b", LONG, False),
        ("(a?){300}a{300}$", LONG, True),
        ("([ab]*a[ab]{100})+x", "ab" * 2000, False),
        (r"^(\w+\s?)*$", "word " * 800 + "!", False),
    ],
)
def test_a_catastrophic_pattern_costs_no_more_than_another(pattern: str, text: str, fits: bool) -> None:  # noqa: FBT001 - a table
    """`re` would still be at it tomorrow; the suite's time limit is the only clock here."""
    assert Pattern(pattern).search(text) is fits


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a)\1", "not supported"),
        ("(?=a)b", "not supported"),
        ("(?!a)b", "not supported"),
        ("(?<=a)b", "not supported"),
        ("(?i)a", "not supported"),
        ("(?P<n>a)", "not supported"),
        (r"\p{L}", "not supported"),
        (r"\Aa\Z", "not supported"),
        ("a{,3}", "not supported"),
        ("a{99999}", "not supported"),
        ("[a", "not supported"),
        ("a\\", "not supported"),
        ("*a", "nothing stands before"),
        ("a**", "nothing stands before"),
        ("a*+", "nothing stands before"),
        ("^*", "nothing stands before"),
        ("(a", "a group is not closed"),
        ("a)", "closes nothing"),
        ("a{3,2}", "fewer than it asks for"),
        ("[b-a]", "no class of characters"),
        ("a" * (MAX_PATTERN + 1), "may have at most 1,000"),
        ("(" * 99 + ")" * 99, "nested more than"),
        ("((((a{999}){999}){999}){999})", "written out"),
        ("((((){999}){999}){999})", "written out"),
        ("((((a?){1,999}){1,999}){1,999})*", "written out"),
    ],
)
def test_what_is_not_matched_in_linear_time_is_refused(pattern: str, why: str) -> None:
    """With the reason, and before anything is matched."""
    with pytest.raises(UnsupportedPattern, match=re.escape(why)):
        Pattern(pattern)


def test_the_built_in_patterns_can_be_copied_into_an_own_schema() -> None:
    """What `init` writes is the built-in schema; a repository narrows it and keeps the rest."""
    for attribute in BUILT_IN["properties"].values():
        if "pattern" in attribute:
            pattern = Pattern(attribute["pattern"])
            for text in ("jhsc-en-01", "A course — été", "https://a.example/x?y#z", " ", "\u202e", "http://", ""):
                assert pattern.search(text) == (re.search(attribute["pattern"], text) is not None)


def own(**schema: Any) -> Rules:
    return Rules(BUILT_IN, schema)


@pytest.mark.parametrize("reference", ["https://schema.example/a.json", "other.json", "/etc/passwd", "file:///x"])
def test_a_reference_leads_nowhere_else(reference: str) -> None:
    """Nothing is fetched, and the error says what to write."""
    with pytest.raises(CatalogError, match=r"refers to .* \(at properties/price\): nothing is fetched") as raised:
        own(properties={"price": {"$ref": reference}}).errors({})
    assert raised.value.hint == "Write it into the schema itself, and refer to it there: #/$defs/NAME."


def test_a_reference_inside_the_schema_is_followed() -> None:
    """As anywhere."""
    rules = own(properties={"price": {"$ref": "#/$defs/low"}}, **{"$defs": {"low": {"maximum": 9}}})
    assert [error.validator for error in rules.errors({"price": 10})] == ["maximum"]
    for _ in range(3 * MAX_REFERENCES):
        assert rules.errors({"price": 9}) == [], "each file has its own count"


def test_references_that_double_each_other_come_to_an_end() -> None:
    """Forty steps of two each would be a million million."""
    steps = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    rules = own(**{"$ref": "#/$defs/d0", "$defs": {**steps, "d40": {}}})
    with pytest.raises(CatalogError, match="more than 100 references for one file"):
        rules.errors({})


@pytest.mark.parametrize(
    "keyword", ["patternProperties", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"]
)
def test_keywords_that_cannot_be_bounded_are_refused(keyword: str) -> None:
    """Wherever they stand, also below what looks like data."""
    with pytest.raises(CatalogError, match=rf"may not use {re.escape(keyword)} \(at properties/const\)"):
        own(properties={"const": {keyword: {}}}).errors({})


def test_a_pattern_that_is_refused_is_told_with_its_place() -> None:
    """And why."""
    with pytest.raises(CatalogError, match=r"the pattern \(\?=a\) of the offering schema .* \(at properties/x\)"):
        own(properties={"x": {"pattern": "(?=a)"}}).errors({})


def test_a_schema_is_neither_deep_nor_endless() -> None:
    """32 levels, 2,000 objects."""
    deep: dict[str, Any] = {}
    for _ in range(MAX_DEPTH):
        deep = {"not": deep}
    assert own(**deep).errors({}) == []
    with pytest.raises(CatalogError, match="nested more than 32 deep"):
        own(**{"not": deep}).errors({})
    with pytest.raises(CatalogError, match="2,001 objects, and may have at most 2,000"):
        own(allOf=[{}] * MAX_OBJECTS).errors({})


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 20, "0." + "9" * 20, "NaN", "-Infinity"])
def test_a_number_of_a_schema_is_a_short_one(number: str) -> None:
    """5,000 digits would be an error of Python's."""
    with pytest.raises(CatalogError, match=r"own is not JSON: .*number"):
        parse(f'{{"maximum": {number}}}'.encode(), "own")


def test_a_number_that_cannot_be_counted_with_is_told() -> None:
    """A price is no multiple of next to nothing."""
    rules = Rules(BUILT_IN, parse(b'{"properties": {"price": {"multipleOf": 1e-999999}}}', "own"))
    price = parse(b'{"price": 199.99}', "values")
    with pytest.raises(CatalogError, match="cannot be evaluated"):
        rules.errors(price)


def test_a_large_schema_is_not_read(tmp_path: Path) -> None:
    """256 KiB, to the byte."""
    path = tmp_path / "own.schema.json"
    path.write_bytes(b"{}".ljust(MAX_SCHEMA_BYTES))
    assert catalog.read_schema(path) == {}
    path.write_bytes(b"{}".ljust(MAX_SCHEMA_BYTES + 1))
    with pytest.raises(CatalogError, match="it has 262,145 bytes, and may have at most 262,144"):
        catalog.read_schema(path)


def test_a_linked_schema_is_not_read(tmp_path: Path) -> None:
    """Neither the file nor a folder in its path may be a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "own.json").write_text(json.dumps({}))
    (tmp_path / "schema").symlink_to("real")
    (tmp_path / "real" / "link.json").symlink_to("own.json")
    for name in ("schema/own.json", "real/link.json"):
        with pytest.raises(CatalogError, match="is a symbolic link, which is not followed"):
            catalog.read_schema(tmp_path / name, repo_root=tmp_path)


def test_a_long_demand_is_told_in_short(tmp_path: Path) -> None:
    """A list of ten thousand values is not printed for each file."""
    path = tmp_path / "offerings" / "a.yaml"
    path.parent.mkdir()
    path.write_text("offeringId: a\n")
    schema = {"properties": {"offeringId": {"enum": [str(n) for n in range(10_000)]}}}
    found = catalog.load(path.parent, schema=schema)
    assert all(len(problem.message) < 500 for problem in found.problems)
    assert any("must be one of ['0', '1'" in problem.message for problem in found.problems)
