"""`offerctl drill`."""

from __future__ import annotations

import click

from offerctl.app.drill.drill import Drill
from offerctl.app.session import Session
from offerctl.cli.dialects import dialect_option
from offerctl.cli.options import pass_session
from offerctl.embedded.dialects import named
from offerctl.errors import Exit


@click.command()
@click.option(
    "--listings",
    type=click.IntRange(1, 200),
    default=14,
    show_default=True,
    metavar="N",
    help="How many listings the plan changes; about three trials each.",
)
@dialect_option("How the Marketplace speaks, D0 to D12 (.github/API.md).")
@pass_session
def drill(session: Session, *, listings: int, dialect: str) -> Exit:
    """See for yourself that nothing gets lost when apply is cut off.

    Sets up a Marketplace of its own on this machine, with invented courses, and a plan that adds, changes, moves,
    replaces and deletes some of them. Then, again and again from the same start: apply runs as a program of its
    own and is killed (kill -9) at one of its requests, once before the Marketplace has done what it asks and once
    after, before it answers. Apply runs a second time and must put everything right. That is done for every
    request of the plan, and once more after the last answer.

    Your files, your state and your Marketplace are not touched, no configuration or credentials are needed, and
    nothing is left behind. The exit code is 0 when every trial recovered, otherwise 1.
    """
    return Drill(console=session.console, listings=listings, dialect=named(dialect), environ=session.environ)()
