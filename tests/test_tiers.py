"""How the tests themselves are run: two tiers, and nothing inherited from whoever starts them."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.cli import environ

TESTS = Path(__file__).parent
RUN = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", ".", "-c", "pytest.toml")
SUITE = """\
import pytest

def test_small(): pass

@pytest.mark.deep
def test_large(): pass
"""
SIGNALS = """\
import signal, subprocess, sys

def test_a_child_can_be_interrupted():
    child = subprocess.Popen([sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(60)"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.stdout.readline() == b"ready\\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == -signal.SIGINT
    child.stdout.close()

def test_of_this_process_only_what_python_and_asyncio_need_is_changed():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGHUP) not in {signal.SIG_DFL, signal.SIG_IGN}
    signal.raise_signal(signal.SIGHUP)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A suite of its own with this one's conftest."""
    (tmp_path / "tests").mkdir()
    shutil.copy(TESTS / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_one.py").write_text(SUITE)
    (tmp_path / "tests" / "test_two.py").write_text(SUITE)
    settings = '[pytest]\ntestpaths = ["tests"]\nmarkers = ["deep"]\naddopts = ["--strict-markers"]\n'
    (tmp_path / "pytest.toml").write_text(settings)
    return tmp_path


def run(folder: Path, *args: str, before: str = "") -> str:
    """What pytest prints in that folder; it ends well."""
    done = subprocess.run(
        ["sh", "-c", f'{before}exec "$@"', "sh", *RUN, *args],
        cwd=folder,
        env=environ(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("args", "ran"),
    [
        ([], {"test_one.py::test_small", "test_two.py::test_small"}),
        (["tests"], {"test_one.py::test_small", "test_two.py::test_small"}),
        (["-m", "deep"], {"test_one.py::test_large", "test_two.py::test_large"}),
        (["tests/test_one.py"], {"test_one.py::test_small", "test_one.py::test_large"}),
        (["tests/test_one.py::test_large"], {"test_one.py::test_large"}),
        (["tests/test_one.py", "-m", "not deep"], {"test_one.py::test_small"}),
    ],
    ids=["nothing", "a folder", "-m deep", "a file", "a test", "a file, -m not deep"],
)
def test_the_deep_tier_runs_when_it_is_named(folder: Path, args: list[str], ran: set[str]) -> None:
    """By its marker, its file or itself; `-m` has the last word."""
    out = run(folder, "--collect-only", "-q", *args)
    assert set(re.findall(r"(test_\w+\.py::test_\w+)", out)) == ran


@pytest.mark.deep
def test_what_was_left_out_is_told_at_the_end(folder: Path) -> None:
    """How many, and how to run them, also by workers; nothing where nothing was."""
    out = run(folder, "--numprocesses=2")
    assert "2 passed" in out
    assert "2 tests that need minutes: pytest -m deep" in out
    assert ".ci/run" in out
    assert "pytest -m deep" not in run(folder, "--collect-only", "-m", "deep")


@pytest.mark.parametrize("workers", [0, 1])
def test_an_ignored_signal_is_not_inherited(folder: Path, workers: int) -> None:
    """As under `nohup pytest &`: what a test starts can be interrupted; a hang-up still does not end the tests."""
    (folder / "tests" / "test_one.py").write_text(SIGNALS)
    assert "2 passed" in run(folder, f"--numprocesses={workers}", "tests/test_one.py", before="trap '' INT HUP; ")


def test_this_process_can_be_interrupted() -> None:
    """Whoever started it."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
