"""`offerctl explain`."""

from __future__ import annotations

import click

from offerctl.app.explain import explain_code
from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("code")
@pass_session
def explain(session: Session, *, code: str) -> Exit:
    """Say what a problem CODE such as OFR104 means, and what to write."""
    return explain_code(session, code)
