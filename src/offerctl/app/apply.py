"""What `offerctl apply` does, one step after the other, under this machine's lock on the state."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from offerctl.app import host, plan_file
from offerctl.app.confirm import said_yes
from offerctl.app.execute import at_work, await_lease, execute_run, exit_code, jitter, run_id
from offerctl.app.plan_output import print_plan, tell_refusals
from offerctl.app.progress import Progress
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.config.credentials import VARIABLES, Credentials
from offerctl.errors import Exit, PlanStale, StateLocked, UsageError
from offerctl.offering import Desired
from offerctl.plan import Options, Plan
from offerctl.render import plan_text, progress, summary
from offerctl.run import Author, Report, Run, Settings
from offerctl.state import State
from offerctl.state.backend import Version
from offerctl.state.claims import surely_dead

_LOOK_AGAIN = 0.2
"""Seconds between two tries for this machine's lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """One call of apply. `saved` is the plan to run and no other; `patience` in seconds for another run."""

    workspace: Workspace
    options: Options
    saved: Plan | None
    ask: bool
    as_json: bool
    parallelism: int | None
    patience: float

    def __call__(self) -> Exit:
        """Plan, ask, run, tell; the exit code."""
        desired = self.workspace.catalogue().desired
        with self._hold() as lock_free:
            found = self._state(lock_free=lock_free)
            plan = self.workspace.make_plan(self.options, found[0] if found else None, desired)
            if self.saved is not None:
                _check_same(self.saved, plan)
            self._show(plan, remediation=False)
            if tell_refusals(plan, self.workspace.console):
                return Exit.ERROR
            if plan.empty:
                return self._nothing_to_do(plan)
            credentials = self._credentials()
            if self.ask and not self._approved(plan):
                self.workspace.console.info("Nothing was approved, nothing was sent.")
                return Exit.ERROR
            if plan.changes and not self.as_json:
                self.workspace.console.info()  # before the progress; without any the summary brings its own
            machine = self._machine(plan, found[0] if found else None, desired, lock_free=lock_free)
            return self._tell(self._execute(machine, found, credentials))

    def _execute(
        self, machine: Run, found: tuple[State, Version] | None, credentials: Credentials | None
    ) -> Report:
        """Run it, telling its progress."""
        workspace = self.workspace
        tell = Progress(console=workspace.console, total=len(machine.plan.changes), as_json=self.as_json)
        report = execute_run(
            machine,
            workspace.backend,
            found[1] if found else None,
            config=workspace.config,
            environment=replace(workspace.environment, parallelism=machine.settings.parallelism),
            credentials=credentials,
            console=workspace.console,
            emit=tell,
        )
        tell.close()
        return report

    def _credentials(self) -> Credentials | None:
        workspace = self.workspace
        return workspace.config.credentials(workspace.environment, workspace.session.environ)

    @contextmanager
    def _hold(self) -> Iterator[bool]:
        """This machine's lock, waited for as long as the options allow."""
        with ExitStack() as stack:
            yield self._lock(stack)

    def _lock(self, stack: ExitStack) -> bool:
        end = time.monotonic() + self.patience
        while True:
            try:
                return stack.enter_context(self.workspace.backend.hold())
            except StateLocked as error:
                if time.monotonic() >= end:
                    raise self._holder(error) from None
                time.sleep(_LOOK_AGAIN)

    def _holder(self, error: StateLocked) -> StateLocked:
        """The refusal, naming the run that holds the lock where the state tells. To unlock it would be refused."""
        found = self.workspace.read_state()
        claim = found[0].run if found else None
        if claim is None or not surely_dead(claim, lock_free=True, boot_id=host.boot_id()):
            return error
        return StateLocked(
            f"{at_work(claim, self.workspace.environment.name, datetime.now(UTC))}. It lives: a process of this "
            "machine has the state locked. Nothing was sent.",
            hint="Wait for it with --lock-timeout 5m, or end it with Ctrl-C.",
        )

    def _state(self, *, lock_free: bool) -> tuple[State, Version] | None:
        console = self.workspace.console
        said: list[str] = []

        def told(error: StateLocked) -> None:
            if not said:
                said.append(error.message)
                console.status(f"Waiting: {error.message.removesuffix(' Nothing was sent.')}\n")

        return await_lease(
            self.workspace.read_state,
            environment=self.workspace.environment,
            boot_id=host.boot_id(),
            lock_free=lock_free,
            patience=self.patience,
            now=lambda: datetime.now(UTC),
            told=told,
        )

    def _show(self, plan: Plan, *, remediation: bool = True) -> None:
        """The plan; without `remediation` those on for contested listings stand at the end alone."""
        if self.as_json:
            self.workspace.console.out(progress.plan_json_line(plan, datetime.now(UTC)))
        else:
            print_plan(plan, "text", self.workspace.console, remediation=remediation)

    def _nothing_to_do(self, plan: Plan) -> Exit:
        contested = tuple(id_ for id_, desired in plan.contested.items() if desired)
        report = Report(run="", results=(), contested=contested)
        if contested or self.as_json:
            return self._tell(report)
        return Exit.OK

    def _approved(self, plan: Plan) -> bool:
        question = f"\n{plan_text.question(plan)}"
        return said_yes(self.workspace.console, question, nothing="Nothing was sent.")

    def _machine(self, plan: Plan, state: State | None, desired: Mapping[str, Desired], *, lock_free: bool) -> Run:
        environment, session, boot_id = self.workspace.environment, self.workspace.session, host.boot_id()
        state = state or self.workspace.new_state()
        return Run(
            plan=plan,
            state=state,
            settings=Settings(
                lease=environment.lease,
                settle_window=environment.settle_window,
                parallelism=self.parallelism or environment.parallelism,
                reasserting=self.options.reassert or environment.ephemeral,
            ),
            author=Author(
                run=run_id(),
                who=host.who(session.environ),
                boot_id=boot_id,
                commit=None if plan.origin.dirty else plan.origin.commit,
            ),
            started=datetime.now(UTC),
            protect={id_: want.protect for id_, want in desired.items()},
            dead=surely_dead(state.run, lock_free=lock_free, boot_id=boot_id),
            jitter=jitter,
        )

    def _tell(self, report: Report) -> Exit:
        code, console = exit_code(report), self.workspace.console
        if self.as_json:
            console.out(progress.summary_json(report, code, datetime.now(UTC)))
        else:
            environment = self.workspace.environment
            variables = () if environment.is_local else VARIABLES[environment.auth]
            told = summary.text(report, self.workspace.home, console.style, variables=variables)
            console.out(f"\n{told}")
        return code


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
) -> Exit:
    """What the command does: with a `planfile` exactly that plan, without a question. The times are in seconds.

    Raises:
        UsageError: nobody could be asked, or `planfile` is no saved plan or disagrees with what stands beside it.
        OfferctlError: files, state or configuration cannot be used, or another run is at work.
    """
    saved = None
    if planfile is not None:
        saved = plan_file.load_to_apply(session, planfile, env=env, options=options)
        env, options = saved.home.environment, saved.options
    elif not auto_approve:
        _check_can_ask(session, as_json=as_json)
    applying = Applying(
        workspace=Workspace.open(session, env),
        options=options,
        saved=saved,
        ask=planfile is None and not auto_approve,
        as_json=as_json,
        parallelism=parallelism,
        patience=patience,
    )
    return applying()


def _check_can_ask(session: Session, *, as_json: bool) -> None:
    if as_json:
        raise UsageError("--json needs --auto-approve or a PLANFILE: nobody could be asked.")
    if not session.console.interactive:
        raise UsageError(
            "There is no terminal to ask at, and nothing was approved.",
            hint="Run it with --auto-approve, or save a plan and apply that: "
            "offerctl plan --out FILE, offerctl apply FILE",
        )


def _check_same(saved: Plan, made: Plan) -> None:
    """Exactly the plan that was saved, from the same files and the same state.

    Raises:
        PlanStale: anything moved on since.
    """
    if (saved.lineage, saved.serial) != (made.lineage, made.serial):
        what = "the state"
    elif saved.desired_digest != made.desired_digest:
        what = "the offering files"
    elif saved.digest != made.digest:
        what = "the files or the configuration"
    else:
        return
    raise PlanStale(
        f"The saved plan is stale: {what} changed since it was made. Nothing was sent.",
        hint="Make a new plan: offerctl plan --out FILE",
    )
