"""A check run as a value: how a plan's record stands beside the other checks of a pull request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from offerctl.github import record as records
from offerctl.github.page import Page
from offerctl.github.record import Record
from offerctl.github.result import can_be_accepted
from offerctl.plan import Plan
from offerctl.render.words import counted

APP = "github-actions"
"""The app that a workflow's own token speaks for, by its slug."""


class Conclusion(StrEnum):
    """How a check ended. A required check that is neutral lets a merge through."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """One that has ended; `summary` is for people, `text` is the record."""

    name: str
    external_id: str
    conclusion: str
    title: str
    summary: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a pull request's check ends, and why in one line."""

    conclusion: Conclusion
    said: str

    @property
    def fails(self) -> bool:
        """Whether the job does too: only that can be a required check where a fork's token makes no check run."""
        return self.conclusion is Conclusion.FAILURE


INVALID = Verdict(conclusion=Conclusion.FAILURE, said="The offering files have errors: nothing was planned")
NO_PLAN = Verdict(conclusion=Conclusion.FAILURE, said="There is no plan")


def conclude(plan: Plan, page: Page) -> Verdict:
    """How a pull request's check ends that has this plan.

    One that is refused but can be accepted by its digest is neutral: it can be merged on purpose, and the merge
    alone changes nothing.
    """
    if plan.refusals and can_be_accepted(plan):
        said = "This plan is refused by a rail: merging changes nothing until somebody accepts its digest"
        return Verdict(conclusion=Conclusion.NEUTRAL, said=said)
    if plan.refusals:
        return Verdict(
            conclusion=Conclusion.FAILURE, said="This plan is refused; the comment and the summary say why"
        )
    total = len(plan.shown) + len(plan.protections)
    if page.left:
        said = f"Merging approves {total - page.left} of {counted(total, 'change')}: the others are not shown"
        return Verdict(conclusion=Conclusion.NEUTRAL, said=said)
    said = f"Merging approves {counted(total, 'change')}" if total else "Merging changes nothing"
    return Verdict(conclusion=Conclusion.SUCCESS, said=said)


_SUMMARY = (
    "The comment on the pull request shows the plan. This is its record: a merge makes what it names, as long as "
    "the comment is the one that was recorded."
)


def check_run(record: Record, verdict: Verdict) -> CheckRun:
    """The check run that keeps a record."""
    return CheckRun(
        name=records.name(record.environment),
        external_id=records.external_id(record.environment, record.pull_request),
        conclusion=verdict.conclusion.value,
        title=verdict.said,
        summary=_SUMMARY,
        text=records.write(record),
    )
