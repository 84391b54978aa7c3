"""What `offerctl ci reassert` does: what was confirmed is written again, and what was deleted stays so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.app.apply import execute, specify, tell_report
from offerctl.app.ci.apply import guarded
from offerctl.app.ci.base import Comparison
from offerctl.app.ci.held import refuse_unreviewed
from offerctl.app.ci.job import WorkflowJob, open_workspace, patience, read_files, tell_failure
from offerctl.app.execute import exit_code
from offerctl.app.holding import holding
from offerctl.app.plan_output import print_plan
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, OfferctlError
from offerctl.github import texts
from offerctl.github.approvals import needs_no_review
from offerctl.github.result import JobResult
from offerctl.plan import Options, Plan, covers
from offerctl.run import Report, RunSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassertion:
    """One call of `ci reassert`. Whatever else differs waits for `ci apply`."""

    workspace: Workspace
    job: WorkflowJob
    configuration: Comparison

    @classmethod
    def open(cls, session: Session, env: str | None) -> Reassertion:
        """For the commit of this workflow run."""
        workspace = open_workspace(session, env)
        configuration = Comparison(workspace=workspace, asked=env)
        return cls(workspace=workspace, job=WorkflowJob.open(session), configuration=configuration)

    def __call__(self) -> Exit:
        """Plan, run what needs no review, tell; the exit code."""
        try:
            return self._reassert()
        except OfferctlError as error:
            tell_failure(self.workspace, self.job, error)
            raise

    def _reassert(self) -> Exit:
        with holding(self.workspace, patience(self.workspace)) as hold:
            state, version = hold.await_end() or (None, None)
            refuse_unreviewed(self.configuration, state)
            files = read_files(self.workspace, self.job, state)
            whole = self.workspace.make_plan(Options(reassert=True), state, files)
            # What was approved at another commit may have been taken back since: that is for `ci apply` to say.
            here = state is not None and whole.origin.commit == state.applied_commit
            plan = own(whole, state.approved if state and here else {})
            print_plan(plan, "text", self.workspace.console)
            if state is None or not plan.changes:
                report = Report(run="", results=())
            else:
                wanted = guarded(files, whole.protections.items())
                spec = _without_commit(specify(self.workspace, hold, plan, state, wanted))
                report = execute(self.workspace, spec, version, self.workspace.credentials())
        return self._ended(whole, plan, report)

    def _ended(self, whole: Plan, plan: Plan, report: Report) -> Exit:
        waiting = len(whole.changes) - len(plan.changes)
        job_result = JobResult(
            environment=self.workspace.environment.name,
            report=report,
            total=len(plan.changes),
            waiting=waiting,
            run_url=self.job.event.run_url,
            rehearsal=whole.home.is_local,
        )
        code = tell_report(self.workspace, report) if plan.changes else exit_code(report)
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
    return replace(plan, changes=mine, protections={}, contested={}, refusals=(), breaches=())


def _without_commit(spec: RunSpec) -> RunSpec:
    """No new commit is applied by this: the one that was stays the one last applied.

    And should it not come to its end, what it leaves in doubt needs no review to be finished.
    """
    author = replace(spec.author, commit=spec.read.applied_commit)
    return replace(spec, author=author, approved={c.offering_id: c.digest for c in spec.plan.changes})
