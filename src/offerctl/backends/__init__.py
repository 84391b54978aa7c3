"""The homes of states. `open_backend` finds the one that a location names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from offerctl.backends.places import is_bucket, place_of
from offerctl.errors import ConfigError
from offerctl.state import Place
from offerctl.state.backend import StateBackend

DEFAULT_BRANCH = "offerctl-state"


def open_backend(
    location: str,
    *,
    root: Path,
    environment: str,
    endpoint: str | None = None,
    allow_http: bool = False,
    who: Callable[[], str] = str,
) -> StateBackend:
    """The home of one environment's state, without touching it yet.

    `location` is `file:PATH` (from `root`), `git` or `git:BRANCH` (of the repository that holds `root`),
    `s3://BUCKET/KEY` or `az://CONTAINER/KEY`. `endpoint` is that of a server that speaks as one of these clouds
    does, and `allow_http` lets it be plain HTTP. What `who` says is left in this machine's lock, for those who
    wait for it.

    Raises:
        ConfigError: a location of no known kind.
    """
    kind, _, rest = location.partition(":")
    if kind == "file" and rest:
        from offerctl.backends.file import FileBackend  # noqa: PLC0415 - each home costs only its user

        return FileBackend(root / rest, environment=environment, below=root, who=who)
    if kind == "git":
        from offerctl.backends.git import GitBackend  # noqa: PLC0415 - as above

        return GitBackend(root, branch=rest or DEFAULT_BRANCH, environment=environment)
    if is_bucket(location):
        from offerctl.backends.bucket import BucketBackend  # noqa: PLC0415 - as above

        bucket = place_of(location, environment, endpoint=endpoint, allow_http=allow_http)
        return BucketBackend(bucket, environment=environment)
    raise ConfigError("a state lives in file:PATH, git or git:BRANCH, s3://BUCKET/KEY or az://CONTAINER/KEY")


def place(location: str, *, root: Path, environment: str) -> Place:
    """Where the state of an environment is kept, spelled in the one way that other spellings come to."""
    kind, _, rest = location.partition(":")
    if kind == "git":
        return Place(environment, f"git:{rest or DEFAULT_BRANCH}")
    if kind == "file":
        whole = Path(os.path.abspath(root / rest))  # noqa: PTH100 - resolve() would follow links
        below = whole.is_relative_to(root)
        return Place(environment, f"file:{whole.relative_to(root).as_posix() if below else whole}")
    return Place(environment, place_of(location, environment).shown)


def is_same_document(one: Place, other: Place) -> bool:
    """Whether two places, spelled as `place` does, are one document.

    A file or an object holds one, a branch one for each environment's name.
    """
    same_home = one.location == other.location
    return same_home and (one.environment == other.environment or not one.location.startswith("git:"))
