"""What `offerctl environments` does: tell which there are, to people and to a workflow's matrix."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from offerctl.app.session import Session
from offerctl.app.stored import named_file, read_stored
from offerctl.config import Config, Environment
from offerctl.config.fleet import is_left_alone
from offerctl.config.load import names_stored, searched
from offerctl.errors import ConfigError, Exit, UsageError
from offerctl.git import Git, GitFailed
from offerctl.render import fleet as render
from offerctl.render.words import ids

_AS_IT_IS = ("--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none", "--name-only", "-z")
"""Every name with a change, whatever a configuration or `.gitmodules` says of it."""
_NO_COMMIT = ("0" * 40, "0" * 64)
"""What GitHub and GitLab give as the commit before a new branch: nothing was there, so that all is new."""


def show_environments(session: Session, *, as_json: bool, changed: str | None) -> Exit:
    """Tell all environments; as JSON all but the embedded Marketplace, in the form that a matrix takes.

    `changed`: only those that files speak of which are not as in that commit; all where it is the zeros of a new
    branch.

    Raises:
        UsageError: git cannot say what changed since.
    """
    config = session.config
    found: Sequence[Environment] = config.fleet
    if changed is not None:
        found = _changed(session, changed)
    elif not as_json:
        found = (*config.environments.values(),)
    rows = [_row(config, environment) for environment in found]
    if as_json:
        session.console.document(render.matrix(rows))
    elif rows:
        session.console.out(render.environments(rows, session.console.style))
    else:
        session.console.out("No environment changes.")
    return Exit.OK


def _row(config: Config, environment: Environment) -> dict[str, str | bool]:
    return {
        "environment": environment.name,
        "base_url": environment.base_url,
        "network_key": environment.network_key,
        "state": environment.state,
        "offerings": _named(config, config.folder_of(environment)),
        "default": environment.name == config.default_environment,
    }


def _changed(session: Session, commit: str) -> tuple[Environment, ...]:
    """Those whose own file or folder has a change; all of them where what they share has one.

    Only commits are compared, as in a workflow, where the files are those of one. A submodule is one name in them.
    """
    config = session.config
    if commit in _NO_COMMIT:
        return config.fleet
    git = Git(config.root)
    try:
        start = git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
        changed = [*git.names("diff", *_AS_IT_IS, start, "HEAD", "--")]
    except GitFailed as failure:
        raise UsageError(
            f"git cannot say what changed since {commit}: {failure.words or 'there is no such commit here'}",
            hint="A workflow needs it in its checkout: fetch-depth: 0, or 2 for HEAD^1.",
        ) from failure
    _tell_gone(session, git, start)
    ours = [posixpath.relpath(f"/{name}", f"/{git.place.prefix}") for name in changed]
    if not {*changed}.isdisjoint(searched(_folder(session, git))) or any(
        _is_shared(config, name) for name in ours
    ):
        return config.fleet
    return tuple(found for found in config.fleet if _speaks_of(config, found, ours))


def _tell_gone(session: Session, git: Git, commit: str) -> None:
    """Warn of environments that were there: nothing plans for their listings any more."""
    try:
        were = names_stored(
            lambda name: read_stored(git, commit, name),
            lambda folder: git.names("ls-tree", "--name-only", "-z", f"{commit}:{folder}"),
            top=git.place.top,
            folder=_folder(session, git),
            file=named_file(session, git.place.top),
        )
    except (ConfigError, GitFailed):  # what could not be used then has no runs behind it
        return
    if gone := sorted(were - {*session.config.environments}):
        session.console.warn(
            f"gone from the configuration, and planned for no more: {ids(gone)}. Their listings stay in the "
            "Marketplace, unless `offerctl state retire -e NAME` deleted them before. If it did not, bring the "
            "environment back, retire it, and only then take it out."
        )


def _folder(session: Session, git: Git) -> str:
    """Where the configuration is looked for from, named from the repository's top."""
    root, cwd = session.config.root, session.directory
    return posixpath.join(git.place.prefix, cwd.relative_to(root).as_posix() if cwd.is_relative_to(root) else ".")


def _is_shared(config: Config, name: str) -> bool:
    """Whether a file speaks of all: the configuration, the schema, or what came to or went from `include`."""
    if config.source is not None and name == config.source.name:
        return True
    if _touches(name, _named(config, config.schema)):
        return True
    if config.include is None or not _touches(name, config.include):
        return False
    entry = name.removeprefix(f"{config.include}/").split("/")[0]
    return not is_left_alone(entry) and name not in {one.included for one in config.environments.values()}


def _speaks_of(config: Config, environment: Environment, changed: Sequence[str]) -> bool:
    folder = _named(config, config.folder_of(environment))
    return any(name == environment.included or _touches(name, folder) for name in changed)


def _touches(name: str, place: str) -> bool:
    """Whether a changed name is that place, lies in it, or holds it, as a submodule does."""
    if place == ".":
        return not name.startswith("../")
    return name == place or name.startswith(f"{place}/") or place.startswith(f"{name}/")


def _named(config: Config, path: Path) -> str:
    return path.relative_to(config.root).as_posix()
