"""`offerctl ci plan`."""

from __future__ import annotations

import click

from offerctl.app.ci.plan import Planning
from offerctl.app.session import Session
from offerctl.cli.options import environment_option, job_at_work, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@pass_session
def plan(session: Session, *, env: str | None) -> Exit:
    """Tell a pull request what merging it will do.

    Nothing is sent and no state is written. There is one comment, edited in place; the job's summary has the same.
    """
    with job_at_work(session):
        return Planning.open(session, env)()
