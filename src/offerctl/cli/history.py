"""`offerctl history`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from offerctl.app.history import Extent, show_life, show_runs
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.completion import offering_ids
from offerctl.cli.options import environment_option, format_option, pass_session
from offerctl.errors import Exit

NEWEST = 30
"""Runs that are shown where nothing else is asked for."""


class _Date(click.ParamType[datetime]):
    """A day, or a time of RFC 3339; without a zone it is UTC."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment at which it begins."""
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-09-02 or 2026-09-02T14:03Z.", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.command()
@click.argument("offering_id", metavar="[ID]", required=False, shell_complete=offering_ids)
@environment_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="So many, instead of the newest 30.")
@click.option("--since", type=_Date(), metavar="DATE", help="All since then, such as 2026-09-02 (UTC).")
@click.option("--all", "everything", is_flag=True, help="All that is kept.")
@format_option("text", "json")
@pass_session
def history(
    session: Session,
    *,
    offering_id: str | None,
    env: str | None,
    limit: int | None,
    since: datetime | None,
    everything: bool,
    format_: str,
) -> Exit:
    """Show the newest runs, or the life of the listing ID, the newest first.

    It reads the kept versions of the state; each has a serial, which `offerctl state restore` takes. A state in a
    file keeps the last 20 versions, one on a git branch keeps all.
    """
    if everything and (limit or since):
        raise click.UsageError("--all cannot stand beside --limit or --since.")
    extent = Extent(limit=limit or (None if everything or since else NEWEST), since=since)
    workspace = Workspace.open(session, env)
    if offering_id is None:
        return show_runs(workspace, format_, extent)
    return show_life(workspace, offering_id, format_, extent)
