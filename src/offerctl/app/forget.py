"""What `offerctl state forget` does: one listing is taken out of the state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from offerctl.app.edit_state import confirmed, editing_state
from offerctl.app.workspace import Workspace
from offerctl.errors import CatalogError, CheckoutError, Exit
from offerctl.render.words import second
from offerctl.state import Belief, Status, edits


def forget(workspace: Workspace, offering_id: str, *, yes: bool) -> Exit:
    """Forget a listing, after a question that names what that means; `yes`: without it.

    Raises:
        UsageError: there is no state, it knows no such listing, or there is nobody to ask.
        StateLocked: another run may be at work.
    """
    console = workspace.console
    with editing_state(workspace) as work:
        state, version = workspace.existing_state()
        work.refuse_live(state)
        belief = edits.belief_of(state, offering_id)
        for line in (*_consequences(offering_id, belief), *_wanted(workspace, offering_id)):
            console.warn(line)
        if not confirmed(console, f"Forget {offering_id} in {workspace.environment.name}?", yes=yes):
            return Exit.ERROR
        work.write(edits.forget(state, offering_id, work.record()), version)
    console.out(f"Forgotten: {offering_id}. The Marketplace was not called.")
    return Exit.OK


def _wanted(workspace: Workspace, offering_id: str) -> Iterator[str]:
    """That a file would bring it back, with its name; files with errors tell none."""
    with suppress(CatalogError, CheckoutError):
        want = workspace.read_files().desired.get(offering_id)
        if want is not None:
            yield (
                f"{want.file} still wants {offering_id}: the next apply would add it again. Delete the file, or "
                "give its offering another offeringId."
            )


def _consequences(offering_id: str, belief: Belief) -> Iterator[str]:
    """What is worth knowing before a listing is forgotten."""
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
