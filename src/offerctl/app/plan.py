"""What `offerctl plan` does: tell what apply would do. It sends nothing and writes no state."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from offerctl.app.checkout import OfferingFiles
from offerctl.app.liveness import look
from offerctl.app.plan_output import print_plan, tell_refusals, warn_of_run
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, OfferctlError, UsageError
from offerctl.plan import Options, Plan
from offerctl.state import State

UNPROBED = "nobody has found out yet how this Marketplace speaks"


def show_plan(
    workspace: Workspace, options: Options, *, format_: str, out: Path | None, detailed_exitcode: bool
) -> Exit:
    """Print the plan, then what refuses it; save it to `out`. With `detailed_exitcode` changes are exit 2.

    Raises:
        UsageError: `out` cannot be written, or an option names an id that nobody knows.
        OfferctlError: files, state or configuration cannot be used.
    """
    console = workspace.console
    save = None if out is None else _saver(workspace, out)
    made = read_and_plan(workspace, options)
    print_plan(made.plan, format_, console, at_work=made.at_work)
    if format_ == "text":
        _tell_unprobed(workspace)
    if tell_refusals(made.plan, console):
        return Exit.ERROR
    if save is not None:
        save(made.plan)
        if format_ == "text":
            console.info(f"\nSaved to {out}. To run exactly this: offerctl apply {shlex.quote(str(out))}")
    return Exit.CHANGES if detailed_exitcode and not made.plan.as_wanted else Exit.OK


def _saver(workspace: Workspace, out: Path) -> Callable[[Plan], None]:
    """What saves a plan to `out`, which is refused before anything is printed.

    Raises:
        UsageError: it cannot be written.
    """
    from offerctl.app import plan_file  # noqa: PLC0415 - most plans are only looked at

    plan_file.check(workspace, out)
    return partial(plan_file.save, workspace, out)


def explain_change(workspace: Workspace, options: Options, offering_id: str) -> Exit:
    """Tell why the plan does to one listing what it does: its file, belief, rule and request.

    Raises:
        UsageError: no file and no listing has this id.
        OfferctlError: files, state or configuration cannot be used.
    """
    from offerctl.render.why import why  # noqa: PLC0415 - it takes the run's own steps, and a plan needs none

    made = read_and_plan(workspace, options)
    state = made.state
    belief = state.listings.get(offering_id) if state else None
    if offering_id not in made.files.desired and belief is None:
        raise UsageError(f"--why {offering_id}: no offering file and no listing has this id")
    workspace.console.out(
        why(
            offering_id,
            made.plan,
            made.files.desired.get(offering_id),
            belief,
            dialect=workspace.environment.dialect,
            now=datetime.now(UTC),
            last_run=state.last_run if state else None,
            style=workspace.console.style,
        )
    )
    return Exit.OK


def _tell_unprobed(workspace: Workspace) -> None:
    """One line where nobody has said how this Marketplace speaks: then every setting of that is a guess."""
    environment = workspace.environment
    if not environment.is_local and environment.api_keys is None:
        table = f"[environments.{environment.name}.api]"
        workspace.console.warn(
            f"{UNPROBED} ({table} is not there): offerctl probe, on its sandbox, writes that table"
        )


class Made(NamedTuple):
    """A plan with what it was made of, and the ids at which another run is at work."""

    plan: Plan
    files: OfferingFiles
    state: State | None
    at_work: frozenset[str]


def read_and_plan(workspace: Workspace, options: Options) -> Made:
    """The plan of the files and the state as they are; what a reader should know beside it is told.

    Raises:
        OfferctlError: files, state or configuration cannot be used.
    """
    state = _read_state(workspace)
    files = workspace.catalogue(state, workspace.copy)
    at_work = warn_of_run(workspace, state)
    plan = workspace.make_plan(options, state, files, former=look(workspace, state))
    _warn_of_commit(workspace, plan, state)
    return Made(
        plan=plan,
        files=files,
        state=state,
        at_work=at_work,
    )


def _read_state(workspace: Workspace) -> State | None:
    """The state; where it cannot be used, what is wrong with the files is told first."""
    try:
        found = workspace.read_state()
    except OfferctlError:
        workspace.catalogue()
        raise
    return found[0] if found else None


def _warn_of_commit(workspace: Workspace, plan: Plan, state: State | None) -> None:
    """That the files would undo what was applied: a plan is only looked at, apply refuses it."""
    if plan.empty:
        return
    from offerctl.app.older import refuse_older  # noqa: PLC0415 - an empty plan undoes nothing

    for refusal in refuse_older(workspace, plan, state).refusals:
        if refusal.code == "older":
            workspace.console.warn(f"{refusal.message} apply refuses it. {refusal.hint}")
