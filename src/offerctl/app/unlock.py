"""What `offerctl state unlock` does: the lease of a run that is surely dead ends."""

from __future__ import annotations

from offerctl.app.edit_state import editing_state, remediation
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit
from offerctl.render.style import sanitize
from offerctl.render.words import counted
from offerctl.state import edits


def unlock(workspace: Workspace, run: str) -> Exit:
    """End the lease of the run with this id, or with these first digits of it.

    Raises:
        UsageError: there is no state, or no such run holds its lease.
        StateLocked: a living process of this machine has the state.
    """
    console = workspace.console
    with editing_state(workspace) as work:
        state, version = workspace.existing_state()
        claim = state.run
        after = edits.unlock(state, run, work.record())
        work.write(after, version)
    assert claim is not None
    console.out(f"Unlocked: the lease of run {sanitize(claim.id)} ({sanitize(claim.who)}) has ended.")
    if after.last_run and (left := len(after.last_run.changes)):
        console.info(
            f"It left {counted(left, 'listing')} in doubt, to be settled by the next apply.\n{remediation(after)}"
        )
    return Exit.OK
