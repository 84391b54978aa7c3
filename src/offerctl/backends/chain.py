"""The chain of a state's versions: whether a document follows what is known of the state; the same in every home.

What is known is the newest kept version beside a file, and in git what this clone saw last: a witness of serial,
lineage and checksum. It is decided without reading beliefs: a state of 100,000 listings takes half a second to
parse, and whoever reads it parses it anyway.
"""

from __future__ import annotations

import re

from offerctl import canon
from offerctl.errors import StateMissing, StateUnreadable
from offerctl.state.checksum import unsealed
from offerctl.state.claimed import Link, link_of, serial_of
from offerctl.state.ended import is_readable

GONE, OLDER = "is gone", "is older than it was"
NO_LINK = "follows none of the versions that are kept"
PASSES_BY = "was set back, and went on without what was known"
"""Why a state is not the one that was known, or one that it became."""
_VERSION = re.compile(rb'^  "format_version": "([0-9.]{1,20})"', re.MULTILINE)


def link(data: bytes | None) -> Link | None:
    """The place that a whole document claims; none where there is none, or one that its reader will refuse."""
    return None if data is None or not is_whole(data) else link_of(data)


def is_whole(data: bytes) -> bool:
    """Whether a document has the checksum that it names, and a format that is read here; no more is looked at."""
    try:
        zeroed, checksum = unsealed(data)
    except StateUnreadable:
        return False
    version = _VERSION.search(data)
    return version is not None and is_readable(version[1].decode()) and canon.sha256(zeroed) == checksum


def departs(present: bytes | None, known: bytes | None, *, is_newest: bool) -> str | None:
    """Why a document is none that the known one can have become; none where it may be, or cannot be read.

    Where the known one `is_newest` of all that are kept, it must be the one that the document names.
    """
    if present is None:
        return GONE if link(known) else None
    same = present == known
    there = link_of(present) if same else link(present)
    if there is None:
        return None  # torn, which its reader says
    if not same and (witness := link(known)) and (found := _departs(there, witness, is_newest=is_newest)):
        return found
    return "names no version before it" if there.previous is None and there.serial > 1 else None


def departs_from_kept(present: bytes | None, newest: int, known: bytes | None) -> str | None:
    """The same where versions are kept by serial beside the state: `newest` is the last one's, -1 without any.

    `known` is that version (none: it cannot be had). A torn state is not lost but unreadable.
    """
    serial = -1 if present is None else serial_of(present)
    if serial is not None and serial < newest:  # its name alone tells
        # One that somebody began anew is no older version of this one.
        return GONE if present is None else departs(present, known, is_newest=True) or OLDER
    return departs(present, known, is_newest=True)


def _departs(there: Link, witness: Link, *, is_newest: bool) -> str | None:
    if there.lineage != witness.lineage:
        return "is of another lineage"
    if there.serial < witness.serial:
        return OLDER
    if there.serial == witness.serial:
        return "is another one under the same serial"
    return NO_LINK if is_newest and there.previous not in {witness.checksum, None} else None


def lost(what: str, kept: str, serial: int | None, environment: str, *, beside: int | None = None) -> StateMissing:
    """The error of whoever finds another document than was known; `kept` says where one with that serial is.

    `beside` is the serial of the present one, where it knows things that the other one does not.
    """
    if serial is None or serial < 0:
        return StateMissing(
            f"{what}, and no version of it is kept",
            hint=f"Make it anew from git's history: offerctl state rebuild -e {environment}",
        )
    restore = f"offerctl state restore {serial} -e {environment}"
    both = f"Bring both together: {restore}, and then offerctl state restore {beside} -e {environment}"
    hint = f"Bring it back: {restore}" if beside is None else both
    return StateMissing(f"{what}: {kept} serial {serial}", hint=hint)
