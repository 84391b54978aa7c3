"""The value of a field as its author wrote it in a line: where it ends, what is amiss with how it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from offerctl.catalog.codes import Code
from offerctl.catalog.line_kinds import FieldLine, Kind, Line
from offerctl.catalog.line_value import NAMES, Value, indented, joined
from offerctl.catalog.looks import odd_quote, within_quotes
from offerctl.catalog.placeholders import A_PLACEHOLDER, placeholder
from offerctl.catalog.problem import Position, Problem, Span
from offerctl.catalog.quotes import quoted_value
from offerctl.catalog.scalars import quoted
from offerctl.catalog.several import may_run_on
from offerctl.catalog.shown import shortened
from offerctl.catalog.source import Source

_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#")
_HEADER = re.compile(r"[|>][-+0-9]{0,2}(?:[ \t]+#.*)?")
_COLON = re.compile(r":(?:\s|$)")
_ANCHOR = re.compile(r"&[\w-]+(?=\s|$)|!!\w|!(?:str|int|float|bool|null|seq|map|binary|timestamp)\b|\*[\w-]+$")
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
_SHORT = 80
"""Of a hint: longer, it would not be read."""


def value_of(source: Source, found: FieldLine, below: Sequence[Line], pointer: str) -> Value:
    """The value of a field. `below` are the lines that may go on with it."""
    raw = found.value
    if raw[:1] in {"'", '"'}:
        return quoted_value(source, found, below, pointer)
    if _HEADER.fullmatch(raw) and (block := _block(found, below)):
        return block
    return _plain(source, found, below, pointer)


def _block(found: FieldLine, below: Sequence[Line]) -> Value | None:
    lines = []
    for line in below:
        if line.kind is not Kind.BLANK and line.indent <= found.indent:
            break
        lines.append(line)
    while lines and lines[-1].kind is Kind.BLANK:
        lines.pop()
    if not lines:
        return None
    folded = found.value[0] == ">"
    text = (" " if folded else "\n").join(line.text.strip() for line in lines)
    if "-" not in found.value.partition("#")[0]:
        text += "\n"
    return Value(
        text=text,
        style=found.value[0],
        start=Position(found.number, found.value_start + 1),
        end=Position(lines[-1].number + 1, 1),
        taken=len(lines),
    )


def _plain(source: Source, found: FieldLine, below: Sequence[Line], pointer: str) -> Value:
    line, start = found.line, found.value_start
    comment = _COMMENT.search(line, start)
    text = line[start : comment.start() if comment else len(line)].rstrip(" \t")
    further = indented(found, below) if comment is None else []
    value = Value(
        text=(text + joined(further)).strip(),
        start=Position(found.number, start + 1),
        end=Position(found.number, start + len(text) + 1),
        taken=len(further),
    )
    if further:
        value.end = Position(further[-1].number, len(further[-1].text.rstrip()) + 1)
        if not text:
            value.start = Position(further[0].number, further[0].indent + 1)
    if problem := _amiss(source, found, value, pointer, has_comment=comment is not None):
        value.problems.append(problem)
        value.is_unread = True
    return value


def _amiss(source: Source, found: FieldLine, value: Value, pointer: str, *, has_comment: bool) -> Problem | None:
    """What keeps a value without quotes from being one."""
    text = value.text
    span = Span(value.start, value.end)
    if text and placeholder(text, found.meant) and text[0] in "{[<%":
        return source.problem(
            Code.PLACEHOLDER,
            span,
            f"{A_PLACEHOLDER} `{found.meant or found.key}`",
            pointer=pointer,
        )
    sign = text[:1]
    is_name = found.meant in NAMES
    if sign in set("&*!") and (not is_name or _ANCHOR.match(text)):
        return _feature(source, value, pointer)
    if not is_name or not text:
        return None  # whatever it holds, the field itself says what is wrong with it
    if _begins_with_sign(text):
        message = f"a value that begins with {sign} stands in quotes"
    elif _COLON.search(text):
        message = "a value that holds a colon and a space stands in quotes"
        if perhaps := may_run_on(text):
            ask = f"or is a line break missing before `{perhaps}`?"
            return source.problem(Code.SYNTAX, span, message, pointer=pointer, hint=ask)
    else:
        return None
    inner = within_quotes(text)
    fix = None if has_comment or "\n" in text or _LINK.search(text) else in_quotes(inner or text)
    hint = f"write {fix}" if fix and len(fix) < _SHORT else None
    if inner is None and (odd := odd_quote(text)):
        fix, hint = None, f'put all of it in straight quotes ", and take the {odd} away'
    if has_comment:
        hint = "put all of it in quotes, also what stands after # if that belongs to it"
    return source.problem(Code.SYNTAX, span, message, pointer=pointer, hint=hint, fix=fix)


def _begins_with_sign(text: str) -> bool:
    return text[0] in "@`%&*!,[]{}|>" or (text[0] in "-?:" and text[1:2] in {"", " ", "\t"})


def in_quotes(text: str) -> str | None:
    """The text in quotes, in which a backslash stays one; none where neither kind of quotes is plain to read."""
    if "\\" not in text:
        return quoted(text)
    return None if "'" in text else f"'{text}'"


def _feature(source: Source, value: Value, pointer: str) -> Problem:
    sign = value.text[0]
    names = {"&": "starts an anchor", "!": "starts a tag"}
    what = f"`{sign}` {names[sign]}" if sign in names else f"`{shortened(value.text)}` is an alias"
    start = value.start
    span = Span(start, value.end if sign == "*" else Position(start.line, start.column + 1))
    return source.problem(
        Code.YAML_FEATURE,
        span,
        f"{what}, which is not used here; write the value itself",
        pointer=pointer,
        hint="a text that begins with & * or ! stands in quotes",
    )
