"""Which documents are kept as versions; the same rule in every home."""

from __future__ import annotations

import re

from offerctl.errors import StateUnreadable
from offerctl.state.document import Heading, heading

_SERIAL = re.compile(rb'  "serial": (\d{1,18}),?\r?\n')


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


def serial_of(data: bytes) -> int | None:
    """The serial that a document claims, without reading the rest: it decides only what is too old to be believed.

    A state of 100,000 listings takes half a second to parse, and whoever reads it parses it anyway.
    """
    at = data.rfind(b'\n  "serial": ')
    found = _SERIAL.match(data, at + 1) if at >= 0 else None
    return int(found[1]) if found else None
