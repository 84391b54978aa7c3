"""`offerctl state pull`."""

from __future__ import annotations

import click

from offerctl.app import look
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@pass_session
def pull(session: Session, *, env: str | None) -> Exit:
    """Print the state document, byte for byte.

    To keep a copy: offerctl state pull > FILE
    """
    return look.pull(Workspace.open(session, env))
