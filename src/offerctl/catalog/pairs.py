"""Which unknown field was meant to be which missing one, told by their values: one fault, one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offerctl.catalog.fields import field_error
from offerctl.standards import Standards

_TELLING = (
    "trainingStandardKey",
    "externalRegistrationUrl",
    "price",
    "courseDuration",
    "offeringId",
    "courseName",
)
"""Fields by how much a value tells of them: any text can be a name."""


def pairs(
    unknown: Mapping[str, tuple[object, str]], missing: Sequence[str], standards: Standards
) -> dict[str, str]:
    """The missing field of each unknown one that alone can be it. `unknown` has values and texts by name."""
    found: dict[str, str] = {}
    left = dict(unknown)
    for field in sorted(missing, key=_TELLING.index):
        fitting = [key for key, (value, text) in left.items() if _fits(field, value, text, standards)]
        others = [other for other in missing if other != field and other not in found.values()]
        if len(fitting) == 1 and (field == "courseName" or not _fits_other(others, left[fitting[0]], standards)):
            found[fitting[0]] = field
            del left[fitting[0]]
    return found


def _fits_other(others: Sequence[str], given: tuple[object, str], standards: Standards) -> bool:
    return any(other != "courseName" and _fits(other, *given, standards) for other in others)


def _fits(field: str, value: object, text: str, standards: Standards) -> bool:
    return field_error(field, value, text, standards) is None
