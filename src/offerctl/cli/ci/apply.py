"""`offerctl ci apply`."""

from __future__ import annotations

import click

from offerctl.app.ci.apply import Delivery
from offerctl.app.session import Session
from offerctl.cli.ci.at_work import job_at_work
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@click.option("--accept", metavar="DIGEST", help="Also make the changes of this plan, which nobody reviewed.")
@pass_session
def apply(session: Session, *, env: str | None, accept: str | None) -> Exit:
    """Apply what was reviewed, after the merge.

    Changes that were not in the plan on their pull request are not made but named, with the DIGEST that accepts
    them. An accepted plan may delete more than the environment allows.
    """
    with job_at_work(session):
        return Delivery.open(session, env, accept=accept)()
