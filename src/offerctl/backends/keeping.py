"""Which documents are kept as versions; the same rule in every home."""

from __future__ import annotations

from offerctl.errors import StateUnreadable
from offerctl.state.document import Heading, heading


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
