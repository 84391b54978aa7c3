"""What becomes of all environments where one of them has no process, or none that ends as offerctl does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from offerctl.app.fleet.calls import Call, Ended, run_each
from offerctl.app.session import Session
from offerctl.console import Console
from offerctl.errors import Exit


def test_what_cannot_be_started_takes_no_other_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It failed, and says why; those after it run; an exit code that offerctl has not may have sent something."""
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\nfor last; do :; done\nexit "$last"\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    session = Session.open(Console(), config_file=None, environ={})
    words = {"pro-1": "0", "pro-2": "x" * 1_000_000, "pro-3": "7", "pro-4": "3"}  # 1 MB: no system takes that word
    told: list[Ended] = []
    ended = run_each(session, [Call(environment=name, words=(word,)) for name, word in words.items()], told.append)
    assert (*told,) == ended
    assert [(one.environment, one.code, one.started) for one in ended] == [
        ("pro-1", Exit.OK, True),
        ("pro-2", Exit.ERROR, False),
        ("pro-3", Exit.INCOMPLETE, True),
        ("pro-4", Exit.TRY_AGAIN, True),
    ]
    assert ended[1].why == "not started: Argument list too long"
    assert ended[2].why.startswith("ended with exit code 7, which offerctl has not: if it was sending")
