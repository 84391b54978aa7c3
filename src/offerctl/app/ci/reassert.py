"""What `offerctl ci reassert` does: what was confirmed is written again, and what was deleted stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.app.ci.apply import Delivery, guarded
from offerctl.app.execute import exit_code
from offerctl.errors import Exit
from offerctl.github import texts
from offerctl.github.result import JobResult
from offerctl.github.review import needs_no_review
from offerctl.offering import Desired
from offerctl.plan import Options, Plan, covers
from offerctl.run import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassertion(Delivery):
    """One call of `ci reassert`. Whatever else differs waits for `ci apply`."""

    @staticmethod
    def _options() -> Options:
        return Options(reassert=True)

    def _deliver(self, desired: Mapping[str, Desired]) -> Exit:
        with self._hold() as lock_free:
            found = self._state(lock_free=lock_free)
            whole = self.workspace.make_plan(self.options, found[0] if found else None, desired)
            # What was approved at another commit may have been taken back since: that is for `ci apply` to say.
            here = found is not None and whole.origin.commit == found[0].applied_commit
            plan = own(whole, found[0].approved if found and here else {})
            self._show(plan)
            if found is None or not plan.changes:
                report = Report(run="", results=())
            else:
                wanted = guarded(desired, whole.protections.items())
                machine = self._machine(plan, found[0], wanted, lock_free=lock_free)
                # No new commit is applied by this: the one that was stays the one last applied. And should it not
                # come to its end, what it leaves in doubt needs no review to be finished.
                author = replace(machine.author, commit=found[0].applied_commit)
                machine = replace(machine, author=author, approved={c.offering_id: c.digest for c in plan.changes})
                report = self._execute(machine, found, self._credentials())
        return self._ended(whole, plan, report)

    def _ended(self, whole: Plan, plan: Plan, report: Report) -> Exit:
        waiting = len(whole.changes) - len(plan.changes)
        job_result = JobResult(
            environment=self.workspace.environment.name,
            report=report,
            total=len(plan.changes),
            waiting=waiting,
            run_url=self.job.event.run_url,
        )
        code = self._tell(report) if plan.changes else exit_code(report)
        self.job.give(exit_code=int(code))
        self.job.summarise(texts.result_summary(job_result, plan, datetime.now(UTC)))
        if not job_result.confirmed:
            self.job.annotate(texts.annotation("error", texts.first_line(job_result)))
        others = waiting or whole.protections or any(whole.contested.values())
        if not job_result.confirmed or not others:
            with self.job.best_effort("The issue"):
                self.job.keep_issue(job_result)
        return code


def own(plan: Plan, approved: Mapping[str, str]) -> Plan:
    """The part of a re-asserting plan that needs no review: what was confirmed, and what was approved before.

    No rail is about the first; where the plan breaks one, the second waits for `ci apply`.
    """
    approved = {} if plan.refusals else approved
    mine = tuple(change for change in plan.changes if needs_no_review(change) or covers(approved, change))
    return replace(plan, changes=mine, protections={}, contested={}, refusals=())
