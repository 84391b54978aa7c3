"""A value in quotes as it stands in a line: what is amiss with the quotes, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.escapes import escape_problem, escapes
from offerctl.catalog.line_kinds import FieldLine, Line
from offerctl.catalog.line_value import NAMES, Value, indented
from offerctl.catalog.nearest import NUMBERS
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.scalars import quoted
from offerctl.catalog.shown import shortened
from offerctl.catalog.source import Source
from offerctl.characters import without_unmissed

_ENDS = {"'": re.compile(r"(?:''|[^'])*'"), '"': re.compile(r'(?:\\.|[^"\\])*"', re.DOTALL)}
"""From behind an opening quote up to the one that YAML takes for the closing one."""
_TO_LAST = {"'": re.compile(r"'.*'"), '"': re.compile(r'".*"')}
_CURLY = {"'": "\u2018\u2019\u203a", '"': "\u201c\u201d\u00bb\u2033"}
"""What a word processor writes for them."""
_SHORT = 80
"""Of a hint: longer, it would not be read."""


def quoted_value(source: Source, found: FieldLine, below: Sequence[Line], pointer: str) -> Value:
    """The value of a field that begins with a quote, with what is amiss with it."""
    line, start = found.line, found.value_start
    quote = line[start]
    end = _ENDS[quote].match(line, start + 1)
    value = Value(
        text="", style=quote, start=Position(found.number, start + 1), end=Position(found.number, len(line) + 1)
    )
    if end is None:
        return _unclosed(source, found, below, value, pointer)
    rest = line[end.end() :]
    value.end = Position(found.number, end.end() + 1)
    value.text = _inner(line[start : end.end()])
    if odd := quote == '"' and escapes(line, start + 1, end.end() - 1):
        value.problems.append(escape_problem(source, found.number, *odd, pointer))
        value.is_unread = True
    elif rest.strip() and not rest.lstrip(" \t").startswith("#"):
        _after_quote(source, found, value, end.end(), pointer)
    elif rest.startswith("#"):
        here = Span(value.end, Position(found.number, value.end.column + 1))
        message = "a space is missing before the comment"
        value.problems.append(source.problem(Code.SYNTAX, here, message, hint="add a space before #"))
    return value


def _inner(raw: str) -> str:
    """The text of quotes that are closed, as YAML reads it."""
    try:
        for event in yaml.parse(without_unmissed(raw), Loader=yaml.SafeLoader):
            if isinstance(event, yaml.ScalarEvent):
                return event.value
    except (yaml.YAMLError, ValueError, OverflowError):
        pass
    return raw[1:-1]


def _unclosed(source: Source, found: FieldLine, below: Sequence[Line], value: Value, pointer: str) -> Value:
    """Quotes that go on in the lines below, or are never closed."""
    raw = found.line[found.value_start :]
    for count, line in enumerate(indented(found, below), 1):
        raw += f"\n{line.text}"
        end = _ENDS[value.style].match(raw, 1)
        if end is not None:
            rest = raw[end.end() :].strip()
            if rest and not rest.startswith("#"):
                break
            column = len(line.text) - len(raw) + end.end() + 1
            value.text, value.end, value.taken = _inner(raw[: end.end()]), Position(line.number, column), count
            return value
    if found.meant not in NAMES:  # what the field says of the quote is enough
        value.text, value.style = raw.partition("\n")[0].rstrip(), ""
        return value
    value.is_unread = True
    start = value.start
    last = found.line.rstrip()[-1]
    hint = f"write {value.style} at the end of the text, too"
    if value.taken == 0 and last in _CURLY[value.style]:
        hint = f"write {value.style} in the place of the {last} at its end"
    value.problems.append(
        source.problem(
            Code.SYNTAX,
            Span(start, Position(start.line, start.column + 1)),
            "the quote that starts here is not closed on its line",
            pointer=pointer,
            hint=hint,
        )
    )
    return value


def _after_quote(source: Source, found: FieldLine, value: Value, behind: int, pointer: str) -> None:
    """More text behind the quote that YAML takes for the closing one."""
    rest = found.line[behind:].strip()
    if rest in {",", ";"} and found.meant in NUMBERS:
        value.text, value.style, value.end = found.value, "", Position(found.number, len(found.line.rstrip()) + 1)
        return  # quotes and comma: the number that stands in them is told
    if rest.partition(" #")[0].rstrip() in {",", ";"}:
        column = found.line.index(rest[0], behind)
        here = Position(found.number, column + 1)
        message = f"the `{rest[0]}` at the end does not belong to the value"
        problem = source.problem(
            Code.SYNTAX, Span(here, Position(found.number, column + 2)), message, hint="delete it"
        )
        fix = Fix(start=Position(found.number, behind + 1), end=Position(found.number, column + 2), text="")
        value.problems.append(source.with_fix(problem, fix))
        return
    value.is_unread = True
    value.problems.append(_quote_inside(source, found, behind, pointer))


def _quote_inside(source: Source, found: FieldLine, behind: int, pointer: str) -> Problem:
    """`'Certification d'été'`: a quote inside of the quotes ends the text."""
    line, start, number = found.line, found.value_start, found.number
    quote = line[start]
    whole = _TO_LAST[quote].match(line, start)
    after = line[whole.end() :] if whole else ""
    here = Span(Position(number, behind + 1), Position(number, behind + 2))
    if whole is None or whole.end() <= behind or (after.strip() and not re.match(r"\s+#[^'\"]*$", after)):
        message = "text after the closing quote; put all of it inside the quotes"
        all_of_it = line[start:].rstrip()
        hint = None if "'" in all_of_it else f"write '{shortened(all_of_it, _SHORT)}'"
        return source.problem(Code.SYNTAX, here, message, pointer=pointer, hint=hint)
    text, inner = whole[0][1:-1], behind - start - 2
    word = re.split(r"[\s,;:]", text[:inner])[-1] + re.split(r"[\s,;:]", text[inner:], maxsplit=1)[0]
    other = "single" if quote == '"' and "'" not in text else "double"
    fix = f"'{text}'" if other == "single" else quoted(text)
    is_opening = text[:inner] != text[:inner].rstrip() or text[inner + 1 :] == text[inner + 1 :].lstrip()
    # `'x' and 'y'` may be meant with its quotes; an odd apostrophe opens nothing. Escapes are not unravelled.
    is_certain = is_opening if text.count(quote) % 2 == 0 else quote == "'"
    is_certain = is_certain and "\\" not in text and "''" not in text
    return source.problem(
        Code.SYNTAX,
        Span(Position(number, start + 1), Position(number, whole.end() + 1)),
        f"the {quote} in {shortened(word)} ends the text",
        pointer=pointer,
        hint=f"write it in {other} quotes: {shortened(fix, _SHORT)}"
        if is_certain
        else "put other quotes around the whole value",
        fix=fix if is_certain else None,
    )
