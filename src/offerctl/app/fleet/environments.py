"""What `offerctl environments` does: tell which there are, to people and to a workflow's matrix."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from offerctl.app.session import Session
from offerctl.config import Config, Environment
from offerctl.errors import Exit, UsageError
from offerctl.git import Git, GitFailed
from offerctl.render import fleet as render

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
        found = _changed(config, changed)
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


def _changed(config: Config, commit: str) -> tuple[Environment, ...]:
    """Those whose own file or folder has a change; all of them where what they share has one.

    Only commits are compared, as in a workflow, where the files are those of one.
    """
    if commit in _NO_COMMIT:
        return config.fleet
    git = Git(config.root)
    try:
        start = git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
        prefix = git.place.prefix
        options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--name-only", "-z")
        changed = [*git.names("diff", *options, start, "HEAD", "--")]
    except GitFailed as failure:
        raise UsageError(
            f"git cannot say what changed since {commit}: {failure.words or 'there is no such commit here'}",
            hint="A workflow needs it in its checkout: fetch-depth: 0, or 2 for HEAD^1.",
        ) from failure
    ours = [posixpath.relpath(f"/{name}", f"/{prefix}") for name in changed]
    shared = {config.source.name if config.source else "", _named(config, config.schema)}
    if shared & {*ours}:
        return config.fleet
    return tuple(found for found in config.fleet if _speaks_of(config, found, ours))


def _speaks_of(config: Config, environment: Environment, changed: Sequence[str]) -> bool:
    folder = _named(config, config.folder_of(environment))
    return any(name == environment.included or name.startswith(f"{folder}/") for name in changed)


def _named(config: Config, path: Path) -> str:
    return path.relative_to(config.root).as_posix()
