"""`offerctl state forget`."""

from __future__ import annotations

import click

from offerctl.app import forget as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.completion import offering_ids
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("offering_id", metavar="ID", shell_complete=offering_ids)
@environment_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def forget(session: Session, *, offering_id: str, env: str | None, yes: bool) -> Exit:
    """Take the listing ID out of offerctl's hands.

    For a contested listing that is somebody else's, and for one that is handed over. The Marketplace is not
    called: the listing stays there as it is. A file that still wants it would add it again.
    """
    return use_case.forget(Workspace.open(session, env, retired=True), offering_id, yes=yes)
