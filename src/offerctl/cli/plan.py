"""`offerctl plan`: what apply would do. It sends nothing and writes no state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from offerctl.cli.common import Session, environment_option, format_option, pass_session, selecting_options
from offerctl.errors import Exit

if TYPE_CHECKING:
    from offerctl.plan import Options


@click.command()
@environment_option
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply exactly it.")
@format_option("text", "markdown", "json")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@selecting_options
@pass_session
def plan(
    session: Session,
    *,
    env: str | None,
    out: Path | None,
    format_: str,
    detailed_exitcode: bool,
    options: Options,
) -> Exit:
    """Show what apply would do.

    It reads the offering files and the state, sends nothing and writes no state.
    """
    from offerctl.cli.workspace import (  # noqa: PLC0415 - help needs none of it
        Workspace,
        print_plan,
        tell_refusals,
        warn_of_run,
        write_whole,
    )

    workspace, console = Workspace.open(session, env), session.console
    desired = workspace.catalogue().desired
    found = workspace.read_state()
    state = found[0] if found else None
    warn_of_run(state, console)
    made = workspace.make_plan(options, state, desired)
    print_plan(made, format_, console)
    if tell_refusals(made, console):
        return Exit.ERROR
    if out is not None:
        from offerctl.render import plan_json  # noqa: PLC0415 - only for a plan that is saved

        write_whole(session.directory / out, plan_json.encode(made))
        if format_ == "text":
            console.info(f"\nSaved to {out}. To run exactly this: offerctl apply {out}")
    return Exit.CHANGES if detailed_exitcode and not made.empty else Exit.OK
