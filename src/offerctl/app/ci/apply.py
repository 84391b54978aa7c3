"""What `offerctl ci apply` does: after a merge, what was reviewed is what is applied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.app.apply import execute, specify, tell_report
from offerctl.app.checkout import OfferingFiles
from offerctl.app.ci.base import Comparison
from offerctl.app.ci.held import FIRST_WAITS, accepted_as, is_first, unreviewed
from offerctl.app.ci.job import WorkflowJob, open_workspace, patience, read_files, tell_failure
from offerctl.app.ci.reviews import find, lost
from offerctl.app.commits import MOST, CommitPosition, commit_position
from offerctl.app.execute import exit_code
from offerctl.app.holding import holding
from offerctl.app.plan_output import print_plan
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, OfferctlError, PlanStale
from offerctl.github import texts
from offerctl.github.approvals import Approvals
from offerctl.github.result import (
    JobResult,
    UnapprovedChange,
    can_be_accepted,
    held_title,
    without_guards,
)
from offerctl.github.review import Review, examine, speaks
from offerctl.offering import Desired
from offerctl.plan import Options, Plan, change_digest
from offerctl.render import plan_text
from offerctl.render.commands import Level
from offerctl.render.words import ids
from offerctl.run import Report, Run, RunSpec
from offerctl.state import Intent, State, document
from offerctl.state.backend import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What of a plan may run, under which approvals; what is held; and why nothing may run at all."""

    kept: Plan
    approvals: dict[str, str]
    held: tuple[UnapprovedChange, ...] = ()
    accept: str | None = None
    reasons: tuple[str, ...] = ()
    accepted: bool = False
    """Whether somebody accepted the plan as a whole, under this configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One call of `ci apply`; `accept` is the digest of a plan that somebody accepted by hand."""

    workspace: Workspace
    job: WorkflowJob
    configuration: Comparison
    accept: str | None = None

    @classmethod
    def open(cls, session: Session, env: str | None, *, accept: str | None = None) -> Delivery:
        """For the commit of this workflow run."""
        workspace, job = open_workspace(session, env), WorkflowJob.open(session)
        configuration = Comparison(workspace=workspace, asked=env)
        return cls(workspace=workspace, job=job, configuration=configuration, accept=accept or None)

    def __call__(self) -> Exit:
        """Plan, find what was reviewed, run that, tell; the exit code."""
        try:
            return self._deliver()
        except OfferctlError as error:
            tell_failure(self.workspace, self.job, error)
            raise

    def _deliver(self) -> Exit:
        with holding(self.workspace, patience(self.workspace)) as hold:
            found = hold.await_end()
            state = found[0] if found else None
            files = read_files(self.workspace, self.job, state)
            desired = files.desired
            plan = self.workspace.make_plan(Options(), state, files, former=hold.liveness(state))
            root, applied = self.workspace.config.root, state.applied_commit if state else None
            stands = commit_position(root, plan.origin, applied)
            if stands.superseded:
                return self._superseded(plan)
            print_plan(plan, "text", self.workspace.console)
            branch, environment = self.job.event.branch, self.workspace.environment.name
            reviews = find(self.job.api, stands.since, branch=branch, environment=environment)
            sources = _sources(state, reviews, stands)
            doubt = stands.doubt or lost(reviews, plan.serial)
            moved = unreviewed(self.configuration, state, reviews)
            # With nothing to do before the first run nothing is taken up, and nobody has to accept anything.
            waits = moved if plan.empty and not self.accept and is_first(self.configuration, state) else None
            if waits:
                self.job.notice(f"{FIRST_WAITS}{accepted_as(plan, self.configuration, moved)}")
            decision = self._decide(plan, sources, doubt, None if waits else moved)
            for doubted in (review.doubt for review in reviews if review.doubt):
                self.job.notice(doubted)
            if stands.more and decision.held:
                self.job.notice(f"Reviews were looked for in the newest {MOST} commits alone.")
            # Only what the present plan needs stays approved: what main no longer wants would need a new review.
            base = replace(state, approved={}) if state else None
            wanted = guarded(files, plan.protections.items() - decision.kept.protections.items())
            spec = replace(
                self._authored(specify(self.workspace, hold, decision.kept, base, wanted), reviews),
                approved={**_contested(plan, sources, desired), **decision.approvals},
                marks_commit_applied=True,
            )
            # What is noted is taken up, the configuration too; an empty plan is noted only where that is approved.
            certain = decision.accepted or (doubt is None and moved is None)
            report = self._act(spec, found, decision, certain=certain)
        return self._end(plan, decision, report, reviews)

    def _decide(self, plan: Plan, sources: Sequence[Approvals], doubt: str | None, moved: str | None) -> Decision:
        examined = examine(plan, sources)
        # The whole plan's digest lifts guards and doubts; that of what is held only stands in for its review.
        rest = examined.rest.digest if examined.rest else None
        everything = accepted_as(plan, self.configuration, moved)
        whole = self.accept == everything
        reasons = [*plan_text.reasons(without_guards(plan) if whole else plan)]
        if not whole:
            reasons += filter(None, (None if plan.empty else doubt, moved))
        if self.accept and not whole and self.accept != rest and (reasons or rest):
            raise PlanStale(
                "the plan is no longer the one that was accepted. Nothing was sent.",
                hint=f"The present one: {everything if reasons else rest}",
            )
        if reasons:
            accept = everything if (moved or not plan.empty) and can_be_accepted(plan) else None
            nothing = replace(examined.kept, changes=())  # protections send nothing, and their review is of now
            return Decision(kept=nothing, approvals=examined.approvals, accept=accept, reasons=tuple(reasons))
        if self.accept:
            if not rest and not whole:
                self.job.notice("What was accepted is reviewed by now, or done: nothing else is made for it.")
            accepted = {change.offering_id: change.digest for change in examined.left}
            return Decision(kept=plan, approvals={**examined.approvals, **accepted}, accepted=whole)
        held = [UnapprovedChange.change(change, speaks(change.offering_id, sources)) for change in examined.left]
        held += [UnapprovedChange.protection(id_) for id_ in examined.exposed]
        return Decision(kept=examined.kept, approvals=examined.approvals, held=tuple(held), accept=rest)

    def _authored(self, spec: RunSpec, reviews: tuple[Review, ...]) -> RunSpec:
        actor = self.job.event.actor
        author = replace(
            spec.author,
            who=f"{spec.author.who}, by {actor}" if actor else spec.author.who,
            pull_request=reviews[0].number if reviews else None,
        )
        return replace(spec, author=author)

    def _act(
        self, spec: RunSpec, found: tuple[State, Version] | None, decision: Decision, *, certain: bool
    ) -> Report | None:
        """Run what may run; none when that is nothing although something is to do."""
        if spec.plan.empty or decision.reasons:
            if certain:
                self._note(spec, found)
            return None if decision.reasons or decision.held else Run(spec).report()
        self.workspace.console.info()
        try:
            credentials = self.workspace.credentials()
        except OfferctlError:
            if certain:
                self._note(spec, found)
            raise
        return execute(self.workspace, spec, found[1] if found else None, credentials)

    def _note(self, spec: RunSpec, found: tuple[State, Version] | None) -> None:
        """The commit and its approvals, where nothing is sent: an older job that is run again is then refused."""
        spec = replace(spec, plan=replace(spec.plan, changes=()))
        final = Run(spec).writes.final(spec.read, datetime.now(UTC))
        before = found[0] if found else spec.read
        if any(
            getattr(final, name) != getattr(before, name) for name in ("applied_commit", "approved", "listings")
        ):
            self.workspace.backend.write(document.seal(final), found[1] if found else None)

    def _end(self, plan: Plan, decision: Decision, report: Report | None, reviews: tuple[Review, ...]) -> Exit:
        job_result = JobResult(
            environment=self.workspace.environment.name,
            report=report,
            held=decision.held,
            total=len(plan.changes) + len(plan.protections),
            accept=decision.accept,
            reasons=decision.reasons,
            run_url=self.job.event.run_url,
            rehearsal=plan.home.is_local,
        )
        if report and (report.results or report.contested or plan.protections):
            tell_report(self.workspace, report)
        self._tell_held(job_result)
        code = job_result.exit_code(exit_code(report) if report else Exit.ERROR)
        self.job.give(exit_code=int(code), held=len(job_result.held), accept=job_result.accept or "")
        self.job.summarise(texts.result_summary(job_result, plan, datetime.now(UTC)))
        self._publish(job_result, reviews)
        return code

    def _tell_held(self, job_result: JobResult) -> None:
        """What was not made, in the log and at the top of the run."""
        console = self.workspace.console
        for reason in job_result.reasons:
            console.error(reason)
        if job_result.held:
            say = console.out if job_result.rehearsal else console.error
            say(f"{held_title(job_result)}: {ids(held.offering_id for held in job_result.held)}")
        if job_result.accept:
            console.out(f"\nTo make them: run this workflow by hand with accept = {job_result.accept}")
        if not job_result.confirmed:
            said = held_title(job_result) if job_result.held else texts.first_line(job_result)
            level: Level = "notice" if job_result.is_only_held_back else "error"
            self.job.annotate(texts.annotation(level, said))

    def _publish(self, job_result: JobResult, reviews: tuple[Review, ...]) -> None:
        environment = self.workspace.environment.name
        for review in reviews if job_result.eventful else ():
            with self.job.best_effort(f"The comment on #{review.number}"):
                there = review.comment
                body = texts.after(there.body if there else None, environment, job_result)
                self.job.api.put_comment(review.number, there, body)
        with self.job.best_effort("The issue"):
            self.job.keep_issue(job_result)

    def _superseded(self, plan: Plan) -> Exit:
        """Nobody is told that an accepted plan was made."""
        newer = (plan.applied_commit or "")[:7]
        said = f"Superseded, nothing done: the newer commit {newer} was taken up already."
        self.workspace.console.out(said)
        self.job.notice(said)
        self.job.summarise(said)
        code = Exit.TRY_AGAIN if self.accept else Exit.OK
        self.job.give(exit_code=int(code), held=0, accept="")
        return code


def _sources(state: State | None, reviews: Sequence[Review], stands: CommitPosition) -> tuple[Approvals, ...]:
    """What approves, the newest first.

    The state's approvals are the newest where its run was of this commit. Those that a run died with are newer
    than the reviews that it had seen.
    """
    if state is None:
        return tuple(review.approvals for review in reviews)
    kept = Approvals(listings=state.approved)
    if stands.again:
        return (kept, *(review.approvals for review in reviews))
    died_at = state.last_run.commit if state.last_run and state.last_run.finished is None else None
    seen = stands.since[stands.since.index(died_at) :] if died_at in stands.since else ()
    newer = (review.approvals for review in reviews if review.merged not in seen)
    older = (review.approvals for review in reviews if review.merged in seen)
    return (*newer, _attempted(state), *older, kept)


def _attempted(state: State) -> Approvals:
    """The approvals of what the run that wrote the state last set out to do, and of nothing older."""
    run = state.last_run.id if state.last_run else None
    attempts = {id_: belief.last_attempt for id_, belief in state.listings.items() if belief.last_attempt}
    tried = {
        id_: change_digest(attempt.intent, id_, attempt.body)
        for id_, attempt in attempts.items()
        if attempt.run == run
    }
    return Approvals(listings={id_: d for id_, d in state.approved.items() if tried.get(id_) == d})


def _contested(plan: Plan, sources: Sequence[Approvals], desired: Mapping[str, Desired]) -> dict[str, str]:
    """The approvals of listings that nothing is sent for at present, though their files say just that."""
    wanted = (id_ for id_, is_wanted in plan.contested.items() if is_wanted)
    digests = {id_: change_digest(Intent.PUT, id_, desired[id_].offering) for id_ in wanted}
    return {id_: digest for id_, digest in digests.items() if speaks(id_, sources) == digest}


def guarded(files: OfferingFiles, changed: Iterable[tuple[str, bool]]) -> OfferingFiles:
    """The files as if these protections had not changed: what nobody reviewed is not taken over."""
    as_before = {id_: files.desired[id_]._replace(protect=not protect) for id_, protect in changed}
    return replace(files, desired=files.desired.changed(as_before))
