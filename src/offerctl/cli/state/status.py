"""`offerctl state status`."""

from __future__ import annotations

import click

from offerctl.app.look import show_status
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import all_option, environment_option, pass_session, refuse_beside_all
from offerctl.errors import Exit


@click.command()
@environment_option
@all_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
@pass_session
def status(session: Session, *, env: str | None, all_: bool, as_json: bool) -> Exit:
    """Show who holds the state, and what is open in it.

    Exits with 3 while a run lives, or may live: nothing else can be written then.

    With --all there is one line for each environment, and the worst exit code.
    """
    if all_:
        from offerctl.app.fleet.whole import status_all  # noqa: PLC0415 - one environment's is to begin quickly

        refuse_beside_all()
        return status_all(session, as_json=as_json)
    return show_status(Workspace.open(session, env, retired=True), as_json=as_json)
