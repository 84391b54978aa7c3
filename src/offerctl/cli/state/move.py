"""`offerctl state move`."""

from __future__ import annotations

import click

from offerctl.app import move as use_case
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.option(
    "--from",
    "home",
    required=True,
    metavar="HOME",
    help="Where the state is: file:PATH, git, git:BRANCH, s3://… or az://…, as `state` in the configuration.",
)
@click.option("--from-env", metavar="NAME", help="What the environment was called there, if it had another name.")
@environment_option
@pass_session
def move(session: Session, *, home: str, from_env: str | None, env: str | None) -> Exit:
    """Take a state along to another address, name or home.

    First change the configuration: base_url, network_key, the environment's name, or `state`. Then this brings the
    state there from HOME, which is where it was; the same HOME, where only the address changed. Every listing that
    it knows comes along, deleted ones too, and the next apply asserts each. The old home is refused from then on.

    Nothing is asked, and the Marketplace is not called. Cut off anywhere, it is finished by running it again.
    """
    return use_case.move(Workspace.open(session, env, retired=True), home, from_env)
