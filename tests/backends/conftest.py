"""Every home of states, each behind the same fixture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.cloud import azure_environ, azure_server, make_bucket, make_container, s3_environ, s3_server
from support.homes import BucketHome, FileHome, GitHome, Home
from support.tiers import mostly_deep

AZURE = pytest.param("az", marks=[pytest.mark.node, pytest.mark.deep])
KINDS = [*mostly_deep(["file", "git-file", "git-daemon", "git-http", "s3"], ["file", "git-file"]), AZURE]


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """A server that speaks S3."""
    with s3_server() as url:
        yield url


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that speaks Azure's Blob Storage."""
    with azure_server(tmp_path_factory.mktemp("azurite")) as url:
        yield url


@pytest.fixture(params=KINDS)
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A file, git over each of its ways to another machine, and the buckets of two clouds."""
    kind: str = request.param
    with ExitStack() as stack:
        match kind:
            case "file":
                yield FileHome(tmp_path)
            case "s3" | "az":
                yield bucket_home(kind, tmp_path, monkeypatch, request)
            case _:
                yield GitHome(tmp_path, kind.removeprefix("git-"), stack)


@pytest.fixture(params=[*mostly_deep(["s3"], []), AZURE])
def cloud_home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketHome:
    """A bucket of either cloud."""
    return bucket_home(request.param, tmp_path, monkeypatch, request)


def bucket_home(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> BucketHome:
    """A new bucket, and the environment that leads to it."""
    server: str = request.getfixturevalue("s3" if kind == "s3" else "azure")
    for name, value in (s3_environ if kind == "s3" else azure_environ)(server).items():
        monkeypatch.setenv(name, value)
    return BucketHome(folder, kind, (make_bucket if kind == "s3" else make_container)(server))


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
