"""Characters that a reader does not see, or that do something: the one table of them, and how text gets harmless.

Whatever was not written here (files, states, answers, names) passes through `sanitize` where a message is built
from it. Offering files may not hold the same characters at all (`first_harmful`), and JSON has them as escapes
(`escaped_json`). Joiners that a script needs are let through where they join something, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Unicode's Default_Ignorable_Code_Point (17.0): whatever is shown as nothing by those who do not know it.

What Unicode has reserved for later characters of the kind is part of it, so the ranges seldom change.
"""
CONTROLS = ((0x00, 0x1F), (0x7F, 0x9F))
"""C0 with tab and line breaks, DEL, and C1: terminals obey them."""
LINE_BREAKS = ((0x2028, 0x2029),)
"""The separators of lines and paragraphs, at which YAML 1.1, JavaScript and others break lines."""
ANNOTATIONS = ((0xFFF9, 0xFFFB),)
"""Begin and end a note between the lines."""
HALVES = ((0xD800, 0xDFFF),)
"""Halves of pairs, which no stream can encode."""
NO_CHARACTERS = ((0xFFFE, 0xFFFF),)
"""A byte order mark the wrong way round, and its neighbour: YAML forbids both."""
JOINERS = "\u200c\u200d"
"""Some scripts and emoji need them between two characters; beside a Latin letter or a blank they join nothing."""
SELECTORS = "\ufe0e\ufe0f"
"""Text or picture: they belong behind an emoji, one behind each."""
UNMISSED = frozenset("\u00ad\u180e\u200b\u200c\u200d\u200e\u2060\u2061\u2062\u2063\u2064\ufeff\ufe0e\ufe0f")
"""Of the harmful ones, what leaves a text looking as it did when it goes."""

_EMOJI = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_KEYCAP = "(?<=[0-9#*])\ufe0f\u20e3"
_ASCII = (b"##[", b"\x7f")
"""What is escaped of plain ASCII, once JSON has escaped the other controls."""
_FREE = "\t\n\r"
"""Controls that a text of several lines may have."""


def first_harmful(text: str) -> re.Match[str] | None:
    """The first character that a text of several lines may not hold; tabs and line breaks may stand in it."""
    return next(all_harmful(text), None)


def all_harmful(text: str) -> Iterator[re.Match[str]]:
    """Every such character, in its order."""
    if _suspect().search(text):  # one class is six times as fast, and mostly finds nothing
        yield from _harmful().finditer(text)


def without_unmissed(text: str) -> str:
    """The text without the harmful characters that nobody misses."""
    return _harmful().sub(lambda found: "" if found[0] in UNMISSED else found[0], text)


def sanitize(text: str) -> str:
    r"""One line of text whose control, direction and invisible characters are spelled out: `\x1b`, `\u202e`, `\n`.

    For every text that was not written here. It cannot move the cursor, forge a line of output or reorder what
    stands beside it, and what it hides shows.
    """
    if text.isascii() and text.isprintable():
        return text
    return _unsafe().sub(lambda found: _spelled(found[0]), text)


def sanitize_lines(text: str) -> str:
    """The same for a text whose line breaks are ours: they stay."""
    return "\n".join(sanitize(line) for line in text.split("\n"))


def escaped_json(document: bytes) -> bytes:
    r"""A JSON document of the same value whose strings have all of these characters as escapes: `\u202e`.

    So it is harmless in a terminal, in git, and in the log of a GitHub runner, which takes `##[` for a command of
    its old kind.
    """
    if not any(first in document for first in (_ASCII if document.isascii() else _first_bytes())):
        return document
    return _hidden().sub(lambda found: _units(found[0]), document.decode()).encode()


def no_command(text: str) -> str:
    r"""Text in which a GitHub runner finds no workflow command: `\x3a:stop-commands::`.

    It obeys lines that begin with `::` behind any blanks, and `##[` anywhere in a line.
    """
    return re.sub(r"(?<![^\n\r])(\s*):(?=:)|(?<=##)\[", lambda f: r"\x5b" if f[0] == "[" else rf"{f[1]}\x3a", text)


def _ranges(*several: Iterable[tuple[int, int]], but: str = "") -> str:
    """The inside of a character class: these ranges without some characters."""
    pieces = []
    for first, last in (pair for ranges in several for pair in ranges):
        start = first
        for left_out in sorted(ord(c) for c in but if first <= ord(c) <= last):
            pieces += [(start, left_out - 1)]
            start = left_out + 1
        pieces += [(start, last)]
    return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in pieces if a <= b)


_ALL = (CONTROLS, LINE_BREAKS, ANNOTATIONS, NO_CHARACTERS, HALVES, DEFAULT_IGNORABLE)


def _in_no_place() -> str:
    """The class of what is harmful wherever it stands."""
    return _ranges(*_ALL, but=f"{_FREE}{JOINERS}{SELECTORS}")


def _misplaced() -> str:
    """Joiners and selectors where they do nothing but hide."""
    joined = f"[^\\x00-\\u024f{_in_no_place()}{JOINERS}]"
    return f"(?<!{joined})[{JOINERS}]|[{JOINERS}](?!{joined})|(?<![{_EMOJI}])(?!{_KEYCAP})[{SELECTORS}]"


# Compiled at the first use: help needs none of them.


@cache
def _suspect() -> re.Pattern[str]:
    return re.compile(f"[{_in_no_place()}{JOINERS}{SELECTORS}]")


@cache
def _harmful() -> re.Pattern[str]:
    return re.compile(f"[{_in_no_place()}]|{_misplaced()}")


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile(f"[{_in_no_place()}{_FREE}]|{_misplaced()}")


@cache
def _hidden() -> re.Pattern[str]:
    """What a JSON string may hold as it is, and should not: its C0 are escaped by every writer."""
    return re.compile(f"[{_ranges(*_ALL, but=''.join(map(chr, range(0x20))))}]|(?<=##)\\[")


@cache
def _first_bytes() -> tuple[bytes, ...]:
    """What each of them begins with in UTF-8: most documents have none of these bytes."""
    pairs = (pair for ranges in (DEFAULT_IGNORABLE, LINE_BREAKS, ANNOTATIONS, NO_CHARACTERS) for pair in ranges)
    firsts = {chr(number).encode()[:1] for first, last in pairs for number in range(first, last + 1)}
    return (*_ASCII, *sorted(firsts | {b"\xc2"}))  # C1 begins with C2


def _units(character: str) -> str:
    """JSON escapes what lies beyond the basic plane as two halves."""
    data = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(data[i : i + 2], 'big'):04x}" for i in range(0, len(data), 2))


def _spelled(character: str) -> str:
    return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character) or ascii(character)[1:-1]
