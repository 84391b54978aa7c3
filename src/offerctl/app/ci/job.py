"""A workflow run's job: what started it, GitHub's API, and where its log, summary and outputs are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from offerctl import canon, disk
from offerctl.app.checkout import OfferingFiles
from offerctl.app.holding import NOTHING_SENT, Patience
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.catalog import Catalogue, Problem
from offerctl.console.job import JobConsole
from offerctl.errors import CatalogError, GitHubError, OfferctlError, UsageError
from offerctl.github import texts
from offerctl.github.event import Event, event
from offerctl.github.rest import GitHub
from offerctl.github.result import JobResult, markdown
from offerctl.render import problems
from offerctl.state import State

API_URL = "https://api.github.com"
MAX_EVENT_BYTES = 25 * 1024 * 1024
"""Bytes of an event: what GitHub itself delivers at most."""
_PATIENCE = 60.0
"""Seconds beyond a lease that another run is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowJob:
    """`github` is none without a token."""

    session: Session
    event: Event
    github: GitHub | None

    @classmethod
    def open(cls, session: Session) -> WorkflowJob:
        """The job of this workflow run.

        Raises:
            UsageError: this is none.
        """
        environ = session.environ
        found = event(environ, _payload(environ))
        token = environ.get("GITHUB_TOKEN", "").strip()
        url = environ.get("GITHUB_API_URL") or API_URL
        return cls(session=session, event=found, github=GitHub(url, found.repository, token) if token else None)

    @property
    def api(self) -> GitHub:
        """GitHub's API, for whoever cannot do without.

        Raises:
            UsageError: there is no token.
        """
        if self.github is None:
            raise UsageError("GITHUB_TOKEN is not set", hint="Give it to the step: env: GITHUB_TOKEN.")
        return self.github

    def annotate(self, *commands: str) -> None:
        """Workflow commands."""
        console = self.session.console
        assert isinstance(console, JobConsole)
        console.command(*commands)

    def annotate_problems(self, found: Catalogue, folder: str) -> tuple[Problem, ...]:
        """Tell problems beside their lines; gives them with the files' names from the repository's root."""
        placed = tuple(replace(problem, file=folder + problem.file) for problem in found.problems)
        if placed:
            # One fewer than GitHub shows: the last one is lost, and that would be the reason of the whole.
            self.annotate(problems.github(placed, found.files, problems.MAX_ANNOTATIONS - 1))
        return placed

    def notice(self, text: str) -> None:
        """What a reader of the run should know although nothing went wrong."""
        self.annotate(texts.annotation("notice", text))

    def summarise(self, markdown: str) -> None:
        """Add to the job's summary."""
        self._append("GITHUB_STEP_SUMMARY", f"{markdown}\n\n")

    def give(self, **outputs: str | int) -> None:
        """The step's outputs. Values are ours and have no line breaks."""
        self._append("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in outputs.items()))

    def keep_issue(self, job_result: JobResult) -> None:
        """The one issue of this environment: open and up to date, or closed. A rehearsal opens none."""
        if job_result.rehearsal:
            return
        number = self.api.issue(texts.issue_opening(job_result.environment))
        body = texts.issue(job_result)
        if not job_result.confirmed:
            self.api.put_issue(number, texts.ISSUE_TITLE, body)
        elif number is not None:
            self.api.close_issue(number, body)

    @contextmanager
    def best_effort(self, what: str) -> Iterator[None]:
        """What could not be told on GitHub is no failure of the run: the log and the summary have it."""
        try:
            yield
        except (GitHubError, UsageError) as error:
            self.notice(f"{what} could not be written: {error.message}. The job's summary has it.")

    def _append(self, variable: str, text: str) -> None:
        if place := self.session.environ.get(variable):
            disk.append(Path(place), text)


def open_workspace(session: Session, env: str | None) -> Workspace:
    """The environment of a workflow's run.

    Raises:
        ConfigError: as `Workspace.open`; or the state of a real environment is in a file.
    """
    workspace = Workspace.open(session, env)
    workspace.environment.check_state_in_workflow()
    return workspace


def read_files(workspace: Workspace, job: WorkflowJob, state: State | None) -> OfferingFiles:
    """The offering files, read where they are not as the state remembers; problems are told beside their lines.

    Raises:
        CatalogError: files have errors, or the folder cannot be read as a whole.
        CheckoutError: files that git knows are not there, or git refuses the working copy.
    """
    found = workspace.read_files(state)
    job.annotate_problems(found, folder(workspace, job.session.environ))
    if found.errors:
        said = problems.summary(found.problems, found.files)
        raise CatalogError(f"The offering files cannot be applied: {said}")
    found.refuse_doubt()
    return found


def patience(workspace: Workspace) -> Patience:
    """How long a job waits for another run: until a lease has surely ended, and a minute for that run's end."""
    return Patience(nothing=NOTHING_SENT, seconds=workspace.environment.lease + _PATIENCE)


def tell_failure(workspace: Workspace, job: WorkflowJob, error: OfferctlError) -> None:
    """What went wrong before anything could run."""
    why = f"{error.message} {error.hint or ''}".strip()
    job_result = JobResult(
        environment=workspace.environment.name,
        reasons=(why,),
        run_url=job.event.run_url,
        rehearsal=workspace.environment.is_local,
    )
    job.annotate(texts.annotation("error", error.message))
    job.summarise(markdown(job_result))
    with job.best_effort("The issue"):
        job.keep_issue(job_result)


def folder(workspace: Workspace, environ: Mapping[str, str]) -> str:
    """What names of offering files need before them to start at the repository's root: nothing, or `FOLDER/`."""
    root = workspace.config.root.resolve()
    checkout = Path(environ.get("GITHUB_WORKSPACE") or root).resolve()
    below = root.relative_to(checkout).as_posix() if root.is_relative_to(checkout) else "."
    return "" if below == "." else f"{below}/"


def _payload(environ: Mapping[str, str]) -> Any:
    place = environ.get("GITHUB_EVENT_PATH")
    if not place:
        return None
    try:
        return canon.parse(disk.read(Path(place), most=MAX_EVENT_BYTES))
    except OSError as error:
        raise UsageError(f"GITHUB_EVENT_PATH ({Path(place).name}) cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"GITHUB_EVENT_PATH ({Path(place).name}) holds no event") from error
