"""Files of another user of this machine, for tests that run as root and for those that do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

STRANGER = 12_345
"""Neither root nor whoever runs the tests."""


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file or folder another user's. Who may not give it away becomes, as far as offerctl asks, another."""
    if os.getuid() == 0:
        os.chown(path, STRANGER, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


def disown(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file or folder another user's, and nothing else. Who may not give it away sees it as given."""
    if os.getuid() == 0:
        os.chown(path, STRANGER, -1, follow_symlinks=False)
        return
    real = Path.lstat

    def lstat(asked: Path) -> os.stat_result:
        found = real(asked)
        return os.stat_result((*found[:4], STRANGER, *found[5:])) if asked == path else found

    monkeypatch.setattr(Path, "lstat", lstat)
