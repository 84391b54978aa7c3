"""`offerctl state retire`."""

from __future__ import annotations

import click

from offerctl.app import retire as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import auto_approve_option, environment_option, lock_timeout_option, pass_session
from offerctl.errors import Exit


@click.command()
@environment_option
@auto_approve_option
@lock_timeout_option
@pass_session
def retire(session: Session, *, env: str | None, auto_approve: bool, lock_timeout: float) -> Exit:
    """Delete every listing of an environment, and close its state.

    Prints the plan and asks before anything is sent. It may delete all there is, whatever max_deletes says; only
    what is protected is refused. The state is closed from then on: plan, apply and import refuse it, so that no
    run adds again what this one deletes. What was not done is done by running it again.

    This command alone of `offerctl state` calls the Marketplace.
    """
    return use_case.retire(
        Workspace.open(session, env, retired=True), auto_approve=auto_approve, patience=lock_timeout
    )
