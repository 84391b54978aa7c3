"""GitHub's REST API in small, on loopback: what workflows ask of it, with its limits and its refusals.

with github() as api:                      # api.url, and the tokens WRITE and READ
    api.open(7, head=sha)
    ...                                    # offerctl ci plan
    api.comments[7]
    api.merge(7, sha)
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "provider/listings"
BOT = {"login": "github-actions[bot]", "type": "Bot"}
WRITE, READ = "ghs_write-5d1c0a", "ghs_read-77b2e1"
APP = {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"}
"""For whom a workflow's own token speaks."""
MOST_CHARACTERS = 65_536
MOST_IN_CHECK = 65_535


@dataclass(slots=True)
class Pull:
    """A pull request; `lines` are those that it touches (none: all), by file.

    One that is not `joined` was merged just now: its commit does not lead to it yet.
    """

    number: int
    head: str
    base: str = "main"
    merged: str | None = None
    lines: dict[str, set[int]] | None = None
    joined: bool = True


@dataclass(slots=True)
class Call:
    """One request; `match` are the parts of its path."""

    match: re.Match[str]
    query: dict[str, list[str]]
    body: dict[str, Any]


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


Answer = Callable[[Call], Any]


@dataclass(slots=True)
class GitHub:
    """The repository as GitHub has it. `seen` are the requests; `failing` maps patterns of these to a status."""

    url: str = ""
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    beside: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    _ids: int = 1000
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, number: int, head: str, **more: Any) -> Pull:
        """A pull request, or its next push."""
        self.pulls[number] = Pull(number, head, **more)
        return self.pulls[number]

    def merge(self, number: int, commit: str) -> None:
        """It came into its base with this commit."""
        self.pulls[number].merged = commit

    def say(self, number: int, body: str, user: dict[str, str]) -> dict[str, Any]:
        """Somebody comments."""
        self._ids += 1
        comment = {"id": self._ids, "body": body, "user": user}
        self.comments.setdefault(number, []).append(comment)
        return comment

    def ours(self, number: int) -> list[str]:
        """The bot's comments on a pull request."""
        return [c["body"] for c in self.comments.get(number, []) if c["user"] == BOT]

    def check(self, head: str, content: dict[str, Any], app: dict[str, Any] | None = None) -> dict[str, Any]:
        """Somebody's token, or another app, makes a check run for a commit."""
        self._ids += 1
        run = {"id": self._ids, **content, "head_sha": head, "app": APP if app is None else app}
        self.checks.append(run)
        return run

    def records(self, head: str) -> list[dict[str, Any]]:
        """The check runs of workflows for a commit, the newest last."""
        return [run for run in self.checks if run["head_sha"] == head and run["app"] == APP]

    def open_issues(self) -> list[dict[str, Any]]:
        """Those that are open."""
        return [issue for issue in self.issues if issue["state"] == "open"]

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> Any:
        """What a request is answered."""
        parts = urlsplit(path)
        with self._lock:
            self.seen.append(f"{method} {parts.path}")
            if token not in {WRITE, READ}:
                raise Refused(401, "Bad credentials")
            for pattern, status in self.failing.items():
                if re.search(pattern, self.seen[-1]):
                    raise Refused(status, "as the test wants it")
            if token == READ and method != "GET":
                raise Refused(403, "Resource not accessible by integration")
            for verb, pattern, answer in self._routes():
                found = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", parts.path)
                if found and verb == method:
                    return answer(Call(found, parse_qs(parts.query), body))
        raise Refused(404, "Not Found")

    def _routes(self) -> tuple[tuple[str, str, Answer], ...]:
        return (
            ("GET", r"/issues/(\d+)/comments", lambda c: _page(c, self.comments.get(int(c.match[1]), []))),
            ("POST", r"/issues/(\d+)/comments", lambda c: self.say(int(c.match[1]), _text(c), BOT)),
            ("PATCH", r"/issues/comments/(\d+)", self._edit_comment),
            ("GET", r"/commits/([0-9a-f]{40})/pulls", self._pulls_of),
            ("GET", r"/commits/([0-9a-f]{40})/check-runs", self._checks_of),
            ("POST", r"/check-runs", self._new_check),
            ("GET", r"/pulls", self._closed_pulls),
            ("GET", r"/pulls/(\d+)", self._pull),
            ("GET", r"/pulls/(\d+)/comments", lambda c: _page(c, self.beside.get(int(c.match[1]), []))),
            ("POST", r"/pulls/(\d+)/comments", self._say_beside),
            ("GET", r"/issues", self._open_issues),
            ("POST", r"/issues", self._new_issue),
            ("PATCH", r"/issues/(\d+)", self._edit_issue),
        )

    def _edit_comment(self, call: Call) -> Any:
        every = [comment for comments in self.comments.values() for comment in comments]
        for comment in every:
            if comment["id"] == int(call.match[1]):
                comment["body"] = _text(call)
                return comment
        raise Refused(404, "Not Found")

    def _pull(self, call: Call) -> Any:
        return _shown(self.pulls[int(call.match[1])])

    def _pulls_of(self, call: Call) -> Any:
        return [_shown(pull) for pull in self.pulls.values() if pull.merged == call.match[1] and pull.joined]

    def _closed_pulls(self, call: Call) -> Any:
        assert call.query["state"] == ["closed"]
        return _page(call, [_shown(pull) for pull in self.pulls.values() if pull.merged])

    def _checks_of(self, call: Call) -> Any:
        [name], [which] = call.query["check_name"], call.query["filter"]
        assert which == "all"
        found = [run for run in self.checks if run["head_sha"] == call.match[1] and run["name"] == name]
        return {"total_count": len(found), "check_runs": _page(call, found)}

    def _new_check(self, call: Call) -> Any:
        output = call.body["output"]
        if any(len(output[part]) > MOST_IN_CHECK for part in ("summary", "text")):
            raise Refused(422, "output is too long (maximum is 65535 characters)")
        return self.check(call.body["head_sha"], call.body)

    def _say_beside(self, call: Call) -> Any:
        pull, body = self.pulls[int(call.match[1])], call.body
        first, last = body.get("start_line", body["line"]), body["line"]
        assert first == last or (first < last and body["start_side"] == body["side"])
        lines = set(range(first, last + 1))
        touched = pull.lines is None or lines <= pull.lines.get(body["path"], set())
        if not touched or body["commit_id"] != pull.head:
            raise Refused(422, "pull_request_review_thread.line must be part of the diff")
        comment = {**body, "body": _text(call), "user": BOT}
        self.beside.setdefault(pull.number, []).append(comment)
        return comment

    def _open_issues(self, call: Call) -> Any:
        asked = [{"number": n, "user": BOT, "body": "", "pull_request": {}} for n in self.pulls]
        return _page(call, [*asked, *self.open_issues()])

    def _new_issue(self, call: Call) -> Any:
        self._ids += 1
        issue = {"number": self._ids, "state": "open", "user": BOT, **call.body, "body": _text(call)}
        self.issues.append(issue)
        return issue

    def _edit_issue(self, call: Call) -> Any:
        [issue] = [issue for issue in self.issues if issue["number"] == int(call.match[1])]
        issue.update(call.body)
        return issue


def _shown(pull: Pull) -> dict[str, Any]:
    return {
        "number": pull.number,
        "head": {"sha": pull.head},
        "base": {"ref": pull.base},
        "merged_at": "2026-09-02T14:00:00Z" if pull.merged else None,
        "merge_commit_sha": pull.merged,
    }


def _page(call: Call, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    size, page = int(call.query.get("per_page", ["30"])[0]), int(call.query.get("page", ["1"])[0])
    return found[(page - 1) * size : page * size]


def _text(call: Call) -> str:
    body = str(call.body["body"])
    if len(body) > MOST_CHARACTERS:
        raise Refused(422, "body is too long (maximum is 65536 characters)")
    return body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, answer = 200, None
        try:
            api = cast("_Server", self.server).api
            answer = api.answer(self.command, self.path, token, json.loads(body) if body else {})
        except Refused as refused:
            status, answer = refused.status, {"message": str(refused)}
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    disable_nagle_algorithm = True

    def __init__(self, api: GitHub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


@contextmanager
def github() -> Iterator[GitHub]:
    """A running API."""
    api = GitHub()
    with _Server(api) as server:
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield api
        server.shutdown()
