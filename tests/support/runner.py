"""A GitHub runner in small: it runs the real `run:` steps of a workflow by `bash -e`, in a fresh clone.

    runner = Runner(root=tmp_path, origin=url, token=TOKEN, api_url=api.url)
    job = runner.job("apply", Trigger(event="push", ref="refs/heads/main", sha=sha, payload={...}))
    assert job.step("Apply").code == 0, job

Actions are not downloaded: `actions/checkout` is a clone by git with the job's token, `actions/setup-python` does
nothing. `python` in a step only notes that it was called, and `offerctl` is this very package. A runner with a
`machine` has a Python: there workflows are those of the commit, and run what they install.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.cli import KEPT, SOURCES
from support.workflows import parsed, text_of

REPOSITORY = "provider/listings"
SIGTERM_AFTER, SIGKILL_AFTER = 7.5, 2.5
"""Seconds that a cancelled job is given after SIGINT, and then after SIGTERM."""
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Why a workflow runs. `inputs` are those of a dispatch. A fork is not `trusted`: no secrets, no variables."""

    event: str
    ref: str
    sha: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    trusted: bool = True
    token: str | None = None
    """Another token than the runner's own, such as one that may only read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How a `run:` step ended; `code` is none for one that was left out."""

    name: str
    code: int | None
    log: str


@dataclass(slots=True, kw_only=True)
class Job:
    """A job under way or done. Its `log` is what the runner would keep, `summary` the job's page."""

    workspace: Path
    steps: list[Step] = field(default_factory=list)
    skipped: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether every step that ran ended well."""
        return not self.skipped and all(step.code in {0, None} for step in self.steps)

    @property
    def log(self) -> str:
        """Of every step, in their order."""
        return "".join(f"## {step.name}\n{step.log}" for step in self.steps)

    @property
    def under_way(self) -> str:
        """What the present step has said so far."""
        return (self.workspace.parent / "log").read_text("utf-8")

    @property
    def summary(self) -> str:
        """What the steps added to the job's summary."""
        return (self.workspace.parent / "summary.md").read_text("utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        """What the steps gave out."""
        lines = (self.workspace.parent / "output").read_text("utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def step(self, name: str) -> Step:
        """The step of that name."""
        [found] = [step for step in self.steps if step.name == name]
        return found

    def __str__(self) -> str:
        return self.log


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A Python that jobs install into and run, whose pip is told of no index; workflows are those of `bare`."""

    programs: Path
    pip: Mapping[str, str]
    bare: Path

    def workflow(self, name: str, sha: str) -> str:
        """As it stands in a commit."""
        command = ["git", "-C", str(self.bare), "show", f"{sha}:.github/workflows/{name}.yml"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@dataclass(slots=True, kw_only=True)
class Runner:
    """Where jobs run; each gets a disk of its own below `root`, which is lost after it.

    `secrets`, and the variables `pinned`, belong to the environment `marketplace`: a job that names it sees them.
    `workflow` gives the text of one; `tokens` is what a job with `id-token: write` is told, and a fork's is not;
    `more` is what else stands in a machine's environment.
    """

    root: Path
    origin: str
    api_url: str
    server_url: str
    token: str
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    pinned: Mapping[str, str] = field(default_factory=dict)
    machine: Machine | None = None
    workflow: Callable[[str], str] = text_of
    tokens: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)
    count: int = 0

    def job(self, workflow: str, trigger: Trigger) -> Job:
        """Runs the one job of a workflow to its end."""
        with self.started(workflow, trigger) as (job, process):
            if process is not None:
                process.wait(timeout=120)
        return job

    @contextmanager
    def started(self, workflow: str, trigger: Trigger) -> Iterator[tuple[Job, subprocess.Popen[bytes] | None]]:
        """The job with its step of `offerctl ci` under way; the steps after it run when the block ends."""
        self.count += 1
        disk = self.root / f"runner-{self.count}"
        workspace = disk / "checkout"
        job = Job(workspace=workspace)
        try:
            yield from self._steps(workflow, trigger, job, disk)
        finally:
            for name in ("home", "bin"):
                shutil.rmtree(disk / name, ignore_errors=True)
            shutil.rmtree(workspace, ignore_errors=True)

    def _steps(
        self, workflow: str, trigger: Trigger, job: Job, disk: Path
    ) -> Iterator[tuple[Job, subprocess.Popen[bytes] | None]]:
        text = self.workflow(workflow) if self.machine is None else self.machine.workflow(workflow, trigger.sha)
        [description] = parsed(text)["jobs"].values()
        asks = trigger.trusted and description["permissions"].get("id-token") == "write"
        context = self._context(trigger, disk, environment=description.get("environment"))
        if not _truth(evaluated(description.get("if", "true"), context)):
            job.skipped = True
            yield job, None
            return
        self._prepare(disk)
        failed = False
        for step in description["steps"]:
            if failed and not step.get("if", "").startswith("always()"):
                job.steps.append(Step(name=str(step.get("name")), code=None, log=""))
                if "offerctl ci" in step.get("run", ""):
                    yield job, None
                continue
            if "run" not in step:
                self._use(step, trigger, context, job.workspace)
                continue
            process = self._start(step, trigger, context, disk, self.tokens if asks else {})
            if "offerctl ci" in step["run"]:
                yield job, process
            process.wait(timeout=120)
            job.steps.append(Step(name=step["name"], code=process.returncode, log=job.under_way))
            failed = failed or job.steps[-1].code != 0

    def _context(self, trigger: Trigger, disk: Path, environment: str | None) -> dict[str, str]:
        values = {
            "github.ref": trigger.ref,
            "github.event_name": trigger.event,
            "github.server_url": self.server_url,
            "github.token": trigger.token or self.token,
            "github.run_id": str(1000 + self.count),
            "runner.temp": str(disk / "temp"),
        }
        values |= {f"inputs.{name}": value for name, value in trigger.inputs.items()}
        if trigger.trusted:
            values |= {f"vars.{name}": value for name, value in self.variables.items()}
        if environment == "marketplace" and trigger.trusted:
            values |= {f"secrets.{name}": value for name, value in self.secrets.items()}
            values |= {f"vars.{name}": value for name, value in self.pinned.items()}
        return values

    def _prepare(self, disk: Path) -> None:
        programs = disk / "bin"
        programs.mkdir(parents=True)
        (disk / "home").mkdir()
        (disk / "temp").mkdir()
        for name in ("summary.md", "output", "installed"):
            (disk / name).touch()
        if self.machine is not None:
            return
        python, noted = shlex.quote(sys.executable), shlex.quote(str(disk / "installed"))
        _program(programs / "offerctl", f'exec {python} -m offerctl "$@"')
        _program(programs / "python", f'echo "$@" >>{noted}')

    def _use(self, step: Mapping[str, Any], trigger: Trigger, context: Mapping[str, str], workspace: Path) -> None:
        """`actions/checkout` and `actions/upload-artifact`, as far as these workflows ask; others do nothing."""
        if step["uses"].startswith("actions/upload-artifact@"):
            _keep(step, Job(workspace=workspace).outputs.get("preview"), workspace.parent / "artifacts")
        if not step["uses"].startswith("actions/checkout@"):
            return
        given = step.get("with", {})
        assert given["persist-credentials"] == "false"
        wanted = given.get("fetch-depth", "1")
        depth = [] if wanted == "0" else [f"--depth={wanted}"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(workspace.parent / "home")}
        header = f"http.{self.server_url}/.extraHeader=Authorization: basic {_basic(context['github.token'])}"

        def git(*arguments: str) -> None:
            command = ["git", "-c", header, "-C", str(workspace), *arguments]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

        workspace.mkdir()
        git("init", "--quiet")
        git("remote", "add", "origin", self.origin)
        branches = ["+refs/heads/*:refs/remotes/origin/*"] if not depth else []
        git("fetch", "--quiet", "--no-tags", *depth, "origin", *branches, f"+{trigger.sha}:refs/runner/head")
        git("checkout", "--quiet", "--detach", trigger.sha)

    def _start(
        self,
        step: Mapping[str, Any],
        trigger: Trigger,
        context: Mapping[str, str],
        disk: Path,
        tokens: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        (disk / "log").touch()
        script = disk / "step.sh"
        script.write_text(step["run"], "utf-8")
        payload = disk / "event.json"
        payload.write_text(json.dumps(trigger.payload), "utf-8")
        given = {name: filled(value, context) for name, value in step.get("env", {}).items()}
        with (disk / "log").open("w") as log:
            return subprocess.Popen(
                ["bash", "-e", str(script)],
                cwd=disk / "checkout" / step.get("working-directory", ""),
                env={**self._surroundings(trigger, disk, payload), **tokens, **given},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _surroundings(self, trigger: Trigger, disk: Path, payload: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        programs = disk / "bin" if self.machine is None else self.machine.programs
        python = {"PYTHONPATH": str(SOURCES)} if self.machine is None else self.machine.pip
        return {
            **kept,
            **python,
            **self.more,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(disk / "home"),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_API_URL": self.api_url,
            "GITHUB_EVENT_NAME": trigger.event,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_OUTPUT": str(disk / "output"),
            "GITHUB_REF": trigger.ref,
            "GITHUB_REF_NAME": trigger.ref.removeprefix("refs/heads/").removeprefix("refs/"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(1000 + self.count),
            "GITHUB_SERVER_URL": self.server_url,
            "GITHUB_SHA": trigger.sha,
            "GITHUB_STEP_SUMMARY": str(disk / "summary.md"),
            "GITHUB_WORKSPACE": str(disk / "checkout"),
            "RUNNER_TEMP": str(disk / "temp"),
        }


def cancel(process: subprocess.Popen[bytes]) -> None:
    """As GitHub cancels a job: SIGINT to the step's own process, then SIGTERM, then the end of the whole tree."""
    process.send_signal(signal.SIGINT)
    for patience, number in ((SIGTERM_AFTER, signal.SIGTERM), (SIGKILL_AFTER, signal.SIGKILL)):
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
            return
        if number is signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    process.wait()


def filled(text: str, context: Mapping[str, str]) -> str:
    """A value of a workflow with its expressions evaluated."""
    return _EXPRESSION.sub(lambda found: evaluated(found[1], context), text)


def evaluated(expression: str, context: Mapping[str, str]) -> str:
    """The few forms that these workflows use: texts, contexts, `==` and `||`. What is unknown is empty."""
    sides = [part.strip() for part in expression.split("||")]
    if len(sides) > 1:
        return next(filter(None, (evaluated(side, context) for side in sides)), "")
    left, equals, right = expression.partition("==")
    if equals:
        return str(evaluated(left.strip(), context) == evaluated(right.strip(), context)).lower()
    if text := re.fullmatch(r"'([^']*)'|true", expression):
        return text[0].strip("'")
    assert re.fullmatch(r"(github|inputs|runner|vars|secrets)\.\w+", expression), f"no evaluation of {expression}"
    return context.get(expression, "")


def _keep(step: Mapping[str, Any], preview: str | None, artifacts: Path) -> None:
    """The folder that the step `plan` gave out, under the artifact's name; nothing where it gave none out."""
    given = step["with"]
    assert step["if"] == "always() && steps.plan.outputs.preview"
    assert given["path"] == "${{ steps.plan.outputs.preview }}"
    if preview is not None:
        shutil.copytree(preview, artifacts / given["name"])


def _truth(text: str) -> bool:
    return text not in {"", "false"}


def _program(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n", "utf-8")
    path.chmod(0o755)


def _basic(token: str) -> str:
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()
