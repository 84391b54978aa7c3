"""A document against the rules: one offering, or every problem it has, field by field and in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from offerctl.catalog.codes import Code
from offerctl.catalog.fields import FieldError, field_error, for_example, unfit_address
from offerctl.catalog.json_schema import Rules
from offerctl.catalog.lint import lints
from offerctl.catalog.nearest import FIELDS, NETWORK_KEY, PROTECT, fold, nearest_field
from offerctl.catalog.parse import Document, Node
from offerctl.catalog.problem import Problem, Span, pointer_part
from offerctl.catalog.source import shortened
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

    Under the built-in schema, what an `Offering` accepts is right and needs no second look, which would be most of
    the time that reading takes; a test holds the two together.

    Raises:
        CatalogError: the repository's own schema cannot be used.
    """
    errors = rules.errors(document.values) if rules.narrows else []
    said: InvalidOffering | None = None
    if not errors and not document.problems:
        values = dict(document.values)
        protect = values.pop(PROTECT, False)
        try:
            offering = Offering.from_attributes(values)
        except InvalidOffering as error:
            said = error
        else:
            is_fit = offering.course_name.strip() and unfit_address(offering.external_registration_url) is None
            if isinstance(protect, bool) and is_fit and offering.training_standard_key in rules.standards:
                return Checked(offering=offering, protect=protect, problems=tuple(lints(document, offering)))
    errors = errors or rules.errors(document.values)
    return Checked(offering=None, problems=tuple(_diagnose(document, errors, said, rules.standards)))


def _diagnose(
    document: Document,
    errors: Iterable[ValidationError],
    invalid: InvalidOffering | None,
    standards: Standards,
) -> Iterator[Problem]:
    """Everything that is wrong: field by field first, then what only the schema or the offering itself refuses."""
    found = [*document.problems, *_field_problems(document, standards)]
    settled = {problem.pointer for problem in found}
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


def _field_problems(document: Document, standards: Standards) -> Iterator[Problem]:
    present = dict.fromkeys(document.values)
    broken = {problem.pointer for problem in document.problems if problem.code is Code.CHARACTER}
    meant: dict[str, str] = {}
    for key in present:
        pointer = f"/{pointer_part(key)}"
        field: str | None = key
        if key not in FIELDS:
            field = nearest_field(key)
            is_spare = field in present or field in meant
            yield _unknown(document, key, field, is_spare=is_spare)
            field = None if is_spare else field
            if field is not None:
                meant[field] = key
        if field in FIELDS and pointer not in broken:
            yield from _value_problem(document, pointer, field, standards)
    for field in ATTRIBUTES:
        if field not in present and field not in meant:
            yield _missing(document, field)


def _value_problem(document: Document, pointer: str, field: str, standards: Standards) -> Iterator[Problem]:
    node = document.nodes[pointer]
    value = document.values[pointer[1:].replace("~1", "/").replace("~0", "~")]
    found = field_error(field, value, node.text, standards)
    if found and value is None and "#" in document.source.line(node.span.end.line)[node.span.end.column - 1 :]:
        found = found._replace(hint="what stands after # is a comment; put the value in quotes")
    if found:
        yield _at(document, pointer, found)


def _unknown(document: Document, key: str, field: str | None, *, is_spare: bool) -> Problem:
    pointer = f"/{pointer_part(key)}"
    node = document.nodes[pointer]
    if fold(key).replace("-", "") == NETWORK_KEY.lower():
        message = "`networkKey` comes from the configuration, never from an offering's file"
        return _at_key(document, pointer, FieldError(Code.NETWORK_KEY, message, "delete this line"))
    message = f"unknown field `{shortened(key)}`"
    if field is None:
        return _at_key(
            document, pointer, FieldError(Code.UNKNOWN_FIELD, message, f"the fields are {', '.join(FIELDS)}")
        )
    if is_spare:
        hint = f"did you mean `{field}`? It is there already; delete one of them"
        return _at_key(document, pointer, FieldError(Code.UNKNOWN_FIELD, message, hint))
    fix = f'"{field}"' if node.key is not None and node.key.style else field
    return _at_key(document, pointer, FieldError(Code.UNKNOWN_FIELD, message, f"did you mean `{field}`?", fix))


def _missing(document: Document, field: str) -> Problem:
    """Told at the offering's id, or else where the document starts."""
    offering_id = document.values.get("offeringId")
    of = f" from offering {shortened(offering_id)}" if isinstance(offering_id, str) and offering_id else ""
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


def _node(document: Document, pointer: str) -> Node:
    return document.nodes.get(pointer, document.nodes[""])


def _at(document: Document, pointer: str, found: FieldError) -> Problem:
    """A problem at a value; at the first character of the document where there is no such value."""
    node = _node(document, pointer)
    is_value = node.key is not None
    start = node.span.start if is_value else document.nodes[""].span.start
    span = node.span if is_value else Span(start, start)
    if is_value and document.values and node.span.start == node.span.end:
        span = node.key_span  # nothing stands there: show the field
    return document.source.problem(
        found.code,
        span,
        found.message,
        pointer=pointer,
        hint=found.hint,
        fix=None if found.fix is None else node.replaced(found.fix),
    )


def _at_key(document: Document, pointer: str, found: FieldError) -> Problem:
    span = _node(document, pointer).key_span
    return document.source.problem(
        found.code, span, found.message, pointer=pointer, hint=found.hint, fix=found.fix
    )
