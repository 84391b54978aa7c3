"""What is written on GitHub, each text within its budget: comments, the issue, summaries, annotations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from offerctl.catalog.problem import Problem, Severity
from offerctl.catalog.source import shortened
from offerctl.errors import OfferctlError
from offerctl.github import marker as markers
from offerctl.github.marker import Marker
from offerctl.github.pages import CodesPage
from offerctl.github.result import JobResult, can_be_accepted, headline, markdown
from offerctl.plan import Plan
from offerctl.render import plan_markdown
from offerctl.render.commands import Level, command
from offerctl.render.plan_markdown import BUDGET, code, escaped, within
from offerctl.render.style import sanitize
from offerctl.render.words import counted

SUMMARY_BUDGET = 250_000
"""Characters, of at most four bytes each; a summary on GitHub holds 1 MiB."""
ISSUE_TITLE = "Marketplace not in sync"
NO_STATE = "Changes cannot be shown here: the state is not readable from a fork."
_LONGEST = 500
"""Characters of one message; names can be very long."""
_LONGEST_LINE = 100
"""Characters of an offering file's line."""
_NO_PAGE = CodesPage()
_REVIEWED = "<!-- offerctl:reviewed -->"
"""Parts what happened from what was reviewed. It stands before any word of others: the first one is ours."""


def comment(marker: Marker, text: str) -> str:
    """The comment on an open pull request: `text` is a `plan_text` or `problems_text` for the same marker."""
    return f"{markers.write(marker)}\n{_REVIEWED}\n{text}"


def after(body: str | None, marker: Marker, job_result: JobResult) -> str:
    """The comment after the merge: what happened, above what was reviewed (`body`, where there is room for it)."""
    reviewed = body.partition(_REVIEWED)[2] if body else ""
    head = f"{markers.write(marker)}\n\n{markdown(job_result)}"
    whole = f"{head}\n\n---\n\nReviewed before the merge:\n\n{_REVIEWED}{reviewed}"
    return whole if reviewed and len(whole) <= BUDGET else f"{head}\n\n{_REVIEWED}"


def plan_text(plan: Plan, marker: Marker, now: datetime) -> str:
    """The plan in what room the marker leaves."""
    text = plan_markdown.text(plan, now=now, budget=BUDGET - len(comment(marker, "")) - 400)
    return f"{text}\n\n{_AFTER_REFUSAL}" if plan.refusals and can_be_accepted(plan) else text


_AFTER_REFUSAL = (
    "What is meant can be made all the same: after the merge, the workflow *apply* names a digest to accept."
)


def plan_summary(plan: Plan, now: datetime) -> str:
    """The plan for the job's summary."""
    return plan_markdown.text(plan, now=now, budget=SUMMARY_BUDGET)


def preview(run_url: str | None) -> str:
    """Where the page as it will be is found, as the end of a comment; nothing outside of a workflow's run."""
    if run_url is None:
        return ""
    artifact = f"the artifact *preview* of [this run]({run_url}#artifacts)"
    return f"\n\nThe Marketplace's page as it will be, what changes marked: {artifact}."


def no_plan(error: OfferctlError) -> str:
    """Why there is no plan at all."""
    way_on = f" {escaped(error.hint[:_LONGEST])}" if error.hint else ""
    return f"**There is no plan:** {escaped(error.message[:_LONGEST])}{way_on}"


def result_summary(job_result: JobResult, plan: Plan, now: datetime) -> str:
    """How a run ended, and its plan, for the job's summary."""
    folded = plan_markdown.technical(plan, now=now, budget=SUMMARY_BUDGET - BUDGET)
    return f"{markdown(job_result)}\n\n{folded}"


def problems_text(
    problems: Sequence[Problem], files: int, budget: int = BUDGET - 1_000, *, codes: CodesPage = _NO_PAGE
) -> str:
    """The problems of the offering files, errors first, in a comment's room; `codes` is where codes lead."""
    ordered = sorted(problems, key=lambda problem: problem.severity is Severity.WARNING)
    errors = sum(problem.count for problem in problems if problem.severity is Severity.ERROR)
    rows = within([_row(problem, codes) for problem in ordered], budget)
    left = sum(problem.count for problem in ordered[len(rows) :])
    more = [f"- and {counted(left, 'more problem')}"] if left else []
    about = f"{counted(errors, 'error')} in {counted(files, 'offering file')}"
    parts = [f"**This cannot be merged yet: {about}.** Nothing was planned.", "\n".join([*rows, *more])]
    if fixes := sum(problem.fix is not None for problem in problems):
        parts.append(f"{counted(fixes, 'fix is', 'fixes are')} certain, and written by `offerctl validate --fix`.")
    return "\n\n".join(parts)


def issue_opening(environment: str) -> str:
    """What the issue of an environment begins with."""
    return f"<!-- offerctl:not-in-sync {environment} -->"


def issue(job_result: JobResult) -> str:
    """The body of the issue, open or, when all is well again, closed."""
    files, environment = "that the files on the main branch say", escaped(job_result.environment)
    if job_result.confirmed:
        said = f"Everything {files} is confirmed again ({environment})."
    else:
        said = f"Not everything {files} is confirmed by the Marketplace ({environment})."
    body = f"{issue_opening(job_result.environment)}\n{said}\n\n{markdown(job_result)}"
    return body if job_result.confirmed else f"{body}\n\n{_KEPT}"


_KEPT = "This issue is kept up to date, and closes itself once everything is confirmed."


def first_line(job_result: JobResult) -> str:
    """An ending in one line, for an annotation."""
    return " ".join((headline(job_result), *job_result.reasons[:1]))


def annotation(level: Level, text: str) -> str:
    """A workflow command that shows at the top of the run."""
    return command(level, sanitize(text))


def _row(problem: Problem, codes: CodesPage) -> str:
    """The place, the code, what is wrong, what to write; and the line that it is about."""
    place = f"{problem.file}:{problem.span.start.line}" if problem.span else problem.file
    hint = f" ({escaped(problem.hint[:_LONGEST])})" if problem.hint else ""
    said = f"- {escaped(place[:_LONGEST])} {codes.link(problem.code)}: {escaped(problem.message[:_LONGEST])}{hint}"
    line = shortened((problem.source or "").strip(), _LONGEST_LINE)
    shown = escaped(line) if "`" in line else code(line)
    return f"{said}\n  {shown}" if line else said
