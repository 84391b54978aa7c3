"""`offerctl init`."""

from __future__ import annotations

import click

from offerctl.app.init_repository import init_repository
from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@pass_session
def init(session: Session) -> Exit:
    """Make this folder a repository that plans on pull requests and applies on merge.

    It writes the folders, the schema, a configuration, workflows for GitHub, editor settings and a page for course
    administrators. What exists is left as it is, so it can be run again.
    """
    return init_repository(session)
