"""`offerctl plan`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.plan import explain_change, show_plan
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, format_option, pass_session, selecting_options
from offerctl.errors import Exit
from offerctl.plan import Options


@click.command()
@environment_option
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply exactly it.")
@format_option("text", "markdown", "json")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something is not as the files say.")
@click.option("--why", metavar="ID", help="Explain one listing: file, belief, rule, request.")
@selecting_options
@pass_session
def plan(
    session: Session,
    *,
    env: str | None,
    out: Path | None,
    format_: str,
    detailed_exitcode: bool,
    why: str | None,
    options: Options,
) -> Exit:
    """Show what apply would do.

    It reads the offering files and the state, sends nothing and writes no state.
    """
    workspace = Workspace.open(session, env)
    if why is not None:
        return explain_change(workspace, options, why)
    return show_plan(workspace, options, format_=format_, out=out, detailed_exitcode=detailed_exitcode)
