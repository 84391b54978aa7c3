"""What `offerctl history` does: past runs, or one listing's life, from the kept versions of the state."""

from __future__ import annotations

from offerctl.app.edit_state import parsed
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, UsageError
from offerctl.render import history as render
from offerctl.state import State
from offerctl.state import history as past


def show_runs(workspace: Workspace, format_: str) -> Exit:
    """Tell what the kept versions of the state know of past runs, the newest first.

    Raises:
        StateUnavailable: they cannot be reached.
    """
    console, runs = workspace.console, past.runs(_kept(workspace))
    if format_ == "json":
        console.document(render.runs_json(runs, workspace.home))
    else:
        console.out(render.runs_text(runs, workspace.home, console.style))
    return Exit.OK


def show_life(workspace: Workspace, offering_id: str, format_: str) -> Exit:
    """Tell what runs did to one listing, the newest first.

    Raises:
        UsageError: no kept version knows it.
        StateUnavailable: they cannot be reached.
    """
    console, states = workspace.console, _kept(workspace)
    life = past.life(states, offering_id)
    if not life and not any(offering_id in state.listings for state in states):
        raise UsageError(
            f"no kept version of the state of {workspace.environment.name} knows a listing {offering_id}",
            hint=f"To see all that are known: offerctl state list -e {workspace.environment.name}",
        )
    if format_ == "json":
        console.document(render.life_json(life, offering_id, workspace.home))
    else:
        console.out(render.life_text(life, offering_id, workspace.home, console.style))
    return Exit.OK


def _kept(workspace: Workspace) -> list[State]:
    """Every kept version that can be read, the newest first."""
    states: list[State] = []
    for version in workspace.backend.history():
        if (state := parsed(version)) is not None:
            states.append(state)
        else:
            workspace.console.warn(f"The version with serial {version.serial} cannot be read.")
    return states
