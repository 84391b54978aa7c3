"""GitHub's REST API, as far as it is needed here. Nothing is decided in this module."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from offerctl import api, canon
from offerctl.errors import GitHubError
from offerctl.git import COMMIT_ID
from offerctl.github import marker, retry
from offerctl.github.checks import APP, CheckRun
from offerctl.github.event import BOT
from offerctl.github.review import Comment

PATIENCE = 10.0
"""Seconds without a sign of life, after which a call has failed."""
PAGE = 100
CHECKS_PAGE = 30
"""Check runs are large."""
CHECKS_PAGE = 30
"""Check runs are large."""
MOST_PAGES = 20
"""Of a list; nobody reads further."""


class GitHub:
    """One repository at GitHub. Every method raises `GitHubError`; a token that may not do it gives status 403.

    Requests are repeated as `retry` says, after `sleep` of its seconds.
    """

    def __init__(
        self, api_url: str, repository: str, token: str, *, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        from offerctl.client import Service  # noqa: PLC0415 - httpx is slow to import

        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._service = Service(api_url, headers=headers, timeout=PATIENCE)
        self._path = f"/repos/{repository}"
        self._sleep = sleep
        self._waited = 0.0

    def close(self) -> None:
        """Let the connections go."""
        self._service.close()

    def comment(self, number: int, environment: str) -> Comment | None:
        """The bot's first comment on a pull request that begins with the marker of this environment."""
        for found in self._list(f"/issues/{number}/comments"):
            body = _body(found)
            if _is_ours(found) and marker.read(body) == environment:
                return Comment(id=int(found["id"]), body=body)
        return None

    def put_comment(self, number: int, comment: Comment | None, body: str) -> None:
        """Edit that comment, or write the first one."""
        if comment is None:
            self._call("POST", f"/issues/{number}/comments", {"body": body})
        elif comment.body != body:
            self._call("PATCH", f"/issues/comments/{comment.id}", {"body": body})

    def check_run(self, commit: str, name: str, external_id: str) -> CheckRun | None:
        """The newest check run of that name and id that a workflow's own token made for this commit.

        None too where there are so many that the newest may not be among those that are read.
        """
        found: dict[int, CheckRun] = {}
        for page in range(1, MOST_PAGES + 1):
            query = f"check_name={quote(name)}&filter=all&per_page={CHECKS_PAGE}&page={page}"
            runs = self._call("GET", f"/commits/{commit}/check-runs?{query}")["check_runs"]
            ours = (run for run in runs if _is_made_by_a_workflow(run, commit, name, external_id))
            found |= {int(run["id"]): _check_run(run) for run in ours}
            if len(runs) < CHECKS_PAGE:
                return found[max(found)] if found else None
        return None

    def put_check_run(self, commit: str, run: CheckRun, run_url: str | None) -> None:
        """Make that check run. None is ever edited: the newest counts."""
        content = {
            "name": run.name,
            "head_sha": commit,
            "external_id": run.external_id,
            "status": "completed",
            "conclusion": run.conclusion,
            "output": {"title": run.title, "summary": run.summary, "text": run.text},
        }
        self._call("POST", "/check-runs", {**content, **({"details_url": run_url} if run_url else {})})

    def pull_request(self, number: int) -> tuple[str, bool]:
        """Its newest commit, and whether it was merged."""
        found = self._call("GET", f"/pulls/{number}")
        return str(found["head"]["sha"]), found["merged_at"] is not None

    def merged_with(self, commit: str, branch: str) -> tuple[tuple[int, str], ...]:
        """The pull requests that were merged into the branch with this commit, as far as GitHub knows it by now.

        Each with its newest commit.

        For some seconds after a merge it may not know the commit, or not know its pull request.
        """
        if not COMMIT_ID.fullmatch(commit):
            return ()
        try:
            found = self._call("GET", f"/commits/{commit}/pulls?per_page={PAGE}")
        except GitHubError as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}:
                raise
            return ()
        return tuple(_identity(pull) for pull in found if _came_into(pull, branch))

    def merged_lately(self, branch: str) -> dict[str, tuple[int, str]]:
        """The same of those that were merged into the branch and changed last, by the commit that merged them."""
        found = self._call("GET", f"/pulls?state=closed&sort=updated&direction=desc&per_page={PAGE}")
        return {str(pull["merge_commit_sha"]): _identity(pull) for pull in found if _came_into(pull, branch)}

    def suggestions(self, number: int) -> tuple[str, ...]:
        """What the bot has written beside lines of a pull request."""
        return tuple(_body(found) for found in self._list(f"/pulls/{number}/comments") if _is_ours(found))

    def suggest(self, number: int, commit: str, file: str, lines: tuple[int, int], body: str) -> None:
        """Write beside lines of a pull request, first to last; others than it touches give status 422."""
        first, last = lines
        content: dict[str, object] = {
            "body": body,
            "commit_id": commit,
            "path": file,
            "line": last,
            "side": "RIGHT",
        }
        if first != last:
            content |= {"start_line": first, "start_side": "RIGHT"}
        self._call("POST", f"/pulls/{number}/comments", content)

    def issue(self, opening: str) -> int | None:
        """The number of the open issue of the bot that begins so."""
        for found in self._list("/issues", "state=open&sort=updated"):
            if "pull_request" not in found and _is_ours(found) and _body(found).startswith(opening):
                return int(found["number"])
        return None

    def put_issue(self, number: int | None, title: str, body: str) -> None:
        """Edit that issue, or open one."""
        if number is None:
            self._call("POST", "/issues", {"title": title, "body": body})
        else:
            self._call("PATCH", f"/issues/{number}", {"body": body})

    def close_issue(self, number: int, body: str) -> None:
        """Close that issue; `body` says why."""
        content = {"body": body, "state": "closed", "state_reason": "completed"}
        self._call("PATCH", f"/issues/{number}", content)

    def _list(self, path: str, query: str = "") -> Iterator[Mapping[str, Any]]:
        for page in range(1, MOST_PAGES + 1):
            found = self._call("GET", f"{path}?{query}{'&' if query else ''}per_page={PAGE}&page={page}")
            yield from found
            if len(found) < PAGE:
                return

    def _call(self, method: str, path: str, content: object = None) -> Any:
        what = f"{method} {self._path}{path.partition('?')[0]}"
        try:
            reply = self._ask(method, self._path + path, None if content is None else canon.compact(content))
        except ConnectionError as error:
            raise GitHubError(f"GitHub does not answer {what}: {error}", hint="Run the job again.") from error
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise GitHubError(f"GitHub refuses {what} ({reply.status})", status=reply.status, hint=_way_on(reply))
        try:
            return canon.parse(reply.body)
        except ValueError as error:
            raise GitHubError(f"GitHub's answer to {what} is no JSON", status=reply.status) from error

    def _ask(self, method: str, path: str, content: bytes | None) -> api.Reply:
        """What is answered in the end. Raises ConnectionError: nothing was."""
        tried = 1
        while True:
            try:
                reply = self._service.call(method, path, content)
            except ConnectionError:
                if not self._wait(retry.wait(method, None, tried)):
                    raise
            else:
                if not self._wait(retry.wait(method, reply, tried)):
                    return reply
            tried += 1

    def _wait(self, seconds: float | None) -> bool:
        """Whether the request may be sent again, now that these seconds are over."""
        if seconds is None or self._waited + seconds > retry.MAX_WAIT:
            return False
        self._waited += seconds
        self._sleep(seconds)
        return True


def _identity(pull: Mapping[str, Any]) -> tuple[int, str]:
    return int(pull["number"]), str(pull["head"]["sha"])


def _came_into(pull: Mapping[str, Any], branch: str) -> bool:
    return bool(pull["merged_at"]) and pull["base"]["ref"] == branch


def _is_made_by_a_workflow(run: Mapping[str, Any], commit: str, name: str, external_id: str) -> bool:
    """Whether it is what was asked for, whole, and of GitHub Actions: any other app's is somebody else's."""
    made_by = (run.get("app") or {}).get("slug")
    wanted = (APP, commit, name, external_id, "completed")
    return (made_by, run["head_sha"], run["name"], run["external_id"], run["status"]) == wanted


def _check_run(run: Mapping[str, Any]) -> CheckRun:
    output = run["output"]
    return CheckRun(
        name=str(run["name"]),
        external_id=str(run["external_id"]),
        conclusion=str(run["conclusion"]),
        title=str(output["title"] or ""),
        summary=str(output["summary"] or ""),
        text=str(output["text"] or ""),
    )


def _body(found: Mapping[str, Any]) -> str:
    """GitHub's description lets it leave a body out, and have none."""
    return str(found.get("body") or "")


def _is_ours(found: Mapping[str, Any]) -> bool:
    """Whether the workflow's bot wrote it; nobody else's words count, whatever they look like."""
    user = found.get("user") or {}
    return user.get("login") == BOT and user.get("type") == "Bot"


def _way_on(reply: api.Reply) -> str:
    asked = retry.asked_wait(reply)
    if asked is not None:
        return f"GitHub asks for {asked:.0f} seconds of patience. Run the job again after them."
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return "See the job's `permissions:`. GitHub refuses so too what is locked, and whoever asks too often."
    return "Run the job again."
