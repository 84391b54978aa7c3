"""`offerctl state restore`."""

from __future__ import annotations

import click

from offerctl.app import restore as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("serial", metavar="N", type=click.IntRange(min=0))
@environment_option
@pass_session
def restore(session: Session, *, serial: int, env: str | None) -> Exit:
    """Bring back what the kept version with serial N knew.

    `offerctl history` lists the versions. It works where the state is gone or damaged, too. What comes back are
    beliefs, not facts: every listing of that version and of the state as it is becomes in doubt, and the next
    apply settles it.
    """
    return use_case.restore(Workspace.open(session, env), serial)
