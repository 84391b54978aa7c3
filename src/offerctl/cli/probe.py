"""`offerctl probe`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.probe.probe import Wishes
from offerctl.app.probe.probe import probe as find_out
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Every answer as JSON, without credentials: fit to be sent to the vendor.",
)
@click.option("--write", is_flag=True, help="Put what was learned into the configuration file.")
@click.option(
    "--yes-this-creates-a-listing",
    "creates",
    is_flag=True,
    help="Also where nothing says that the Marketplace is there for trials.",
)
@pass_session
def probe(session: Session, *, env: str | None, report: Path | None, write: bool, creates: bool) -> Exit:
    """Find out how a Marketplace speaks, by a listing of its own.

    In at most 25 requests and about a minute it adds one listing, patches it and deletes it again, asks for what
    is not there and leaves things out, and tells what that teaches of each setting of the table
    [environments.ENV.api]. It needs ephemeral = true, as a sandbox has, or --yes-this-creates-a-listing.

    What you wrote into the table stays as it is. The trial listing goes through the state as any other does, so
    the next probe or apply deletes what a probe that was cut off has left.
    """
    return find_out(Workspace.open(session, env), Wishes(report=report, write=write, creates=creates))
