"""What a document says of a state on which no run begins: that it was moved, or that it is closed.

Such documents have a major version of their own: an offerctl that does not know these words refuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offerctl import canon
from offerctl.state.model import State
from offerctl.state.untyped import optional, read_place

ENDED_VERSION = "2.0"
_READABLE = frozenset({"1", ENDED_VERSION.partition(".")[0]})


def is_readable(version: str) -> bool:
    """Whether this offerctl reads documents of that `format_version`."""
    return version.partition(".")[0] in _READABLE


def is_foreign_format(data: bytes) -> bool:
    """Whether a document that cannot be read is none of ours to replace: whole, and of another offerctl."""
    try:
        version = canon.parse(data)["format_version"]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(version, str) and not is_readable(version)


def ended_json(state: State) -> dict[str, object]:
    """What stands in such a document alone, its version among it; nothing for any other state."""
    found: dict[str, object] = {}
    if state.moved_to is not None:
        found["moved_to"] = {"environment": state.moved_to.environment, "state": state.moved_to.location}
    if state.closed is not None:
        found["closed"] = canon.timestamp(state.closed)
    return {"format_version": ENDED_VERSION, **found} if found else {}


def read_ended(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a state has it.

    Raises:
        ValueError: that can be no place, or no time.
    """
    return {
        "moved_to": optional(read_place, document.get("moved_to")),
        "closed": optional(canon.moment, document.get("closed")),
    }
