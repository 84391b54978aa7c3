"""Finds what a mutation changes by what it says, not by where it stands.

An anchor is a piece of code (an expression, an argument `name=value`, or statements) and the function or class
around it. It is compared as syntax, so layout and comments do not matter, and it is looked for in the whole
package: it holds when a function moves, when a function or a module is renamed, and when one name in the piece is.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Piece = Sequence[ast.AST]
"""One expression or argument, or statements that follow each other."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Adrift(Exception):
    """An anchor that holds nowhere, or in several places; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an anchor holds; `note` says what was renamed since it was written."""

    path: Path
    within: str
    line: int
    text: str
    """The module, with the piece replaced."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    within: str
    piece: Piece


def find(old: str, new: str, within: str | None, sources: Mapping[Path, str]) -> Place:
    """The one place of `old` in these modules, and its module's text with `new` instead.

    Raises:
        Adrift: there is none, or more than one.
    """
    wanted, value = _parsed(old, new), old.strip()
    whole, words = _dump(wanted), set(_words(wanted))
    words -= {"'", '"'}  # which of them a text is in is a matter of layout
    likely = {path: text for path, text in sources.items() if all(word in text for word in words)}
    same = [found for found in _pieces(likely, wanted) if _dump(found.piece) == whole]
    for candidates, note in (
        ([found for found in same if _stands_in(found.within, within)], ""),
        (same, f"{within} is called otherwise"),
    ):
        if len(candidates) == 1:
            return _place(candidates[0], new, note, sources)
        if candidates:
            lines = ", ".join(f"{found.path.name}:{_line(found.piece)}" for found in candidates)
            raise Adrift(f"{value!r} stands more than once ({lines}): name more of it, or what it stands in")
    inside = [found for found in _pieces(sources, wanted) if _stands_in(found.within, within)]
    alike = [(found, names) for found in inside if (names := _renamed(wanted, found.piece)) is not None]
    if len(alike) != 1:
        raise Adrift(f"{value!r} stands nowhere in {within or 'the package'}")
    [(found, (before, after))] = alike
    return _place(found, re.sub(rf"\b{before}\b", after, new), f"{before} is now {after}", sources)


def _stands_in(name: str, within: str | None) -> bool:
    return within is None or f".{within}." in f".{name}."


def _parsed(old: str, new: str) -> Piece:
    """As an expression where both are one; otherwise as statements."""
    try:
        ast.parse(textwrap.dedent(new).strip(), mode="eval")
        return [ast.parse(textwrap.dedent(old).strip(), mode="eval").body]
    except SyntaxError:
        return ast.parse(textwrap.dedent(old)).body


def _kind(wanted: Piece) -> Callable[[ast.AST], Iterator[Piece]]:
    """What of a node is compared with an anchor of this kind."""
    if isinstance(wanted[0], ast.expr):
        return lambda node: iter([[node]] if isinstance(node, type(wanted[0])) else [])
    length = len(wanted)
    named = length == 1 and isinstance(wanted[0], ast.Assign) and isinstance(wanted[0].targets[0], ast.Name)

    def blocks(node: ast.AST) -> Iterator[Piece]:
        if named and isinstance(node, ast.keyword) and node.arg is not None:
            yield [node]
        for field in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, field, None), list):
                yield from (block[start : start + length] for start in range(len(block) - length + 1))

    return blocks


def _pieces(sources: Mapping[Path, str], wanted: Piece) -> Iterator[_Found]:
    kind = _kind(wanted)
    for path, text in sources.items():
        for node, within in _walked(text):
            for piece in kind(node):
                yield _Found(path, within, piece)


@cache
def _walked(text: str) -> list[tuple[ast.AST, str]]:
    """Every node of a module with the names of what it stands in."""
    found: list[tuple[ast.AST, str]] = []

    def walk(node: ast.AST, within: str) -> None:
        found.append((node, within))
        for child in ast.iter_child_nodes(node):
            walk(child, f"{within}.{child.name}".lstrip(".") if isinstance(child, _DEFINITIONS) else within)

    walk(ast.parse(text), "")
    return found


def _dump(piece: Piece) -> str:
    """Equal for equal code; an argument `name=value` is written like an assignment."""
    return "\n".join(
        f"{node.arg} = {ast.unparse(node.value)}" if isinstance(node, ast.keyword) else ast.unparse(node)
        for node in piece
    )


def _renamed(wanted: Piece, piece: Piece) -> tuple[str, str] | None:
    """The one name that differs, as it was and as it is, where nothing else does and something else is equal."""
    old, new = _words(wanted), _words(piece)
    if len(old) != len(new):
        return None
    pairs = {(before, after) for before, after in zip(old, new, strict=True) if before != after}
    if len(pairs) != 1:
        return None
    [(before, after)] = pairs
    names = before.isidentifier() and after.isidentifier() and before not in new and after not in old
    others = any(word.isidentifier() for word in old if word != before)
    return (before, after) if names and others else None


def _words(piece: Piece) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", _dump(piece))


def _line(piece: Piece) -> int:
    return int(getattr(piece[0], "lineno", 0))


def _place(found: _Found, new: str, note: str, sources: Mapping[Path, str]) -> Place:
    """The module with the piece replaced: an expression in parentheses, statements at their indentation."""
    text = sources[found.path]
    first, last = found.piece[0], found.piece[-1]
    assert isinstance(first, ast.expr | ast.stmt | ast.keyword)
    assert isinstance(last, ast.expr | ast.stmt | ast.keyword)
    new = textwrap.indent(textwrap.dedent(new).strip(), " " * first.col_offset).strip()
    new = f"({new})" if isinstance(first, ast.expr) else new
    lines = text.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: first.lineno - 1])) + first.col_offset
    end = sum(map(len, lines[: (last.end_lineno or 0) - 1])) + (last.end_col_offset or 0)
    whole = text.encode()
    changed = (whole[:start] + new.encode() + whole[end:]).decode()
    if ast.dump(ast.parse(changed)) == ast.dump(ast.parse(text)):
        raise Adrift(f"{new!r} changes nothing in {found.path.name}:{first.lineno}")
    return Place(path=found.path, within=found.within, line=first.lineno, text=changed, note=note)
