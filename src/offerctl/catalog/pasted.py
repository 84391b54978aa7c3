"""An offering pasted with the signs of where it was copied: a comparison's + and -, a mail's >, a table's |."""

from __future__ import annotations

import re
from collections.abc import Sequence

from offerctl.catalog.codes import Code
from offerctl.catalog.columns import is_header
from offerctl.catalog.document import Document
from offerctl.catalog.line_kinds import Line, field_line
from offerctl.catalog.nearest import known_field
from offerctl.catalog.problem import Position, Problem, Span
from offerctl.catalog.source import Source

_ENOUGH = 2
_QUOTED = re.compile(r"[ \t]*(?:>[ \t]*)+(?P<rest>.*)")
_ROW = re.compile(r"[ \t]*\|(?P<key>[^|]+)\|(?P<value>[^|]+)\|[ \t]*")
_SIGNED = re.compile(r"[-+](?=[^\W\d_])")


def comparison(source: Source, lines: Sequence[Line]) -> tuple[list[Problem], frozenset[int], frozenset[int]]:
    """`-price: 199.00` and `+price: 249.00`, told once; the lines that were taken away; and all lines of the new.

    Nothing where only one of the signs stands there, or not before one and the same field: - also begins a list.
    """
    signed = [line for line in lines if line.field is not None and _SIGNED.match(line.text)]
    gone, new = (
        {line.field.meant or line.field.key: line for line in signed if line.field and line.text[0] == sign}
        for sign in "-+"
    )
    both = [line for name, line in gone.items() if name in new]
    if not both:
        return [], frozenset(), frozenset()
    first = min(line.number for line in signed)
    message = "lines of a comparison were pasted here: - stands before the old, + before the new"
    hint = "delete the lines with -, and the + of the others"
    problem = source.problem(Code.SYNTAX, Span(Position(first, 1), Position(first, 2)), message, hint=hint)
    dropped = frozenset(line.number for line in signed if line.text[0] == "-")
    kept = frozenset(line.number for line in lines if line.field is not None and line.text[:1] in {"+", " "})
    return [problem], dropped, kept


def is_comparison(document: Document) -> bool:
    """Whether some names of its fields begin with +, some with -, which YAML takes for parts of them."""
    signs = {key[0] for key in document.values if _SIGNED.match(key)}
    return signs == {"+", "-"}


def dressed(source: Source) -> Problem | None:
    """The one problem of a file whose lines all stand behind the same sign, or that is a table; none of others."""
    written = [(number, line) for number, line in enumerate(source.lines, 1) if line.strip()]
    quoted = [(number, found) for number, line in written if (found := _QUOTED.fullmatch(line))]
    fields = [one for one, found in quoted if (it := field_line(one, found["rest"], known_field)) and it.meant]
    if len(fields) >= _ENOUGH and len(quoted) * 2 > len(written):
        start = Position(quoted[0][0], 1)
        message = "the lines begin with >, as a mail or a chat quotes them; take the > away"
        return source.problem(Code.SYNTAX, Span(start, Position(start.line, 2)), message)
    if written and is_header(written[0][1]):
        number, line = written[0]
        span = Span(Position(number, 1), Position(number, len(line.rstrip()) + 1))
        message = (
            "a table stands here; an offering has a file of its own, with a line `field: value` for each field"
        )
        hint = "save it as a .csv file; offerctl new --from FILE writes an offering's file for each row"
        return source.problem(Code.SYNTAX, span, message, hint=hint)
    rows = [(number, found) for number, line in written if (found := _ROW.fullmatch(line))]
    if len([1 for _, row in rows if known_field(row["key"].strip())]) >= _ENOUGH and len(rows) * 2 > len(written):
        number, row = rows[0]
        span = Span(Position(number, 1), Position(number, len(row[0].rstrip()) + 1))
        message = "a table stands here; an offering has a line `field: value` for each field, without |"
        return source.problem(Code.SYNTAX, span, message)
    return None
