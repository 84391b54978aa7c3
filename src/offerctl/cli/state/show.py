"""`offerctl state show`."""

from __future__ import annotations

import click

from offerctl.app.look import show_listing
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.completion import offering_ids
from offerctl.cli.options import environment_option, format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("offering_id", metavar="ID", shell_complete=offering_ids)
@environment_option
@format_option("text", "json")
@pass_session
def show(session: Session, *, offering_id: str, env: str | None, format_: str) -> Exit:
    """Show all that is believed of the listing ID."""
    return show_listing(Workspace.open(session, env, retired=True), offering_id, format_)
