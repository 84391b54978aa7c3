"""`offerctl state forget` and `unlock`: what is taken out of the state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit, UsageError

if TYPE_CHECKING:
    from offerctl.app.workspace import Workspace
    from offerctl.state import Belief, State
    from offerctl.state.backend import Version


@click.command()
@click.argument("offering_id", metavar="ID")
@environment_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def forget(session: Session, *, offering_id: str, env: str | None, yes: bool) -> Exit:
    """Take the listing ID out of offerctl's hands.

    For a contested listing that is somebody else's, and for one that is handed over. The Marketplace is not
    called: the listing stays there as it is. A file that still wants it would add it again.
    """
    from offerctl.app.edit_state import confirmed, editing_state  # noqa: PLC0415 - help needs none of it, here and below
    from offerctl.app.workspace import Workspace  # noqa: PLC0415
    from offerctl.state import edits  # noqa: PLC0415

    workspace, console = Workspace.open(session, env), session.console
    with editing_state(workspace) as work:
        state, version = _present(workspace)
        work.refuse_live(state)
        belief = edits.belief_of(state, offering_id)
        for line in _consequences(offering_id, belief):
            console.warn(line)
        if not confirmed(console, f"Forget {offering_id} in {workspace.environment.name}?", yes=yes):
            return Exit.ERROR
        work.write(edits.forget(state, offering_id, work.record()), version)
    console.out(f"Forgotten: {offering_id}. The Marketplace was not called.")
    return Exit.OK


@click.command()
@click.argument("run", metavar="RUN")
@environment_option
@pass_session
def unlock(session: Session, *, run: str, env: str | None) -> None:
    """End the lease of the run RUN, which is surely dead.

    RUN is its id, or the first digits of it (at least 4), as the refusal names it. What that run may have sent
    stays in doubt, and the next apply waits for it all the same.
    """
    from offerctl.app.edit_state import editing_state, remediation  # noqa: PLC0415
    from offerctl.app.workspace import Workspace  # noqa: PLC0415
    from offerctl.render.style import sanitize  # noqa: PLC0415
    from offerctl.render.words import counted  # noqa: PLC0415
    from offerctl.state import edits  # noqa: PLC0415

    workspace, console = Workspace.open(session, env), session.console
    with editing_state(workspace) as work:
        state, version = _present(workspace)
        claim = state.run
        after = edits.unlock(state, run, work.record())
        work.write(after, version)
    assert claim is not None
    console.out(f"Unlocked: the lease of run {sanitize(claim.id)} ({sanitize(claim.who)}) has ended.")
    if after.last_run and (left := len(after.last_run.changes)):
        console.info(
            f"It left {counted(left, 'listing')} in doubt, to be settled by the next apply.\n{remediation(after)}"
        )


def _present(workspace: Workspace) -> tuple[State, Version]:
    found = workspace.read_state()
    if found is None:
        raise UsageError(f"there is no state of {workspace.environment.name} yet")
    return found


def _consequences(offering_id: str, belief: Belief) -> Iterator[str]:
    """What is worth knowing before a listing is forgotten."""
    from offerctl.render.words import second  # noqa: PLC0415
    from offerctl.state import Status  # noqa: PLC0415

    now = datetime.now(UTC)
    quiet = belief.quiet_until if belief.quiet_until and belief.quiet_until > now else None
    if belief.status is Status.MAYBE or quiet:
        until = f" (at the latest until {second(quiet, now)} UTC)" if quiet else ""
        yield (
            f"A request for {offering_id} may still take effect{until}: forgotten, it could appear in the "
            "Marketplace, or change, and nothing would know. It is safer to settle it first with an apply."
        )
    if belief.status is Status.LIVE:
        yield f"{offering_id} is listed, and stays listed: offerctl will neither change nor delete it any more."
