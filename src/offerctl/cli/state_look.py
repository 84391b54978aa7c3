"""`offerctl state list`, `show` and `pull`: what is believed."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, format_option, pass_session
from offerctl.errors import UsageError


@click.command("list")
@environment_option
@format_option("text", "json")
@pass_session
def list_(session: Session, *, env: str | None, format_: str) -> None:
    """List what is believed of every listing, deleted ones too."""
    from offerctl.app.workspace import Workspace  # noqa: PLC0415 - help needs none of it, here and below
    from offerctl.render import state_text  # noqa: PLC0415

    workspace, console = Workspace.open(session, env), session.console
    found = workspace.read_state()
    if format_ == "json":
        console.data(state_text.table_json(found[0] if found else None, workspace.home))
    elif found is None:
        console.out(f"There is no state of {workspace.environment.name} yet: nothing was applied.")
    else:
        console.out(state_text.table(found[0], now=datetime.now(UTC), style=console.style))


@click.command()
@click.argument("offering_id", metavar="ID")
@environment_option
@format_option("text", "json")
@pass_session
def show(session: Session, *, offering_id: str, env: str | None, format_: str) -> None:
    """Show all that is believed of the listing ID."""
    from offerctl.app.workspace import Workspace  # noqa: PLC0415
    from offerctl.render import state_text  # noqa: PLC0415
    from offerctl.state import edits  # noqa: PLC0415

    workspace, console = Workspace.open(session, env), session.console
    found = workspace.read_state()
    belief = edits.belief_of(found[0] if found else workspace.new_state(), offering_id)
    if format_ == "json":
        console.data(state_text.one_json(offering_id, belief))
    else:
        console.out(state_text.one(offering_id, belief, now=datetime.now(UTC), style=console.style))


@click.command()
@environment_option
@pass_session
def pull(session: Session, *, env: str | None) -> None:
    """Print the state document, byte for byte.

    To keep a copy: offerctl state pull > FILE
    """
    from offerctl.app.workspace import Workspace  # noqa: PLC0415

    workspace = Workspace.open(session, env)
    found = workspace.backend.read()
    if found is None:
        raise UsageError(f"there is no state of {workspace.environment.name} yet")
    workspace.parsed(found[0])  # a damaged one must not pass for a copy
    session.console.data(found[0])
