"""The table of all states: who holds which, what is open in it, and totals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from offerctl import canon
from offerctl.render.fleet import statuses
from support.plans import NOW

FREE = {
    "serial": 7,
    "run": None,
    "last_applied": {"at": "2026-11-26T09:49:12.345678Z", "commit": None},
    "counts": {"live": 12, "maybe": 1, "contested": 0, "gone": 3},
}
RUN = {
    "id": "01RUN",
    "who": "ann@desk",
    "lease_until": canon.timestamp(NOW + timedelta(minutes=2)),
    "liveness": "unknown",
}
NEW = {"serial": None, "run": None, "last_applied": None, "counts": {"live": 0, "maybe": 0, "contested": 0}}
HOLDERS = "held by nobody 1, held 1, no state yet 1, unknown 1"


def test_states_are_told_as_a_single_status_tells_them() -> None:
    """Times as people write them, a held one with its run and the end of its lease; totals."""
    rows: list[tuple[str, Mapping[str, object] | None, str]] = [
        ("pro-1", FREE, ""),
        ("pro-2", {**FREE, "run": RUN, "last_applied": None}, ""),
        ("pro-3", NEW, "said on the way"),
        ("pro-4", None, "the state cannot be used"),
    ]
    shown = [" ".join(line.split()) for line in statuses(rows, now=NOW).splitlines()]
    assert shown[1:] == [
        "pro-1 7 nobody 2026-11-26 09:49 UTC 12 1 0",
        "pro-2 7 ann@desk (unknown) never 12 1 0 run 01RUN, lease until 14:32:00 UTC",
        "pro-3 - - - - - - no state yet",
        "pro-4 - - - - - - the state cannot be used",
        "",
        f"4 environments: {HOLDERS}. Listings: 24 live, 2 in doubt, 0 contested.",
    ]
