"""`offerctl apply`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app import apply as use_case
from offerctl.app.fleet.whole import Wishes, apply_all
from offerctl.app.session import Session
from offerctl.cli.options import (
    TIME,
    all_option,
    auto_approve_option,
    environment_option,
    lock_timeout_option,
    pass_session,
    refuse_beside_all,
    selecting_options,
)
from offerctl.errors import Exit
from offerctl.plan import Options


@click.command()
@click.argument("planfile", type=click.Path(path_type=Path), required=False)
@environment_option
@all_option
@auto_approve_option
@click.option(
    "--parallelism",
    type=click.IntRange(1, 64),
    envvar="OFFERCTL_PARALLELISM",
    show_envvar=True,
    metavar="N",
    help="Requests under way at once, instead of the configuration's.",
)
@lock_timeout_option
@click.option(
    "--max-time",
    type=TIME,
    metavar="TIME",
    help="Come to the end within this time, such as 50m; the next run goes on.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of text.")
@selecting_options
@pass_session
def apply(
    session: Session,
    *,
    planfile: Path | None,
    env: str | None,
    all_: bool,
    auto_approve: bool,
    parallelism: int | None,
    lock_timeout: float,
    max_time: float | None,
    as_json: bool,
    options: Options,
) -> Exit:
    """Bring the Marketplace to what the files say.

    Prints the plan and asks before anything is sent. Where there is no terminal to ask at, changes need
    --auto-approve or a PLANFILE; with nothing to do there is no question.

    With PLANFILE, saved by `offerctl plan --out`: exactly that plan or nothing, without a question.

    With --all every environment is applied to, eight at a time; one that fails stops no other. It asks once, when
    all are planned, and runs exactly these plans. --max-time is the time of all together. All get the same
    credentials.
    """
    if all_:
        refuse_beside_all(PLANFILE=planfile)
        wishes = Wishes(
            auto_approve=auto_approve,
            as_json=as_json,
            parallelism=parallelism,
            patience=lock_timeout,
            max_time=max_time,
        )
        return apply_all(session, options, wishes)
    return use_case.apply(
        session,
        env,
        planfile,
        options,
        auto_approve=auto_approve,
        as_json=as_json,
        parallelism=parallelism,
        patience=lock_timeout,
        max_time=max_time,
    )
