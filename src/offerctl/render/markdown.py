"""Markdown in which text of others does nothing: how every text for GitHub quotes names, ids and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from offerctl.render.style import sanitize

_MEANS_SOMETHING = re.compile(r"(?i:(?<![a-z0-9])(?:gh(?=-\d)|www(?=\.)))|[@#:](?=\S)|[\\`*_{}\[\]()<>#+!|~&$^]")
"""Ids of issues and addresses, which become links behind `_` too; mentions, schemes, emoji; what formats."""
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
_SPLIT = "<!-- -->"
"""An empty comment: it keeps a renderer from taking what it stands in for a mention, an issue or a link."""


def escaped(value: str) -> str:
    """Text of others within a line of Markdown: shown as it is, and doing nothing."""
    return _MEANS_SOMETHING.sub(_escape, " ".join(sanitize(value).split()))


def code(value: str) -> str:
    """Text of others as code within a line: shown as it is, and doing nothing."""
    inside = " ".join(sanitize(value).split())
    fence = "`" * (_longest_fence(inside) + 1)
    blank = " " if len(fence) > 1 or not inside else ""
    return f"{fence}{blank}{inside}{blank}{fence}"


def fenced(body: str, language: str) -> str:
    """Text of others as a block whose fence is longer than any in it."""
    fence = "`" * max(3, _longest_fence(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def within(pieces: Sequence[str] | Iterator[str], room: int, *, separator: int = 3) -> list[str]:
    """The first pieces that fit, each with its separator; the first one that does not fit ends them."""
    kept = []
    for piece in pieces:
        room -= len(piece) + separator
        if room < 0:
            break
        kept.append(piece)
    return kept


def _escape(found: re.Match[str]) -> str:
    piece = found[0]
    if piece.isalpha():
        return piece + _SPLIT
    if piece in "@#:":
        return f"\\{piece}{_SPLIT}"
    return _ENTITIES.get(piece) or f"\\{piece}"


def _longest_fence(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
