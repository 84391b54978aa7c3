"""What `offerctl apply` does, one step after the other; and the steps that the workflows' runs share with it.

`specify`, `execute` and `tell_report` are those steps: from a plan to a run's specification, through the run, to
the words and the exit code of what came of it. `ci apply` and `ci reassert` compose them in their own order.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from offerctl.app import host, plan_file
from offerctl.app.checkout import OfferingFiles
from offerctl.app.confirm import check_can_ask, check_is_read_by_people, said_yes
from offerctl.app.execute import execute_run, exit_code, run_id
from offerctl.app.holding import NOTHING_SENT, Hold, Patience, holding
from offerctl.app.older import refuse_older
from offerctl.app.plan_output import print_plan, tell_refusals
from offerctl.app.progress import Progress
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.config.credentials import Credentials, variables
from offerctl.desired import Wanted
from offerctl.errors import Exit, PlanStale
from offerctl.plan import Options, Plan
from offerctl.render import plan_text, progress, summary
from offerctl.run import Author, Report, Result, RunSpec, Settings, Verdict
from offerctl.state import State
from offerctl.state.backend import Version
from offerctl.state.claims import Liveness


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What was asked of apply. `saved` is the plan to run and no other; `patience` in seconds for another run.

    `until` is when the run must have come to its end, by `time.monotonic` (none: whenever that is).
    """

    options: Options
    saved: Plan | None
    ask: bool
    as_json: bool
    patience: float
    until: float | None = None


def apply(
    session: Session,
    env: str | None,
    planfile: Path | None,
    options: Options,
    *,
    auto_approve: bool,
    as_json: bool,
    parallelism: int | None,
    patience: float,
    max_time: float | None = None,
) -> Exit:
    """What the command does: with a `planfile` exactly that plan, without a question. The times are in seconds.

    After `max_time` the run has come to its end, whatever is left for the next one.

    Raises:
        UsageError: there is something to ask and nobody to answer, or `planfile` is no saved plan or disagrees
            with what stands beside it.
        StateLocked: another run is at work, and the patience is over.
        PlanStale: what was saved is no longer what would be done.
        OfferctlError: files, state or configuration cannot be used.
    """
    saved = None
    if planfile is not None:
        saved = plan_file.load_to_apply(session, planfile, env=env, options=options)
        env, options = saved.home.environment, saved.options
    elif not auto_approve:
        check_is_read_by_people(as_json=as_json)
    asked = _Request(
        options=options,
        saved=saved,
        ask=planfile is None and not auto_approve,
        as_json=as_json,
        patience=patience if max_time is None else min(patience, max_time),
        until=None if max_time is None else time.monotonic() + max_time,
    )
    return _apply(Workspace.open(session, env, parallelism=parallelism), asked)


def _apply(workspace: Workspace, asked: _Request) -> Exit:
    """Plan, ask, run, tell; the exit code.

    Files and commit are read when no other run is at work: one that was waited for may have taken long.
    """
    with holding(workspace, Patience(nothing=NOTHING_SENT, seconds=asked.patience, waits=True)) as hold:
        state, version = hold.await_end() or (None, None)
        files = workspace.valid_files(state)
        plan = workspace.make_plan(asked.options, state, files, former=hold.liveness(state))
        if asked.saved is not None:
            _check_same(asked.saved, plan)
        plan = refuse_older(workspace, plan, state)
        if asked.saved is None and asked.ask and (plan.changes or plan.protections) and not plan.refusals:
            check_can_ask(workspace.console)  # before anything is printed; without a question nobody is needed
        workspace.tell_doubts(files)
        _show(workspace, plan, as_json=asked.as_json)
        if tell_refusals(plan, workspace.console):
            return _refused(workspace, plan, as_json=asked.as_json)
        if plan.empty:
            return _nothing_to_do(workspace, plan, as_json=asked.as_json)
        credentials = workspace.credentials()
        if asked.ask and not _approved(workspace, plan):
            workspace.console.info(f"Nothing was approved, {NOTHING_SENT.lower()}")
            return Exit.ERROR
        if plan.changes and not asked.as_json:
            workspace.console.info()  # before the progress; without any the summary brings its own
        spec = specify(workspace, hold, plan, state, files)
        left = None if asked.until is None else max(asked.until - time.monotonic(), 0.0)
        report = execute(workspace, spec, version, credentials, as_json=asked.as_json, seconds=left)
        return tell_report(workspace, report, as_json=asked.as_json)


def specify(
    workspace: Workspace, hold: Hold, plan: Plan, state: State | None, files: OfferingFiles | None
) -> RunSpec:
    """The run of a plan that was made from this state (none: the first run) and these files, under this hold."""
    desired = files.desired if files else Wanted()
    environment = workspace.environment
    return RunSpec(
        plan=plan,
        read=state or workspace.new_state(),
        settings=Settings(
            lease=environment.lease,
            settle_window=environment.settle_window,
            parallelism=environment.parallelism,
        ),
        author=Author(
            run=run_id(),
            who=host.who(workspace.session.environ),
            boot_id=hold.boot_id,
            commit=None if plan.origin.dirty else plan.origin.commit,
        ),
        started=datetime.now(UTC),
        protect={id_: desired[id_].protect for change in plan.changes if (id_ := change.offering_id) in desired},
        read_as=files.read_as if files else {},
        former_dead=hold.liveness(state) is Liveness.DEAD,
    )


def execute(
    workspace: Workspace,
    spec: RunSpec,
    version: Version | None,
    credentials: Credentials | None,
    *,
    as_json: bool = False,
    seconds: float | None = None,
) -> Report:
    """Run it upon that version of the state (none: there is no state yet), telling its progress.

    Within `seconds` it comes to its end by itself.
    """
    tell = Progress(workspace.console, len(spec.plan.changes), as_json=as_json)
    report = execute_run(workspace, spec, version, credentials=credentials, emit=tell, seconds=seconds)
    tell.close()
    return report


def tell_report(workspace: Workspace, report: Report, *, as_json: bool = False) -> Exit:
    """How a run came out, in words or as the last JSON line; the exit code."""
    code, console = exit_code(report), workspace.console
    if as_json:
        console.document(progress.summary_json(report, code, datetime.now(UTC)))
    else:
        environment = workspace.environment
        names = () if environment.is_local else variables(environment.dialect)
        told = summary.text(report, workspace.home, console.style, variables=names)
        console.out(f"\n{told}")
    return code


def _show(workspace: Workspace, plan: Plan, *, as_json: bool) -> None:
    """The plan; the ways on for contested listings stand at the end alone."""
    if as_json:
        workspace.console.document(progress.plan_json_line(plan, datetime.now(UTC)))
    else:
        print_plan(plan, "text", workspace.console, remediation=False)


def _refused(workspace: Workspace, plan: Plan, *, as_json: bool) -> Exit:
    """The last line for programs; people were told why already."""
    if as_json:
        reason = "this plan is refused"
        results = (Result(change=change, verdict=Verdict.NOT_STARTED, reason=reason) for change in plan.changes)
        tell_report(workspace, Report(run="", results=tuple(results), halted=reason), as_json=True)
    return Exit.ERROR


def _nothing_to_do(workspace: Workspace, plan: Plan, *, as_json: bool) -> Exit:
    contested = tuple(id_ for id_, desired in plan.contested.items() if desired)
    if contested or as_json:
        return tell_report(workspace, Report(run="", results=(), contested=contested), as_json=as_json)
    return Exit.OK


def _approved(workspace: Workspace, plan: Plan) -> bool:
    return said_yes(workspace.console, f"\n{plan_text.question(plan)}", nothing=NOTHING_SENT)


def _check_same(saved: Plan, made: Plan) -> None:
    """Exactly the plan that was saved, from the same files and the same state.

    Raises:
        PlanStale: anything moved on since.
    """
    if saved.api is None:
        raise PlanStale(
            f"The saved plan is of an older offerctl, which did not seal where it goes. {NOTHING_SENT}",
            hint="Make a new plan: offerctl plan --out FILE",
        )
    if saved.home != made.home or saved.api != made.api:
        what = "where or how offerctl writes (base_url, network_key, collection, auth or the table api)"
    elif (saved.lineage, saved.serial) != (made.lineage, made.serial):
        what = "the state"
    elif saved.desired_digest != made.desired_digest:
        what = "the offering files"
    elif saved.digest != made.digest:
        what = "the files or the configuration"
    else:
        return
    raise PlanStale(
        f"The saved plan is stale: {what} changed since it was made. {NOTHING_SENT}",
        hint="Make a new plan: offerctl plan --out FILE",
    )
