"""`offerctl import`: listings that exist already come under management."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import UsageError

if TYPE_CHECKING:
    from offerctl.app.workspace import Workspace
    from offerctl.offering import Desired


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@environment_option
@pass_session
def import_(session: Session, *, files: tuple[Path, ...], env: str | None) -> None:
    """Take listings that exist already under management.

    FILE is a file of the offerings folder, or a folder of them, which describes a listing as it shall be. The
    Marketplace is not called: the listing becomes in doubt, and the next apply writes every attribute of the file.
    Use it for your own listings only.
    """
    from offerctl.app.edit_state import editing_state, remediation  # noqa: PLC0415 - help needs none of it
    from offerctl.app.workspace import Workspace  # noqa: PLC0415 - as above
    from offerctl.render.words import counted, ids  # noqa: PLC0415 - as above
    from offerctl.state.edits import adopt  # noqa: PLC0415 - as above

    workspace, console = Workspace.open(session, env), session.console
    wants = _named(workspace, files)
    with editing_state(workspace) as work:
        found = workspace.read_state()
        state = found[0] if found else workspace.new_state()
        work.refuse_live(state)
        after = adopt(state, [*wants.values()], work.record(of_files=True))
        work.write(after, found[1] if found else None)
    console.out(f"Imported into {workspace.environment.name}: {counted(len(wants), 'listing')} ({ids(wants)}).")
    console.info(
        "Until the next apply this is in doubt: the plan shows it as to settle, and apply writes all that the "
        f"files say.\n{remediation(after)}"
    )


def _named(workspace: Workspace, files: tuple[Path, ...]) -> Mapping[str, Desired]:
    """What these files want, by offeringId. Each must be one that apply reads: it deletes listings without one."""
    root, desired = workspace.config.root, workspace.catalogue().desired
    found: dict[str, Desired] = {}
    for file in files:
        name = os.path.relpath(workspace.session.directory / file, root).replace(os.sep, "/")
        named = {
            id_: want
            for id_, want in desired.items()
            if name in {want.file, "."} or want.file.startswith(f"{name}/")
        }
        if not named:
            folder = os.path.relpath(workspace.config.offerings, root)
            raise UsageError(
                f"{file} is no file of the offerings folder {folder}. Nothing was imported.",
                hint="Put it there first: a listing without a file is deleted by the next apply.",
            )
        found |= named
    return found
