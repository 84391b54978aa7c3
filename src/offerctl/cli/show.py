"""`offerctl show`: a saved plan."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.session import Session
from offerctl.cli.options import format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@format_option("text", "markdown", "json")
@pass_session
def show(session: Session, *, file: Path, format_: str) -> Exit:
    """Show a saved plan, as it was made."""
    from offerctl.app.plan_output import print_plan, tell_refusals  # noqa: PLC0415 - help needs none of it
    from offerctl.plan import document  # noqa: PLC0415 - as above

    plan = document.load((session.directory / file).read_bytes(), str(file))
    print_plan(plan, format_, session.console)
    return Exit.ERROR if tell_refusals(plan, session.console) else Exit.OK
