"""`offerctl state list`."""

from __future__ import annotations

import click

from offerctl.app.look import list_listings
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, format_option, pass_session
from offerctl.errors import Exit


@click.command("list")
@environment_option
@format_option("text", "json")
@pass_session
def list_(session: Session, *, env: str | None, format_: str) -> Exit:
    """List what is believed of every listing, deleted ones too."""
    return list_listings(Workspace.open(session, env, retired=True), format_)
