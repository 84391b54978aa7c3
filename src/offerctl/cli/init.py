"""`offerctl init`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from offerctl.app.init_repository import Wishes, init_repository
from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


class _Owner(click.ParamType[str]):
    """A person, a team or an address, as GitHub reads them in `CODEOWNERS`."""

    name = "owner"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The owner, if it can be one."""
        if not re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+)?|[^\s@#/]+@[^\s@#/]+\.[^\s@#/]+", value):
            self.fail(f"{value!r} is no owner such as @octocat or @acme/courses.", param, ctx)
        if value == "@ORGANISATION/TEAM":
            self.fail(f"{value} stands for yours: people or a team with write access.", param, ctx)
        return str(value)


@click.command()
@click.option(
    "--owner",
    "owners",
    type=_Owner(),
    multiple=True,
    metavar="@ORGANISATION/TEAM",
    help="Who must agree to a change of workflows, configuration and schema; again for each.",
)
@click.option(
    "--wheel",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The wheel of offerctl that the workflows install, instead of one of what runs here.",
)
@click.option(
    "--state",
    metavar="HOME",
    help="Where the state is to live, and what the workflows must reach: git (usual), git:BRANCH, "
    "s3://BUCKET/KEY or az://CONTAINER/KEY.",
)
@click.option("--upgrade", is_flag=True, help="Replace what an older version wrote here, and show the difference.")
@pass_session
def init(
    session: Session, *, owners: tuple[str, ...], wheel: Path | None, state: str | None, upgrade: bool
) -> Exit:
    """Make this folder a repository that plans on pull requests and applies on merge.

    It writes the folders, the schema, a configuration, workflows for GitHub and the wheel of offerctl that they
    install, editor settings and a page for course administrators. What exists is left as it is, so it can be run
    again; with --upgrade, what nobody changed is replaced by what this version writes, for the
    homes of states that the configuration names by then.
    """
    return init_repository(session, Wishes(wheel=wheel, owners=owners, state=state, upgrade=upgrade))
