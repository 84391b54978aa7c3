"""What `offerctl import` does: listings that exist already come under management."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from offerctl.app.edit_state import editing_state, remediation
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, UsageError
from offerctl.offering import Desired
from offerctl.render.words import counted, ids
from offerctl.state import LISTED, State, edits


def adopt(workspace: Workspace, files: Sequence[Path]) -> Exit:
    """Put what the files describe in doubt, so that the next apply writes every attribute of it.

    Raises:
        UsageError: a file is none of the offerings folder, or its listing is managed already (of a folder's files
            those are skipped).
        StateLocked: another run may be at work.
    """
    console, known = workspace.console, workspace.catalogue()
    wants, singly = _named(workspace, known.desired, files)
    with editing_state(workspace) as work:
        found = workspace.read_state()
        state = found[0] if found else workspace.new_state()
        work.refuse_live(state)
        skipped = [id_ for id_ in wants if id_ not in singly and _is_managed(state, id_)]
        fresh = {id_: want for id_, want in wants.items() if id_ not in skipped}
        after = None
        if fresh:
            after = edits.adopt(state, [*fresh.values()], work.record(known.origin))
            work.write(after, found[1] if found else None)
    if skipped:
        console.info(f"Skipped, as managed already: {counted(len(skipped), 'listing')} ({ids(skipped)}).")
    if after is None:
        console.out(f"Nothing was imported into {workspace.environment.name}: all of it is managed already.")
        return Exit.OK
    console.out(f"Imported into {workspace.environment.name}: {counted(len(fresh), 'listing')} ({ids(fresh)}).")
    console.info(
        "Until the next apply this is in doubt: the plan shows it as to settle, and apply writes all that the "
        f"files say.\n{remediation(after)}"
    )
    return Exit.OK


def _is_managed(state: State, offering_id: str) -> bool:
    belief = state.listings.get(offering_id)
    return belief is not None and belief.status in LISTED


def _named(
    workspace: Workspace, desired: Mapping[str, Desired], files: Sequence[Path]
) -> tuple[Mapping[str, Desired], frozenset[str]]:
    """What these files want, by offeringId, and the ids whose own file was named, not only a folder of it.

    Each must be one that apply reads: it deletes listings without one.
    """
    root = workspace.config.root
    found: dict[str, Desired] = {}
    singly: set[str] = set()
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
        singly |= {id_ for id_, want in named.items() if name == want.file}
    return found, frozenset(singly)
