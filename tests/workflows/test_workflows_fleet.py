"""The workflows of a fleet, as GITOPS.md makes them of those that are there: their schema, and their own steps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.cli import SOURCES
from support.fleet import Fleet, fleet
from support.homes import git
from support.plans import offering
from support.workflows import parsed, text_of

GUIDE = (Path(__file__).parents[2] / ".github" / "GITOPS.md").read_text("utf-8")
NAMES = ("pro-1", "pro-2", "pro-3")


def fragment(job: str) -> dict[str, Any]:
    """The jobs of the block that has this one beside `fleet`."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    [found] = [text for text in blocks if f"\n  {job}:\n" in text]
    jobs: dict[str, Any] = yaml.load(found, yaml.BaseLoader)["jobs"]
    return jobs


def workflow(name: str, job: str) -> dict[str, Any]:
    """The workflow that is there with the block's lines in it, as the guide says."""
    made: dict[str, Any] = dict(parsed(text_of(name)))
    [before] = made["jobs"].values()
    jobs = fragment(job)
    first = [step for step in before["steps"] if "uses" in step or step["name"] == "Install offerctl"]
    jobs["fleet"]["steps"] = [*first, *jobs["fleet"]["steps"]]
    steps = [
        {**step, "env": {**step["env"], "OFFERCTL_ENV": "${{ matrix.environment }}"}} if "env" in step else step
        for step in before["steps"]
    ]
    jobs[job] = {**before, **jobs[job], "steps": steps}
    if name == "apply":
        del made["concurrency"]
    return {**made, "jobs": jobs}


@pytest.mark.parametrize(("name", "job"), [("plan", "network"), ("apply", "apply")])
def test_they_fit_githubs_schema(tmp_path: Path, name: str, job: str) -> None:
    """And nothing that holds the credentials back goes: main alone, the environment, the permissions."""
    made = workflow(name, job)
    file = tmp_path / f"{name}.yml"
    text = yaml.safe_dump(made).replace("merge_group: ''", "merge_group:")
    numbers = re.sub(r"(timeout-minutes|max-parallel|fetch-depth): '(\d+)'", r"\1: \2", text)
    file.write_text(re.sub(r"(fail-fast|cancel-in-progress): '(\w+)'", r"\1: \2", numbers), "utf-8")
    command = [
        str(Path(sys.executable).with_name("check-jsonschema")),
        "--builtin-schema",
        "vendor.github-workflows",
    ]
    done = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [before] = parsed(text_of(name))["jobs"].values()
    assert made["jobs"][job]["permissions"] == before["permissions"]
    assert made["jobs"][job].get("environment") == before.get("environment")
    assert before.get("if", "") in made["jobs"][job]["if"]
    assert made["jobs"]["fleet"]["permissions"] == {"contents": "read"}
    assert "secrets." not in str(made["jobs"]["fleet"])


@contextmanager
def repository(root: Path) -> Iterator[Fleet]:
    """A repository of three networks whose newest commit changes the courses of one."""
    with fleet(root, NAMES) as made:
        for name in NAMES:
            made.want(name, offering("a-1"))
        git(root, "init", "-q", "--initial-branch=main")
        for message in ("All", "One more for pro-2"):
            git(root, "add", "offerctl.toml", "environments", "offerings")
            git(root, "commit", "-q", "-m", message)
            made.want("pro-2", offering("a-1"), offering("b-1"))
        yield made


def run(made: Fleet, step: Mapping[str, Any], **given: str) -> tuple[int, str]:
    """A step by bash, as a runner starts it; its exit code and what it hands on."""
    programs = made.root.parent / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "offerctl"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m offerctl "$@"\n', "utf-8")
    program.chmod(0o755)
    output = made.root.parent / "output"
    output.write_text("", "utf-8")
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=made.root,
        env={
            **made.environ(),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(SOURCES),
            "GITHUB_OUTPUT": str(output),
            **given,
        },
        check=False,
    )
    return done.returncode, output.read_text("utf-8")


def matrix(found: tuple[int, str]) -> list[str]:
    """The networks of which jobs are made."""
    code, output = found
    assert code == 0
    name, _, value = output.removesuffix("\n").partition("=")
    assert name == "found"
    assert "\n" not in value
    return [row["environment"] for row in json.loads(value)["include"]]


@pytest.mark.deep
def test_each_network_that_a_change_concerns_gets_a_job(tmp_path: Path) -> None:
    """A pull request's by the trial merge, a merge's by what was pushed, or all; a failure is none."""
    root = tmp_path / "work"
    root.mkdir()
    planning, applying = (fragment(job)["fleet"]["steps"][-1] for job in ("network", "apply"))
    with repository(root) as made:
        assert matrix(run(made, planning)) == ["pro-2"]
        assert matrix(run(made, applying, BEFORE=git(root, "rev-parse", "HEAD^"))) == ["pro-2"]
        assert matrix(run(made, applying, BEFORE=git(root, "rev-parse", "HEAD"))) == []
        assert matrix(run(made, applying, BEFORE="")) == [*NAMES]
        assert matrix(run(made, applying, BEFORE="0" * 40)) == [*NAMES]  # a new branch
        assert matrix(run(made, applying, BEFORE="1" * 40)) == [*NAMES]  # what a forced push left behind
        (root / "offerctl.toml").write_text("nonsense = 1\n", "utf-8")
        assert run(made, applying, BEFORE="1" * 40) == (1, "")


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (("success", "success"), 0),
        (("success", "skipped"), 0),
        (("success", "failure"), 1),
        (("success", "cancelled"), 1),
        (("failure", "skipped"), 1),
    ],
)
def test_the_required_check_is_that_of_every_network(tmp_path: Path, results: tuple[str, str], code: int) -> None:
    """It passes where no network is concerned, and where each of them does."""
    [step] = fragment("network")["plan"]["steps"]
    made = dict(zip(("FLEET", "NETWORK"), results, strict=True))
    done = subprocess.run(["bash", "-e", "-c", step["run"]], env={"PATH": os.environ["PATH"], **made}, check=False)
    assert done.returncode == code
    assert [*tmp_path.iterdir()] == []
