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
from offerctl.catalog.json_schema import (
    MAX_DEPTH,
    MAX_OBJECTS,
    MAX_PATTERNS,
    MAX_REFERENCES,
    MAX_WORK,
    Rules,
    parse,
)
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


def test_a_schema_has_so_many_patterns() -> None:
    """Fifty, wherever they stand."""
    own(allOf=[{"pattern": "a"}] * MAX_PATTERNS).errors({})
    with pytest.raises(CatalogError, match="the offering schema has 51 patterns, and may have at most 50"):
        own(allOf=[{"properties": {"courseName": {"pattern": "a"}}}] * (MAX_PATTERNS + 1)).errors({})


def counted(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every step that these rules are told of."""
    steps = list[int]()
    spend = Rules._spend

    def spent(self: Rules, number: int) -> None:
        steps.append(number)
        spend(self, number)

    monkeypatch.setattr(Rules, "_spend", spent)
    return steps


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"properties": {"courseName": {"pattern": f"^(a?){{1240}}b{{0,{n}}}$"}}} for n in range(50)]},
        {"propertyNames": {"pattern": "^(a?){1240}b*$"}},
        {"allOf": [{"additionalProperties": {"type": "array"}}] * 900},
        {"$defs": {"d": {"allOf": [{"type": "string"}] * 900}}, "allOf": [{"$ref": "#/$defs/d"}] * 90},
        {"$defs": {"d": {"enum": [*range(9_000)]}}, "allOf": [{"$ref": "#/$defs/d"}] * 90},
    ],
    ids=["patterns", "names", "fields", "references", "values"],
)
def test_the_work_of_a_schema_for_one_file_is_bounded(
    schema: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its patterns and keywords together: each alone is within its bounds."""
    values = {"courseName": "a" * 255, **{f"{'a' * 50}{n}": n for n in range(40)}}
    rules = own(**schema)
    steps = counted(rules, monkeypatch)
    with pytest.raises(CatalogError, match="the offering schema takes more than 500,000 steps for one file"):
        rules.errors(values)
    assert MAX_WORK < sum(steps) <= MAX_WORK + 20_000


def test_what_was_matched_once_is_not_matched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof reads a file again with one value changed, and pays for that alone."""
    rules = own(properties={"courseName": {"pattern": "^(a?){200}$"}})
    steps = counted(rules, monkeypatch)
    assert rules.errors({"courseName": "a" * 100}) == []
    first = sum(steps)
    for _ in range(50):
        assert rules.errors({"courseName": "a" * 100}) == []
    assert sum(steps) < 2 * first


def test_each_file_has_its_own_count_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files may cost together what none may alone."""
    rules = own(properties={"courseName": {"pattern": "^(a?){400}[0-9]*$"}})
    steps = counted(rules, monkeypatch)
    for number in range(20):
        assert rules.errors({"courseName": f"{'a' * 100}{number}"}) == []
    assert sum(steps) > MAX_WORK


def test_what_is_no_offering_is_not_shown_to_the_schema(tmp_path: Path) -> None:
    """Very many fields, or a list: both are refused without it, and a schema could be at it for long."""
    own_schema = {"allOf": [{"additionalProperties": {"type": "string"}, "uniqueItems": True}] * 900}
    many = "".join(f"strange{n}: 1\n" for n in range(900))
    for text in (many, f"offeringId: [{'1, ' * 900}]\n"):
        (tmp_path / "a.yaml").write_text(text)
        found = catalog.load_paths((tmp_path / "a.yaml",), repo_root=tmp_path, schema=own_schema)
        assert found.errors
        assert "OFR118" not in {problem.code for problem in found.problems}


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
