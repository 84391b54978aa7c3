"""`offerctl show`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.session import Session
from offerctl.app.show import show_saved_plan
from offerctl.cli.options import format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@format_option("text", "markdown", "json")
@pass_session
def show(session: Session, *, file: Path, format_: str) -> Exit:
    """Show a saved plan, as it was made."""
    return show_saved_plan(session, file, format_)
