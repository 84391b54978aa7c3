"""`offerctl state push`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app import restore as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@environment_option
@pass_session
def push(session: Session, *, file: Path, env: str | None) -> Exit:
    """Bring back what the state document FILE knew.

    FILE is a copy made by `offerctl state pull`. As with restore, every listing of it and of the state as it is
    becomes in doubt, and the next apply settles it.
    """
    return use_case.push(Workspace.open(session, env), file)
