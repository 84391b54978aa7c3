"""Every home of states, each behind the same fixture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.homes import FileHome, GitHome, Home
from support.tiers import mostly_deep


@pytest.fixture(params=mostly_deep(["file", "git-file", "git-daemon", "git-http"], ["file", "git-file"]))
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A file, and git over each of its ways to another machine."""
    kind: str = request.param
    with ExitStack() as stack:
        yield FileHome(tmp_path) if kind == "file" else GitHome(tmp_path, kind.removeprefix("git-"), stack)


@pytest.fixture
def http_home(tmp_path: Path) -> Iterator[GitHome]:
    """Git over HTTP, with a server that can be told to misbehave."""
    with ExitStack() as stack:
        yield GitHome(tmp_path, "http", stack)


@pytest.fixture
def git_home(tmp_path: Path) -> Iterator[GitHome]:
    """Git over a folder of this machine."""
    with ExitStack() as stack:
        yield GitHome(tmp_path, "file", stack)
