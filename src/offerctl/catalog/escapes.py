"""Characters inside of values that their author does not see there: escapes, tabs, line breaks, invisible ones."""

from __future__ import annotations

import re

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Node
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.scalars import quoted
from offerctl.catalog.shown import refusal, refused_character
from offerctl.catalog.source import Source
from offerctl.characters import first_harmful, without_unmissed

_ESCAPE = re.compile(r"\\(.|$)")
_KEEPS = frozenset('"\\/xuU')
"""Escapes that are written on purpose: of a quote, of the backslash itself, and of a character by its number."""
_MEANS = {
    **dict.fromkeys("nNLP", "a line break"),
    "r": "a line break",
    "t": "a tab",
    **dict.fromkeys("_ ", "a space"),
    **dict.fromkeys("0abefv", "a control character"),
}
_HEADER = re.compile(r"[|>](?P<rest>[-+0-9]*)")
_NO_ESCAPE = "a backslash in double quotes starts an escape; in single quotes it does not"


def character_problem(source: Source, node: Node, pointer: str) -> Problem | None:
    """What stands in a scalar and is not what its author sees there; none where nothing does."""
    if node.style == '"' and (problem := _escape(source, node, pointer)):
        return problem
    value = node.text
    found = refused_character(value)
    if found is None:
        return None
    if found == "\t":
        message = "a tab inside a value is not allowed"
        return source.problem(Code.CHARACTER, node.span, message, pointer=pointer, hint="write a space")
    if found in "\r\n":
        return _line_break(source, node, pointer)
    here = [source.line(number) for number in range(node.span.start.line, node.span.end.line + 1)]
    if any(found in line and first_harmful(line) for line in here):
        return None  # it stands there as it is, and is told by its line
    rest = without_unmissed(value)
    fix = node.replaced(quoted(rest)) if rest and refused_character(rest) is None else None
    message, hint = refusal(found, " inside a value")
    if fix or (node.style == '"' and first_harmful(found)):
        hint = "delete it" if fix else _NO_ESCAPE
    return source.problem(Code.CHARACTER, node.span, message, pointer=pointer, hint=hint, fix=fix)


def escapes(line: str, start: int, end: int) -> tuple[int, str] | None:
    """The place in a line and the letter of the first escape that eats a letter, in double quotes."""
    for found in _ESCAPE.finditer(line, start, end):
        if found[1] not in _KEEPS or not found[1]:
            return found.start(), found[1]
    return None


def escape_problem(source: Source, number: int, column: int, letter: str, pointer: str) -> Problem:
    """A backslash in double quotes that takes the letter behind it away."""
    span = Span(Position(number, column + 1), Position(number, column + 2 + len(letter)))
    sign = f"`\\{letter}`"
    means = f": {sign} is read as {_MEANS[letter]}" if letter in _MEANS else f", and {sign} is none"
    return source.problem(
        Code.CHARACTER,
        span,
        f"a backslash in double quotes starts an escape{means}",
        pointer=pointer,
        hint=r"for a backslash, write the text in single quotes, or \\",
    )


def _escape(source: Source, node: Node, pointer: str) -> Problem | None:
    start, end = node.span
    for number in range(start.line, end.line + 1):
        line = source.line(number)
        first = start.column if number == start.line else 0
        last = end.column - 2 if number == end.line else len(line)
        is_folded = number < end.line and line.endswith("\\")  # joins the next line, as it is written to
        if found := escapes(line, first, last - is_folded):
            return escape_problem(source, number, *found, pointer)
    return None


def _line_break(source: Source, node: Node, pointer: str) -> Problem:
    """A block that ends with one is mended in its first line; what joins other lines is for its author to say."""
    problem = source.problem(
        Code.CHARACTER,
        node.span,
        "a line break inside a value is not allowed",
        pointer=pointer,
        hint="write it on one line",
    )
    if node.style not in {"|", ">"} or "\n" in node.text.rstrip("\n") or not node.text.strip():
        return problem
    line, column = node.span.start
    header = _HEADER.match(source.line(line), column - 1)
    if header is None:
        return problem
    text = f"{header[0][0]}{re.sub('[-+]', '', header['rest'])}-"
    fix = Fix(
        start=node.span.start,
        end=Position(line, header.end() + 1),
        text=text,
    )
    return source.with_fix(
        problem,
        fix,
        message="the value ends with a line break, which is not allowed inside a value",
        hint=f"write {text} here, or all of it on one line",
    )


def is_scalar(node: Node) -> bool:
    """Whether a node is one value, and neither a list nor further levels."""
    return isinstance(node.first, yaml.ScalarEvent)
