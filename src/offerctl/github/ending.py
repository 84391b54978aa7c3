"""How a run in a workflow ended: its exit code, and what is told in the comment, the issue and the summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from offerctl.errors import Exit
from offerctl.plan import Change, Plan
from offerctl.render.plan_markdown import escaped, within
from offerctl.render.words import MOST_IDS, VERBS, counted, ids
from offerctl.run import Report, Result, Verdict

BUDGET = 12_000
"""Characters of an ending."""
_NOT_DONE = (Verdict.FAILED, Verdict.IN_DOUBT)
_LONGEST = 500
"""Characters of one reason."""
_SHORT = 12
"""Digits of a digest that people compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was not made because nobody reviewed it; `reviewed` is the digest that was, for its id."""

    offering_id: str
    do: str
    digest: str
    reviewed: str | None = None

    @classmethod
    def change(cls, change: Change, reviewed: str | None) -> Held:
        """A change of the plan."""
        return cls(
            offering_id=change.offering_id, do=VERBS[change.action].do, digest=change.digest, reviewed=reviewed
        )

    @classmethod
    def protection(cls, offering_id: str) -> Held:
        """A listing that would lose its protection."""
        return cls(offering_id=offering_id, do="no longer protect", digest="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended. `report` is none when nothing ran, and `reasons` then say why.

    `total` counts the changes of the whole plan, of which `held` are left. `accept` is the digest that makes them.
    `waiting` counts changes that are not this run's to make.
    """

    environment: str
    report: Report | None = None
    held: tuple[Held, ...] = ()
    total: int = 0
    waiting: int = 0
    accept: str | None = None
    reasons: tuple[str, ...] = ()
    run_url: str | None = None

    @property
    def confirmed(self) -> bool:
        """Whether everything that the files say was confirmed, as far as anybody can know."""
        return bool(self.report and self.report.complete) and not self.held and not self.reasons

    @property
    def eventful(self) -> bool:
        """Whether there is more to tell than that nothing was to do."""
        return bool(self.held or self.reasons or not self.report or self.report.results or self.report.contested)

    def exit_code(self, ran: Exit) -> Exit:
        """The job's exit code, `ran` being that of the changes that were made."""
        if self.report is None or ran not in {Exit.OK, Exit.ERROR}:
            return ran if self.report else Exit.ERROR
        if not self.held:
            return ran
        return Exit.INCOMPLETE if ran is Exit.OK and self.report.results else Exit.ERROR


def refused(plan: Plan) -> Iterator[str]:
    """Why a plan may not run at all, without the ways on of the command line."""
    for refusal in plan.refusals:
        way_on = refusal.hint if refusal.code == "protected" and refusal.hint else ""
        yield f"{refusal.message} {way_on}".strip()


def without_rails(plan: Plan) -> Plan:
    """The plan without what an accepted digest lifts: the rails about the number of deletions."""
    return replace(plan, refusals=tuple(r for r in plan.refusals if r.code not in {"deletes", "empty"}))


def can_be_accepted(plan: Plan) -> bool:
    """Whether an accepted digest lifts every rail that the plan breaks."""
    return not without_rails(plan).refusals


def headline(ending: Ending) -> str:
    """In one sentence, such as `Applied to prod: 3 done, 1 failed: 403 forbidden, 1 not tried.`."""
    environment = escaped(ending.environment)
    if ending.reasons or ending.report is None:
        return f"Nothing was applied to {environment}."
    report = ending.report
    if not report.results and not report.contested:
        return f"Nothing was applied to {environment}." if ending.held else f"Nothing to do in {environment}."
    counts = [f"{len(report.of(Verdict.DONE))} done"]
    if failed := report.of(Verdict.FAILED):
        counts.append(f"{len(failed)} failed{_answers(failed)}")
    for verdict, word in ((Verdict.IN_DOUBT, "in doubt"), (Verdict.NOT_STARTED, "not tried")):
        counts += [f"{number} {word}"] if (number := len(report.of(verdict))) else []
    counts += [f"{len(report.contested)} contested"] if report.contested else []
    stopped = " (interrupted)" if report.interrupted else ""
    return f"Applied to {environment}{stopped}: {', '.join(counts)}."


def held_title(ending: Ending) -> str:
    """`2 of 5 changes were not in the reviewed plan`."""
    was = "was" if len(ending.held) == 1 else "were"
    changes = "change" if ending.total == 1 else "changes"
    return f"{len(ending.held)} of {ending.total} {changes} {was} not in the reviewed plan and {was} not made"


def markdown(ending: Ending) -> str:
    """All of it, within `BUDGET` characters."""
    parts = [f"**{headline(ending)}**", *_reasons(ending), *_troubles(ending), *_held(ending)]
    if ending.waiting:
        parts[0] += f" {counted(ending.waiting, 'other change waits', 'other changes wait')} for *apply*."
    elif ending.confirmed and ending.report and ending.report.results:
        parts[0] += " Everything that the files say is confirmed."
    if ending.run_url:
        parts.append(f"[The run]({ending.run_url})")
    return "\n\n".join(parts)


def _answers(failed: tuple[Result, ...]) -> str:
    words = (" ".join(str(part) for part in (r.status, r.code) if part is not None) for r in failed)
    several = [escaped(word[:60]) for word in dict.fromkeys(words) if word]
    return f": {' / '.join(several[:3])}" if several else ""


def _reasons(ending: Ending) -> Iterator[str]:
    if ending.reasons:
        yield "\n".join(
            within([f"- {escaped(reason[:_LONGEST])}" for reason in ending.reasons[:MOST_IDS]], BUDGET // 4)
        )
    if ending.accept and not ending.held:
        yield _accept(ending.accept, "If that is meant")


def _troubles(ending: Ending) -> Iterator[str]:
    report = ending.report
    if report is None:
        return
    rows = [
        f"- {verdict}: `{result.change.offering_id}`: {escaped(result.reason[:_LONGEST])}"
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


def _held(ending: Ending) -> Iterator[str]:
    if not ending.held:
        return
    yield f"**{held_title(ending)}:**"
    rows = [_held_row(held) for held in ending.held[:MOST_IDS]]
    more = len(ending.held) - len(rows)
    yield "\n".join([*within(rows, BUDGET // 3), *([f"- and {counted(more, 'more change')}"] if more else [])])
    if ending.accept:
        yield _accept(ending.accept, "To make them")


def _held_row(held: Held) -> str:
    reviewed = f"reviewed as `{held.reviewed[:_SHORT]}`" if held.reviewed else "never reviewed"
    now = f", now `{held.digest[:_SHORT]}`" if held.digest else ""
    return f"- {held.do} `{held.offering_id}`: {reviewed}{now}"


def _accept(digest: str, when: str) -> str:
    return f"{when}: run the workflow *apply* by hand, with `accept` set to\n\n```text\n{digest}\n```"
