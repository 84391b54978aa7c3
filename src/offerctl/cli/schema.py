"""`offerctl schema`."""

from __future__ import annotations

import click

from offerctl.app.session import Session
from offerctl.app.write_schema import write_schema
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@pass_session
def schema(session: Session) -> Exit:
    """Write the schema that editors use, with the standard courses that the configuration names.

    Needed after a change of [standards] in offerctl.toml: what offerctl itself reads needs no schema file. A
    schema that asks for more than offerctl's own is left as it is.
    """
    return write_schema(session)
