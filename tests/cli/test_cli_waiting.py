"""Who holds a state up, told to the one who waits: a question that nobody answers, and `-q`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offerctl.errors import Exit
from support.cli import environ, start
from support.desk import Desk
from support.plans import offering
from support.terminal import begin, shown_until


@contextmanager
def asked(desk: Desk) -> Iterator[int]:
    """The terminal of an apply that waits at its question."""
    process, terminal = begin("apply", cwd=desk.root, env=environ(desk.root, TERM="dumb"))
    shown_until(terminal, b"goes ahead")
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


HOLDER = (
    r"another offerctl on this machine is at work on \S+local\.state\.json \(\S+@\S+, since 20[\d-]+ [\d:]+ UTC\)"
)


@pytest.mark.parametrize("quiet", [False, True])
def test_a_question_left_open_is_named_to_whoever_comes_next(tmp_path: Path, *, quiet: bool) -> None:
    """Who, since when, and what it may be doing; one who waits hears it too, with `-q` as well."""
    desk = Desk(root=tmp_path)
    desk.want(offering())
    options = ["-q"] if quiet else []
    with asked(desk) as terminal:
        refused = desk.run(*options, "apply", "--auto-approve")
        assert refused.code == Exit.TRY_AGAIN
        assert re.search(rf"Error: {HOLDER}\. It may be waiting at its question\. Nothing was sent\.", refused.err)
        assert "answer it" in refused.err
        waiting = start(
            *options, "apply", "--auto-approve", "--lock-timeout", "60s", cwd=tmp_path, env=environ(tmp_path)
        )
        assert waiting.stderr is not None
        assert re.match(rf"Waiting: {HOLDER}\. It may be waiting at its question\.", waiting.stderr.readline())
        os.write(terminal, b"no\n")
        _, err = waiting.communicate(timeout=60)
        assert waiting.returncode == Exit.OK, err
