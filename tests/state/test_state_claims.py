"""Whether the run that a state shows at work lives: every case of what can be known of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from offerctl.state import Claim
from offerctl.state.claims import Liveness, Lock, in_doubt_by, liveness, surely_over
from support.plans import NOW, live, maybe, offering, state

LEASE = 120.0
BEFORE, IN_MARGIN, AFTER = -1.0, 30.0, 30.1
"""Seconds between the end of a lease and now."""


def claim(boot_id: str | None = "theirs", past: float = BEFORE) -> Claim:
    """One whose lease ended so many seconds ago."""
    return Claim(id="r", who="a test", boot_id=boot_id, lease_until=NOW - timedelta(seconds=past))


def judged(
    found: Claim | None, lock: Lock = Lock.SILENT, boot_id: str | None = "ours", watched: float = 0.0
) -> Liveness:
    return liveness(found, now=NOW, lease=LEASE, lock=lock, boot_id=boot_id, watched=watched)


@pytest.mark.parametrize("lock", Lock)
def test_without_a_claim_nobody_is_at_work(lock: Lock) -> None:
    """Whatever the lock says: who has it has claimed nothing."""
    found = judged(None, lock)
    assert found is Liveness.FREE
    assert not found.may_live


@pytest.mark.parametrize(
    ("past", "expected"),
    [(BEFORE, Liveness.UNKNOWN), (IN_MARGIN, Liveness.UNKNOWN), (AFTER, Liveness.ENDED)],
)
@pytest.mark.parametrize("lock", Lock)
def test_another_machines_lease_is_over_a_quarter_after_its_end(
    lock: Lock, past: float, expected: Liveness
) -> None:
    """The other machine's clock may be off by so much, and this machine's lock says nothing of it."""
    assert judged(claim(past=past), lock) is expected
    assert surely_over(claim(past=IN_MARGIN), LEASE) == NOW


def test_a_lease_to_the_end_of_all_time_is_told_like_any_other() -> None:
    """Whoever wrote it: what comes after it can be neither counted nor shown."""
    until = datetime.max.replace(tzinfo=UTC)
    assert surely_over(replace_until(claim(), until), LEASE) == until
    assert judged(replace_until(claim(), until), watched=150.1) is Liveness.ENDED


def replace_until(one: Claim, until: datetime) -> Claim:
    """The same claim with another lease."""
    return Claim(id=one.id, who=one.who, boot_id=one.boot_id, lease_until=until)


@pytest.mark.parametrize(("watched", "expected"), [(150.0, Liveness.UNKNOWN), (150.1, Liveness.ENDED)])
def test_what_was_watched_unchanged_for_a_lease_and_its_margin_is_over(watched: float, expected: Liveness) -> None:
    """By a clock that nobody sets: so a claim by a clock far ahead ends too."""
    assert judged(claim(past=-3600), watched=watched) is expected


@pytest.mark.parametrize("past", [BEFORE, AFTER])
def test_of_this_boot_of_this_machine_the_lock_tells(past: float) -> None:
    """For certain, and whatever is left of the lease: a stopped process lives, a dead one needs no patience."""
    assert judged(claim("ours", past), Lock.HELD) is Liveness.LIVES
    assert judged(claim("ours", past), Lock.FREE) is Liveness.DEAD
    assert judged(claim("ours", past)) is (Liveness.UNKNOWN if past == BEFORE else Liveness.ENDED)


@pytest.mark.parametrize(("theirs", "ours"), [("other", "boot"), (None, "boot"), ("boot", None), (None, None)])
@pytest.mark.parametrize("lock", Lock)
def test_only_the_lock_of_the_same_boot_proves_anything(lock: Lock, theirs: str | None, ours: str | None) -> None:
    """Two machines whose boots have no name are not the same machine."""
    assert judged(claim(theirs), lock, ours) is Liveness.UNKNOWN


def test_nothing_is_written_beside_what_lives_or_may_live() -> None:
    """And nothing else is in the way."""
    assert {found for found in Liveness if found.may_live} == {Liveness.LIVES, Liveness.UNKNOWN}


def test_what_a_run_left_in_doubt_is_its_own() -> None:
    """Neither what another run left, nor what was confirmed since."""
    body = offering("a")
    doubtful = maybe(body, body)
    assert doubtful.last_attempt is not None
    found = state({"a": doubtful, "b": replace(doubtful, last_attempt=None), "c": live(offering("c"))})
    assert in_doubt_by(found, doubtful.last_attempt.run).keys() == {"a"}
    assert not in_doubt_by(found, "another")
