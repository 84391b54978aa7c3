"""`offerctl environments`."""

from __future__ import annotations

import click

from offerctl.app.fleet.environments import show_environments
from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@click.option("--changed", metavar="COMMIT", help="Only those whose files are not as in this commit.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for a workflow's matrix.")
@pass_session
def environments(session: Session, *, changed: str | None, as_json: bool) -> Exit:
    """List the environments of the configuration.

    With --json all but the embedded Marketplace, as `strategy.matrix` of a workflow takes them: fromJSON of it
    gives a job for each, with matrix.environment as its name. With --changed HEAD^1 only those whose offering
    files or settings a merge changed: all of them where it changed what they share.
    """
    return show_environments(session, as_json=as_json, changed=changed)
