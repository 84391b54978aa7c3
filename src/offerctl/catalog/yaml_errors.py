"""What a YAML parser's complaint means to the person who wrote the line, in both of PyYAML's parsers' words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import yaml

from offerctl.catalog.codes import Code
from offerctl.catalog.nearest import FIELDS, nearest_field
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.scalars import quoted
from offerctl.catalog.source import Source, shortened, spelled

# Of a long line none takes time by the square of its length: what can be blank stands beside what cannot.
_LINE = re.compile(r"(?P<key>\s*[A-Za-z]\w*:[ \t]+)(?P<value>\S(?:.*\S)?)\s*")
_QUOTED = re.compile(r"""\s*[A-Za-z]\w*:[ \t]+(?P<value>(?P<quote>['"]).*(?P=quote))\s*(?:\s#[^'"]*)?""")
_ENDS = {"'": re.compile(r"(?:''|[^'])*'"), '"': re.compile(r'(?:\\.|[^"\\])*"')}
"""From behind an opening quote up to the one that YAML takes for the closing one."""
_GLUED = re.compile(r"\s*(?P<key>[A-Za-z]\w*):(?=[^\s:/])")
_ODD_BLANK = re.compile(r"\s*(?P<key>[A-Za-z]\w*):(?P<blank>[^\S \t]\s*)(?=\S)")
_FIELD = re.compile(r"[A-Za-z]\w*:(?:\s|$)")
_NO_COLON = re.compile(r"\s*(?P<key>[A-Za-z]\w*)(?P<between>\s*=\s*|\s+)(?P<value>[^\s=:].*)")


def syntax_problem(source: Source, error: yaml.YAMLError) -> Problem:
    """One problem for the place where reading ended."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        start = Position(1, 1)
        return source.problem(Code.SYNTAX, Span(start, start), "the file cannot be read as YAML")
    mark = error.problem_mark
    said = f"{error.context or ''} {error.problem or ''}".lower()
    if "nesting depth" in said:  # libyaml reads ahead, and stops before we do
        start = Position(mark.line + 1, mark.column + 1)
        return source.problem(Code.SHAPE, Span(start, start), "nested too deeply; an offering has one level")
    for explain in _EXPLANATIONS:
        if problem := explain(source, error, said):
            return problem
    return _problem(source, mark, f"this cannot be read as YAML ({error.problem or 'unexpected text'})")


def lines_amiss(source: Source) -> Iterator[Problem]:
    """What keeps each line that begins with a field's name from being one, in a file that holds none."""
    for number in range(1, len(source.lines) + 1):
        line = source.line(number)
        found = _ODD_BLANK.match(line) or _GLUED.match(line) or _NO_COLON.fullmatch(line)
        if (
            found
            and nearest_field(found["key"])
            and (problem := _no_space(source, number) or _bare(source, number))
        ):
            yield problem


def _unclosed(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    if "quoted scalar" not in said and "double-quoted" not in said:
        return None
    if "escape" in said:
        message = r"a backslash in double quotes starts an escape; write \\ or use single quotes"
        return _problem(source, error.problem_mark, message)
    return _problem(
        source, error.context_mark or error.problem_mark, "the quote that starts here is not closed on its line"
    )


def _quote_inside(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    """`'Certification d'été'`: a quote inside of the quotes ends the text."""
    number = _line_of(error.problem_mark)
    found = _QUOTED.fullmatch(source.line(number))
    end = found and _ENDS[found["quote"]].match(found["value"], 1)
    if found is None or not end or end.end() == len(found["value"]) or "mapping" not in said:
        return None
    value, quote = found["value"], found["quote"]
    text, inner = value[1:-1], end.end() - 2
    word = re.split(r"[\s,;:]", text[:inner])[-1] + re.split(r"[\s,;:]", text[inner:], maxsplit=1)[0]
    other = "single" if quote == '"' and "'" not in text else "double"
    fix = f"'{text}'" if other == "single" else quoted(text)
    is_opening = text[:inner] != text[:inner].rstrip() or text[inner + 1 :] == text[inner + 1 :].lstrip()
    # `'x' and 'y'` may be meant with its quotes; an odd apostrophe opens nothing. Escapes are not unravelled.
    is_certain = is_opening if text.count(quote) % 2 == 0 else quote == "'"
    is_certain = is_certain and "\\" not in text and "''" not in text
    return source.problem(
        Code.SYNTAX,
        Span(Position(number, found.start("value") + 1), Position(number, found.end("value") + 1)),
        f"the {quote} in {shortened(word)} ends the text",
        hint=f"write it in {other} quotes: {shortened(fix, 80)}"
        if is_certain
        else "put other quotes around the whole value",
        fix=fix if is_certain else None,
    )


def _indented(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    """A field that stands further right, or further left, than the first one."""
    number = _line_of(error.problem_mark)
    line = source.line(number)
    bare = line.lstrip(" ")
    indent = len(line) - len(bare)
    flush = any(_FIELD.match(other) for other in source.lines[: number - 1])
    if "mapping values" not in said or not indent or not flush or not _FIELD.match(bare):
        return None
    span = Span(Position(number, 1), Position(number, indent + 1))
    message = "this field is indented; start it in the first column, like the others"
    return source.problem(Code.SYNTAX, span, message, fix="")


def _glued(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    """`price:199`, which makes the line, and often the next one, something else."""
    number = _line_of(error.problem_mark)
    if "mapping values" not in said and "expected ':'" not in said:
        return None
    start = _line_of(error.context_mark) if error.context_mark else number
    candidates = (number, number - 1, start) if number > 1 else (number,)
    return next((problem for line in candidates if (problem := _no_space(source, line))), None)


def _no_space(source: Source, number: int) -> Problem | None:
    """A line without a space after the colon, or with what only looks like one."""
    line = source.line(number)
    if found := _ODD_BLANK.match(line):
        span = Span(Position(number, found.start("blank") + 1), Position(number, found.end("blank") + 1))
        message = f"after the colon stands {spelled(found['blank'][0])}, which only looks like a space"
        return source.problem(Code.SYNTAX, span, message, hint="write a space", fix=" ")
    if found := _GLUED.match(line):
        place = Position(number, found.end() + 1)
        message = "a space is missing after the colon"
        return source.problem(Code.SYNTAX, Span(place, place), message, hint="add a space", fix=" ")
    return None


def _needs_quotes(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    """A value that holds `: `, or that begins with a sign that means something to YAML."""
    number = _line_of(error.problem_mark)
    found = _LINE.fullmatch(source.line(number))
    if found is None or found["value"][0] in "\"'[{|>":
        return None
    value = found["value"]
    if "mapping values" in said and re.search(r":(\s|$)", value):
        message = "a value that holds a colon and a space stands in quotes"
    elif value[0] in "@`%&*!,]}-?" and error.problem_mark and error.problem_mark.column >= found.start("value"):
        message = f"a value that begins with {value[0]} stands in quotes"
    else:
        return None
    span = Span(Position(number, found.start("value") + 1), Position(number, found.end("value") + 1))
    text = None if " #" in value or "\\" in value else quoted(value)
    hint = f"write {text}" if text and len(text) < 80 else None  # noqa: PLR2004 - longer, it would not be read
    return source.problem(Code.SYNTAX, span, message, hint=hint, fix=text)


def _no_colon(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    """`price 199` or `price = 199`."""
    number = _line_of(error.problem_mark)
    if "mapping values" not in said and "expected ':'" not in said:
        return None
    start = _line_of(error.context_mark) if error.context_mark else number
    candidates = (line for line in (start, number, number - 1) if line)
    return next((problem for line in candidates if (problem := _bare(source, line))), None)


def _bare(source: Source, number: int) -> Problem | None:
    """A line without a colon."""
    line = source.line(number)
    found = _NO_COLON.fullmatch(line)
    if not found or re.search(r":(\s|$)", line.split("#")[0]):
        return None
    span = Span(Position(number, found.start("key") + 1), Position(number, found.end("key") + 1))
    message = "a line is a field's name, a colon, a space, and a value"
    problem = source.problem(Code.SYNTAX, span, message, hint="a colon is missing here")
    if "=" not in found["between"] or found["key"] not in FIELDS:
        return problem
    start, end = (Position(number, column + 1) for column in found.span("between"))
    return replace(problem, hint="write a colon instead of =", fix=Fix(start=start, end=end, text=": "))


def _after_value(source: Source, error: yaml.MarkedYAMLError, said: str) -> Problem | None:
    mark = error.problem_mark
    if mark is None or "block mapping" not in said:
        return None
    before = source.line(mark.line + 1)[: mark.column].rstrip()
    if before.endswith(("'", '"')):
        return _problem(source, mark, "text after the closing quote; put all of it inside the quotes")
    if not before and source.line(mark.line + 1)[mark.column :].startswith("-"):
        return _problem(
            source, mark, "a list starts here, among the fields; a file holds one offering, without lists"
        )
    return None


_EXPLANATIONS: tuple[Callable[[Source, yaml.MarkedYAMLError, str], Problem | None], ...] = (
    _unclosed,
    _quote_inside,
    _needs_quotes,
    _indented,
    _glued,
    _no_colon,
    _after_value,
)


def _line_of(mark: yaml.Mark | None) -> int:
    return 1 if mark is None else mark.line + 1


def _problem(source: Source, mark: yaml.Mark | None, message: str) -> Problem:
    start = Position(1, 1) if mark is None else Position(mark.line + 1, mark.column + 1)
    return source.problem(Code.SYNTAX, Span(start, Position(start.line, start.column + 1)), message)
