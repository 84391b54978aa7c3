"""Characters that a reader does not see, or that do something: the one table of them, and how text gets harmless.

Whatever was not written here (files, states, answers, names) passes through `sanitize` where a message is built
from it. Offering files may not hold the same characters at all (`first_harmful`), and JSON has them as escapes
(`escaped_json`). Joiners that a script needs are let through where they join something, and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

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
NO_CHARACTERS = ((0xFDD0, 0xFDEF), *((plane | 0xFFFE, plane | 0xFFFF) for plane in range(0, 0x110000, 0x10000)))
"""Unicode's noncharacters, a byte order mark the wrong way round among them: never to be part of a text."""
PRIVATE = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))
"""What each font, or none, has a sign for: a bullet of Word's, a logo, nothing."""
BLANKS = (
    (0x2800, 0x2800), (0xFFFC, 0xFFFC), (0x13441, 0x13442), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159),
)  # fmt: skip
"""Letters and signs drawn as nothing: of Braille, hieroglyphs, Khitan, music; and where a picture was."""
JOINERS = "\u200c\u200d"
"""Some scripts and emoji need them between two characters; beside a Latin letter or a blank they join nothing."""
SELECTORS = "\ufe0e\ufe0f"
"""Text or picture: they belong behind an emoji, one behind each."""
UNMISSED = frozenset("\u00ad\u180e\u200b\u200c\u200d\u200e\u2060\u2061\u2062\u2063\u2064\ufeff\ufe0e\ufe0f")
"""Of the harmful ones, what leaves a text looking as it did when it goes."""

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Those besides the ordinary one: a page shows each of them, so that a row of them moves text out of sight."""
MOST_IN_A_ROW = 4
"""Marks on one letter, as some languages need them, and spaces in a row: those behind them are harmful."""
_MARKS = (
    "300-34E 350-36F 483-489 591-5BD 5BF 5C1-5C2 5C4-5C5 5C7 610-61A 64B-65F 670 6D6-6DC 6DF-6E4 6E7-6E8 6EA-6ED "
    "711 730-74A 7A6-7B0 7EB-7F3 7FD 816-819 81B-823 825-827 829-82D 859-85B 897-89F 8CA-8E1 8E3-902 93A 93C "
    "941-948 94D 951-957 962-963 981 9BC 9C1-9C4 9CD 9E2-9E3 9FE A01-A02 A3C A41-A42 A47-A48 A4B-A4D A51 A70-A71 "
    "A75 A81-A82 ABC AC1-AC5 AC7-AC8 ACD AE2-AE3 AFA-AFF B01 B3C B3F B41-B44 B4D B55-B56 B62-B63 B82 BC0 BCD C00 "
    "C04 C3C C3E-C40 C46-C48 C4A-C4D C55-C56 C62-C63 C81 CBC CBF CC6 CCC-CCD CE2-CE3 D00-D01 D3B-D3C D41-D44 D4D "
    "D62-D63 D81 DCA DD2-DD4 DD6 E31 E34-E3A E47-E4E EB1 EB4-EBC EC8-ECE F18-F19 F35 F37 F39 F71-F7E F80-F84 "
    "F86-F87 F8D-F97 F99-FBC FC6 102D-1030 1032-1037 1039-103A 103D-103E 1058-1059 105E-1060 1071-1074 1082 "
    "1085-1086 108D 109D 135D-135F 1712-1714 1732-1733 1752-1753 1772-1773 17B7-17BD 17C6 17C9-17D3 17DD "
    "1885-1886 18A9 1920-1922 1927-1928 1932 1939-193B 1A17-1A18 1A1B 1A56 1A58-1A5E 1A60 1A62 1A65-1A6C "
    "1A73-1A7C 1A7F 1AB0-1ADD 1AE0-1AEB 1B00-1B03 1B34 1B36-1B3A 1B3C 1B42 1B6B-1B73 1B80-1B81 1BA2-1BA5 "
    "1BA8-1BA9 1BAB-1BAD 1BE6 1BE8-1BE9 1BED 1BEF-1BF1 1C2C-1C33 1C36-1C37 1CD0-1CD2 1CD4-1CE0 1CE2-1CE8 1CED "
    "1CF4 1CF8-1CF9 1DC0-1DFF 20D0-20F0 2CEF-2CF1 2D7F 2DE0-2DFF 302A-302D 3099-309A A66F-A672 A674-A67D "
    "A69E-A69F A6F0-A6F1 A802 A806 A80B A825-A826 A82C A8C4-A8C5 A8E0-A8F1 A8FF A926-A92D A947-A951 A980-A982 "
    "A9B3 A9B6-A9B9 A9BC-A9BD A9E5 AA29-AA2E AA31-AA32 AA35-AA36 AA43 AA4C AA7C AAB0 AAB2-AAB4 AAB7-AAB8 "
    "AABE-AABF AAC1 AAEC-AAED AAF6 ABE5 ABE8 ABED FB1E FE20-FE2F 101FD 102E0 10376-1037A 10A01-10A03 10A05-10A06 "
    "10A0C-10A0F 10A38-10A3A 10A3F 10AE5-10AE6 10D24-10D27 10D69-10D6D 10EAB-10EAC 10EFA-10EFF 10F46-10F50 "
    "10F82-10F85 11001 11038-11046 11070 11073-11074 1107F-11081 110B3-110B6 110B9-110BA 110C2 11100-11102 "
    "11127-1112B 1112D-11134 11173 11180-11181 111B6-111BE 111C9-111CC 111CF 1122F-11231 11234 11236-11237 1123E "
    "11241 112DF 112E3-112EA 11300-11301 1133B-1133C 11340 11366-1136C 11370-11374 113BB-113C0 113CE 113D0 113D2 "
    "113E1-113E2 11438-1143F 11442-11444 11446 1145E 114B3-114B8 114BA 114BF-114C0 114C2-114C3 115B2-115B5 "
    "115BC-115BD 115BF-115C0 115DC-115DD 11633-1163A 1163D 1163F-11640 116AB 116AD 116B0-116B5 116B7 1171D 1171F "
    "11722-11725 11727-1172B 1182F-11837 11839-1183A 1193B-1193C 1193E 11943 119D4-119D7 119DA-119DB 119E0 "
    "11A01-11A0A 11A33-11A38 11A3B-11A3E 11A47 11A51-11A56 11A59-11A5B 11A8A-11A96 11A98-11A99 11B60 11B62-11B64 "
    "11B66 11C30-11C36 11C38-11C3D 11C3F 11C92-11CA7 11CAA-11CB0 11CB2-11CB3 11CB5-11CB6 11D31-11D36 11D3A "
    "11D3C-11D3D 11D3F-11D45 11D47 11D90-11D91 11D95 11D97 11EF3-11EF4 11F00-11F01 11F36-11F3A 11F40 11F42 11F5A "
    "13440 13447-13455 1611E-16129 1612D-1612F 16AF0-16AF4 16B30-16B36 16F4F 16F8F-16F92 16FE4 1BC9D-1BC9E "
    "1CF00-1CF2D 1CF30-1CF46 1D167-1D169 1D17B-1D182 1D185-1D18B 1D1AA-1D1AD 1D242-1D244 1DA00-1DA36 1DA3B-1DA6C "
    "1DA75 1DA84 1DA9B-1DA9F 1DAA1-1DAAF 1E000-1E006 1E008-1E018 1E01B-1E021 1E023-1E024 1E026-1E02A 1E08F "
    "1E130-1E136 1E2AE 1E2EC-1E2EF 1E4EC-1E4EF 1E5EE-1E5EF 1E6E3 1E6E6 1E6EE-1E6EF 1E6F5 1E8D0-1E8D6 1E944-1E94A"
)
"""Unicode's categories Mn and Me (17.0): drawn upon the letter before them, and over other lines in a pile."""
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_KEYCAP = "(?<=[0-9#*]\ufe0f)\u20e3"
_LAST = 0xFFFF
_BEYOND = "\U00010000-\U0010ffff"
_ASCII = (b"##[", b"\x7f")
"""What is escaped of plain ASCII, once JSON has escaped the other controls."""
_ALL_ASCII = bytes(range(0x80))
_FREE = "\t\n\r"
"""Controls that a text of several lines may have."""


def first_harmful(text: str) -> re.Match[str] | None:
    """The first character that a text of several lines may not hold; tabs and line breaks may stand in it."""
    return next(all_harmful(text), None)


def all_harmful(text: str) -> Iterator[re.Match[str]]:
    """Every such character, in its order."""
    if (crowded := _is_crowded(text)) or _suspect().search(text):  # six times as fast, and mostly finds nothing
        yield from _harmful(crowded=crowded).finditer(text)


def first_unfit(text: str) -> re.Match[str] | None:
    """The first character that a value, a name, any text of one line may not hold: what `sanitize` spells."""
    if text.isascii() and text.isprintable():
        return None
    return _unsafe(crowded=_is_crowded(text)).search(text)


def is_blank(text: str) -> bool:
    """Whether a text has nothing to be read: spaces alone, or accents without a letter."""
    return all(character.isspace() or unicodedata.category(character)[0] in "ZM" for character in text)


def without_unmissed(text: str) -> str:
    """The text without the harmful characters that nobody misses."""
    return _harmful(crowded=False).sub(lambda found: "" if found[0] in UNMISSED else found[0], text)


def sanitize(text: str) -> str:
    r"""One line of text whose control, direction and invisible characters are spelled out: `\x1b`, `\u202e`, `\n`.

    For every text that was not written here. It cannot move the cursor, forge a line of output, reorder what
    stands beside it, paint over it or push it out of sight; and what it hides shows.
    """
    if text.isascii() and text.isprintable():
        return text
    return _unsafe(crowded=_is_crowded(text)).sub(lambda found: _spelled(found[0]), text)


def sanitize_parts(text: str, *cuts: int) -> list[str]:
    """The same of a text that is cut at these places: what a character does depends on those around it."""
    edges = [0, *(min(cut, len(text)) for cut in cuts), len(text)]
    spelled = {found.start(): _spelled(found[0]) for found in _unsafe(crowded=_is_crowded(text)).finditer(text)}
    pairs = pairwise(edges)
    return ["".join(spelled.get(at, text[at]) for at in range(start, stop)) for start, stop in pairs]


def sanitize_lines(text: str) -> str:
    """The same for a text whose line breaks are ours: they stay."""
    return "\n".join(sanitize(line) for line in text.split("\n"))


def escaped_json(document: bytes) -> bytes:
    r"""A JSON document of the same value whose strings have all of these characters as escapes: `\u202e`.

    So it is harmless in a terminal, in git, and in the log of a GitHub runner, which takes `##[` for a command of
    its old kind.
    """
    if not (any(sign in document for sign in _ASCII) or _may_hide(document.translate(None, _ALL_ASCII).decode())):
        return document
    text = document.decode()
    return _hidden(crowded=_is_crowded(text)).sub(lambda found: _units(found[0]), text).encode()


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


_SHOWN_AS_NOTHING = (DEFAULT_IGNORABLE, LINE_BREAKS, ANNOTATIONS, NO_CHARACTERS, PRIVATE, BLANKS)
_ALL = (CONTROLS, HALVES, *_SHOWN_AS_NOTHING)


def _in_no_place() -> str:
    """The class of what is harmful wherever it stands."""
    return _ranges(*_ALL, but=f"{_FREE}{JOINERS}{SELECTORS}")


def _one(*, but: str) -> str:
    """A pattern of one harmful character: the few beyond the basic plane are asked about apart.

    Each way in these patterns begins with a class, which is looked at at once; what stands around comes after.
    """
    pairs = [pair for ranges in _ALL for pair in ranges]
    basic, beyond = ([pair for pair in pairs if (pair[1] <= _LAST) is near] for near in (True, False))
    return f"[{_ranges(basic, but=but)}]|[{_BEYOND}](?<=[{_ranges(beyond)}])"


def _misplaced() -> str:
    """Joiners and selectors where they do nothing but hide."""
    joined = f"[^\\x00-\\u024f{_in_no_place()}{JOINERS}]"
    alone = f"[{JOINERS}](?:(?<!{joined}[{JOINERS}])|(?!{joined}))"
    return f"{alone}|[{SELECTORS}](?<![{_EMOJI}][{SELECTORS}])(?!{_KEYCAP})"


def _marks() -> list[tuple[int, int]]:
    """The table of them, as ranges."""
    ends = (mark.split("-") for mark in _MARKS.split())
    return [(int(pair[0], 16), int(pair[-1], 16)) for pair in ends]


def _piled() -> str:
    """Marks behind as many as one letter has; what joins letters does not begin another row of them."""
    marks = _ranges(_marks())
    return f"[{marks}](?<=[{marks}{JOINERS}{SELECTORS}]{{{MOST_IN_A_ROW + 1}}})"


def _spaced() -> str:
    """Spaces of other kinds behind as many spaces of any kind."""
    return f"[{SPACES}](?<=[ {SPACES}]{{{MOST_IN_A_ROW + 1}}})"


def _is_crowded(text: str) -> bool:
    """Whether there can be a long row of marks or spaces: looking for one takes a pattern of all the marks."""
    return not text.isascii() and any(row.search(text) for row in _rows())


# Compiled at the first use: help needs none of them.


@cache
def _rows() -> tuple[re.Pattern[str], ...]:
    """Two, as a pattern that begins with one class is looked for several times as fast."""
    return re.compile(f"[^\\x00-\u02ff]{{{MOST_IN_A_ROW + 1}}}"), re.compile(_spaced())


@cache
def _suspect() -> re.Pattern[str]:
    basic = ([pair for pair in ranges if pair[1] <= _LAST] for ranges in _ALL)
    return re.compile(f"[{_ranges(*basic, but=_FREE)}{_BEYOND}]")


@cache
def _harmful(*, crowded: bool) -> re.Pattern[str]:
    one = _one(but=f"{_FREE}{JOINERS}{SELECTORS}")
    return re.compile("|".join([one, _misplaced(), *([_piled()] if crowded else [])]))


@cache
def _unsafe(*, crowded: bool) -> re.Pattern[str]:
    rows = [_piled(), _spaced()] if crowded else []
    return re.compile("|".join([_one(but=f"{JOINERS}{SELECTORS}"), _misplaced(), *rows]))


@cache
def _hidden(*, crowded: bool) -> re.Pattern[str]:
    """What a JSON string may hold as it is, and should not: its C0 are escaped by every writer."""
    rows = [_piled(), _spaced()] if crowded else []
    return re.compile("|".join([_one(but="".join(map(chr, range(0x20)))), r"\[(?<=##\[)", *rows]))


def _may_hide(beyond: str) -> bool:
    """Whether what a document has beyond ASCII, which is mostly a little, may hold anything to be escaped."""
    return _is_crowded(beyond) or _hidden(crowded=False).search(beyond) is not None


def _units(character: str) -> str:
    """JSON escapes what lies beyond the basic plane as two halves."""
    data = character.encode("utf-16-be")
    return "".join(f"\\u{int.from_bytes(data[i : i + 2], 'big'):04x}" for i in range(0, len(data), 2))


def _spelled(character: str) -> str:
    return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character) or ascii(character)[1:-1]
