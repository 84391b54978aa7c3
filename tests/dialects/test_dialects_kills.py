"""The real executable in three dialects, killed by SIGKILL at every request of a plan, before and after it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from offerctl.errors import Exit
from support.cli import offerctl

pytestmark = pytest.mark.deep


@pytest.mark.parametrize("dialect", ["D7", "D8", "D10"])
def test_one_clean_run_recovers_from_a_kill_at_any_request(tmp_path: Path, dialect: str) -> None:
    """OAuth 2 without a networkKey, Delete by query, absent in words alone: the drill loses nothing in any."""
    done = offerctl("drill", "--listings", "8", "--dialect", dialect, cwd=tmp_path, timeout=600)
    assert done.code == Exit.OK, done
    found = re.search(r"(\d+) of (\d+) recovered; 0 lost, 0 unknown, 0 duplicated", done.out)
    assert found is not None, done
    assert found[1] == found[2] != "0"


def test_a_dialect_that_there_is_not_is_told(tmp_path: Path) -> None:
    """With those that there are."""
    for command in ("drill", "marketplace"):
        done = offerctl(command, "--dialect", "D13", cwd=tmp_path)
        assert done.code == Exit.ERROR
        assert "there is no dialect D13: they are D0, D1," in done.err
