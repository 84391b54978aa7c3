"""`offerctl history`: past runs, or one listing's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, format_option, pass_session
from offerctl.errors import UsageError

if TYPE_CHECKING:
    from offerctl.app.workspace import Workspace
    from offerctl.state import State


@click.command()
@click.argument("offering_id", metavar="[ID]", required=False)
@environment_option
@format_option("text", "json")
@pass_session
def history(session: Session, *, offering_id: str | None, env: str | None, format_: str) -> None:
    """Show past runs, or the life of the listing ID, the newest first.

    It reads the kept versions of the state; each has a serial, which `offerctl state restore` takes. A state in a
    file keeps the last 20 versions, one on a git branch keeps all.
    """
    from offerctl.app.workspace import Workspace  # noqa: PLC0415 - help needs none of it
    from offerctl.render import history as render  # noqa: PLC0415 - as above
    from offerctl.state import history as past  # noqa: PLC0415 - as above

    workspace, console = Workspace.open(session, env), session.console
    states = _kept(workspace)
    if offering_id is None:
        runs = past.runs(states)
        console.out(
            render.runs_json(runs, workspace.home)
            if format_ == "json"
            else render.runs_text(runs, workspace.home, console.style)
        )
        return
    life = past.life(states, offering_id)
    if not life and not any(offering_id in state.listings for state in states):
        raise UsageError(
            f"no kept version of the state of {workspace.environment.name} knows a listing {offering_id}",
            hint=f"To see all that are known: offerctl state list -e {workspace.environment.name}",
        )
    console.out(
        render.life_json(life, offering_id, workspace.home)
        if format_ == "json"
        else render.life_text(life, offering_id, workspace.home, console.style)
    )


def _kept(workspace: Workspace) -> list[State]:
    """Every kept version that can be read, the newest first."""
    from offerctl.app.edit_state import parsed  # noqa: PLC0415 - as above

    states: list[State] = []
    for version in workspace.backend.history():
        if (state := parsed(version)) is not None:
            states.append(state)
        else:
            workspace.console.warn(f"The version with serial {version.serial} cannot be read.")
    return states
