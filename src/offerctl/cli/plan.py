"""`offerctl plan`: what apply would do. It sends nothing and writes no state."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, format_option, pass_session, selecting_options
from offerctl.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from offerctl.app.workspace import Workspace
    from offerctl.offering import Desired
    from offerctl.plan import Options, Plan
    from offerctl.state import State


@click.command()
@environment_option
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan, to apply exactly it.")
@format_option("text", "markdown", "json")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when something is not as the files say.")
@click.option("--why", metavar="ID", help="Explain one listing: file, belief, rule, request.")
@selecting_options
@pass_session
def plan(
    session: Session,
    *,
    env: str | None,
    out: Path | None,
    format_: str,
    detailed_exitcode: bool,
    why: str | None,
    options: Options,
) -> Exit:
    """Show what apply would do.

    It reads the offering files and the state, sends nothing and writes no state.
    """
    from offerctl.app.liveness import Pulse, at_work, pulse  # noqa: PLC0415 - help needs none of it, as below
    from offerctl.app.plan_output import print_plan, tell_refusals, warn_of_run  # noqa: PLC0415
    from offerctl.app.workspace import Workspace  # noqa: PLC0415

    workspace, console = Workspace.open(session, env), session.console
    if out is not None:
        from offerctl.app import save_plan  # noqa: PLC0415 - only for a plan that is saved, as below

        save_plan.check(workspace, out)
    desired = workspace.catalogue().desired
    found = workspace.read_state()
    state = found[0] if found else None
    beat = pulse(workspace, state)
    warn_of_run(state, console, dead=beat is Pulse.DEAD)
    made = workspace.make_plan(options, state, desired)
    if why is not None:
        console.out(_explained(why, workspace, made, state, desired))
        return Exit.OK
    print_plan(made, format_, console, at_work=at_work(state) if state and beat is Pulse.LIVES else frozenset())
    if tell_refusals(made, console):
        return Exit.ERROR
    if out is not None:
        from offerctl.app import save_plan  # noqa: PLC0415

        save_plan.save(workspace, out, made)
        if format_ == "text":
            console.info(f"\nSaved to {out}. To run exactly this: offerctl apply {shlex.quote(str(out))}")
    return Exit.CHANGES if detailed_exitcode and not made.as_wanted else Exit.OK


def _explained(
    id_: str, workspace: Workspace, made: Plan, state: State | None, desired: Mapping[str, Desired]
) -> str:
    from datetime import UTC, datetime  # noqa: PLC0415 - only where it is asked for, as the one below

    from offerctl.render.why import why  # noqa: PLC0415

    belief = state.listings.get(id_) if state else None
    if id_ not in desired and belief is None:
        raise UsageError(f"--why {id_}: no offering file and no listing has this id")
    return why(
        id_,
        made,
        desired.get(id_),
        belief,
        collection=workspace.environment.collection,
        now=datetime.now(UTC),
        last_run=state.last_run if state else None,
        style=workspace.console.style,
    )
