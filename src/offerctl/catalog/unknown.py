"""Fields that no offering has: which was meant, and whether that is certain enough to be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document
from offerctl.catalog.labels import is_in_minutes, said_besides
from offerctl.catalog.nearest import FIELDS, NETWORK_KEY, fold
from offerctl.catalog.problem import FieldError, Problem, pointer_part
from offerctl.catalog.scalars import plain_number
from offerctl.catalog.shown import shortened


def is_network_key(key: str) -> bool:
    """Whether a field is the provider's key, which no file gives."""
    return fold(key).replace("-", "") == NETWORK_KEY.lower()


def unknown_field(
    document: Document, key: str, field: str | None, *, is_spare: bool, is_certain: bool = True
) -> Problem:
    """The one problem of a strange field; with a fix where `field` is certainly meant, and nothing is lost."""
    pointer = f"/{pointer_part(key)}"
    node = document.nodes[pointer]
    if is_network_key(key):
        message = "`networkKey` comes from the configuration, never from an offering's file"
        return _at_key(document, pointer, FieldError(Code.NETWORK_KEY, message, "delete this line"))
    message = f"unknown field `{shortened(key)}`"
    if field is None:
        hint = f"the fields are {', '.join(FIELDS)}"
    elif is_spare:
        hint = f"did you mean `{field}`? It is there already; delete one of them"
    else:
        hint = f"did you mean `{field}`?"
    fix = None
    if field is not None and not is_spare and (besides := said_besides(key)):
        hint, is_certain = f"{hint} {_without(field, besides, document.values[key])}", False
    if field is not None and is_certain and not is_spare and key[:1] != "<":
        fix = f'"{field}"' if node.key is not None and node.key.style else field
    return _at_key(document, pointer, FieldError(Code.UNKNOWN_FIELD, message, hint, fix))


def _without(field: str, besides: str, value: object) -> str:
    """What becomes of a value whose label says more than the field does."""
    if field == "courseDuration" and is_in_minutes(besides):
        hours = plain_number(f"{value} min", hours=True)
        return f"That is in hours: write `courseDuration: {hours}`" if hours else "That is in hours, not minutes"
    unit = {"price": "That is in Canadian dollars", "courseDuration": "That is in hours"}.get(field)
    return f"{unit}, and `{besides}` says something else" if unit else f"What is `{besides}`?"


def more_unknown(document: Document, more: Sequence[str]) -> Iterator[Problem]:
    """One problem for all strange fields beyond those that are looked at one by one."""
    if more:
        message = f"and {len(more):,} more unknown {'field' if len(more) == 1 else 'fields'}"
        said = FieldError(Code.UNKNOWN_FIELD, message, f"the fields are {', '.join(FIELDS)}")
        yield replace(_at_key(document, f"/{pointer_part(more[0])}", said), count=len(more))


def _at_key(document: Document, pointer: str, found: FieldError) -> Problem:
    span = document.nodes.get(pointer, document.nodes[""]).key_span
    return document.source.problem(
        found.code, span, found.message, pointer=pointer, hint=found.hint, fix=found.fix
    )
