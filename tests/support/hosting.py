"""A provider's repository on a GitHub in small, its Marketplace, and people who push: a whole cycle here.

    with hosting(tmp_path) as it:
        it.write(offering("jhsc-en-01"))
        number, job = it.pull_request("price")   # plan.yml has run
        job = it.merge(number)                   # apply.yml has run
        it.comment(number), it.listings()

Real are git and its HTTP backend, the workflows' own steps, offerctl, and the Marketplace behind a wire.
"""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from offerctl.offering import Offering
from offerctl.state import State
from support import github
from support.description import event
from support.gitserver import PASSWORD, USER, GitOverHttp, _HttpCall, basic
from support.homes import git
from support.ingit import InGit
from support.runner import Job, Runner, Trigger
from support.scenario import SECRETS, Marketplace, Wire, finish

MAIN = "refs/heads/main"
PROTECTED = """#!/bin/sh
# Over HTTP come workflows, whose token may not push to main; people here push by the path.
test -z "$REMOTE_USER" || test "$1" != refs/heads/main || { echo "GH006: Protected branch" >&2; exit 1; }
"""


class TokenCall(_HttpCall):
    """Takes what a job's token gives, as GitHub does: one that may only read cannot push."""

    def _serve(self, body: bytes) -> None:
        kind, _, coded = self.headers.get("Authorization", "").partition(" ")
        user, _, token = (
            base64.b64decode(coded).decode().partition(":") if kind.lower() == "basic" else ("", "", "")
        )
        if user == "x-access-token" and token in {github.WRITE, github.READ}:
            if token == github.READ and "git-receive-pack" in self.path:
                self._answer(403, {"Content-Type": "text/plain"}, b"Write access to repository not granted.\n")
                return
            self.headers.replace_header("Authorization", basic(USER, PASSWORD))
        super()._serve(body)


@dataclass(slots=True, kw_only=True)
class Hosting:
    """The repository, seen by its people: `project` is a person's clone."""

    project: InGit
    api: github.GitHub
    runner: Runner
    wire: Wire
    marketplace: Marketplace
    branches: dict[int, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """The person's clone."""
        return self.project.root

    @property
    def bare(self) -> Path:
        """What all clones share."""
        return self.project.bare

    # People

    def write(self, *offerings: Offering) -> None:
        """Makes these the offering files of the clone, and no others."""
        self.project.want(*offerings)

    def file(self, name: str, text: str) -> None:
        """One file, as somebody typed it."""
        (self.work / name).write_text(text, "utf-8")

    def configure(self, **settings: object) -> None:
        """The listings' own settings: times that make a trial short, and the state in git."""
        self.project.configure(self.wire.url, **settings)

    def commit(self, message: str = "An edit") -> str:
        """All that was edited, in a commit of the clone."""
        git(self.work, "add", "--all")
        git(self.work, "commit", "--quiet", "--message", message)
        return git(self.work, "rev-parse", "HEAD")

    def push_to_main(self) -> str:
        """Past every review."""
        git(self.work, "checkout", "--quiet", "-B", "main")
        sha = self.commit()
        git(self.work, "push", "--quiet", "origin", "main")
        return sha

    def begin(self, *offerings: Offering) -> None:
        """Lists these by hand, from the clone: what a provider has when the first pull request comes."""
        self.write(*offerings)
        self.push_to_main()
        done = finish(self.project.start("apply", "--auto-approve", "--allow-deletes", "all"))
        assert done.code == 0, done
        self.wire.seen.clear()
        self.wire.executed.clear()

    def pull_request(self, branch: str, *, fork: bool = False) -> tuple[int, Job]:
        """The edits on a branch, its pull request, and the plan's job."""
        git(self.work, "checkout", "--quiet", "-b", branch)
        number = len(self.branches) + 1
        self.branches[number] = branch
        return number, self.push(number, fork=fork)

    def push(self, number: int, *, fork: bool = False) -> Job:
        """The next edits on its branch, and the plan's job."""
        head = self.commit()
        git(self.work, "checkout", "--quiet", "--detach", "origin/main")
        git(self.work, "merge", "--quiet", "--no-ff", "--message", "A trial merge", head)
        trial = git(self.work, "rev-parse", "HEAD")
        git(self.work, "checkout", "--quiet", self.branches[number])
        git(self.work, "push", "--quiet", "origin", f"+{trial}:refs/pull/{number}/merge")
        self.api.open(number, head)
        trigger = Trigger(
            event="pull_request",
            ref=f"refs/pull/{number}/merge",
            sha=trial,
            payload=github.pull_request_event(number, head, fork=fork),
            trusted=not fork,
            token=github.READ if fork else None,
        )
        return self.runner.job("plan", trigger)

    def merge_only(self, number: int) -> str:
        """Press the button; the commit on main."""
        git(self.work, "checkout", "--quiet", "-B", "main", "origin/main")
        git(self.work, "merge", "--quiet", "--no-ff", "--message", f"Merge #{number}", self.branches[number])
        git(self.work, "push", "--quiet", "origin", "main")
        sha = git(self.work, "rev-parse", "HEAD")
        self.api.merge(number, sha)
        return sha

    def merge(self, number: int) -> Job:
        """Press the button; the job that applies."""
        return self.apply(self.merge_only(number))

    # Jobs

    def apply(self, sha: str, *, accept: str = "") -> Job:
        """The job for a commit of main; with `accept` as a dispatch."""
        return self.runner.job("apply", self.on_main(sha, accept=accept))

    def applying(self, sha: str) -> AbstractContextManager[tuple[Job, subprocess.Popen[bytes] | None]]:
        """The same, under way."""
        return self.runner.started("apply", self.on_main(sha))

    def reassert(self) -> Job:
        """The scheduled job."""
        return self.runner.job("reassert", Trigger(event="schedule", ref=MAIN, sha=self.main()))

    def on_main(self, sha: str, *, accept: str = "") -> Trigger:
        """What starts a job on main."""
        if accept:
            inputs = {"accept": accept}
            payload = event("workflow_dispatch$event", {"inputs": inputs, "ref": MAIN})
            return Trigger(event="workflow_dispatch", ref=MAIN, sha=sha, payload=payload, inputs=inputs)
        payload = event("push$event", {"ref": MAIN, "after": sha})
        return Trigger(event="push", ref=MAIN, sha=sha, payload=payload)

    # What can be seen

    def main(self) -> str:
        """The newest commit."""
        return git(self.bare, "rev-parse", MAIN)

    def comment(self, number: int) -> str:
        """The bot's one comment."""
        [body] = self.api.ours(number)
        return body

    def issue(self) -> dict[str, Any] | None:
        """The open issue, if there is one; never are there two."""
        found = self.api.open_issues()
        assert len(found) <= 1
        return next(iter(found), None)

    def state(self) -> State:
        """What the state's branch holds."""
        state = self.project.state()
        assert state is not None
        return state

    def listings(self) -> dict[str, Offering]:
        """What the Marketplace lists."""
        return self.marketplace.listings()


@contextmanager
def hosting(root: Path, **settings: object) -> Iterator[Hosting]:
    """A repository with a configuration and no course yet, on a running host."""
    bare, work = root / "hub" / "provider" / "listings.git", root / "work"
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare", "--initial-branch", "main")
    git(root, "init", "--quiet", "--initial-branch", "main", str(work))
    git(work, "remote", "add", "origin", str(bare))
    project = InGit(root=work, bare=bare)
    with _serving(root / "hub") as host, github.github() as api:
        marketplace = Marketplace(root / "marketplace.sqlite3", project)
        with marketplace.store, Wire(marketplace) as wire:
            runner = Runner(
                root=root / "runners",
                origin=f"{host.url}/provider/listings.git",
                api_url=api.url,
                server_url=host.url,
                token=github.WRITE,
                secrets=SECRETS,
            )
            it = Hosting(project=project, api=api, runner=runner, wire=wire, marketplace=marketplace)
            it.configure(**settings)
            it.write()
            it.file("offerings/README.md", "# Courses\n")
            it.push_to_main()
            (bare / "hooks" / "update").write_text(PROTECTED, "utf-8")
            (bare / "hooks" / "update").chmod(0o755)
            yield it


@contextmanager
def _serving(folder: Path) -> Iterator[GitOverHttp]:
    with GitOverHttp(folder) as server:
        server.RequestHandlerClass = TokenCall
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
