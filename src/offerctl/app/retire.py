"""What `offerctl state retire` does: every listing of an environment is deleted, and its state closed.

Closed is what the state is from the first write on, the run's intent: however the run ends, no plan, apply or
workflow adds again what it deleted. The same command goes on with what is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.app.apply import execute, specify, tell_report
from offerctl.app.confirm import said_yes
from offerctl.app.execute import exit_code
from offerctl.app.holding import NOTHING_SENT, Hold, Patience, holding
from offerctl.app.plan_output import print_plan, tell_refusals
from offerctl.app.workspace import Workspace
from offerctl.config.credentials import Credentials
from offerctl.errors import Exit, UsageError
from offerctl.plan import Action, Guards, Options, Origin, Plan, make
from offerctl.render.style import sanitize
from offerctl.render.words import counted, ids, when
from offerctl.state import State, Status
from offerctl.state.backend import Version
from offerctl.state.claims import Liveness

_REASON = "the environment is retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    state: State
    version: Version
    plan: Plan


def retire(workspace: Workspace, *, auto_approve: bool, patience: float) -> Exit:
    """Print what is deleted, ask, delete it, and leave the state closed; `patience` in seconds for another run.

    Raises:
        UsageError: there is no state, or nobody can be asked.
        StateLocked: another run is at work, and the patience is over.
        OfferctlError: state or configuration cannot be used.
    """
    if not (auto_approve or workspace.console.interactive):
        raise UsageError(
            "There is no terminal to ask at, and nothing was approved.",
            hint="If that is what you want: --auto-approve",
        )
    with holding(workspace, Patience(nothing=NOTHING_SENT, seconds=patience, waits=True)) as hold:
        stored = hold.await_end()
        if stored is None:
            raise workspace.no_state()
        found = _Found(
            state=stored[0], version=stored[1], plan=_plan(workspace, stored[0], hold.liveness(stored[0]))
        )
        if found.plan.empty and found.state.closed is not None:
            return _tell_done(workspace, found.state)
        if not found.plan.empty:
            print_plan(found.plan, "text", workspace.console, remediation=False)
        if tell_refusals(found.plan, workspace.console):
            return Exit.ERROR
        credentials = workspace.credentials() if found.plan.changes else None
        if not (auto_approve or said_yes(workspace.console, f"\n{_question(found)}", nothing=NOTHING_SENT)):
            workspace.console.info(f"Nothing was approved, {NOTHING_SENT.lower()}")
            return Exit.ERROR
        return _run(workspace, hold, found, credentials)


def _plan(workspace: Workspace, state: State, former: Liveness) -> Plan:
    """Everything goes: naming the command permits that, but for what is protected. No file is read."""
    environment = workspace.environment
    made = make(
        {},
        state,
        home=workspace.home,
        options=Options(allow_deletes="all"),
        guards=Guards(ephemeral=environment.ephemeral),
        origin=Origin(),
        api=environment.dialect.document(),
        standards=workspace.config.standards,
    )
    said = (replace(c, reason=_REASON) if c.action is Action.DELETE else c for c in made.changes)
    way = "Set `protect: false` in its file and apply that first, then retire."
    refused = (refusal._replace(hint=way) if refusal.code == "protected" else refusal for refusal in made.refusals)
    longest = workspace.longest_wait(former)
    return replace(made, changes=tuple(said), refusals=tuple(refused), longest_wait=longest)


def _question(found: _Found) -> str:
    name = sanitize(found.state.home.environment)
    gone = counted(len(found.plan.disappearing), "listing")
    return (
        f'Retire {name}? {gone} will disappear, and no run begins on its state any more.\nOnly "yes" goes ahead:'
    )


def _run(workspace: Workspace, hold: Hold, found: _Found, credentials: Credentials | None) -> Exit:
    """The plan as a run of a state that is closed from its first write on."""
    state = replace(found.state, closed=found.state.closed or datetime.now(UTC))
    if found.plan.changes:
        workspace.console.info()  # before the progress
    spec = specify(workspace, hold, found.plan, state, None)
    report = execute(workspace, spec, found.version, credentials)
    code = tell_report(workspace, report) if found.plan.changes else exit_code(report)
    if code is Exit.OK:
        return _tell_done(workspace, state)
    again = f"offerctl state retire -e {workspace.environment.name}"
    workspace.console.info(
        f"\nWhat is left of {workspace.environment.name} is deleted by the same command: {again}"
    )
    return code


def _tell_done(workspace: Workspace, state: State) -> Exit:
    console, name = workspace.console, workspace.environment.name
    assert state.closed is not None
    console.out(f"{name} is retired since {when(state.closed)}: nothing of it is left, and its state is closed.")
    contested = [id_ for id_, belief in state.listings.items() if belief.status is Status.CONTESTED]
    if contested:
        console.info(f"Contested, and so not deleted, as they may be somebody else's: {ids(contested)}")
    return Exit.OK
