"""GitHub workflows as parsed text, and the guards that no linter knows: what each of them must say.

Parsed with YAML's BaseLoader, so `on` stays a key, and every scalar is text.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from offerctl.scaffold import documents

FOLDER = Path(__file__).parents[2] / ".github" / "workflows"
MAIN_ONLY = "github.ref == 'refs/heads/main'"
CREDENTIALS = {
    f"OFFERCTL_{name}"
    for name in ("API_KEY", "API_TOKEN", "API_SECRET", "BEARER_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
}
CLOUDS: Mapping[str, Mapping[str, str]] = {
    "s3": {
        "AWS_REGION": "${{ vars.AWS_REGION }}",
        "AWS_ROLE_ARN": "${{ vars.AWS_ROLE_ARN }}",
        "AWS_ROLE_SESSION_NAME": "offerctl-${{ github.run_id }}",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "${{ runner.temp }}/aws.token",
    },
    "az": {
        "AZURE_STORAGE_ACCOUNT_NAME": "${{ vars.AZURE_STORAGE_ACCOUNT_NAME }}",
        "AZURE_TENANT_ID": "${{ vars.AZURE_TENANT_ID }}",
        "AZURE_CLIENT_ID": "${{ vars.AZURE_CLIENT_ID }}",
        "AZURE_FEDERATED_TOKEN_FILE": "${{ runner.temp }}/azure.token",
    },
}
"""What a step that reads or writes a state in a bucket is told: no secret, and no key."""
TOKENS = {"s3": ("sts.amazonaws.com", "aws.token"), "az": ("api://AzureADTokenExchange", "azure.token")}
"""Who the token is for, and where it lies for five minutes."""
_SESSION = 50
"""Minutes: the token of a session is renewed five minutes before its hour is over, and cannot be."""
_STATE_QUEUE = {"group": "offerctl-state", "cancel-in-progress": "false", "queue": "max"}
_PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a workflow must say, to the letter; `commands` are those of offerctl, in their order."""

    on: Mapping[str, object]
    permissions: Mapping[str, Mapping[str, str]]
    concurrency: Mapping[str, str]
    commands: tuple[str, ...] = ()
    environment: str | None = None


LOCKED = "python -I -m pip install --require-hashes --only-binary :all: --requirement "
"""From an index: nothing of the checkout is on Python's path, nothing comes without its hash or is built."""
OWN = documents.INSTALL_SOURCES
"""How this repository installs itself: its commit is what is pinned, and no index is asked."""
WHEEL = documents.INSTALL_WHEEL
"""How others install offerctl: the one file that lies in their repository."""
PREVIEW = "${{ steps.plan.outputs.preview }}"
"""All that a workflow keeps of its disk."""
HISTORY = """\
echo "::stop-commands::$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')" # no line below is a command
exec offerctl history 2>&1
"""
"""It quotes what others wrote, on one stream, as the runner reads standard error apart and first."""
WORKFLOWS = {
    "plan": Expected(
        on={
            "pull_request": {"branches": ["main"], "types": ["opened", "synchronize", "reopened", "edited"]},
            "merge_group": "",
        },
        permissions={"plan": {"contents": "read", "pull-requests": "write", "checks": "write"}},
        concurrency={
            "group": "plan-${{ github.event.pull_request.number || github.ref }}",
            "cancel-in-progress": "true",
        },
        commands=('exec offerctl ci plan --preview "$RUNNER_TEMP/preview"',),
    ),
    "apply": Expected(
        on={
            "push": {"branches": ["main"]},
            "workflow_dispatch": {
                "inputs": {
                    "accept": {
                        "description": "The digest of a plan that nobody reviewed and that is to run all the same",
                        "type": "string",
                        "default": "",
                    }
                }
            },
        },
        permissions={
            "apply": {"contents": "write", "pull-requests": "write", "checks": "read", "issues": "write"}
        },
        concurrency=_STATE_QUEUE,
        commands=('exec offerctl ci apply ${ACCEPT:+"--accept=$ACCEPT"}', HISTORY),
        environment="marketplace",
    ),
    "reassert": Expected(
        on={"schedule": [{"cron": "17 6 * * 1"}], "workflow_dispatch": ""},
        permissions={"reassert": {"contents": "write", "issues": "write"}},
        concurrency=_STATE_QUEUE,
        commands=("exec offerctl ci reassert", HISTORY),
        environment="marketplace",
    ),
    "ci": Expected(
        on={
            "pull_request": "",
            "push": {"branches": ["main"]},
            "merge_group": "",
            "schedule": [{"cron": "41 4 * * 6"}],
        },
        permissions={name: {"contents": "read"} for name in ("check", "audit", "weekly")},
        concurrency={
            "group": "ci-${{ github.event_name }}-${{ github.ref }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
    ),
}


def tool(name: str, *arguments: str | Path, cwd: Path = FOLDER.parents[1]) -> subprocess.CompletedProcess[str]:
    """A tool of this environment, run to its end; skips where it is not installed."""
    program = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{sysconfig.get_path('scripts')}")
    if program is None:
        pytest.skip(f"{name} is not installed (pip install -e '.[dev]')")
    return subprocess.run([program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def text_of(name: str) -> str:
    """A workflow of this repository, as it stands."""
    return (FOLDER / f"{name}.yml").read_text("utf-8")


def parsed(text: str) -> dict[str, Any]:
    """Its mapping, every scalar as text."""
    found = yaml.load(text, Loader=yaml.BaseLoader)
    assert isinstance(found, dict)
    return found


def violations(name: str, text: str, clouds: tuple[str, ...] = ()) -> list[str]:
    """What a workflow's text says other than it must; empty where all guards stand.

    With `clouds`, the text is that of a repository whose states are in buckets, and none in git.
    """
    workflow, expected = parsed(text), WORKFLOWS[name]
    if clouds:
        given = {
            job: {**had, "contents": "read", "id-token": "write"} for job, had in expected.permissions.items()
        }
        expected = replace(expected, permissions=given)
    found = [*_frame(workflow, expected), *_jobs(workflow, expected), *_text(text)]
    return [*found, *_clouds(name, workflow, text, clouds)]


def _clouds(name: str, workflow: Mapping[str, Any], text: str, clouds: tuple[str, ...]) -> Iterator[str]:
    """A token before each step that needs a state, the cloud's variables in that step alone, nothing of git's."""
    if not clouds:
        if re.search(r"id-token|ID_TOKEN|AWS_|AZURE_", text):
            yield "a cloud where there is none"
        return
    if "GIT_CONFIG" in text:
        yield "git is given what only a state in git needs"
    wanted = {variable: value for cloud in clouds for variable, value in CLOUDS[cloud].items()}
    for job in workflow["jobs"].values():
        if int(job["timeout-minutes"]) > _SESSION:
            yield "the job outlives the session of its role"
        for number, step in enumerate(job["steps"]):
            uses_state = "exec offerctl " in step.get("run", "")
            given = {
                key: value for key, value in step.get("env", {}).items() if key.startswith(("AWS_", "AZURE_"))
            }
            if given != (wanted if uses_state else {}):
                yield f"the cloud's variables of {step.get('name')}: {given}"
            if uses_state:
                yield from _tokens(step, job["steps"][number - len(clouds) : number], name, clouds)
    if text.count("ID_TOKEN_REQUEST_TOKEN") != len(clouds) * text.count("exec offerctl "):
        yield "a token that nobody needs"


def _tokens(
    step: Mapping[str, Any], before: list[dict[str, Any]], name: str, clouds: tuple[str, ...]
) -> Iterator[str]:
    if [one.get("run") for one in before] != [token_step(name, cloud) for cloud in clouds]:
        yield f"no fresh token before {step['name']}"
    if any(one.get("if") != step.get("if") or "env" in one for one in before):
        yield f"the token of {step['name']} is asked for at other times"


def token_step(name: str, cloud: str) -> str:
    """How a token is asked for: by what stands in the environment, never on a command line or in a log."""
    audience, file = TOKENS[cloud]
    fork = """\
if [ -z "$ACTIONS_ID_TOKEN_REQUEST_URL" ]; then
  echo "There is none for the pull request of a fork: it is validated, and not planned."
  exit 0
fi
"""
    return f"""\
{fork if name == "plan" else ""}umask 077
curl --silent --show-error --fail --retry 3 --max-time 60 --header @- \\
  --output "$RUNNER_TEMP/answer.json" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience={audience}" \\
  <<<"Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN"
jq --join-output --exit-status .value "$RUNNER_TEMP/answer.json" >"$RUNNER_TEMP/{file}"
rm "$RUNNER_TEMP/answer.json"
"""


def _frame(workflow: Mapping[str, Any], expected: Expected) -> Iterator[str]:
    if workflow["on"] != expected.on:
        yield f"triggers: {workflow['on']}"
    if workflow["permissions"] != {}:
        yield "permissions at the top"
    if workflow.get("concurrency") != expected.concurrency:
        yield f"concurrency: {workflow.get('concurrency')}"
    if "env" in workflow:
        yield "an environment that every step sees"
    if {name: job.get("permissions") for name, job in workflow["jobs"].items()} != expected.permissions:
        yield "permissions of the jobs"


def _jobs(workflow: Mapping[str, Any], expected: Expected) -> Iterator[str]:
    for job in workflow["jobs"].values():
        if not job.get("timeout-minutes", "").isdecimal():
            yield "a job without a limit"
        if job.get("environment") != expected.environment:
            yield "environment"
        if expected.environment is not None and job.get("if") != MAIN_ONLY:
            yield "not for main alone"
        if "env" in job:
            yield "an environment that every step of a job sees"
        yield from _steps(job["steps"], expected)
    run = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    if tuple(command for command in run if "offerctl ci" in command or "history" in command) != expected.commands:
        yield f"commands: {run}"


def _steps(steps: list[dict[str, Any]], expected: Expected) -> Iterator[str]:
    for step in steps:
        given = step.get("with", {})
        if "actions/checkout@" in step.get("uses", ""):
            if given.get("persist-credentials") != "false":
                yield "the token stays on the disk"
            if given.get("fetch-depth") != _depth(steps):
                yield f"another history than the command needs: {given.get('fetch-depth')}"
        if "actions/upload-artifact@" in step.get("uses", "") and given.get("path") != PREVIEW:
            yield f"more is kept than the page: {given.get('path')}"
        run = step.get("run", "")
        if "${{" in run:
            yield "an expression is pasted into a script"
        yield from _installs(run)
        if "history" in run and step.get("if") != "always()":
            yield "the report is left out after a failure"
        yield from _environment(step, run, expected)


def _installs(run: str) -> Iterator[str]:
    """Only from a lock, with hashes and without a build; or this repository itself, or the wheel in it."""
    for line in run.splitlines():
        known = (OWN, OWN.replace(" .", " --editable ."), WHEEL)
        locked = re.fullmatch(re.escape(LOCKED) + r"[\w./-]+\.txt", line)
        if ("pip" in line or "python" in line) and "install" in line and line not in known and not locked:
            yield f"installs otherwise than from a lock: {line}"
        elif re.search(r"\bpip\b(?!-audit)", line.replace("--disable-pip", "")) and "install" not in line:
            yield f"pip does something else: {line}"


def _depth(steps: list[dict[str, Any]]) -> str | None:
    """All commits: to find out whether this one was overtaken, and what was taken up before."""
    run = " ".join(step.get("run", "") for step in steps)
    return "0" if "ci apply" in run or "ci plan" in run or "ci reassert" in run else None


def _environment(step: Mapping[str, Any], run: str, expected: Expected) -> Iterator[str]:
    environment = step.get("env", {})
    wanted = CREDENTIALS if expected.environment and "offerctl ci" in run else set()
    if {name for name, value in environment.items() if "secrets." in value} != wanted:
        yield "credentials elsewhere than in the step that needs them"
    if wanted and environment.get("OFFERCTL_ALLOWED_BASE_URL") != "${{ vars.OFFERCTL_ALLOWED_BASE_URL }}":
        yield "the address that the environment pins is not handed on"
    for name in wanted:
        if environment.get(name) != f"${{{{ secrets.{name} }}}}":
            yield f"{name} is not the secret of that name"
    if "github.token" in str(step) and "exec offerctl " not in run:
        yield "a token where none is needed"


def _text(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if "uses:" in line and not _PINNED.search(line):
            yield f"not pinned by commit, with its version: {line.strip()}"
    if re.search(r"pull_request_target|workflow_run", text):
        yield "a trigger that gives secrets to strangers"
