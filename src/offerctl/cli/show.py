"""`offerctl show`: a saved plan."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.cli.common import Session, format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@format_option("text", "markdown", "json")
@pass_session
def show(session: Session, *, file: Path, format_: str) -> Exit:
    """Show a saved plan, as it was made."""
    from offerctl.cli.workspace import print_plan, tell_refusals  # noqa: PLC0415 - help needs none of it
    from offerctl.render import plan_json  # noqa: PLC0415 - as above

    plan = plan_json.load((session.directory / file).read_bytes(), str(file))
    print_plan(plan, format_, session.console)
    return Exit.ERROR if tell_refusals(plan, session.console) else Exit.OK
