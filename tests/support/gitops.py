"""The whole loop: a bare repository, GitHub's API, a Marketplace, and each job in a fresh clone of its own.

with loop(tmp_path) as it:
    it.propose(7, offering("en-01"))       # a branch with these files, and its pull request
    it.plan(7)                             # offerctl ci plan, as the pull request's job
    it.merge(7)
    it.apply()                             # offerctl ci apply, as the push's job
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from offerctl.github import record as records
from offerctl.github.record import Record
from offerctl.offering import Offering
from offerctl.state import Status
from support.cli import Done, environ, start
from support.description import event
from support.github import READ, REPOSITORY, WRITE, GitHub, github, pull_request_event
from support.homes import git
from support.ingit import InGit, in_git
from support.scenario import FOREVER, SECRETS, Marketplace, Wire
from support.wire import always, answer

README = "One file for each listing.\n"  # git keeps no empty folder
RUN = "4711"
ACTOR = "octo-admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How a job ended, what its log, its summary and its outputs hold, and where it worked."""

    done: Done
    summary: str
    outputs: Mapping[str, str]
    folder: Path

    @property
    def code(self) -> int:
        """The step's exit code."""
        return self.done.code

    @property
    def log(self) -> str:
        """Both streams, as GitHub's runner takes what it finds of them: standard error first."""
        return self.done.err + self.done.out

    def __str__(self) -> str:
        return f"{self.done}\n--- summary\n{self.summary}"


@dataclass(slots=True, kw_only=True)
class Loop:
    """One repository with everything around it."""

    project: InGit
    marketplace: Marketplace
    wire: Wire
    api: GitHub
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def bare(self) -> Path:
        """The repository that all clones share."""
        return self.project.bare

    def tip(self, ref: str = "main") -> str:
        """A commit of the bare repository."""
        return git(self.bare, "rev-parse", ref)

    # What people do

    def write(self, *offerings: Offering, files: Mapping[str, str] | None = None) -> None:
        """Exactly these offering files in the working copy, and these texts."""
        self.project.want(*offerings)
        (self.project.root / "offerings" / "README.md").write_text(README, "utf-8")
        self.marketplace.desired = {wanted.offering_id: wanted for wanted in offerings}
        for name, text in (files or {}).items():
            (self.project.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.project.root / name).write_text(text, "utf-8")

    def push(self, branch: str) -> str:
        """Commits what is written there, and pushes it."""
        root = self.project.root
        git(root, "add", "-A")
        git(root, "commit", "-q", "--allow-empty", "-m", "Change listings")
        git(root, "push", "-q", "--force", "origin", f"HEAD:refs/heads/{branch}")
        return git(root, "rev-parse", "HEAD")

    def push_main(self, *offerings: Offering, files: Mapping[str, str] | None = None) -> str:
        """Straight to main, without a review."""
        git(self.project.root, "checkout", "-q", "-B", "work", self.tip())
        self.write(*offerings, files=files)
        return self.push("main")

    def propose(
        self, number: int, *offerings: Offering, files: Mapping[str, str] | None = None, **more: Any
    ) -> str:
        """A pull request upon main with these files, or its next push."""
        root = self.project.root
        git(root, "fetch", "-q", "origin")
        git(root, "checkout", "-q", "-B", f"pull-{number}", self.tip())
        self.write(*offerings, files=files)
        head = self.push(f"pull-{number}")
        self.api.open(number, head, **more)
        return head

    def merge(self, number: int, how: str = "merge") -> str:
        """The commit that the branch was updated to, in one of GitHub's three ways: merge, squash, rebase."""
        root, head = self.project.root, self.api.pulls[number].head
        git(root, "checkout", "-q", "-B", "work", self.tip())
        match how:
            case "squash":
                git(root, "merge", "-q", "--squash", head)
                git(root, "commit", "-q", "--allow-empty", "-m", f"All of it (#{number})")
            case "rebase":
                git(root, "cherry-pick", "--allow-empty", f"HEAD..{head}")
            case _:
                git(root, "merge", "-q", "--no-ff", "-m", f"Merge #{number}", head)
        commit = git(root, "rev-parse", "HEAD")
        git(root, "push", "-q", "origin", "HEAD:refs/heads/main")
        self.api.merge(number, commit)
        return commit

    def record(self, number: int) -> Record | None:
        """What the newest check run of its newest commit says."""
        head = self.api.pulls[number].head
        runs = self.api.records(head)
        text = runs[-1]["output"]["text"] if runs else ""
        return records.read(text, environment="trial", pull_request=number, commit=head)

    # What jobs do

    def start(self, folder: Path, *args: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
        """`offerctl ci ARGS`, under way in a clone."""
        return start("ci", *args, cwd=folder, env=environ(folder, **environment))

    def finish(self, process: subprocess.Popen[str], folder: Path) -> Job:
        """What it came to."""
        out, err = process.communicate(timeout=FOREVER)
        assert err == "", "the runner reads it apart from the tokens that stand on standard output"
        assert "Traceback" not in out, out
        outputs = _text(folder.parent / "outputs").splitlines()
        return Job(
            done=Done(code=process.returncode, out=out, err=err),
            summary=_text(folder.parent / "summary.md"),
            outputs=dict(line.split("=", 1) for line in outputs),
            folder=folder,
        )

    def clone(self, commit: str, *options: str) -> Path:
        """A runner's disk, with nothing on it but this commit checked out."""
        folder = self.project.root.parent / f"job-{next(self._numbers)}" / "checkout"
        folder.parent.mkdir()
        git(folder.parent, "clone", "-q", *options, self.bare.as_uri(), str(folder))
        git(folder, "checkout", "-q", "--detach", commit)
        return folder

    def variables(self, folder: Path, payload: Mapping[str, Any], token: str = WRITE) -> dict[str, str]:
        """Those of a runner."""
        payload_file = folder.parent / "event.json"
        payload_file.write_text(json.dumps(payload), "utf-8")
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api.url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_WORKSPACE": str(folder),
            "GITHUB_EVENT_PATH": str(payload_file),
            "GITHUB_REF_NAME": "main",
            "GITHUB_RUN_ID": RUN,
            "GITHUB_ACTOR": ACTOR,
            "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"),
            "GITHUB_OUTPUT": str(folder.parent / "outputs"),
            "GITHUB_TOKEN": token,
        }

    def plan(self, number: int, *args: str, head: str | None = None, fork: bool = False, **more: str) -> Job:
        """The job of a pull request, or of an older commit, in its trial merge; a fork's token reads only."""
        head = head or self.api.pulls[number].head
        folder = self.clone(self.tip())
        git(folder, "merge", "-q", "--no-ff", "-m", "A trial merge", head)
        payload = pull_request_event(number, head, fork=fork)
        environment = self.variables(folder, payload, READ if fork else WRITE)
        return self.finish(self.start(folder, "plan", *args, environment={**environment, **more}), folder)

    def begin_apply(self, commit: str | None = None, *args: str) -> tuple[subprocess.Popen[str], Path]:
        """The job of a push, under way."""
        folder = self.clone(commit or self.tip())
        pushed = event("push$event", {"ref": "refs/heads/main", "after": git(folder, "rev-parse", "HEAD")})
        environment = {**self.variables(folder, pushed), **SECRETS}
        return self.start(folder, "apply", *args, environment=environment), folder

    def apply(self, commit: str | None = None, *args: str) -> Job:
        """The job of a push to main, at this commit."""
        return self.finish(*self.begin_apply(commit, *args))

    def reassert(self) -> Job:
        """The scheduled job."""
        folder = self.clone(self.tip())
        environment = {**self.variables(folder, {"schedule": "17 6 * * 1"}), **SECRETS}
        return self.finish(self.start(folder, "reassert", environment=environment), folder)

    def deliver(self, number: int, *offerings: Offering) -> Job:
        """A whole cycle: proposed, planned, merged, applied."""
        self.propose(number, *offerings)
        assert self.plan(number).code == 0
        self.merge(number)
        return self.apply()

    def check_in_sync(self) -> None:
        """Marketplace, files and state are equal, and nothing was needlessly deleted or unknown."""
        state = self.project.state()
        assert state is not None
        assert state.run is None
        assert {belief.status for belief in state.listings.values()} <= {Status.LIVE, Status.GONE}
        assert self.marketplace.listings() == self.marketplace.desired
        assert {i: b.body for i, b in state.listings.items() if b.body} == self.marketplace.desired
        assert (self.marketplace.needless, self.marketplace.unknown) == ([], [])


def toml(it: Loop, **settings: str) -> dict[str, str]:
    """The configuration of main with these settings of `trial` beside, or in the place of, its own."""
    lines = git(it.bare, "show", "main:offerctl.toml").splitlines()
    kept = [line for line in lines if line.partition(" = ")[0] not in settings]
    return {"offerctl.toml": "\n".join([*kept, *(f"{key} = {value}" for key, value in settings.items()), ""])}


def comment(it: Loop, number: int) -> str:
    """The one comment of a pull request, without its marker."""
    [text] = it.api.ours(number)
    return text.partition("<!-- offerctl:reviewed -->\n")[2]


def accepted(it: Loop, job: Job) -> Job:
    """The dispatched job with the digest that a job named."""
    return it.apply(None, "--accept", job.outputs["accept"])


@contextmanager
def loop(folder: Path, **settings: Any) -> Iterator[Loop]:
    """A repository whose main has a configuration and one offering's folder, and no state yet."""
    project = in_git(folder)
    marketplace = Marketplace(folder / "marketplace.sqlite3", project)
    try:
        with github() as api, Wire(marketplace) as wire:
            wire.script = always(answer)
            project.configure(wire.url, **settings)
            it = Loop(project=project, marketplace=marketplace, wire=wire, api=api)
            it.write()
            it.push("main")
            yield it
    finally:
        marketplace.store.close()


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""
