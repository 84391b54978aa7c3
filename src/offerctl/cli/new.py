"""`offerctl new`."""

from __future__ import annotations

import click

from offerctl.app.new_offering import new_offering
from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("offering_id", metavar="ID")
@pass_session
def new(session: Session, *, offering_id: str) -> Exit:
    """Write the file of a new offering ID, to be filled in.

    Its values are left empty, so that nothing can be listed by mistake: `validate` names those that are missing.
    """
    return new_offering(session, offering_id)
