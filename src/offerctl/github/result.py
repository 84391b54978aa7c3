"""How a run in a workflow ended: its exit code, and what is told in the comment, the issue and the summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from offerctl.errors import Exit
from offerctl.plan import Change, Plan
from offerctl.render.markdown import code, escaped, within
from offerctl.render.words import MOST_IDS, VERBS, counted, ids
from offerctl.run import Report, Result, Verdict

BUDGET = 12_000
"""Characters of a job result."""
REHEARSAL = "**Rehearsal: nothing goes to the real Marketplace.**"
"""What everything begins with that is told of the embedded Marketplace."""
_NOT_DONE = (Verdict.FAILED, Verdict.IN_DOUBT)
_LONGEST = 500
"""Characters of one reason."""
_SHORT = 12
"""Digits of a digest that people compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnapprovedChange:
    """What was not made because nobody reviewed it; `reviewed` is the digest that was, for its id."""

    offering_id: str
    do: str
    digest: str
    reviewed: str | None = None

    @classmethod
    def change(cls, change: Change, reviewed: str | None) -> UnapprovedChange:
        """A change of the plan."""
        return cls(
            offering_id=change.offering_id, do=VERBS[change.action].do, digest=change.digest, reviewed=reviewed
        )

    @classmethod
    def protection(cls, offering_id: str) -> UnapprovedChange:
        """A listing that would lose its protection."""
        return cls(offering_id=offering_id, do="no longer protect", digest="")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """How a run ended. `report` is none when nothing ran, and `reasons` then say why.

    `total` counts the changes of the whole plan, of which `held` are left. `accept` is the digest that makes them.
    `waiting` counts changes that are not this run's to make. A `rehearsal` is for the embedded Marketplace, which
    dies with the runner.
    """

    environment: str
    report: Report | None = None
    held: tuple[UnapprovedChange, ...] = ()
    total: int = 0
    waiting: int = 0
    accept: str | None = None
    reasons: tuple[str, ...] = ()
    run_url: str | None = None
    rehearsal: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether everything that the files say was confirmed, as far as anybody can know."""
        return bool(self.report and self.report.complete) and not self.held and not self.reasons

    @property
    def eventful(self) -> bool:
        """Whether there is more to tell than that nothing was to do."""
        return bool(self.held or self.reasons or not self.report or self.report.results or self.report.contested)

    @property
    def is_only_held_back(self) -> bool:
        """Whether nothing went wrong in a rehearsal but that nobody had reviewed it: nobody has to do anything."""
        made = self.report is None or self.report.complete
        return self.rehearsal and bool(self.held) and not self.reasons and made

    def exit_code(self, ran: Exit) -> Exit:
        """The job's exit code, `ran` being that of the changes that were made."""
        if self.is_only_held_back:
            return Exit.OK
        if self.report is None or ran not in {Exit.OK, Exit.ERROR}:
            return ran if self.report else Exit.ERROR
        if not self.held:
            return ran
        return Exit.INCOMPLETE if ran is Exit.OK and self.report.results else Exit.ERROR


def without_guards(plan: Plan) -> Plan:
    """The plan without what an accepted digest lifts: the guards about the number of deletions, and the policy."""
    lifted = {"deletes", "empty", "policy"}
    return replace(plan, refusals=tuple(refusal for refusal in plan.refusals if refusal.code not in lifted))


def can_be_accepted(plan: Plan) -> bool:
    """Whether an accepted digest lifts every rail that the plan breaks."""
    return not without_guards(plan).refusals


def headline(job_result: JobResult) -> str:
    """In one sentence, such as `Applied to prod: 3 done, 1 failed: 403 forbidden, 1 not tried.`."""
    environment = escaped(job_result.environment)
    if job_result.reasons or job_result.report is None:
        return f"Nothing was applied to {environment}."
    report = job_result.report
    if not report.results and not report.contested:
        return f"Nothing was applied to {environment}." if job_result.held else f"Nothing to do in {environment}."
    counts = [f"{len(report.of(Verdict.DONE))} done"]
    if failed := report.of(Verdict.FAILED):
        counts.append(f"{len(failed)} failed{_answers(failed)}")
    for verdict, word in ((Verdict.IN_DOUBT, "in doubt"), (Verdict.NOT_STARTED, "not tried")):
        counts += [f"{number} {word}"] if (number := len(report.of(verdict))) else []
    counts += [f"{len(report.contested)} contested"] if report.contested else []
    stopped = " (interrupted)" if report.interrupted else ""
    return f"Applied to {environment}{stopped}: {', '.join(counts)}."


def held_title(job_result: JobResult) -> str:
    """`2 of 5 changes were not in the reviewed plan`."""
    was = "was" if len(job_result.held) == 1 else "were"
    total = counted(job_result.total, "change")
    return f"{len(job_result.held)} of {total} {was} not in the reviewed plan and {was} not made"


def markdown(job_result: JobResult) -> str:
    """All of it, within `BUDGET` characters."""
    rehearsal = [REHEARSAL] if job_result.rehearsal else []
    parts = [f"**{headline(job_result)}**", *_reasons(job_result), *_troubles(job_result), *_held(job_result)]
    if job_result.waiting:
        parts[0] += f" {counted(job_result.waiting, 'other change waits', 'other changes wait')} for *apply*."
    elif job_result.confirmed and job_result.report and job_result.report.results:
        parts[0] += " Everything that the files say is confirmed."
    if job_result.run_url:
        parts.append(f"[The run]({job_result.run_url})")
    return "\n\n".join([*rehearsal, *parts])


def _answers(failed: tuple[Result, ...]) -> str:
    words = (" ".join(str(part) for part in (r.status, r.code) if part is not None) for r in failed)
    several = [escaped(word[:60]) for word in dict.fromkeys(words) if word]
    return f": {' / '.join(several[:3])}" if several else ""


def _reasons(job_result: JobResult) -> Iterator[str]:
    if job_result.reasons:
        yield "\n".join(
            within([f"- {escaped(reason[:_LONGEST])}" for reason in job_result.reasons[:MOST_IDS]], BUDGET // 4)
        )
    if job_result.accept and not job_result.held:
        yield accept_by_hand(job_result.accept, "If that is meant")


def _troubles(job_result: JobResult) -> Iterator[str]:
    report = job_result.report
    if report is None:
        return
    rows = [
        f"- {verdict}: {code(result.change.offering_id)}: {escaped(_reason(result)[:_LONGEST])}"
        for verdict in _NOT_DONE
        for result in report.of(verdict)[:MOST_IDS]
    ]
    rows += [f"- exists already, and nobody here added it: {escaped(ids(report.contested))}"] * bool(
        report.contested
    )
    if waiting := report.of(Verdict.NOT_STARTED):
        because = f": {escaped(waiting[0].reason[:_LONGEST])}" if waiting[0].reason else ""
        rows.append(f"- not tried: {escaped(ids(r.change.offering_id for r in waiting))}{because}")
    rows += [f"- stopped: {escaped(why[:_LONGEST])}" for why in (report.halted, report.unrecorded) if why]
    if rows:
        yield "\n".join(within(rows, BUDGET // 3))
    if report.results and not report.complete:
        yield "What was done is recorded, and what was approved stays so: the next run finishes it."


def _reason(result: Result) -> str:
    """Without a word of the Marketplace's: here GitHub hides no secret that one could repeat."""
    if result.status is None or result.contested:
        return result.reason
    answered = " ".join(str(part) for part in (result.status, result.code) if part is not None)
    return f"the Marketplace answered {answered}; its words are in the job's log"


def _held(job_result: JobResult) -> Iterator[str]:
    if not job_result.held:
        return
    yield f"**{held_title(job_result)}:**"
    rows = [_held_row(held) for held in job_result.held[:MOST_IDS]]
    more = len(job_result.held) - len(rows)
    yield "\n".join([*within(rows, BUDGET // 3), *([f"- and {counted(more, 'more change')}"] if more else [])])
    if job_result.accept:
        yield accept_by_hand(job_result.accept, "To make them")


def _held_row(held: UnapprovedChange) -> str:
    reviewed = f"reviewed as {code(held.reviewed[:_SHORT])}" if held.reviewed else "never reviewed"
    now = f", now `{held.digest[:_SHORT]}`" if held.digest else ""
    return f"- {held.do} {code(held.offering_id)}: {reviewed}{now}"


def accept_by_hand(digest: str, when: str) -> str:
    """What to do, in GitHub's words, so that the plan of that digest is made."""
    way = "run the workflow *apply* by hand (Actions, *apply*, *Run workflow*), with `accept` set to"
    return f"{when}: {way}\n\n```text\n{digest}\n```"
