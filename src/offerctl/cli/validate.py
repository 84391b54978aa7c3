"""`offerctl validate`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app import validate as use_case
from offerctl.app.session import Session
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "concise", "json", "github"]),
    help="The form of the output; text, and on a GitHub runner github.",
)
@click.option("--fix", is_flag=True, help="Write what is certain into the files.")
@pass_session
def validate(session: Session, *, paths: tuple[Path, ...], format_: str | None, fix: bool) -> Exit:
    """Check the offering files, or only the files and folders PATH."""
    return use_case.validate(session, paths, format_=format_, fix=fix)
