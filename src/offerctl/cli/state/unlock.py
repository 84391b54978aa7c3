"""`offerctl state unlock`."""

from __future__ import annotations

import click

from offerctl.app import unlock as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("run", metavar="RUN")
@environment_option
@pass_session
def unlock(session: Session, *, run: str, env: str | None) -> Exit:
    """End the lease of the run RUN, which is surely dead.

    RUN is its id, or the first digits of it (at least 4), as the refusal names it. What that run may have sent
    stays in doubt, and the next apply waits for it all the same.
    """
    return use_case.unlock(Workspace.open(session, env, retired=True), run)
