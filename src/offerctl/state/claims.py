"""A run's claim on the state: whether the run that a state shows at work lives."""

from __future__ import annotations

from datetime import datetime, timedelta

from offerctl.state.model import Claim


def surely_dead(claim: Claim | None, *, lock_free: bool, boot_id: str | None) -> bool:
    """Rule 5: whether the claimant ran on this boot of this machine, whose lock it would still hold if it lived.

    `lock_free` is what `StateBackend.hold` yielded. Where no boot has a name (none), nothing is sure.
    """
    return lock_free and claim is not None and boot_id is not None and claim.boot_id == boot_id


def is_over(claim: Claim, now: datetime, lease: float) -> bool:
    """Rule 17: whether a claim of another machine has surely ended, its clock being up to a quarter lease off."""
    return now > claim.lease_until + timedelta(seconds=lease / 4)
