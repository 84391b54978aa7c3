"""GitHub's REST API in small, on loopback: what workflows ask of it, with its limits and its refusals.

Every request and every answer is held to GitHub's own description (`support.description`): what that does not know
is answered 500, and fails the test when the API ends.

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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from support.description import Undescribed, described, event

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

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiccup:
    """One answer that is none of the API's own: its status and `Retry-After`, with the request `done` or not."""

    status: int
    retry_after: str | None = None
    done: bool = False

    @property
    def refusal(self) -> Refused:
        """What a client gets."""
        headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
        return Refused(self.status, "as the test wants it once", headers)


Answer = Callable[[Call], Any]


@dataclass(slots=True)
class GitHub:
    """The repository as GitHub has it. `seen` are the requests; `failing` maps patterns of these to a status.

    `hiccups` maps patterns to answers that are given once each; `undescribed` is what GitHub's description lacks.
    """

    url: str = ""
    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    beside: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    hiccups: dict[str, list[Hiccup]] = field(default_factory=dict)
    undescribed: list[str] = field(default_factory=list)
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

    def answer(
        self, method: str, target: str, headers: Message, data: bytes
    ) -> tuple[int, Any, Mapping[str, str]]:
        """What a request is answered: status, content, and headers beside the usual ones."""
        parts = urlsplit(target)
        query, body = parse_qs(parts.query), json.loads(data) if data else None
        with self._lock:
            self.seen.append(f"{method} {parts.path}")
            try:
                operation = described(method, parts.path)
                operation.check_request(headers.get("Content-Type", ""), query, body)
                status, content = 201 if method == "POST" else 200, None
                more: Mapping[str, str] = {}
                try:
                    self._check_may(method, headers)
                    content = self._answer(method, parts.path, query, body or {})
                except Refused as refused:
                    status, content, more = refused.status, {"message": str(refused)}, refused.headers
                return status, operation.answer(status, content), more
            except Undescribed as error:
                self.undescribed.append(str(error))
                return 500, {"message": str(error)}, {}

    def _check_may(self, method: str, headers: Message) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if not headers.get("User-Agent"):
            raise Refused(
                403, "Request forbidden by administrative rules. Please make sure it has a User-Agent header"
            )
        if token not in {WRITE, READ}:
            raise Refused(401, "Bad credentials")
        for pattern, status in self.failing.items():
            if re.search(pattern, self.seen[-1]):
                raise Refused(status, "as the test wants it")
        if token == READ and method != "GET":
            raise Refused(403, "Resource not accessible by integration")

    def _answer(self, method: str, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> Any:
        waiting = (found for pattern, found in self.hiccups.items() if re.search(pattern, self.seen[-1]) and found)
        hiccup = next((found.pop(0) for found in waiting), None)
        if hiccup and not hiccup.done:
            raise hiccup.refusal
        for verb, pattern, answer in self._routes():
            found = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", path)
            if found and verb == method:
                content = answer(Call(found, query, body))
                break
        else:
            raise Refused(404, "Not Found")
        if hiccup:
            raise hiccup.refusal
        return content

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
        asked = [{"number": n, "user": BOT, "body": None, "pull_request": {}} for n in self.pulls]
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


def pull_request_event(number: int, head: str, *, fork: bool = False) -> Any:
    """What starts the plan of a pull request: its number, its newest commit and whose branch it is."""
    source = "stranger/listings" if fork else REPOSITORY
    pull = {"number": number, "head": {"sha": head, "repo": {"full_name": source}}}
    return event("pull_request$synchronize", {"number": number, "pull_request": pull})


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
        api = cast("_Server", self.server).api
        status, answer, headers = api.answer(self.command, self.path, self.headers, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - the base class's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    disable_nagle_algorithm = True

    def __init__(self, api: GitHub) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = api


@contextmanager
def github(api: GitHub | None = None) -> Iterator[GitHub]:
    """A running API. Fails at its end if it was asked, or answered, what GitHub's description does not know."""
    api = api or GitHub()
    with _Server(api) as server:
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield api
        server.shutdown()
        if api.undescribed:
            raise Undescribed("; ".join(api.undescribed))
