"""Refuses a state, or listings of the embedded Marketplace, that came with the repository.

Both are of this machine alone. Whoever had them tracked by git, in a pull request, could make offerctl believe
anything of the Marketplace.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from offerctl import disk
from offerctl.app.checkout import refused_by_git
from offerctl.errors import CheckoutError, ConfigError
from offerctl.git import GitFailed, WorkingCopy, working_copy


def check_own_folder(root: Path) -> WorkingCopy | None:
    """Refuse what came with the repository in `.offerctl`, the embedded Marketplace's database among it.

    What git knows of the folder `root` is given back; none where it knows nothing, or nobody had to ask.

    Raises:
        ConfigError: git tracks something there.
        CheckoutError: something is there, and git refuses to tell.
    """
    return _check(root / disk.OWN_FOLDER, disk.OWN_FOLDER)


def check_state(root: Path, location: str) -> None:
    """Refuse a state in a file, or versions kept of it, that came with a repository; others are left alone.

    Raises:
        ConfigError: git tracks it.
        CheckoutError: it is there, and git refuses to tell.
    """
    kind, _, rest = location.partition(":")
    if kind != "file" or _stands_in_own_folder(root, rest):
        return
    for shown in (rest, f"{rest}.versions"):
        _check(Path(os.path.abspath(root / shown)), shown)  # noqa: PTH100 - resolve() would follow links


def _stands_in_own_folder(root: Path, shown: str) -> bool:
    """Whether `check_own_folder` has spoken for it already: it is right there, in no repository of its own."""
    return Path(shown).parts[:-1] == (disk.OWN_FOLDER,) and not os.path.lexists(root / disk.OWN_FOLDER / ".git")


def _check(path: Path, shown: str) -> WorkingCopy | None:
    """Git is asked where the file is: that may be in a submodule."""
    if not os.path.lexists(path):
        return None
    try:
        copy = working_copy(path.parent)
        is_tracked = copy is not None and copy.has(path.name)
    except GitFailed as failure:
        refusal = refused_by_git(failure)
        raise CheckoutError(
            f"{refusal.message}. So nobody can tell whether {shown} came with the repository, and nothing was "
            "read of it",
            hint=f'{refusal.hint} Or keep the state outside of the repository: state = "file:/PATH".',
        ) from failure
    if is_tracked:
        line = f"{shown}/" if path.is_dir() else shown
        raise ConfigError(
            f"git tracks {shown}, which is of this machine alone: whoever wrote what is there could make offerctl "
            "believe anything. Nothing was read of it.",
            hint=f"git rm -r --cached {shlex.quote(shown)}, and add the line {line} to .gitignore.",
        )
    return copy
