"""`offerctl explain`: a problem code in full."""

from __future__ import annotations

import click

from offerctl.app.session import Session
from offerctl.cli.options import pass_session


@click.command()
@click.argument("code")
@pass_session
def explain(session: Session, *, code: str) -> None:
    """Say what a problem CODE such as OFR104 means, and what to write."""
    from offerctl.catalog.codes import find  # noqa: PLC0415 - only here
    from offerctl.render.problems import explained  # noqa: PLC0415 - only here

    session.console.out(explained(find(code), session.console.style))
