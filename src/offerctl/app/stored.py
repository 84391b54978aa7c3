"""The configuration's files as a commit has them: read as git keeps them, nothing is checked out."""

from __future__ import annotations

import os
from pathlib import Path

from offerctl.app.session import Session
from offerctl.config.load import MAX_BYTES
from offerctl.errors import ConfigError
from offerctl.git import Git
from offerctl.git.blobs import find_blobs, read_blobs
from offerctl.render.style import sanitize


def read_stored(git: Git, commit: str, name: str) -> bytes | None:
    """The bytes of a file, named from the repository's top; none where that commit has no such file.

    Raises:
        ConfigError: git cannot be asked for it, or it is too large.
        GitFailed: git cannot say.
    """
    if "\n" in name:
        raise ConfigError(f"git cannot be asked for {sanitize(name)}: its name holds a line break")
    [blob] = find_blobs(git, [f"{commit}:{name}"])
    if blob is None:
        return None
    if blob.size > MAX_BYTES:
        raise ConfigError(f"{sanitize(name)} has {blob.size:,} bytes; it may have at most {MAX_BYTES:,}")
    return next(read_blobs(git, [blob]))


def named_file(session: Session, top: Path) -> str | None:
    """The configuration file that somebody named, from the repository's top; none where nobody did.

    Raises:
        ConfigError: it lies elsewhere.
    """
    named = session.config_file or session.environ.get("OFFERCTL_CONFIG")
    if not named:
        return None
    path = Path(os.path.realpath(session.directory / named))
    if not path.is_relative_to(top):
        raise ConfigError(f"the configuration {sanitize(str(named))} lies outside of the repository")
    return path.relative_to(top).as_posix()
