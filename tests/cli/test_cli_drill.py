"""The drill, as anybody runs it: what it counts, what it leaves, and that it can fail."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.cli import OFFERCTL, environ, offerctl
from support.scenario import finish

FORGETS = """\
import offerctl.apply.lease

_write = offerctl.apply.lease.Lease.write

async def write(self, compose):
    if compose.__name__ == "claim":
        self._began = self._clock.elapsed()
    else:
        await _write(self, compose)

offerctl.apply.lease.Lease.write = write
"""
"""An offerctl that sends before it has written down what it is about to do."""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.mark.deep
def test_every_trial_recovers(here: Path, temporary: Path) -> None:
    """Two kills at each request and one at the end, all recovered; no folder, configuration or leftover needed."""
    done = offerctl("drill", "--listings", "4", cwd=here, env={"TMPDIR": str(temporary)})
    assert (done.code, done.err) == (0, ""), done
    first, last = done.out.splitlines()
    assert first.startswith("A plan of 5 requests for 4 listings.")
    assert last == "11 of 11 recovered; 0 lost, 0 unknown, 0 duplicated"
    assert (list(here.iterdir()), list(temporary.iterdir())) == ([], [])


@pytest.mark.deep
def test_the_users_own_settings_do_not_matter(here: Path, temporary: Path) -> None:
    """Neither a configuration that cannot be read nor variables of another one; with -q only the count is told."""
    (here / "offerctl.toml").write_text("this is no TOML", "utf-8")
    settings = {"OFFERCTL_ENV": "prod", "OFFERCTL_NETWORK_KEY": "other", "OFFERCTL_PARALLELISM": "1", "CI": "true"}
    done = offerctl("-q", "drill", "--listings", "1", cwd=here, env={**settings, "TMPDIR": str(temporary)})
    assert str(done) == f"exit 0\n--- out\n3 of 3 recovered; 0 lost, 0 unknown, 0 duplicated\n\n--- err\n{''}"


@pytest.mark.deep
def test_an_offerctl_that_breaks_its_promise_is_found_out(here: Path, temporary: Path) -> None:
    """Without the intent, a listing comes up that no state knows: the count says so, and the exit code is 1."""
    (here / "sitecustomize.py").write_text(FORGETS, "utf-8")
    process = subprocess.run(
        [sys.executable, "-m", "offerctl", "drill", "--listings", "1"],
        cwd=here,
        env={
            **(env := environ(here, TMPDIR=str(temporary))),
            "PYTHONPATH": os.pathsep.join([str(here), env["PYTHONPATH"]]),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 1
    assert process.stdout.splitlines()[-1] == "1 of 3 recovered; 0 lost, 2 unknown, 0 duplicated"
    assert "not recovered, killed at request 1 after it was executed, before it was answered" in process.stderr


@pytest.mark.deep
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(here: Path, temporary: Path, number: signal.Signals) -> None:
    """Exit 130, no temporary folder, no process."""
    process = subprocess.Popen(
        [*OFFERCTL, "drill"],
        cwd=here,
        env=environ(here, TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("A plan of 18 requests")
    process.send_signal(number)
    done = finish(process)
    assert (done.code, done.err.strip()) == (130, "Error: interrupted"), done
    assert list(temporary.iterdir()) == []


@pytest.mark.deep
def test_a_terminal_sees_how_far_it_is(here: Path, temporary: Path) -> None:
    """A bar on standard error, written over and gone at the end."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(
            [*OFFERCTL, "drill", "--listings", "1"],
            cwd=here,
            env=environ(here, TMPDIR=str(temporary), TERM="xterm"),
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        os.close(theirs)
        process.communicate(timeout=120)
        shown = terminal.read(10_000).decode()
    assert process.returncode == 0
    assert " 0/3 " in shown
    assert " 2/3 " in shown
    assert shown.endswith(" \r")
