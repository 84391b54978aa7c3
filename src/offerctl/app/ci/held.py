"""Whether the configuration at hand was shown to a reviewer, or taken up before; otherwise all is held.

A review approves what its own comment showed: every change from the configuration that was taken up last. That a
later, ordinary review was made under the same one shows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from offerctl import canon
from offerctl.app.ci.base import NONE_YET, Comparison, NotComparable, commit_in_force
from offerctl.errors import ConfigError
from offerctl.github.review import Review
from offerctl.plan import Plan
from offerctl.render.moves import sentence
from offerctl.state import State

_WHAT = "where offerctl writes, or what it refuses"
_WAY_ON = "Merge a pull request whose comment shows it, or run *apply* by hand: that names what to accept."
FIRST_WAITS = (
    "No configuration was taken up yet: the comment on the first pull request shows it, and merging takes it up. "
    "To do that without one, run this workflow by hand with accept = "
)


def unreviewed(configuration: Comparison, state: State | None, reviews: Sequence[Review]) -> str | None:
    """Why nothing may run under this configuration; none where it was approved.

    Every review since the commit last applied must have been of it. Where it is not the one taken up last, one of
    them must have shown all that changes from there; before the first one, all of it.
    """
    seen = [review for review in reviews if review.settings is not None]
    for review in seen:
        if review.settings != configuration.digest:
            said = f"{_WHAT}, is not what #{review.number} was reviewed with: the configuration changed since"
            return f"{said}{_changed(configuration, state)}"
    try:
        taken = configuration.taken_up(state)
    except NotComparable as error:
        return _unknown(state, error)
    if taken == configuration.digest or any(review.settings_from == taken for review in seen):
        return None
    return _unseen(configuration, state)


def refuse_unreviewed(configuration: Comparison, state: State | None) -> None:
    """For a run that nobody reviews: it has the configuration that `ci apply` took up.

    Raises:
        ConfigError: it is another one.
    """
    try:
        taken = configuration.taken_up(state)
    except NotComparable as error:
        why = _unknown(state, error)
    else:
        if state is None or taken == configuration.digest:
            return
        why = _unseen(configuration, state)
    raise ConfigError(f"{why}. Apply has not taken that up yet. Nothing was sent.", hint=_WAY_ON)


def is_first(configuration: Comparison, state: State | None) -> bool:
    """Whether none was ever taken up, so that with nothing to do nothing has to be said of it yet."""
    try:
        return configuration.taken_up(state) == NONE_YET
    except NotComparable:
        return False


def accepted_as(plan: Plan, configuration: Comparison, held: str | None) -> str:
    """What has to be accepted for a plan to run as a whole: the plan, and the configuration where that is held."""
    return canon.digest({"plan": plan.digest, "settings": configuration.digest}) if held else plan.digest


def _unseen(configuration: Comparison, state: State | None) -> str:
    changed = _changed(configuration, state)
    applied = commit_in_force(state)
    if applied is None:
        return f"no configuration was taken up yet, and no review showed this one{changed}"
    return (
        f"{_WHAT}, changed since commit {applied[:7]}, which was applied last, and no review showed that{changed}"
    )


def _changed(configuration: Comparison, state: State | None) -> str:
    """What changes, in words, as the end of a sentence; nothing where nobody can tell."""
    try:
        said = sentence(configuration.since_taken_up(state))
    except NotComparable:
        return ""
    return f": {said}" if said else ""


def _unknown(state: State | None, error: NotComparable) -> str:
    applied = commit_in_force(state) or ""
    return f"nobody can tell whether {_WHAT}, changed since commit {applied[:7]}, which was applied last: {error}"
