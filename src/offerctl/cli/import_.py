"""`offerctl import`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app.adopt import adopt
from offerctl.app.session import Session
from offerctl.app.workspace import Workspace
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@environment_option
@pass_session
def import_(session: Session, *, files: tuple[Path, ...], env: str | None) -> Exit:
    """Take listings that exist already under management.

    FILE is a file of the offerings folder, or a folder of them, which describes a listing as it shall be. The
    Marketplace is not called: the listing becomes in doubt, and the next apply writes every attribute of the file.
    Of a folder, what is managed already is skipped. Use it for your own listings only.
    """
    return adopt(Workspace.open(session, env), files)
