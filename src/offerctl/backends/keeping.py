"""Which documents are kept as versions; the same rule in every home."""

from __future__ import annotations

import re
from collections.abc import Iterable

from offerctl.errors import StateUnreadable
from offerctl.state.document import Heading, heading

KEPT = 20
"""Versions, the last ones, in a home that keeps each as a file or an object of its own."""
_KEPT_NAME = re.compile(r"([0-9]{8,18})\.json")


def kept_name(serial: int) -> str:
    """What a kept version is called where each is a file or an object of its own."""
    return f"{serial:08d}.json"


def kept_serials(names: Iterable[str]) -> list[int]:
    """The serials of the kept versions among these names."""
    return [int(found[1]) for found in map(_KEPT_NAME.fullmatch, names) if found]


def is_renewal(present: Heading | None, new: Heading) -> bool:
    """Whether a document replaces the one before it: the same writer's, which is still at work.

    So a run keeps its first and its last write.
    """
    return present is not None and new.run is not None and new.run == present.run and new.open


def readable(data: bytes | None) -> Heading | None:
    """The heading of a document; none where there is no document that can be believed."""
    if data is None:
        return None
    try:
        return heading(data)
    except StateUnreadable:
        return None
