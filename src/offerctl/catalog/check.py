"""A document against the rules: one offering, or every problem it has, field by field and in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from offerctl.catalog.addresses import is_right
from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document, Node
from offerctl.catalog.escapes import is_scalar
from offerctl.catalog.fields import field_error, for_example, name_error, number_error, wrongly_short
from offerctl.catalog.json_schema import Rules
from offerctl.catalog.labels import said_besides
from offerctl.catalog.line_kinds import named
from offerctl.catalog.lint import URL, lints
from offerctl.catalog.nearest import FIELDS, MOST_UNKNOWN, PROTECT, nearest_field
from offerctl.catalog.pairs import pairs
from offerctl.catalog.placeholders import placeholder
from offerctl.catalog.problem import FieldError, Position, Problem, Severity, Span, pointer_part
from offerctl.catalog.several import lost_break, run_on
from offerctl.catalog.shown import shortened
from offerctl.catalog.swallowed import swallowed
from offerctl.catalog.unknown import is_network_key, more_unknown, unknown_field
from offerctl.errors import InvalidOffering
from offerctl.offering import ATTRIBUTES, Offering
from offerctl.standards import Standards

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An offering with its warnings, or no offering and at least one error."""

    offering: Offering | None
    protect: bool = False
    problems: tuple[Problem, ...] = ()


def check(document: Document, rules: Rules) -> Checked:
    """The offering of a document, or what is wrong with it.

    Under the built-in schema what an `Offering` accepts is right, and what it does not is told field by field, so
    neither needs a second look, which would be most of the time that reading takes; a test holds the two together.

    Raises:
        CatalogError: the repository's own schema cannot be used.
    """
    errors = rules.errors(document.values) if rules.narrows and _is_sizable(document) else []
    said: InvalidOffering | None = None
    if not errors and not document.problems:
        values = dict(document.values)
        protect = values.pop(PROTECT, False)
        try:
            offering = Offering.from_attributes(values)
        except InvalidOffering as error:
            said = error
        else:
            is_fit = isinstance(protect, bool) and _is_fit(document, offering)
            if is_fit and offering.training_standard_key in rules.standards:
                problems = tuple(lints(document, frozenset(), rules.standards))
                return Checked(offering=offering, protect=protect, problems=problems)
    return Checked(offering=None, problems=tuple(_diagnose(document, errors, said, rules.standards)))


def _is_sizable(document: Document) -> bool:
    """Whether a schema may look at it: of lists, and of very many fields, the built-in rules say enough."""
    return len(document.values) <= MOST_UNKNOWN and not any(
        isinstance(value, dict | list) for value in document.values.values()
    )


def _is_fit(document: Document, offering: Offering) -> bool:
    """Whether a file may hold this, too: states and plans may hold more."""
    return (
        is_right(offering.external_registration_url)
        and name_error(offering.course_name) is None
        and (document.nodes["/price"].text[-4:-3] != "." or not _has_two_readings(document))
    )


def _has_two_readings(document: Document) -> bool:
    """Whether the price has three decimals, which it can only have where a thousand is meant."""
    return number_error("price", document.values["price"], document.nodes["/price"].text) is not None


def _diagnose(
    document: Document,
    errors: Iterable[ValidationError],
    invalid: InvalidOffering | None,
    standards: Standards,
) -> Iterator[Problem]:
    """Everything that is wrong: field by field first, then what only the schema or the offering itself refuses."""
    found = [*document.problems, *_field_problems(document, standards)]
    settled = {problem.pointer for problem in found}
    broken = frozenset(problem.pointer for problem in found if problem.severity is Severity.ERROR)
    found += [
        problem
        for error in errors
        for problem in _schema_problems(document, error)
        if problem.pointer not in settled
    ]
    if not found:
        said = invalid or InvalidOffering("", "this is no offering")
        found = [_at(document, f"/{said.field}", FieldError(Code.VALUE, said.message))]
    yield from found
    yield from lints(document, broken, standards)


_HIDES = frozenset({Code.CHARACTER, Code.SYNTAX, Code.YAML_FEATURE, Code.PLACEHOLDER, Code.SHAPE})
"""Of a value with such a problem there is nothing more to say."""


def _field_problems(document: Document, standards: Standards) -> Iterator[Problem]:
    present, more = _looked_at(document)
    broken = {problem.pointer for problem in document.problems if problem.code in _HIDES} - {""}
    meant: dict[str, str] = {}
    unknown: list[str] = []
    for key in present:
        field: str | None = key
        if key not in FIELDS:
            field = nearest_field(key) or (named(f"{key}: …") if key[:1] == "<" else None)
            is_spare = field in present or field in meant
            if field is None and not is_network_key(key):
                unknown.append(key)
                continue
            yield unknown_field(document, key, field, is_spare=is_spare)
            field = None if is_spare else field
            if field is not None:
                meant[field] = key
        pointer = f"/{pointer_part(key)}"
        if field in FIELDS and pointer not in broken:
            is_certain = key in FIELDS or said_besides(key) is None
            for problem in _value_problem(document, pointer, key, field, standards):
                yield problem if is_certain else replace(problem, fix=None)
    named_elsewhere = {problem.pointer[1:] for problem in document.problems if problem.code is Code.SYNTAX}
    known = {*present, *meant, *named_elsewhere}
    missing = [field for field in ATTRIBUTES if field not in known]
    texts = {key: (document.values[key], _node(document, key).text) for key in unknown}
    paired = pairs(texts, missing, standards)
    for key in unknown:
        yield unknown_field(document, key, paired.get(key), is_spare=False, is_certain=False)
    yield from more_unknown(document, more)
    for field in missing:
        if field not in paired.values():
            yield _missing(document, field)


def _looked_at(document: Document) -> tuple[dict[str, None], list[str]]:
    """The fields that are looked at one by one, and the strange ones beyond, which are counted."""
    more = [key for key in document.values if key not in FIELDS][MOST_UNKNOWN:]
    left = frozenset(more)
    return {key: None for key in document.values if key not in left}, more


def _value_problem(
    document: Document, pointer: str, key: str, field: str, standards: Standards
) -> Iterator[Problem]:
    node = document.nodes[pointer]
    value = document.values[key]
    found = field_error(field, value, node.text, standards)
    if found and value is None and (comment := _comment_after(document, node)):
        right = wrongly_short(field, comment, standards)
        way_on = f"what stands after # is a comment; {f'write {right}' if right else 'put the value in quotes'}"
        if placeholder(comment.strip(), "courseName"):
            way_on = f"{shortened(comment.strip())} is no value, but what a spreadsheet shows where it found none"
        found = found._replace(hint=way_on)
    if found and field == URL and is_scalar(node) and node.span.start.line < _last_line(node):
        found = found._replace(hint="a line break is in it: write it on one line")
    if found and (further := run_on(node.text)):
        found = found._replace(hint=lost_break((further,)), fix=None)
    if found:
        yield _at(document, pointer, found)


def _last_line(node: Node) -> int:
    line, column = node.span.end
    return line - (column == 1)


def _comment_after(document: Document, node: Node) -> str | None:
    """What stands where the value should be."""
    end = node.span.end if node.text or not node.key else node.key_span.end
    rest = document.source.line(end.line)[end.column - 1 :]
    return rest[rest.index("#") :] if "#" in rest else None


def _missing(document: Document, field: str) -> Problem:
    """Told where it was swallowed, or else at the offering's id, or where the document starts."""
    offering_id = document.values.get("offeringId")
    of = f" from offering {shortened(offering_id)}" if isinstance(offering_id, str) and offering_id else ""
    if line := next((line for line in swallowed(document) if line.meant == field), None):
        message = f"`{field}` is missing{of}: {line.words}"
        return line.problem(document, Code.MISSING_FIELD, message, f"/{field}")
    message = f"`{field}` is missing{of}; add `{field}: …`"
    node = document.nodes.get("/offeringId", document.nodes[""])
    start = node.key_span.start
    return document.source.problem(
        Code.MISSING_FIELD, Span(start, start), message, pointer=f"/{field}", hint=for_example(field)
    )


def _schema_problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    """What only the repository's own schema says; the known keywords in words, others as the validator says it."""
    path = [str(part) for part in error.absolute_path]
    wanted = error.validator_value
    if not path and error.validator == "required" and isinstance(wanted, list):
        for name in wanted:
            if name not in document.values and name not in ATTRIBUTES:
                message = f"`{name}` is missing, which this repository's schema asks for"
                yield _at(document, f"/{pointer_part(str(name))}", FieldError(Code.SCHEMA, message))
    elif path or error.validator != "additionalProperties":
        subject = f"`{path[0]}`" if path else "the offering"
        words = _KEYWORDS.get(str(error.validator))
        said = shortened(words.format(wanted), 300) if words else f"does not fit: {shortened(error.message, 160)}"
        yield _at(
            document,
            "".join(f"/{pointer_part(part)}" for part in path[:1]),
            FieldError(Code.SCHEMA, f"{subject} {said} (this repository's schema)"),
        )


_KEYWORDS = {
    "minimum": "must be {} or more",
    "maximum": "must be {} or less",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "minLength": "must have {} characters or more",
    "maxLength": "must have {} characters or less",
    "multipleOf": "must be a multiple of {}",
    "pattern": "must fit the pattern {}",
    "const": "must be {}",
    "enum": "must be one of {}",
}


def _node(document: Document, key: str) -> Node:
    return document.nodes.get(f"/{pointer_part(key)}", document.nodes[""])


def _at(document: Document, pointer: str, found: FieldError) -> Problem:
    """A problem at a value; at the first character of the document where there is no such value."""
    node = document.nodes.get(pointer, document.nodes[""])
    is_value = node.key is not None
    start = node.span.start if is_value else document.nodes[""].span.start
    span = node.span if is_value else Span(start, start)
    if is_value and document.values and node.span.start == node.span.end:
        span = node.key_span  # nothing stands there: show the field
    problem = document.source.problem(
        found.code,
        span,
        found.message,
        pointer=pointer,
        hint=found.hint,
        fix=None if found.fix is None else node.replaced(found.fix),
    )
    return replace(problem, span=_part(document, node, found.at)) if found.at and is_value else problem


def _part(document: Document, node: Node, at: tuple[int, int]) -> Span:
    """A part of a value, where the file shows the value as it is."""
    (line, column), end = node.span
    shift = column - 1 + (node.style in {"'", '"'})
    is_shown = is_scalar(node) and line == end.line and document.source.line(line)[shift:].startswith(node.text)
    return Span(Position(line, shift + at[0] + 1), Position(line, shift + at[1] + 1)) if is_shown else node.span
