"""A running loop, and one with two listings."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from support.gitops import Loop, loop
from support.plans import offering

ONE, TWO = offering("en-01"), offering("en-02")
DEARER = offering("en-01", price=Decimal(249))


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Loop]:
    with loop(tmp_path) as made:
        yield made


@pytest.fixture
def listed(it: Loop) -> Loop:
    """Two listings, applied by a first cycle on pull request 1."""
    assert it.deliver(1, ONE, TWO).code == 0
    it.wire.seen.clear()
    return it
