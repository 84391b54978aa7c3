"""What `offerctl state status`, `list`, `show` and `pull` do: tell what is believed. They write nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from offerctl.app.elsewhere import refuse_moved
from offerctl.app.first_run import refuse_first_run
from offerctl.app.liveness import look
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit
from offerctl.render import state_text, status_text
from offerctl.state import State, document, edits
from offerctl.state.claims import as_waited_for


def show_status(workspace: Workspace, *, as_json: bool) -> Exit:
    """Tell who holds the state and what is open in it; exit 3 beside a run that may live.

    Raises:
        StateError: the state cannot be used.
    """
    console, found = workspace.console, workspace.read_state()
    state, location = found[0] if found else None, workspace.environment.state
    liveness = look(workspace, state)
    if as_json:
        console.document(status_text.json(state, liveness, workspace.home, location))
    elif state is None:
        console.out(_no_state(workspace))
    else:
        now = datetime.now(UTC)
        waited_for = as_waited_for(state, workspace.longest_wait(liveness), now)
        console.out(status_text.text(waited_for, liveness, location, now=now, style=console.style))
    return Exit.TRY_AGAIN if liveness.may_live else Exit.OK


def _no_state(workspace: Workspace) -> str:
    return f"There is no state of {workspace.environment.name} yet: nothing was applied."


def list_listings(workspace: Workspace, format_: str) -> Exit:
    """Tell what is believed of every listing, deleted ones too.

    Raises:
        StateError: the state cannot be used.
    """
    console, found = workspace.console, workspace.read_state()
    if format_ == "json":
        console.document(state_text.table_json(found[0] if found else None, workspace.home))
    elif found is None:
        console.out(_no_state(workspace))
    else:
        now = datetime.now(UTC)
        console.out(state_text.table(_waited_for(workspace, found[0], now), now=now, style=console.style))
    return Exit.OK


def show_listing(workspace: Workspace, offering_id: str, format_: str) -> Exit:
    """Tell all that is believed of one listing.

    Raises:
        UsageError: the state knows no such listing.
        StateError: the state cannot be used.
    """
    console, found = workspace.console, workspace.read_state()
    belief = edits.belief_of(found[0] if found else workspace.new_state(), offering_id)
    if format_ == "json":
        console.document(state_text.one_json(offering_id, belief))
    else:
        now = datetime.now(UTC)
        if found:
            belief = _waited_for(workspace, found[0], now).listings[offering_id]
        console.out(state_text.one(offering_id, belief, now=now, style=console.style))
    return Exit.OK


def _waited_for(workspace: Workspace, state: State, now: datetime) -> State:
    """The state with its quiet periods as apply, begun now, waits for them: one moment in all that is told."""
    return as_waited_for(state, workspace.longest_wait(look(workspace, state)), now)


def pull(workspace: Workspace) -> Exit:
    """Print the state document, byte for byte where that does no harm; a damaged one must not pass for a copy.

    Raises:
        UsageError: there is no state.
        StateError: it cannot be used.
    """
    found = workspace.backend.read()
    if found is None:
        refuse_first_run(workspace)
        raise workspace.no_state()
    refuse_moved(workspace, workspace.parsed(found[0]))
    workspace.console.data(document.harmless(found[0]))
    return Exit.OK
