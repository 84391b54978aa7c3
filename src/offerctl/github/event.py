"""What a workflow run is about, from its environment variables and the payload of its event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offerctl.errors import UsageError

BOT = "github-actions[bot]"
"""Whoever comments with a workflow's own GITHUB_TOKEN."""
_DEPENDABOT = "dependabot[bot]"
_ELSEWHERE = "Outside of GitHub: offerctl plan --format markdown, offerctl apply PLANFILE."


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """The pull request of an event: its number, its newest commit, and whether it comes from a fork."""

    number: int
    head: str
    fork: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Why the workflow runs. `branch` is what it runs on, `actor` who started it, `url` the repository's page."""

    repository: str
    url: str | None
    branch: str
    actor: str | None
    run_id: str | None
    run_url: str | None
    pull_request: PullRequest | None

    @property
    def from_fork(self) -> bool:
        """Whether the files are those of a fork."""
        return self.pull_request is not None and self.pull_request.fork

    @property
    def read_only(self) -> str | None:
        """Whose run this is where GitHub's token may only read, whatever the workflow asks for; else none."""
        if self.from_fork:
            return "a fork"
        return "Dependabot" if self.actor == _DEPENDABOT else None


def event(environ: Mapping[str, str], payload: Any) -> Event:
    """The event of this run.

    Raises:
        UsageError: this is no workflow run, or a pull request's payload is not as GitHub documents it.
    """
    repository = environ.get("GITHUB_REPOSITORY", "")
    if repository.count("/") != 1:
        raise UsageError(
            "offerctl ci runs in a GitHub workflow, and GITHUB_REPOSITORY names no repository", hint=_ELSEWHERE
        )
    run = environ.get("GITHUB_RUN_ID") or None
    server = environ.get("GITHUB_SERVER_URL")
    url = f"{server}/{repository}" if server else None
    return Event(
        repository=repository,
        url=url,
        branch=environ.get("GITHUB_REF_NAME", ""),
        actor=environ.get("GITHUB_ACTOR") or None,
        run_id=run,
        run_url=f"{url}/actions/runs/{run}" if url and run else None,
        pull_request=_pull_request(payload, repository),
    )


def _pull_request(payload: Any, repository: str) -> PullRequest | None:
    found = payload.get("pull_request") if isinstance(payload, dict) else None
    if found is None:
        return None
    try:
        head = found["head"]
        source = head["repo"]  # none where the fork was deleted
        return PullRequest(
            number=int(found["number"]),
            head=str(head["sha"]),
            fork=source is None or source["full_name"] != repository,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("the event's pull request is not as GitHub documents it", hint=_ELSEWHERE) from error
