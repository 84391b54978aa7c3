"""The bytes of one file, judged: an offering with its warnings, or everything that is wrong with it.

A file that YAML cannot read, or reads as something else than flat fields, is read once more as lines; and every
fix is proven before anybody sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from offerctl.catalog.check import check
from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document
from offerctl.catalog.json_schema import Rules
from offerctl.catalog.nearest import known_field
from offerctl.catalog.parse import read
from offerctl.catalog.pasted import dressed, is_comparison
from offerctl.catalog.problem import InvalidDocument, Problem, Severity
from offerctl.catalog.source import BOM, decoded
from offerctl.offering import Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a file holds. `offering_id` is told where the file names one, whatever else is wrong with it."""

    offering: Offering | None
    protect: bool = False
    offering_id: str | None = None
    problems: tuple[Problem, ...] = ()


def examine(file: str, data: bytes, rules: Rules) -> Examined:
    """The offering of a file's bytes, or its problems; those that can be mended with certainty have a fix.

    Raises:
        CatalogError: the repository's own schema cannot be used.
    """
    document, found = _examine(file, data, rules)
    if any(problem.fix is not None for problem in found.problems):
        from offerctl.catalog.proof import Reading, proven  # noqa: PLC0415 - only for a fix

        text = data.removeprefix(BOM).decode()
        reading = Reading(document=document, problems=found.problems)

        def again(changed: str) -> Reading:
            document, found = _examine(file, changed.encode(), rules)
            return Reading(document=document, problems=found.problems)

        problems = proven(text, reading, again)
        return Examined(
            offering=found.offering, protect=found.protect, offering_id=found.offering_id, problems=problems
        )
    return found


def _examine(file: str, data: bytes, rules: Rules) -> tuple[Document | None, Examined]:
    try:
        document = read(file, data)
    except InvalidDocument as refused:
        flat = _as_lines(file, data)
        if flat is not None:
            found = _checked(flat, rules)
            if found.offering is None and _has_error(found.problems):
                return flat, found
        pasted = _as_pasted(file, data) if flat is None else None
        return None, Examined(offering=None, problems=(pasted,) if pasted else refused.problems)
    if _is_wrapped(document) or _is_glued(document):
        flat = _as_lines(file, data)
        if flat is not None and (_is_glued(document) or _are_shapes(flat.problems)):
            document = flat
    return document, _checked(document, rules)


def _checked(document: Document, rules: Rules) -> Examined:
    checked = check(document, rules)
    offering_id = document.values.get("offeringId")
    return Examined(
        offering=checked.offering,
        protect=checked.protect,
        offering_id=offering_id if isinstance(offering_id, str) else None,
        problems=checked.problems,
    )


def _has_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def _as_lines(file: str, data: bytes) -> Document | None:
    from offerctl.catalog.lines import lines_document  # noqa: PLC0415 - only where YAML gives up

    try:
        return lines_document(decoded(file, data))
    except InvalidDocument:
        return None


def _as_pasted(file: str, data: bytes) -> Problem | None:
    try:
        return dressed(decoded(file, data))
    except InvalidDocument:
        return None


def _is_wrapped(document: Document) -> bool:
    return any(isinstance(value, dict | list) for value in document.values.values())


def _is_glued(document: Document) -> bool:
    """Whether a field's name goes on behind a colon, or before it: `courseName:JHSC: Part One`, `+price`."""
    return is_comparison(document) or any(
        ":" in key and known_field(key.partition(":")[0]) for key in document.values
    )


def _are_shapes(problems: Iterable[Problem]) -> bool:
    """Whether the lines say that all fields stand too deep."""
    return any(problem.code is Code.SHAPE for problem in problems)
