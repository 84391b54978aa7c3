"""What a state document claims of its place in the chain of versions, found without reading its values.

A state of 100,000 listings takes half a second to read, and whoever reads it finds out whether what it says is
what was found here (`document.parse`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

DISPLACED = (
    "the state document was edited: its serial, its lineage and the version before it do not stand where offerctl "
    "writes them"
)
_SERIAL = re.compile(rb'  "serial": (\d{1,18}),?\r?\n')
_LINEAGE = re.compile(rb'  "lineage": "([^"\\\r\n]{1,200})",?\r?\n')
_CHECKSUM = re.compile(rb'^  "checksum": "([0-9a-f]{64})",?\r?$', re.MULTILINE)
_PREVIOUS = re.compile(rb'  "previous": (?:null|"([0-9a-f]{64})"),?\r?\n')


class Link(NamedTuple):
    """What places a document in the chain: `previous` is the checksum of the kept version before it, if any."""

    serial: int
    lineage: str
    checksum: str
    previous: str | None


def link_of(data: bytes) -> Link | None:
    """The place that a document claims; none where it names none."""
    born, at, serial = data.find(b'\n  "lineage": '), data.rfind(b'\n  "previous": '), serial_of(data)
    lineage, previous = _LINEAGE.match(data, born + 1), _PREVIOUS.match(data, at + 1)
    checksum = _CHECKSUM.search(data)
    if serial is None or born < 0 or lineage is None or checksum is None or at < 0 or previous is None:
        return None
    before = previous[1].decode() if previous[1] else None
    return Link(serial, lineage[1].decode(errors="replace"), checksum[1].decode(), before)


def serial_of(data: bytes) -> int | None:
    """The serial that a document claims: it decides only what is too old to be believed."""
    at = data.rfind(b'\n  "serial": ')
    found = _SERIAL.match(data, at + 1) if at >= 0 else None
    return int(found[1]) if found else None
