"""`offerctl new`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.new_from_sheet import new_from_sheet
from offerctl.app.new_offering import free_id, new_offering
from offerctl.app.session import Session
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("offering_id", metavar="[ID]", required=False)
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="One file for each row of a CSV, XLSX or ODS file.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="COLUMN=FIELD",
    help='With --from: which field a column is, such as "Regular price=price"; again for more.',
)
@environment_option
@pass_session
def new(
    session: Session, *, offering_id: str | None, file: Path | None, mapping: tuple[str, ...], env: str | None
) -> Exit:
    """Write the file of a new offering ID, to be filled in, or those of a spreadsheet's rows.

    With ID its values are left empty, so that nothing can be listed by mistake: `validate` names those that are
    missing.

    With --from the columns are found by their headers, in English or French. What the rows become is shown, one
    file each is written, and none is written over. Where a row has an error, it is told by row and column, and
    nothing is written.
    """
    if file is not None and offering_id is None:
        return new_from_sheet(session, env, file, mapping)
    if offering_id is None and file is None and not mapping:
        free = free_id(session, env)
        raise click.UsageError(
            f"An offering needs an ID of its own, which its listing keeps for good, such as {free}."
        )
    if offering_id is None or file is not None or mapping:
        raise click.UsageError("Either ID, or --from FILE (and --map, which goes with it).")
    return new_offering(session, env, offering_id)
