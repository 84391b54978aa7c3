"""`offerctl history`."""

from __future__ import annotations

import click

from offerctl.app.history import show_life, show_runs
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("offering_id", metavar="[ID]", required=False)
@environment_option
@format_option("text", "json")
@pass_session
def history(session: Session, *, offering_id: str | None, env: str | None, format_: str) -> Exit:
    """Show past runs, or the life of the listing ID, the newest first.

    It reads the kept versions of the state; each has a serial, which `offerctl state restore` takes. A state in a
    file keeps the last 20 versions, one on a git branch keeps all.
    """
    workspace = Workspace.open(session, env)
    if offering_id is None:
        return show_runs(workspace, format_)
    return show_life(workspace, offering_id, format_)
