"""`offerctl plan`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.plan import explain_change, show_plan
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.completion import offering_ids
from offerctl.cli.options import (
    all_option,
    environment_option,
    format_option,
    pass_session,
    refuse_beside_all,
    selecting_options,
)
from offerctl.errors import Exit
from offerctl.plan import Options


@click.command()
@environment_option
@all_option
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply exactly it.")
@format_option("text", "markdown", "json")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something is not as the files say.")
@click.option(
    "--why",
    metavar="ID",
    shell_complete=offering_ids,
    help="Explain one listing instead: file, belief, rule, request.",
)
@selecting_options
@pass_session
def plan(
    session: Session,
    *,
    env: str | None,
    all_: bool,
    out: Path | None,
    format_: str,
    detailed_exitcode: bool,
    why: str | None,
    options: Options,
) -> Exit:
    """Show what apply would do.

    It reads the offering files and the state, sends nothing and writes no state. --why ID explains one listing in
    the place of the plan: --out, --detailed-exitcode and other formats than text cannot stand beside it.

    With --all every environment is planned, each by itself; the plans with changes are printed, then a table.
    """
    if all_:
        from offerctl.app.fleet.whole import plan_all  # noqa: PLC0415 - a plan of one environment is to begin quickly

        refuse_beside_all(**{"--out": out, "--why": why})
        return plan_all(session, options, format_=format_, detailed_exitcode=detailed_exitcode)
    if why is not None:
        _check_alone(out=out, format_=format_, detailed_exitcode=detailed_exitcode)
        return explain_change(Workspace.open(session, env), options, why)
    return show_plan(
        Workspace.open(session, env), options, format_=format_, out=out, detailed_exitcode=detailed_exitcode
    )


def _check_alone(*, out: Path | None, format_: str, detailed_exitcode: bool) -> None:
    """An explanation is text about one listing: what asks for the plan itself must not be dropped in silence."""
    given = {
        "--out": out is not None,
        f"--format {format_}": format_ != "text",
        "--detailed-exitcode": detailed_exitcode,
    }
    if asked := [option for option, is_given in given.items() if is_given]:
        raise click.UsageError(
            "--why explains one listing, as text, in the place of the plan: it cannot stand beside "
            f"{' and '.join(asked)}."
        )
