"""`offerctl ci`: what the GitHub workflows run."""

from __future__ import annotations

from contextlib import AbstractContextManager

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, pass_session
from offerctl.console import JobConsole
from offerctl.errors import Exit


@click.group()
def ci() -> None:
    """What the GitHub workflows run.

    They read GITHUB_EVENT_PATH and the other variables of a workflow run, and need GITHUB_TOKEN. Elsewhere:
    offerctl plan --format markdown, and offerctl apply PLANFILE.
    """


@ci.command()
@environment_option
@pass_session
def plan(session: Session, *, env: str | None) -> Exit:
    """Tell a pull request what merging it will do.

    Nothing is sent and no state is written. There is one comment, edited in place; the job's summary has the same.
    """
    from offerctl.app.ci.plan import Planning  # noqa: PLC0415 - help needs none of it

    with _at_work(session):
        return Planning.open(session, env)()


@ci.command()
@environment_option
@click.option("--accept", metavar="DIGEST", help="Also make the changes of this plan, which nobody reviewed.")
@pass_session
def apply(session: Session, *, env: str | None, accept: str | None) -> Exit:
    """Apply what was reviewed, after the merge.

    Changes that were not in the plan on their pull request are not made but named, with the DIGEST that accepts
    them. An accepted plan may delete more than the environment allows.
    """
    from offerctl.app.ci.apply import Delivery  # noqa: PLC0415 - as above

    with _at_work(session):
        return Delivery.open(session, env, accept=accept)()


@ci.command()
@environment_option
@pass_session
def reassert(session: Session, *, env: str | None) -> Exit:
    """Write again what was confirmed.

    Only listings whose file is as it was last confirmed, and deletions: it needs no approval.
    """
    from offerctl.app.ci.reassert import Reassertion  # noqa: PLC0415 - as above

    with _at_work(session):
        return Reassertion.open(session, env)()


def _at_work(session: Session) -> AbstractContextManager[None]:
    """From before anything is read that can be quoted: the configuration is a stranger's too."""
    console = session.console
    assert isinstance(console, JobConsole)
    return console.at_work()
