"""Whether the configuration at hand is one that a review, or an earlier run, approved; otherwise all is held."""

from __future__ import annotations

from collections.abc import Sequence

from offerctl import canon
from offerctl.app.ci.base import Comparison, NotComparable
from offerctl.errors import ConfigError
from offerctl.github.review import Review
from offerctl.plan import Plan
from offerctl.state import State

_WHAT = "where offerctl writes, or what it refuses"


def unreviewed(configuration: Comparison, state: State | None, reviews: Sequence[Review]) -> str | None:
    """Why nothing may run under this configuration; none where it was approved.

    Every review since the commit last applied must have been of it. Where none was of any configuration, it must
    be that of the commit last applied; before the first run there is none, and no approvals either.
    """
    seen = {review.number: review.settings for review in reviews if review.is_recorded}
    for number, approved in seen.items():
        if approved is not None and approved != configuration.digest:
            return f"{_WHAT}, is not what #{number} was reviewed with: the configuration changed since"
    if configuration.digest in seen.values():
        return None
    applied = state.applied_commit if state else None
    if applied is None:
        return f"the review of #{min(seen)} says nothing of {_WHAT}" if seen else None
    return _since(configuration, applied)


def refuse_unreviewed(configuration: Comparison, state: State | None) -> None:
    """For a run that nobody reviews: it has the configuration that `ci apply` took up.

    Raises:
        ConfigError: it is another one.
    """
    applied = state.applied_commit if state else None
    if applied is not None and (why := _since(configuration, applied)):
        raise ConfigError(f"{why}, and apply has not taken that up yet. Nothing was sent.")


def accepted_as(plan: Plan, configuration: Comparison, held: str | None) -> str:
    """What has to be accepted for a plan to run as a whole: the plan, and the configuration where that is held."""
    return canon.digest({"plan": plan.digest, "settings": configuration.digest}) if held else plan.digest


def _since(configuration: Comparison, applied: str) -> str | None:
    try:
        if configuration.is_as_at(applied):
            return None
    except NotComparable as error:
        return (
            f"nobody can tell whether {_WHAT}, changed since commit {applied[:7]}, which was applied last: {error}"
        )
    return f"{_WHAT}, changed since commit {applied[:7]}, which was applied last, and no review showed that"
