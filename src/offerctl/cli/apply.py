"""`offerctl apply`: print the plan, ask, run it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.cli.options import TIME, environment_option, pass_session, selecting_options
from offerctl.errors import Exit, UsageError

if TYPE_CHECKING:
    from offerctl.plan import Options, Plan


@click.command()
@click.argument("planfile", type=click.Path(path_type=Path), required=False)
@environment_option
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option(
    "--parallelism",
    type=click.IntRange(1, 64),
    envvar="OFFERCTL_PARALLELISM",
    show_envvar=True,
    metavar="N",
    help="Requests under way at once, instead of the configuration's.",
)
@click.option(
    "--lock-timeout",
    type=TIME,
    default=0.0,
    envvar="OFFERCTL_LOCK_TIMEOUT",
    show_envvar=True,
    metavar="TIME",
    help="How long to wait for another run, such as 90s or 5m.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of text.")
@selecting_options
@pass_session
def apply(
    session: Session,
    *,
    planfile: Path | None,
    env: str | None,
    auto_approve: bool,
    parallelism: int | None,
    lock_timeout: float,
    as_json: bool,
    options: Options,
) -> Exit:
    """Bring the Marketplace to what the files say.

    Prints the plan and asks before anything is sent. With PLANFILE, saved by `offerctl plan --out`: exactly that
    plan or nothing, without a question.
    """
    # Imported here: help needs none of it, and asyncio alone doubles its time.
    from offerctl.app.apply import Applying  # noqa: PLC0415
    from offerctl.app.workspace import Workspace  # noqa: PLC0415

    saved = None
    if planfile is not None:
        saved = _saved(session, planfile, env, options)
        env, options = saved.home.environment, saved.options
    elif not auto_approve:
        if as_json:
            raise UsageError("--json needs --auto-approve or a PLANFILE: nobody could be asked.")
        if not session.console.interactive:
            raise UsageError(
                "There is no terminal to ask at, and nothing was approved.",
                hint="Run it with --auto-approve, or save a plan and apply that: "
                "offerctl plan --out FILE, offerctl apply FILE",
            )
    return Applying(
        workspace=Workspace.open(session, env),
        options=options,
        saved=saved,
        ask=planfile is None and not auto_approve,
        as_json=as_json,
        parallelism=parallelism,
        patience=lock_timeout,
    )()


def _saved(session: Session, planfile: Path, env: str | None, options: Options) -> Plan:
    from offerctl.plan import Options, document  # noqa: PLC0415 - help needs no plan

    if options != Options():
        raise UsageError(
            "A saved plan carries its own options: none of --target, --exclude, --reassert, --allow-replace and "
            "--allow-deletes can stand beside it.",
            hint="Make a new plan with them: offerctl plan --out FILE …",
        )
    plan = document.load((session.directory / planfile).read_bytes(), str(planfile))
    if env is not None and env != plan.home.environment:
        raise UsageError(f"{planfile} is a plan for {plan.home.environment}, not for {env}.")
    return plan
