"""What `offerctl ci apply` does: after a merge, what was reviewed is what is applied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.cli.applying import Applying
from offerctl.cli.ci_commits import MOST, Standing, standing
from offerctl.cli.ci_desk import Desk, folder
from offerctl.cli.common import Session
from offerctl.cli.conduct import exit_code
from offerctl.cli.workspace import Workspace
from offerctl.errors import CatalogError, Exit, OfferctlError, PlanStale
from offerctl.github import texts
from offerctl.github.ending import Ending, Held, can_be_accepted, held_title, markdown, refused
from offerctl.github.marker import Marker
from offerctl.github.review import Review, approved, reviewed_as
from offerctl.lease import Version
from offerctl.offering import Desired
from offerctl.plan import Options, Plan, split
from offerctl.render import problems
from offerctl.render.words import ids
from offerctl.run import Report, Run
from offerctl.state import State, document

PATIENCE = 60.0
"""Seconds beyond a lease that another run is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What of a plan may run, under which approvals; what is held; and why nothing may run at all."""

    kept: Plan
    approvals: dict[str, str]
    held: tuple[Held, ...] = ()
    accept: str | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Applying):
    """One call of `ci apply`; `accept` is the digest of a plan that somebody accepted by hand."""

    desk: Desk
    accept: str | None = None

    @classmethod
    def open(cls, session: Session, env: str | None, *, accept: str | None = None) -> Delivery:
        """For the commit of this workflow run."""
        workspace = Workspace.open(session, env)
        return cls(
            workspace=workspace,
            desk=Desk.open(session),
            options=cls._options(accept),
            accept=accept or None,
            saved=None,
            ask=False,
            as_json=False,
            parallelism=None,
            patience=workspace.environment.lease + PATIENCE,
        )

    @staticmethod
    def _options(accept: str | None) -> Options:
        """The rails about deletions do not hold for a plan that was accepted."""
        return Options(allow_deletes="all" if accept else None)

    def __call__(self) -> Exit:
        """Plan, find what was reviewed, run that, tell; the exit code."""
        with self.desk.at_work():
            try:
                return self._deliver(self._desired())
            except OfferctlError as error:
                self._failed(error)
                raise

    def _desired(self) -> dict[str, Desired]:
        found = self.workspace.read_files()
        self.desk.annotate_problems(found, folder(self.workspace, self.desk.session.environ))
        if found.errors:
            said = problems.summary(found.problems, found.files)
            raise CatalogError(f"The offering files cannot be applied: {said}")
        return dict(found.desired)

    def _deliver(self, desired: dict[str, Desired]) -> Exit:
        with self._hold() as lock_free:
            found = self._state(lock_free=lock_free)
            state = found[0] if found else None
            plan = self.workspace.make_plan(self.options, state, desired)
            stands = standing(self.workspace.config.root, plan.origin, state.applied_commit if state else None)
            if stands.superseded:
                return self._superseded(plan)
            self._show(plan)
            reviews = self._reviews(stands)
            decision = self._decide(plan, state, reviews, stands)
            if stands.more and decision.held:
                self.desk.notice(f"Reviews were looked for in the newest {MOST} commits alone.")
            report = None
            if not decision.reasons and (decision.kept.changes or not decision.held):
                machine = self._machine(decision.kept, state, desired, lock_free=lock_free)
                machine = self._authored(machine, decision, reviews)
                report = self._run(machine, found, certain=not stands.doubt)
        return self._end(plan, decision, report, reviews)

    def _reviews(self, stands: Standing) -> tuple[Review, ...]:
        """The pull requests that came in since the last run, the newest first, each with the bot's comment."""
        api, branch, environment = self.desk.api, self.desk.event.branch, self.workspace.environment.name
        numbers = dict.fromkeys(number for commit in stands.since for number in api.merged_with(commit, branch))
        return tuple(Review(number=number, comment=api.comment(number, environment)) for number in numbers)

    def _decide(self, plan: Plan, state: State | None, reviews: tuple[Review, ...], stands: Standing) -> Decision:
        before = state.approved if state else {}
        approvals = approved(plan.changes, before, reviews)
        kept, left = split(plan, approvals)
        rest = replace(plan, changes=left, protections={}).digest
        accepted = self.accept in {plan.digest, rest} and bool(plan.changes)
        if self.accept and plan.changes and not accepted:
            raise PlanStale(
                "the plan is no longer the one that was accepted. Nothing was sent.",
                hint=f"The present one: {rest if left else plan.digest}",
            )
        reasons = [*refused(plan)]
        if stands.doubt and not accepted and not plan.empty:
            reasons.append(f"whether a newer commit was applied already is not certain: {stands.doubt}")
        if accepted:
            every = {change.offering_id: change.digest for change in plan.changes}
            return Decision(kept=plan, approvals={**every, **approvals}, reasons=tuple(reasons))
        held = tuple(Held(change=change, reviewed=reviewed_as(change, before, reviews)) for change in left)
        if reasons:
            accept = plan.digest if plan.changes and can_be_accepted(plan) else None
            return Decision(kept=kept, approvals=approvals, accept=accept, reasons=tuple(reasons))
        return Decision(kept=kept, approvals=approvals, held=held, accept=rest if held else None)

    def _authored(self, machine: Run, decision: Decision, reviews: tuple[Review, ...]) -> Run:
        actor = self.desk.event.actor
        author = replace(
            machine.author,
            who=f"{machine.author.who}, by {actor}" if actor else machine.author.who,
            pull_request=reviews[0].number if reviews else None,
        )
        return replace(machine, author=author, approved=decision.approvals)

    def _run(self, machine: Run, found: tuple[State, Version] | None, *, certain: bool) -> Report:
        if not machine.plan.empty:
            self.workspace.console.info()
            return self._conduct(machine, found, self._credentials())
        # Nothing to send. The commit is noted all the same, so that an older job that is run again is refused.
        machine.close()
        if certain and found and found[0].applied_commit != machine.author.commit:
            final = machine.writes.final(found[0], datetime.now(UTC))
            self.workspace.backend.write(document.encode(final), found[1])
        return machine.report()

    def _end(self, plan: Plan, decision: Decision, report: Report | None, reviews: tuple[Review, ...]) -> Exit:
        ending = Ending(
            environment=self.workspace.environment.name,
            report=report,
            held=decision.held,
            total=len(plan.changes),
            accept=decision.accept,
            reasons=decision.reasons,
            run_url=self.desk.event.run_url,
        )
        if report and (report.results or report.contested or plan.protections):
            self._tell(report)
        self._tell_held(ending)
        code = ending.exit_code(exit_code(report) if report else Exit.ERROR)
        self.desk.give(exit_code=int(code), held=len(ending.held), accept=ending.accept or "")
        self.desk.summarise(texts.ending_summary(ending, plan, datetime.now(UTC)))
        self._publish(ending, reviews)
        return code

    def _tell_held(self, ending: Ending) -> None:
        """What was not made, in the log and at the top of the run."""
        console = self.workspace.console
        for reason in ending.reasons:
            console.error(reason)
        if ending.held:
            console.error(f"{held_title(ending)}: {ids(held.change.offering_id for held in ending.held)}")
        if ending.accept:
            console.out(f"\nTo make them: run this workflow by hand with accept = {ending.accept}")
        if not ending.confirmed:
            said = held_title(ending) if ending.held else texts.first_line(ending)
            self.desk.annotate(texts.annotation("error", said))

    def _publish(self, ending: Ending, reviews: tuple[Review, ...]) -> None:
        environment = self.workspace.environment.name
        for review in reviews:
            with self.desk.best_effort(f"The comment on #{review.number}"):
                there = review.comment
                marker = there.marker if there else Marker(environment=environment)
                body = texts.after(there.body if there else None, marker, ending)
                self.desk.api.put_comment(review.number, there, body)
        with self.desk.best_effort("The issue"):
            self.desk.keep_issue(ending)

    def _superseded(self, plan: Plan) -> Exit:
        newer = (plan.applied_commit or "")[:7]
        said = f"Superseded, nothing done: the newer commit {newer} was applied already."
        self.workspace.console.out(said)
        self.desk.notice(said)
        self.desk.summarise(said)
        self.desk.give(exit_code=int(Exit.OK), held=0, accept="")
        return Exit.OK

    def _failed(self, error: OfferctlError) -> None:
        """What went wrong before anything could run."""
        why = f"{error.message} {error.hint or ''}".strip()
        ending = Ending(
            environment=self.workspace.environment.name, reasons=(why,), run_url=self.desk.event.run_url
        )
        self.desk.annotate(texts.annotation("error", error.message))
        self.desk.summarise(markdown(ending))
        with self.desk.best_effort("The issue"):
            self.desk.keep_issue(ending)
