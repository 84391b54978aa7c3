"""`offerctl preview`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.preview import write_preview
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder of the pages, instead of .offerctl/ENV.preview.",
)
@pass_session
def preview(session: Session, *, env: str | None, output: Path | None) -> Exit:
    """Write the Marketplace's page as it will be: what is new, what changes from what to what, and what goes.

    One page in English and one in French, to be opened in any browser; they need no server and load nothing. Like
    a plan it sends nothing and writes no state, and tells changes against what was last confirmed.
    """
    return write_preview(Workspace.open(session, env), output)
