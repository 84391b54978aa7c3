"""What is wrong with a line, whatever its value: its first column, its colon, or that it is no field at all."""

from __future__ import annotations

from collections.abc import Sequence

from offerctl.catalog.codes import Code
from offerctl.catalog.document import A_LINE_IS, EXAMPLE_FILE
from offerctl.catalog.levels import Level
from offerctl.catalog.line_kinds import FieldLine, Kind, Line, named
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.catalog.shown import shortened, spelled
from offerctl.catalog.source import Source

_OPENS, _BASE, _SPLITS, _CLOSES = "<", "|", "=", ">"
_ONE_CHARACTER = {"//", "///", ";", ";;", "--"}
"""Signs of comments in other languages that # can take the place of."""
_SHORT = 80


def conflicts(source: Source, lines: Sequence[Line]) -> tuple[list[Problem], frozenset[int]]:
    """Each unfinished merge, told where it begins; and the lines to leave out: markers, all but one version."""
    problems: list[Problem] = []
    dropped: set[int] = set()
    is_open = is_other = False
    for line in lines:
        if line.kind is not Kind.CONFLICT:
            if is_other:
                dropped.add(line.number)
            continue
        sign = line.text[0]
        if sign == _OPENS or not is_open:
            problems.append(_conflict(source, line))
        dropped.add(line.number)
        is_open = sign != _CLOSES
        is_other = is_open and sign in {_BASE, _SPLITS}
    if is_open and is_other:  # it is never closed: what follows may be anything
        dropped = {line.number for line in lines if line.kind is Kind.CONFLICT}
    return problems, frozenset(dropped)


def _conflict(source: Source, line: Line) -> Problem:
    sign = line.text.split()[0]
    span = Span(Position(line.number, 1), Position(line.number, len(sign) + 1))
    message = (
        "an unfinished merge: two versions stand here; keep one, "
        "and delete the lines with <<<<<<<, ======= and >>>>>>>"
    )
    return source.problem(Code.CONFLICT, span, message)


def second_document(source: Source, lines: Sequence[Line]) -> tuple[int, list[Problem]]:
    """Up to which line, by its index, the file holds its first document; and what is to be said of the others."""
    needless: list[Problem] = []
    for index, line in enumerate(lines):
        if line.kind is not Kind.MARKER:
            continue
        before, after = _known(lines[:index]), _known(lines[index + 1 :])
        is_split = bool(before) and any(other.kind in _WRITTEN for other in lines[index + 1 :])
        if is_split and (before & after or not after):
            message = "a second document starts here; give each offering a file of its own"
            return index, [*needless, source.problem(Code.SHAPE, _marked(line), message, hint=EXAMPLE_FILE)]
        if is_split or line.text.startswith("---") is bool(before):
            needless.append(_needless(source, line, is_split=is_split))
    return len(lines), needless


_WRITTEN = frozenset({Kind.FIELD, Kind.TEXT, Kind.FENCE, Kind.REMARK, Kind.BRACE})


def _known(lines: Sequence[Line]) -> frozenset[str]:
    return frozenset(line.field.meant for line in lines if line.field is not None and line.field.meant is not None)


def _marked(line: Line) -> Span:
    return Span(Position(line.number, 1), Position(line.number, 4))


def _needless(source: Source, line: Line, *, is_split: bool) -> Problem:
    sign = line.text[:3]
    why = "splits the offering in two" if is_split else "ends nothing" if sign == "..." else ""
    message = f"this {sign} {why}; delete the line" if why else f"nothing follows this {sign}; delete the line"
    problem = source.problem(Code.SHAPE, _marked(line), message)
    return problem if "#" in line.text else without_line(source, problem, line.number)


def stray(source: Source, line: Line, lines: Sequence[Line], index: int, above: FieldLine | None) -> list[Problem]:
    """A line that is no field. Of several in a row the first is told."""
    start = Position(line.number, line.indent + 1)
    sign = line.sign
    span = Span(start, Position(line.number, start.column + len(sign)))
    match line.kind:
        case Kind.FENCE:
            problem = source.problem(Code.SYNTAX, span, f"{sign} is no field; delete the line")
            return [without_line(source, problem, line.number)]
        case Kind.REMARK:
            message = f"a comment starts with #, not with {sign}"
            problem = source.problem(Code.SYNTAX, span, message, hint="write # instead, or delete the line")
            fix = Fix(start=span.start, end=span.end, text="#")
            return [source.with_fix(problem, fix) if sign in _ONE_CHARACTER else problem]
        case Kind.BRACE:
            message = "this line is no field; delete it: a file needs no brackets"
            return [source.problem(Code.SYNTAX, span, message)]
        case Kind.DIRECTIVE:
            message = "a line that starts with % is not used here; delete it"
            whole = Span(Position(line.number, 1), Position(line.number, len(line.text) + 1))
            return [source.problem(Code.YAML_FEATURE, whole, message)]
        case Kind.TEXT:
            return _text(source, line, lines, index, above)
        case _:
            return []


def _text(source: Source, line: Line, lines: Sequence[Line], index: int, above: FieldLine | None) -> list[Problem]:
    if index and lines[index - 1].kind is Kind.TEXT and (above is None or above.number < line.number - 1):
        return []
    span = Span(Position(line.number, line.indent + 1), Position(line.number, len(line.text.rstrip()) + 1))
    if line.text.lstrip().startswith("- "):
        message = "a list starts here, among the fields; a file holds one offering, without lists"
        return [source.problem(Code.SYNTAX, span, message, hint="delete this line, or begin it with #")]
    if field := named(line.text):
        message = (
            f"this line is no field, though it names one: write `{field}: ` and the value, and nothing around it"
        )
        return [source.problem(Code.SYNTAX, span, message, pointer=f"/{field}", hint=A_LINE_IS)]
    message = "this line is no field; delete it, or begin it with # to make it a comment"
    hint = A_LINE_IS
    is_words = any(character.isalnum() for character in line.text)
    if is_words and above is not None and above.number == line.number - 1:
        hint = (
            f"if it is the end of `{shortened(above.meant or above.key)}`, write it at the end of the line above"
        )
    return [source.problem(Code.SYNTAX, span, message, hint=hint)]


def field_faults(source: Source, found: FieldLine, level: Level) -> list[Problem]:
    """What is wrong with a field's line before its value begins."""
    faults = (_column(source, found, level), _dash(source, found, level), _separator(source, found))
    return [fault for fault in faults if fault is not None]


def _column(source: Source, found: FieldLine, level: Level) -> Problem | None:
    expected = level.expected(found.number)
    at = found.key_start if found.number in level.deeper else found.indent
    if at == expected or "\t" in found.line[: found.indent]:  # a tab is told by itself
        return None
    span = Span(Position(found.number, 1), Position(found.number, found.indent + 1))
    where = "the same column as the others" if expected else "the first column, like the others"
    message = f"this field is indented; start it in {where}"
    return source.problem(Code.SYNTAX, span, message, fix="" if not expected else None)


def _dash(source: Source, found: FieldLine, level: Level) -> Problem | None:
    if found.dash is None or found.number in level.deeper:
        return None
    column = found.dash + 1
    span = Span(Position(found.number, column), Position(found.number, column + 1))
    message = "a list starts here, among the fields; a file holds one offering, without lists"
    problem = source.problem(Code.SYNTAX, span, message, hint="begin the line with the field's name")
    if found.meant is None:
        return problem
    return source.with_fix(problem, Fix(start=span.start, end=Position(found.number, found.begin + 1), text=""))


def _separator(source: Source, found: FieldLine) -> Problem | None:
    """What stands where a colon and a space belong."""
    if found.is_proper and not found.is_decorated:
        return None
    number, sign, separator = found.number, found.sign, found.separator
    after = separator.partition(":")[2]
    if sign == ":" and not found.is_decorated:
        place = Position(number, found.value_start - len(after) + 1)
        if not after:
            message = "a space is missing after the colon"
            return source.problem(Code.SYNTAX, Span(place, place), message, hint="add a space", fix=" ")
        odd = next(character for character in after if character not in " \t")
        message = f"after the colon stands {spelled(odd)}, which only looks like a space"
        span = Span(place, Position(number, found.value_start + 1))
        return source.problem(Code.SYNTAX, span, message, hint="write a space", fix=" ")
    right = f"{found.key}: {found.value}".rstrip()
    hint = f"write `{right}`" if len(right) < _SHORT else f"write a colon instead of {sign}" if sign else None
    if not sign:
        hint = f"a colon is missing here: {hint}" if hint else "a colon is missing here"
    span = Span(Position(number, found.key_start + 1), Position(number, found.key_end + 1))
    problem = source.problem(Code.SYNTAX, span, A_LINE_IS, hint=hint)
    start = found.begin if found.is_decorated else found.key_end
    text = f"{found.key if found.is_decorated else ''}: "
    fix = Fix(
        start=Position(number, start + 1),
        end=Position(number, found.value_start + 1),
        text=text if found.value else text.rstrip(),
    )
    return source.with_fix(problem, fix) if sign or found.is_exact else problem


def without_line(source: Source, problem: Problem, number: int) -> Problem:
    """With the fix that takes a whole line out; of the last one the line break before it."""
    if number < len(source.lines):
        fix = Fix(start=Position(number, 1), end=Position(number + 1, 1), text="")
    elif number > 1:
        above = Position(number - 1, len(source.line(number - 1)) + 1)
        fix = Fix(start=above, end=Position(number, len(source.line(number)) + 1), text="")
    else:
        return problem
    return source.with_fix(problem, fix)
