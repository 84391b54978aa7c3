"""What `init` wrote, as it was written: installed by its own steps, run in a checkout that is full of traps."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from offerctl.scaffold import documents
from offerctl.scaffold.wheels import LOCK
from support.homes import git
from support.hosting import Hosting, hosting
from support.runner import Machine
from support.wheels import Shop
from support.workflows import parsed

pytestmark = pytest.mark.deep
COURSE = """\
offeringId: jhsc-en-01
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Certification Part One
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: https://provider.example/register/jhsc-en-01
"""
TRAPS = (
    *(
        "pip.py",
        "pip/__init__.py",
        "pip/__main__.py",
        "offerctl.py",
        "offerctl/__init__.py",
        "offerctl/__main__.py",
    ),
    *("sitecustomize.py", "usercustomize.py", "click.py", "json.py", "runpy.py", "encodings/__init__.py"),
    *("setup.py", "hatchling.py", "trap.py"),
)
"""Modules of the checkout that some Python might import; each says so in a file."""
PROJECT = """\
[build-system]
requires = []
build-backend = "trap"
backend-path = ["."]

[project]
name = "offerctl"
version = "9"
"""


@pytest.fixture
def it(tmp_path: Path, shop: Shop) -> Iterator[Hosting]:
    """A repository that has nothing but what `init` wrote and a course, on a host whose runner has a machine."""
    with hosting(tmp_path) as host:
        for entry in host.work.iterdir():
            if entry.name != ".git":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        shop.init(host.work)
        host.runner.machine = Machine(programs=shop.machine.programs, pip=shop.house.pip, bare=host.bare)
        yield host


def set_traps(folder: Path) -> Path:
    """Fills a checkout with modules that note when somebody imports them; the file of their notes."""
    told = folder.parent / "sprung"
    for name in TRAPS:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"open({str(told)!r}, 'a').write({name!r} + '\\n')\n", "utf-8")
    (folder / "pyproject.toml").write_text(PROJECT, "utf-8")
    (folder / "setup.cfg").write_text("[options]\nsetup_requires = trap\n", "utf-8")
    (folder / "pip.conf").write_text(f"[global]\nfind-links = {folder}\n", "utf-8")
    return told


def steps(folder: Path, workflow: str) -> list[str]:
    """The scripts of a workflow that stands in a folder."""
    [job] = parsed((folder / ".github" / "workflows" / f"{workflow}.yml").read_text("utf-8"))["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def run(script: str, folder: Path, programs: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """As a runner runs a step."""
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder.parent / "home"),
        **more,
    }
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_what_init_wrote_plans_and_applies_unedited(it: Hosting) -> None:
    """The first push is green; a pull request has its comment, and its merge is applied: by what they install."""
    first = it.apply(it.push_to_main())
    assert first.succeeded, first
    assert it.issue() is None
    it.file("offerings/jhsc-en-01.yaml", COURSE)
    number, planned = it.pull_request("course")
    assert planned.succeeded, planned
    assert "JHSC Certification Part One" in it.comment(number)
    assert "offerctl-" in planned.step("Install offerctl").log
    applied = it.merge(number)
    assert applied.succeeded, applied
    assert "1 added" in applied.step("Apply").log
    assert it.issue() is None
    again = it.reassert()
    assert again.succeeded, again


def test_the_hook_runs_the_wheel_of_the_repository(it: Hosting, shop: Shop) -> None:
    """Unedited, in an environment of its own that is made once, and anew when the lock or the wheel changed."""
    it.push_to_main()
    [repository] = yaml.safe_load((it.work / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    [hook] = repository["hooks"]
    assert (hook["language"], hook["pass_filenames"]) == ("system", False)
    told = set_traps(it.work)
    environment = {"PATH": os.environ["PATH"], "HOME": str(it.work.parent), **shop.house.pip}

    def commit() -> subprocess.CompletedProcess[str]:
        command = shlex.split(hook["entry"])
        return subprocess.run(command, cwd=it.work, env=environment, capture_output=True, text=True, check=False)

    it.file("offerings/jhsc-en-01.yaml", COURSE)
    done = commit()
    assert done.returncode == 0, done.stderr
    it.file("offerings/jhsc-en-01.yaml", COURSE.replace("price: 199.00", "price: cheap"))
    place = it.work / ".git" / "offerctl"
    (place / "made-once").touch()
    wrong = commit()
    assert (wrong.returncode, wrong.stderr) == (1, "")
    assert "offerings/jhsc-en-01.yaml:4" in wrong.stdout
    assert (place / "made-once").exists()

    called = it.work.parent / "called"
    python = it.work.parent / "programs" / "python3"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\necho "$@" >{called}\nexit 7\n', "utf-8")
    python.chmod(0o755)
    environment["PATH"] = f"{python.parent}{os.pathsep}{environment['PATH']}"
    it.file(documents.DEPENDENCIES, shop.house.lock.replace("click==", "click==9"))
    assert commit().returncode == 7
    assert called.read_text("utf-8") == f"-I -m venv {place}\n"
    assert not place.exists()
    assert not told.exists(), told.read_text()


def test_another_wheel_than_the_locked_one_is_not_installed(tmp_path: Path, shop: Shop) -> None:
    """Whoever changes the file and not its hash changes nothing that runs."""
    shop.init(tmp_path)
    install, *_ = steps(tmp_path, "plan")
    [wheel] = (tmp_path / ".github" / "wheels").glob("*.whl")
    wheel.write_bytes(wheel.read_bytes() + b" ")
    done = run(install, tmp_path, shop.machine.programs, **shop.house.pip)
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_what_a_bucket_needs_comes_by_its_hash_where_it_is_needed(tmp_path: Path, shop: Shop) -> None:
    """The workflows' own step installs it from the lock that `init --state` wrote, and offerctl finds it."""
    shop.init(tmp_path, "--state", "s3://no-such-states/offerctl/")
    install = next(step for step in steps(tmp_path, "plan") if "pip install" in step)
    done = run(install, tmp_path, shop.machine.programs, **shop.house.pip)
    assert done.returncode == 0, done.stderr
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "x"}
    key = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    planned = run("exec offerctl plan -e prod", tmp_path, shop.machine.programs, **nowhere, **key)
    assert planned.returncode == 1
    assert "s3://no-such-states/offerctl/prod.state.json cannot be read: 127.0.0.1:9 (AWS_E" in planned.stderr
    assert "could not be reached" in planned.stderr


def test_nothing_of_the_checkout_is_on_pythons_path(tmp_path: Path, shop: Shop) -> None:
    """Neither pip nor offerctl imports a module of the repository, whatever its name, or runs its build."""
    work = tmp_path / "checkout"
    work.mkdir()
    git(tmp_path, "init", "--quiet", "--initial-branch", "main", str(work))
    shop.init(work)
    (work / "offerings" / "jhsc-en-01.yaml").write_text(COURSE, "utf-8")
    told = set_traps(work)
    [install] = {steps(work, workflow)[0] for workflow in ("plan", "apply", "reassert")}
    done = run(install, work, shop.machine.programs, PYTHONPATH=str(work), **shop.house.pip)
    assert done.returncode == 0, done.stderr
    for command in ("validate", "plan", "history"):
        done = run(f"exec offerctl {command}", work, shop.machine.programs)
        assert done.returncode == 0, done.stderr
    assert not told.exists(), told.read_text()


@pytest.mark.parametrize(("old", "new"), [("python -I -m pip", "python -m pip"), (f"--requirement {LOCK}", ".")])
def test_the_traps_do_spring(tmp_path: Path, shop: Shop, old: str, new: str) -> None:
    """Without isolation the repository's own pip runs, and a build of the checkout would run its backend."""
    work = tmp_path / "checkout"
    work.mkdir()
    shop.init(work)
    told = set_traps(work)
    install, *_ = steps(work, "plan")
    assert old in install
    run(
        install.replace(old, new).replace("--require-hashes --no-index --no-deps .", "."),
        work,
        shop.machine.programs,
        **shop.house.pip,
    )
    assert told.exists()


def test_a_name_that_somebody_registers_is_never_asked_for(tmp_path: Path, shop: Shop) -> None:
    """An offerctl of a higher version that an index offers is not looked at: what is installed is a file."""
    shop.init(tmp_path)
    house = tmp_path / "house"
    shutil.copytree(shop.house.folder, house)
    [wheel] = (tmp_path / ".github" / "wheels").glob("*.whl")
    shutil.copy(wheel, house / wheel.name.replace("0.1.0", "9.9.9"))
    pip = {**shop.house.pip, "PIP_FIND_LINKS": str(house)}
    install, *_ = steps(tmp_path, "apply")
    done = run(f"{install}\npython -I -m pip list", tmp_path, shop.machine.programs, **pip)
    assert done.returncode == 0, done.stderr
    assert "9.9.9" not in done.stdout
    assert "offerctl" not in (tmp_path / documents.DEPENDENCIES).read_text("utf-8")
