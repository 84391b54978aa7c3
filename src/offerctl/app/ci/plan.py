"""What `offerctl ci plan` does: one comment says what merging will do, and a check run records what it showed."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from offerctl.app.checkout import OfferingFiles
from offerctl.app.ci.base import Comparison, shows_all
from offerctl.app.ci.job import WorkflowJob, folder, open_workspace
from offerctl.app.ci.touched import touched
from offerctl.app.plan_output import print_plan, tell_refusals, warn_of_run
from offerctl.app.preview import write_pages
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.catalog import Catalogue, Problem
from offerctl.errors import Exit, GitHubError, OfferctlError, StateUnavailable, UsageError
from offerctl.git import Git, GitFailed
from offerctl.github import texts
from offerctl.github.approvals import Approvals, approvals_of
from offerctl.github.checks import INVALID, NO_PLAN, CheckRun, Verdict, check_run, conclude
from offerctl.github.event import PullRequest
from offerctl.github.pages import CodesPage
from offerctl.github.record import Record
from offerctl.github.rest import GitHub
from offerctl.github.suggest import Suggestion, lines_in, suggestions
from offerctl.github.texts import Around
from offerctl.plan import Options, Plan
from offerctl.plan.moves import Moves
from offerctl.render import moves as moved
from offerctl.render import problems
from offerctl.render.codes import PAGE
from offerctl.render.style import sanitize
from offerctl.state import State

_MAY_ONLY_READ = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
"""What GitHub answers to the token of a fork's or Dependabot's run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """One call of `ci plan`; `preview` is the folder that gets the page as it will be."""

    workspace: Workspace
    job: WorkflowJob
    configuration: Comparison
    moves: Moves
    preview: Path | None = None

    @classmethod
    def open(cls, session: Session, env: str | None, *, preview: Path | None = None) -> Planning:
        """For the pull request of this workflow run; a merge group has none, and then there is no comment."""
        job, workspace = WorkflowJob.open(session), open_workspace(session, env)
        configuration = Comparison(workspace=workspace, asked=env)
        moves = configuration.with_base(job.event.pull_request)
        return cls(job=job, workspace=workspace, configuration=configuration, moves=moves, preview=preview)

    def __call__(self) -> Exit:
        """Check, plan, tell; the exit code."""
        state, failure = self._state()
        pull = self.job.event.pull_request
        moves = self.moves if failure else self.configuration.to_show(state, pull, self.moves)
        return replace(self, moves=moves).tell(state, failure)

    def tell(self, state: State | None, failure: OfferctlError | None) -> Exit:
        """What is planned from this state, or what was wrong with it; the exit code."""
        for line in moved.lines(self.moves):
            self.workspace.console.warn(line)
        try:
            return self._plan(state, failure)
        except OfferctlError as error:
            self.job.annotate(texts.annotation("error", error.message))
            if not isinstance(error, GitHubError):
                self._impossible(error)
            raise

    def _plan(self, state: State | None, failure: OfferctlError | None) -> Exit:
        found = self.workspace.read_files(state)
        placed = self.job.annotate_problems(found, folder(self.workspace, self.job.session.environ))
        if found.errors:
            return self._invalid(found, placed)
        found.refuse_doubt()
        if failure is None:
            return self._planned(found, state)
        if isinstance(failure, StateUnavailable) and self.job.event.read_only is not None:
            return self._without_state(found)
        raise failure

    def _state(self) -> tuple[State | None, OfferctlError | None]:
        """The state, which spares most files to be read; what is wrong with these is told first."""
        try:
            stored = self.workspace.read_state()
        except OfferctlError as failure:
            return None, failure
        return (stored[0] if stored else None), None

    def _planned(self, files: OfferingFiles, state: State | None) -> Exit:
        job, console, now = self.job, self.workspace.console, datetime.now(UTC)
        warn_of_run(self.workspace, state)
        made = self.workspace.make_plan(Options(), state, files)
        print_plan(made, "text", console)
        refused = tell_refusals(made, console)
        own = self._touched(files)
        page = texts.plan_page(made, now, self._around(files, own))
        self._summarise(texts.plan_summary(made, now, page, job.event.run_url))
        job.give(valid="true", changes=len(made.changes), digest=made.digest, refused=str(refused).lower())
        verdict = conclude(made, page)
        text = f"{page.text}{self._preview(made, files)}"
        self._tell(text, verdict, state=state, approvals=approvals_of(made, page, own))
        if refused:
            job.annotate(texts.annotation("error" if verdict.fails else "warning", verdict.said))
        return Exit.ERROR if verdict.fails else Exit.OK

    def _preview(self, made: Plan, files: OfferingFiles) -> str:
        """Write the page as it will be, for the workflow to keep (output `preview`); where it will be found."""
        if self.preview is None:
            return ""
        try:
            write_pages(self.workspace, made, files, self.preview)
        except UsageError as error:  # the plan is what counts
            self.job.notice(f"There is no preview: {error.message}")
            return ""
        self.job.give(preview=sanitize(str(self.workspace.session.directory / self.preview)))
        return texts.preview(self.job.event.run_url)

    def _impossible(self, error: OfferctlError) -> None:
        """The comment says why there is no plan, and nothing is approved."""
        self._summarise(texts.no_plan(error))
        self._tell(texts.no_plan(error), NO_PLAN)

    def _without_state(self, files: Catalogue) -> Exit:
        said = texts.no_state(self.job.event.read_only or "")
        self.job.notice(said)
        self._summarise(f"{problems.summary(files.problems, files.files)} {said}")
        self.job.give(valid="true")
        return Exit.OK

    def _invalid(self, files: Catalogue, placed: Sequence[Problem]) -> Exit:
        """The comment becomes the list of problems, and nothing is approved."""
        codes = self._codes()
        self._summarise(texts.problems_text(placed, files.files, texts.SUMMARY_BUDGET, codes=codes))
        self.job.give(valid="false")
        if self._tell(texts.problems_text(placed, files.files, codes=codes), INVALID):
            self._suggest(placed, codes)
        return Exit.ERROR

    def _codes(self) -> CodesPage:
        """Where codes are explained: in the pull request's newest commit, or in its base where that is newer."""
        config, event = self.workspace.config, self.job.event
        below = config.offerings.relative_to(config.root).as_posix()
        path = posixpath.normpath(f"{folder(self.workspace, self.job.session.environ)}{below}/{PAGE}")
        git = Git(config.root)
        for revision in (*([event.pull_request.head] if event.pull_request else []), "HEAD^1", "HEAD"):
            with suppress(GitFailed):
                git.run("cat-file", "-e", f"{revision}:{path}")
                if event.url is not None:
                    return CodesPage.at(event.url, git.text("rev-parse", "--verify", revision), path)
        return CodesPage()

    def _touched(self, files: Catalogue) -> dict[str, str] | None:
        """The listings whose files the pull request changes; none where nobody can tell."""
        config, pull = self.workspace.config, self.job.event.pull_request
        return touched(config.root, pull.head, config.offerings, files.desired) if pull else None

    def _around(self, files: Catalogue, own: Mapping[str, str] | None) -> Around:
        offerings = {id_: files.desired[id_].offering for id_ in own or () if id_ in files.desired}
        return Around(touched=tuple(own or ()), files=offerings, run_url=self.job.event.run_url)

    def _opened(self, text: str) -> str:
        """A text of ours, with what moves before everything else."""
        return "\n\n".join(filter(None, (moved.markdown(self.moves), text)))

    def _summarise(self, text: str) -> None:
        self.job.summarise(self._opened(text))

    def _tell(
        self, text: str, verdict: Verdict, *, state: State | None = None, approvals: Approvals | None = None
    ) -> bool:
        """Write the one comment and then its record, unless their time is over; whether they are there now."""
        pull, github, environment = self.job.event.pull_request, self.job.github, self.workspace.environment.name
        if pull is None:
            return False
        body = texts.comment(environment, self._opened(text))
        is_shown = approvals is not None and shows_all(self.moves)
        record = Record(
            environment=environment,
            pull_request=pull.number,
            commit=pull.head,
            comment=texts.shown(body),
            serial=state.serial if state else None,
            settings=self.configuration.digest if is_shown else None,
            settings_from=self.configuration.taken_up(state) if is_shown else None,
            approvals=approvals or Approvals(),
        )
        why = "there is no GITHUB_TOKEN"
        if github is not None:
            try:
                return self._publish(github, pull, body, check_run(record, verdict))
            except GitHubError as error:
                # Otherwise it is a limit or a lock, and what an older push is planned as must not go on approving.
                if error.status not in _MAY_ONLY_READ or not self.job.event.read_only:
                    raise
                why = f"the token of {self.job.event.read_only} may only read"
        self.job.notice(
            f"No comment was written: {why}. The job's summary has it; after the merge, accept the plan."
        )
        return False

    def _publish(self, github: GitHub, pull: PullRequest, body: str, run: CheckRun) -> bool:
        """The comment first: a record without it approves nothing."""
        there = github.comment(pull.number, self.workspace.environment.name)
        if said := _overtaken(pull, github):
            self.job.notice(said)
            return False
        github.put_comment(pull.number, there, body)
        if github.check_run(pull.head, run.name, run.external_id) != run:
            github.put_check_run(pull.head, run, self.job.event.run_url)
        return True

    def _suggest(self, placed: Sequence[Problem], codes: CodesPage) -> None:
        """Certain fixes beside their lines, each once.

        None for a line that the pull request does not touch, nor where it is not certain which line it is there.
        """
        pull, github = self.job.event.pull_request, self.job.api
        assert pull is not None
        with self.job.best_effort("Suggestions"):
            for one in suggestions(placed, github.suggestions(pull.number), codes):
                lines = self._lines(one, pull.head)
                if lines is None:
                    continue
                try:
                    github.suggest(pull.number, pull.head, one.file, lines, one.body)
                except GitHubError as error:
                    if error.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                        raise

    def _lines(self, suggestion: Suggestion, head: str) -> tuple[int, int] | None:
        """Its first and last line in that commit, against which it is posted."""
        try:
            data = Git(self.workspace.config.root).run("cat-file", "blob", f"{head}:{suggestion.file}")
        except GitFailed:
            return None
        return lines_in(data, suggestion)


def _overtaken(pull: PullRequest, github: GitHub) -> str | None:
    """Why this run may not write any more: it would approve, or hide, what is no longer its own."""
    head, merged = github.pull_request(pull.number)
    if merged:
        return "This pull request was merged meanwhile; its comment stays as it is."
    if head != pull.head:
        return "This pull request was pushed to meanwhile; the newer plan writes the comment."
    return None
