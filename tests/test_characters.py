"""The one table of characters that hide or do something, and what makes text harmless."""

from __future__ import annotations

import json
import unicodedata

import pytest
import regress
from hypothesis import given
from hypothesis import strategies as st

from offerctl import canon
from offerctl.characters import (
    ANNOTATIONS,
    CONTROLS,
    DEFAULT_IGNORABLE,
    LINE_BREAKS,
    escaped_json,
    no_command,
    sanitize,
    sanitize_lines,
)

EVERY = [chr(number) for number in range(0x110000) if not 0xD800 <= number <= 0xDFFF]
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


def test_each_of_them_is_spelled_out_between_letters() -> None:
    """Whatever it is, it does nothing, and it shows."""
    for number in numbers(DEFAULT_IGNORABLE, CONTROLS, LINE_BREAKS, ANNOTATIONS):
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
    hostile = {**value, "said": "a\u202e\x9b\x7f\U000e0101\u3164\ufe0f\u200d##[add-mask]x"}
    for written in (canon.document(hostile), canon.line(hostile)):
        assert json.loads(written) == hostile
        text = written.decode()
        assert not numbers(DEFAULT_IGNORABLE, CONTROLS, LINE_BREAKS, ANNOTATIONS) & set(map(ord, text)) - {10}
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
