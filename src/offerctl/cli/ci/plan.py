"""`offerctl ci plan`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.ci.plan import Planning
from offerctl.app.session import Session
from offerctl.cli.ci.at_work import job_at_work
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@click.option(
    "--preview",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also write the page as it will be there, as `offerctl preview` does.",
)
@pass_session
def plan(session: Session, *, env: str | None, preview: Path | None) -> Exit:
    """Tell a pull request what merging it will do.

    Nothing is sent and no state is written. There is one comment, edited in place; the job's summary has the same.
    """
    with job_at_work(session):
        return Planning.open(session, env, preview=preview)()
