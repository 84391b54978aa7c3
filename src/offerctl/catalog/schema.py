"""A document against the schema: one offering, or every problem it has.

The JSON schema decides; what is wrong is then said field by field in plain words. A schema of the repository's own
can only narrow the built-in one, because `Offering` keeps its bounds whatever a schema says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document, Node, escaped, shortened
from offerctl.catalog.lint import lints
from offerctl.catalog.problem import Problem, Span
from offerctl.catalog.values import Fault, fault, for_example
from offerctl.catalog.words import FIELDS, NETWORK_KEY, PROTECT, fold, nearest_field
from offerctl.errors import CatalogError, InvalidOffering
from offerctl.offering import ATTRIBUTES, Offering

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An offering with its warnings, or no offering and at least one error."""

    offering: Offering | None
    protect: bool = False
    problems: tuple[Problem, ...] = ()


def parse(data: bytes, name: str) -> Mapping[str, Any]:
    """A JSON schema; its numbers are decimals, as those of the files are.

    Raises:
        CatalogError: the bytes are no JSON object; `name` is the file's, for the message.
    """
    try:
        schema = json.loads(data, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"{name} is not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise CatalogError(f"{name} must hold one JSON object")
    return schema


def compiled(schema: Mapping[str, Any]) -> Validator:
    """A validator, to be made once: it costs more than a thousand files.

    Raises:
        CatalogError: no valid JSON schema.
    """
    # 110 ms to import; only commands that read offering files pay it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see above
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - see above
    from referencing import Registry  # noqa: PLC0415 - see above

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path) or "the top"
        raise CatalogError(
            f"the offering schema is not a valid JSON schema: {error.message} (at {place})"
        ) from None
    # An empty registry: a schema of a pull request fetches nothing from the network.
    return Draft202012Validator(schema, registry=Registry())


def check(document: Document, validator: Validator) -> Checked:
    """The offering of a document, or what is wrong with it.

    Raises:
        CatalogError: the repository's own schema cannot be evaluated.
    """
    errors = _errors(document, validator)
    if not errors and not document.problems:
        values = dict(document.values)
        protect = values.pop(PROTECT, False)
        try:
            offering = Offering.from_attributes(values)
        except InvalidOffering as error:
            return Checked(offering=None, problems=tuple(_diagnose(document, (), error)))
        if isinstance(protect, bool):
            return Checked(offering=offering, protect=protect, problems=tuple(lints(document, offering)))
    return Checked(offering=None, problems=tuple(_diagnose(document, errors, None)))


def _errors(document: Document, validator: Validator) -> list[ValidationError]:
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - imported with the validator already

    try:
        return list(validator.iter_errors(document.values))
    except (Unresolvable, RecursionError) as error:
        raise CatalogError(
            f"the offering schema cannot be evaluated: {type(error).__name__}: {error}",
            hint="A `$ref` must lead to a place inside the schema, and not back to itself.",
        ) from None


def _diagnose(
    document: Document, errors: Iterable[ValidationError], invalid: InvalidOffering | None
) -> Iterator[Problem]:
    """Everything that is wrong: field by field first, then what only the schema or the offering itself refuses."""
    found = [*document.problems, *_field_problems(document)]
    settled = {problem.pointer for problem in found}
    found += [
        problem
        for error in errors
        for problem in _schema_problems(document, error)
        if problem.pointer not in settled
    ]
    if not found:
        said = invalid or InvalidOffering("", "this is no offering")
        found = [_at(document, f"/{said.field}", Fault(Code.VALUE, said.message))]
    yield from found


def _field_problems(document: Document) -> Iterator[Problem]:
    present = dict.fromkeys(document.values)
    broken = {problem.pointer for problem in document.problems if problem.code is Code.CHARACTER}
    meant: dict[str, str] = {}
    for key in present:
        pointer = f"/{escaped(key)}"
        field: str | None = key
        if key not in FIELDS:
            field = nearest_field(key)
            yield _unknown(document, key, None if field is None else field, taken={**present, **meant})
            if field is not None:
                meant[field] = key
        if field in FIELDS and pointer not in broken:
            yield from _value_problem(document, pointer, field)
    for field in ATTRIBUTES:
        if field not in present and field not in meant:
            yield _missing(document, field)


def _value_problem(document: Document, pointer: str, field: str) -> Iterator[Problem]:
    node = document.nodes[pointer]
    value = document.values[pointer[1:].replace("~1", "/").replace("~0", "~")]
    if found := fault(field, value, node.text):
        yield _at(document, pointer, found)


def _unknown(document: Document, key: str, field: str | None, *, taken: Mapping[str, object]) -> Problem:
    pointer = f"/{escaped(key)}"
    node = document.nodes[pointer]
    if fold(key).replace("-", "") == NETWORK_KEY.lower():
        message = "`networkKey` comes from the configuration, never from an offering's file"
        return _at_key(document, pointer, Fault(Code.NETWORK_KEY, message, "delete this line"))
    message = f"unknown field `{shortened(key)}`"
    if field is None:
        return _at_key(
            document, pointer, Fault(Code.UNKNOWN_FIELD, message, f"the fields are {', '.join(FIELDS)}")
        )
    if field in taken:
        hint = f"did you mean `{field}`? It is there already; delete one of them"
        return _at_key(document, pointer, Fault(Code.UNKNOWN_FIELD, message, hint))
    fix = f'"{field}"' if node.key is not None and node.key.style else field
    return _at_key(document, pointer, Fault(Code.UNKNOWN_FIELD, message, f"did you mean `{field}`?", fix))


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
            if name not in document.values:
                message = f"`{name}` is missing, which this repository's schema asks for"
                yield _at(document, f"/{escaped(str(name))}", Fault(Code.SCHEMA, message))
    elif path or error.validator != "additionalProperties":
        subject = f"`{path[0]}`" if path else "the offering"
        words = _KEYWORDS.get(str(error.validator))
        said = words.format(wanted) if words else f"does not fit: {shortened(error.message, 160)}"
        yield _at(
            document,
            "".join(f"/{escaped(part)}" for part in path[:1]),
            Fault(Code.SCHEMA, f"{subject} {said} (this repository's schema)"),
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


def _at(document: Document, pointer: str, found: Fault) -> Problem:
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


def _at_key(document: Document, pointer: str, found: Fault) -> Problem:
    span = _node(document, pointer).key_span
    return document.source.problem(
        found.code, span, found.message, pointer=pointer, hint=found.hint, fix=found.fix
    )
