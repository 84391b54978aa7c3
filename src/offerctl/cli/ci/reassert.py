"""`offerctl ci reassert`."""

from __future__ import annotations

import click

from offerctl.app.ci.reassert import Reassertion
from offerctl.app.session import Session
from offerctl.cli.ci.at_work import job_at_work
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@pass_session
def reassert(session: Session, *, env: str | None) -> Exit:
    """Write again what was confirmed.

    Only listings whose file is as it was last confirmed, and deletions: it needs no approval.
    """
    with job_at_work(session):
        return Reassertion.open(session, env)()
