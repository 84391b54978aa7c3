"""Where a field's value stands in a file, for what is told about it after it was read."""

from __future__ import annotations

from offerctl.catalog.parse import read
from offerctl.catalog.problem import InvalidDocument, Position


def place_of(field: str, data: bytes) -> Position | None:
    """The start of the value of a field in a file's bytes; none where they hold no such field."""
    try:
        node = read("", data).nodes.get(f"/{field}")
    except InvalidDocument:
        return None
    return node.span.start if node else None
