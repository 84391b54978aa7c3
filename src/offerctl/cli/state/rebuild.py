"""`offerctl state rebuild`."""

from __future__ import annotations

import click

from offerctl.app import rebuild as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@click.option("--yes", is_flag=True, help="Do not ask, even where there is a state.")
@pass_session
def rebuild(session: Session, *, env: str | None, yes: bool) -> Exit:
    """Make a lost state anew from git's history.

    Every id that a file of the offerings folder ever had, in the history of the commit that is checked out and in
    the folder as it is, becomes in doubt; the next apply settles those that have a file, and deletes the others.
    What was applied from files that were never committed is not found. Where versions of the state are kept,
    restore is better.
    """
    return use_case.rebuild(Workspace.open(session, env), yes=yes)
