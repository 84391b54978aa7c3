"""The one table of characters that hide or do something, and what makes text harmless."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
import regress
from hypothesis import given
from hypothesis import strategies as st

from offerctl import canon
from offerctl.characters import (
    ANNOTATIONS,
    BLANKS,
    CONTROLS,
    DEFAULT_IGNORABLE,
    LINE_BREAKS,
    MOST_IN_A_ROW,
    NO_CHARACTERS,
    PRIVATE,
    SPACES,
    escaped_json,
    first_unfit,
    no_command,
    sanitize,
    sanitize_lines,
    sanitize_parts,
)

EVERY = [chr(number) for number in range(0x110000) if not 0xD800 <= number <= 0xDFFF]
TABLES = (DEFAULT_IGNORABLE, CONTROLS, LINE_BREAKS, ANNOTATIONS, NO_CHARACTERS, PRIVATE, BLANKS)
MARK = regress.Regex(r"[\p{Mn}\p{Me}]", "u")
IGNORABLE = regress.Regex(r"\p{Default_Ignorable_Code_Point}", "u")


def numbers(*several: tuple[tuple[int, int], ...]) -> set[int]:
    """What stands in these ranges."""
    return {number for ranges in several for first, last in ranges for number in range(first, last + 1)}


def obeyed(line: str) -> bool:
    """Whether GitHub's runner takes a line of output for a workflow command."""
    return line.lstrip().startswith("::") or "##[" in line


def test_the_table_is_unicodes_property() -> None:
    """By an engine that carries the Unicode database itself."""
    assert numbers(DEFAULT_IGNORABLE) == {ord(c) for c in EVERY if IGNORABLE.find(c)}


def test_every_control_and_format_character_that_is_not_shown_is_in_the_table() -> None:
    """By the categories of Python's own Unicode; the rest of its format characters are signs that one sees."""
    known = numbers(DEFAULT_IGNORABLE, CONTROLS, LINE_BREAKS, ANNOTATIONS)
    left = [c for c in EVERY if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} and ord(c) not in known]
    signs = ("ARABIC ", "SYRIAC ", "KAITHI ", "EGYPTIAN HIEROGLYPH ")
    assert [unicodedata.name(c) for c in left if not unicodedata.name(c).startswith(signs)] == []


def test_private_characters_and_those_that_are_none_are_in_the_table() -> None:
    """By the categories of Python's own Unicode: private use is Co, and noncharacters are for ever Cn."""
    assert numbers(PRIVATE) == {ord(c) for c in EVERY if unicodedata.category(c) == "Co"}
    assert len(numbers(NO_CHARACTERS)) == 66
    assert {unicodedata.category(chr(number)) for number in numbers(NO_CHARACTERS)} == {"Cn"}


def test_a_mark_is_spelled_where_more_than_a_letter_has_stand_upon_it() -> None:
    """Every one of Unicode's marks, by an engine that carries the Unicode database itself; and nothing else."""
    shown = numbers(*TABLES)
    marks = {c for c in EVERY if MARK.find(c) and ord(c) not in shown}
    for mark in marks:
        row = mark * MOST_IN_A_ROW
        assert sanitize(f"a{row}b") == f"a{row}b", hex(ord(mark))
        assert sanitize(f"a{row}{mark}b") == f"a{row}{ascii(mark)[1:-1]}b", hex(ord(mark))
    others = "".join(c * (MOST_IN_A_ROW + 1) for c in EVERY[:0x20000] if c not in marks and ord(c) not in shown)
    assert sanitize(re.sub(r"\s", "", others)) == re.sub(r"\s", "", others)


def test_a_space_is_spelled_behind_a_row_of_spaces_that_a_page_shows() -> None:
    """All kinds but the ordinary one, which pages join, and which is our own in columns."""
    for space in (c for c in EVERY if unicodedata.category(c) == "Zs" and c != " "):
        assert re.fullmatch(f"[{SPACES}]", space), hex(ord(space))
        assert sanitize(f"a{' ' * MOST_IN_A_ROW}b{space * MOST_IN_A_ROW}c").isascii() is False
        assert sanitize(f"a{' ' * MOST_IN_A_ROW}{space}b") == f"a{' ' * MOST_IN_A_ROW}{ascii(space)[1:-1]}b"
    assert sanitize("a" + " " * 99) == "a" + " " * 99


@given(st.text(st.sampled_from("a \u0301\u200d\u2003\u202e\n")), st.lists(st.integers(0, 12)))
def test_a_text_in_parts_is_the_text(text: str, cuts: list[int]) -> None:
    """Wherever it is cut, so that a piece of it hides nothing that all of it would show."""
    assert "".join(sanitize_parts(text, *sorted(cuts))) == sanitize(text)
    assert (first_unfit(text) is None) == (sanitize(text) == text)


def test_each_of_them_is_spelled_out_between_letters() -> None:
    """Whatever it is, it does nothing, and it shows."""
    for number in numbers(*TABLES):
        made = sanitize(f"a{chr(number)}b")
        assert made.isascii(), hex(number)
        assert made.isprintable(), hex(number)
        assert len(made) > 3, hex(number)


@pytest.mark.parametrize(
    "text",
    [
        "CMSST, certification partie 1 \u2013 l\u2019été «à»",
        "安全",
        "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
        "\U0001f469\u200d\u2695\ufe0f 1\ufe0f\u20e3",
    ],
)
def test_ordinary_text_of_any_script_is_left_as_it_is(text: str) -> None:
    """Joiners and selectors with it, where they join something."""
    assert sanitize(text) == text


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_harmless_stays_so(text: str) -> None:
    """Once is enough; lines of ours stay lines."""
    once = sanitize(text)
    assert sanitize(once) == once
    assert "\n" not in once
    assert sanitize_lines(text) == "\n".join(map(sanitize, text.split("\n")))
    once.encode()  # no half of a pair is left


@given(st.dictionaries(st.text(), st.text()))
def test_json_says_the_same_and_does_nothing(value: dict[str, str]) -> None:
    """The reader of the JSON gets the very text; a terminal, git and a runner get nothing to obey."""
    rows = "e" + "\u0301" * 9 + "\u2003" * 9
    hostile = {**value, "said": f"a\u202e\x9b\x7f\U000e0101\u3164\ufe0f\u200d\u2800\U0010fffd{rows}##[add-mask]x"}
    for written in (canon.document(hostile), canon.line(hostile)):
        assert json.loads(written) == hostile
        text = written.decode()
        assert not numbers(*TABLES) & set(map(ord, text)) - {10}
        assert "\u0301" * (MOST_IN_A_ROW + 1) not in text
        assert "\u2003" * (MOST_IN_A_ROW + 1) not in text
        assert not any(map(obeyed, text.splitlines()))


def test_json_without_such_characters_is_not_touched() -> None:
    """The bytes themselves, whatever the script."""
    data = '{"said": "l\u2019été \u2013 安全"}'.encode()
    assert escaped_json(data) == data


@given(st.text(st.sampled_from(":#[] \t\r\n\x85\u00a0\u2028ab")))
def test_no_line_is_a_workflow_command(text: str) -> None:
    """Neither the first one nor any other, however the runner parts lines."""
    made = no_command(text)
    assert not any(obeyed(line) for line in made.replace("\r", "\n").split("\n"))
    assert not obeyed(made)
    assert made.replace(r"\x3a", ":").replace(r"\x5b", "[") == text
