"""The disk fails under an apply: before it begins, or between its intent and its final write."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.cli import OFFERCTL
from support.scenario import AFTER, BEFORE, Trial, finish, sent, trial
from support.tiers import mostly_deep
from support.wire import Call, Fault, Seen, answer

FULL = 512
"""Bytes that a file may have on a full disk: fewer than any state."""
AS_A_USER = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""Root may write everywhere; without this power it is a user like others."""

Breaking = Callable[[Trial, int], None]


@pytest.fixture
def it(tmp_path: Path, note: Callable[[str], None]) -> Iterator[Trial]:
    note("storage")
    with trial(tmp_path, BEFORE, lease=60.0) as found:
        found.want(*AFTER)
        yield found


def fill(it: Trial, process: int) -> None:
    """The disk is full for that process from now on."""
    del it
    import resource  # noqa: PLC0415 - only Linux can do this to another process

    resource.prlimit(process, resource.RLIMIT_FSIZE, (FULL, resource.RLIM_INFINITY))


def forbid(it: Trial, process: int) -> None:
    """The folder of the state can only be read."""
    del process
    it.project.state_file.parent.chmod(0o500)


@contextmanager
def fixed(it: Trial) -> Iterator[None]:
    try:
        yield
    finally:
        it.project.state_file.parent.chmod(0o700)


def _need(breaking: Breaking) -> None:
    if breaking is fill and sys.platform != "linux":
        pytest.skip("only Linux limits the files of another process")
    if breaking is forbid and AS_A_USER and shutil.which(AS_A_USER[0]) is None:
        pytest.skip("root cannot be made an ordinary user without setpriv")


@pytest.mark.parametrize("breaking", mostly_deep([fill, forbid], [fill]))
def test_a_disk_that_fails_after_the_intent_is_told(it: Trial, breaking: Breaking) -> None:
    """What was sent is not recorded: exit 4, the document is whole, and the next run settles all of it."""
    _need(breaking)
    process: list[subprocess.Popen[str]] = []

    def break_it(call: Call) -> None:
        breaking(it, process[0].pid)
        answer(call)

    def script(seen: Seen) -> Fault:
        return break_it if seen.number == 1 else answer

    with fixed(it):
        it.wire.seen.clear()
        it.wire.script = script
        process.append(it.start(command=(*AS_A_USER, *OFFERCTL)))
        done = finish(process[0])
    assert done.code == 4, done
    assert "Not recorded:" in done.out
    assert "The next run settles all of it." in done.out
    assert ("untouched." in done.out) == (breaking is fill)
    assert re.search(r"until [\d:]+ UTC, though it has ended\..* offerctl state unlock \w{4} -e trial", done.out)
    assert "Apply complete" not in done.out
    state = it.project.state()
    assert state is not None
    assert state.run is not None, "the intent is what stands there"
    it.check_known()
    it.settle()


@pytest.mark.parametrize("breaking", mostly_deep([fill, forbid], [fill]))
def test_on_a_disk_that_cannot_be_written_nothing_is_sent(it: Trial, breaking: Breaking) -> None:
    """No intent, no request: exit 1, and everything is as it was."""
    _need(breaking)
    seen, before = len(it.wire.seen), it.project.state_file.read_bytes()
    limit = ("prlimit", f"--fsize={FULL}:unlimited") if breaking is fill else ()
    if limit and shutil.which(limit[0]) is None:
        pytest.skip("needs prlimit")
    with fixed(it):
        if breaking is forbid:
            forbid(it, 0)
        done = it.apply(command=(*AS_A_USER, *limit, *OFFERCTL))
    assert done.code == 1, done
    assert "cannot be used" in done.err
    assert sent(it.wire.seen[seen:]) == []
    assert it.project.state_file.read_bytes() == before
    it.settle()
