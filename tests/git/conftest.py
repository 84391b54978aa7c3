"""A running loop of pull request, plan, merge and apply."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.gitops import Loop, loop


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Loop]:
    with loop(tmp_path) as made:
        yield made
