"""What is written on GitHub, each text within its budget: comments, the issue, summaries, annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from offerctl import canon
from offerctl.catalog.problem import Problem, Severity
from offerctl.catalog.shown import shortened
from offerctl.errors import OfferctlError
from offerctl.github import marker as markers
from offerctl.github.approvals import needs_no_review
from offerctl.github.page import Page, page
from offerctl.github.pages import CodesPage
from offerctl.github.result import REHEARSAL, JobResult, accept_by_hand, can_be_accepted, headline, markdown
from offerctl.offering import Offering
from offerctl.plan import Plan
from offerctl.render import plan_markdown
from offerctl.render.commands import Level, command
from offerctl.render.markdown import code, escaped, within
from offerctl.render.plan_markdown import Sheet
from offerctl.render.style import sanitize
from offerctl.render.words import counted, sentence

COMMENT_BUDGET = 48_000
"""Characters of a plan before the merge: what happens is told above it, in the 65,536 of one comment."""
SUMMARY_BUDGET = 250_000
"""Characters, of at most four bytes each; a summary on GitHub holds 1 MiB."""
ISSUE_TITLE = "Marketplace not in sync"
_LONGEST = 500
"""Characters of one message; names can be very long."""
_LONGEST_LINE = 100
"""Characters of an offering file's line."""
_NO_PAGE = CodesPage()
_FRAME = 1_500
"""Characters of what is said around a plan."""
_REVIEWED = "<!-- offerctl:reviewed -->"
"""Parts what happened from what was reviewed. It stands before any word of others: the first one is ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a pull request's page needs beside its plan.

    `touched` are the listings whose files it changes, `files` what the files say of each, and `run_url` is where
    the job's summary is.
    """

    touched: Sequence[str] = ()
    files: Mapping[str, Offering] = field(default_factory=dict)
    run_url: str | None = None


def no_state(whose: str) -> str:
    """What a run is told that only validates, as nothing gives it the right to read the state."""
    return f"Changes cannot be shown here: the state is not readable from {whose}."


def comment(environment: str, text: str) -> str:
    """The comment on an open pull request: `text` is that of a page, or the problems."""
    return f"{markers.write(environment)}\n{_REVIEWED}\n{text}"


def shown(body: str) -> str:
    """The digest of what a comment shows, or showed before the merge: of its words.

    What a form or a server does to blanks and line breaks is no edit.
    """
    return canon.digest(body.partition(_REVIEWED)[2].split())


def after(body: str | None, environment: str, job_result: JobResult) -> str:
    """The comment after the merge: what happened, above what was reviewed, which stays as it was."""
    reviewed = body.partition(_REVIEWED)[2] if body else ""
    head = f"{markers.write(environment)}\n\n{markdown(job_result)}"
    return f"{head}\n\n---\n\nReviewed before the merge:\n\n{_REVIEWED}{reviewed}" if reviewed else head


def plan_page(plan: Plan, now: datetime, around: Around) -> Page:
    """The plan as a comment shows it, with the way on for all that merging does not approve."""
    room = COMMENT_BUDGET - _FRAME
    made = page(
        Sheet(plan=plan, budget=room, by_merge=True, touched=tuple(around.touched), files=around.files), now
    )
    made = replace(made, plain=_framed(plan, made, made.plain, around.run_url))
    return replace(made, shown=frozenset(), unprotected=frozenset()) if plan.refusals else made


def plan_summary(plan: Plan, now: datetime, comment_page: Page, run_url: str | None = None) -> str:
    """The plan for the job's summary, which has room for more than the page of the comment."""
    larger = page(Sheet(plan=plan, budget=SUMMARY_BUDGET, by_merge=True, most=len(plan.changes)), now)
    return replace(larger, plain=_framed(plan, comment_page, larger.plain, run_url)).text


def _framed(plan: Plan, made: Page, plain: str, run_url: str | None) -> str:
    """Plain words with what stands before them, and the way on where merging alone will not do."""
    rehearsal = [REHEARSAL] if plan.home.is_local else []
    if plan.refusals:
        return "\n\n".join([*rehearsal, plain, *([_after_refusal(plan)] if can_be_accepted(plan) else [])])
    return "\n\n".join([*rehearsal, *([_not_shown(plan, made, run_url)] if made.left else []), plain])


def _after_refusal(plan: Plan) -> str:
    return (
        "**It can be merged on purpose.** The check does not hold it up, and the merge alone changes nothing, as "
        "*apply* stops at the same rail. "
        f"{accept_by_hand(plan.digest, 'Then, to make exactly this plan')}\n\n"
        "Where anything else has moved by then, *apply* names the present digest instead."
    )


def _not_shown(plan: Plan, made: Page, run_url: str | None) -> str:
    """What the comment has no room for: counted, where it is to be seen, and the digest that makes it."""
    left = tuple(c for c in plan.changes if c.offering_id not in made.shown and not needs_no_review(c))
    exposed = sorted(id_ for id_, on in plan.protections.items() if not on and id_ not in made.unprotected)
    rest = replace(plan, changes=left, protections=dict.fromkeys(exposed, False))
    have = "change has" if made.left == 1 else "changes have"
    where = f"[The job's summary and log]({run_url})" if run_url else "The job's summary and log"
    said = (
        f"**{made.left} {have} no room in the comment, and merging does not approve what it does not show.** "
        f"{where} have the rest."
    )
    if rest.empty:
        return said
    return f"{said} {accept_by_hand(rest.digest, 'To make it too, after the merge')}"


def preview(run_url: str | None) -> str:
    """Where the page as it will be is found, as the end of a comment; nothing outside of a workflow's run."""
    if run_url is None:
        return ""
    artifact = f"the artifact *preview* of [this run]({run_url}#artifacts)"
    return f"\n\nThe Marketplace's page as it will be, what changes marked: {artifact}."


def no_plan(error: OfferctlError) -> str:
    """Why there is no plan at all."""
    way_on = f" {escaped(error.hint[:_LONGEST])}" if error.hint else ""
    return f"**There is no plan:** {escaped(sentence(error.message[:_LONGEST]))}{way_on}"


def result_summary(job_result: JobResult, plan: Plan, now: datetime) -> str:
    """How a run ended, and its plan, for the job's summary."""
    folded = plan_markdown.technical(plan, now=now, budget=SUMMARY_BUDGET - COMMENT_BUDGET)
    return f"{markdown(job_result)}\n\n{folded}"


def problems_text(
    problems: Sequence[Problem], files: int, budget: int = COMMENT_BUDGET - 1_000, *, codes: CodesPage = _NO_PAGE
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
