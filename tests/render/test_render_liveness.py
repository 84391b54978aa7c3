"""Who holds a state, in the words of every command."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from offerctl.render import liveness as words
from offerctl.state import Claim, RunRecord, State
from offerctl.state.claims import Liveness
from support.plans import APPLIED, NOW, state

LEASE = 120.0
UNLOCK = "or, if that run is surely dead: offerctl state unlock 7f3c -e prod"


def held(left: float = 82.0, *, who: str = "GitHub run 1234", started: datetime | None = None) -> State:
    """A state that a run holds for so many seconds more; `started` where its record is the last one."""
    claim = Claim(id="7f3c21aa", who=who, boot_id=None, lease_until=NOW + timedelta(seconds=left))
    record = RunRecord(id="7f3c21aa" if started else "another", who=who, started=started or NOW)
    return state({}, run=claim, last_run=record)


def refusal(found: State, liveness: Liveness, nothing: str = "Nothing was sent.") -> str:
    return words.refusal(found, liveness, NOW, lease=LEASE, nothing=nothing)


def test_a_refusal_says_who_until_when_and_for_how_long() -> None:
    """And since when, where the state tells."""
    until = f"{NOW + timedelta(seconds=82):%H:%M:%S}"
    known = f"another run is applying to prod (GitHub run 1234, lease until {until} UTC, 82 s"
    assert refusal(held(), Liveness.UNKNOWN) == f"{known}). Nothing was sent."
    assert refusal(held(started=APPLIED), Liveness.UNKNOWN) == f"{known}; since 14:03 UTC). Nothing was sent."
    assert refusal(held(), Liveness.LIVES, "Nothing was written.") == (
        f"{known}). It lives: a process of this machine has the state locked. Nothing was written."
    )


def test_a_lease_that_just_ended_still_counts_and_says_so() -> None:
    """No "0 s" that last for half a minute."""
    said = refusal(held(-10), Liveness.UNKNOWN)
    assert "UTC, which counts for 20 s more, as clocks may differ)" in said
    assert "UTC, 0 s)" in refusal(held(-31), Liveness.LIVES)


@pytest.mark.parametrize(
    ("found", "waits", "way"),
    [
        (
            Liveness.UNKNOWN,
            True,
            f"Wait for it with --lock-timeout 5m, {UNLOCK}",
        ),
        (Liveness.LIVES, True, "Wait for it with --lock-timeout 5m, or end it with Ctrl-C."),
        (
            Liveness.UNKNOWN,
            False,
            f"Run it again when that has ended, {UNLOCK}",
        ),
        (Liveness.LIVES, False, "Run it again when that has ended, or end that with Ctrl-C."),
    ],
)
def test_only_ways_on_that_work_are_named(found: Liveness, waits: bool, way: str) -> None:  # noqa: FBT001 - a parameter
    """No option that the command has not, and no unlock that would be refused."""
    assert words.way_on(held(), found, waits=waits) == way


def test_a_plan_tells_of_a_run_while_it_may_live() -> None:
    """In the words of the refusals: it may be stale."""
    said = words.warning(held(started=APPLIED), Liveness.UNKNOWN, NOW, lease=LEASE)
    assert said is not None
    assert said.startswith("another run is applying to prod (GitHub run 1234, lease until ")
    assert said.endswith(" UTC, 82 s; since 14:03 UTC); this plan may be stale.")


def test_a_plan_tells_that_apply_takes_over_from_a_dead_run() -> None:
    """While its lease lasts; afterwards it is nobody's business."""
    assert words.warning(held(started=APPLIED), Liveness.DEAD, NOW, lease=LEASE) == (
        "a run that was applying to prod was cut off (GitHub run 1234, since 14:03 UTC); apply takes over at once."
    )
    assert words.warning(held(-1), Liveness.DEAD, NOW, lease=LEASE) is None
    assert words.warning(held(-60), Liveness.ENDED, NOW, lease=LEASE) is None
    assert words.warning(state({}), Liveness.FREE, NOW, lease=LEASE) is None


def test_names_from_a_state_are_inert() -> None:
    """Whoever wrote it."""
    said = refusal(held(who="x\x1b[2Jy"), Liveness.UNKNOWN)
    assert "\x1b" not in said
