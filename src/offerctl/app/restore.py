"""What `offerctl state restore` and `push` do: what was known comes back into the state, as beliefs in doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from offerctl import disk
from offerctl.app.edit_state import Known, StateEdit, editing_state, remediation
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, StateElsewhere, StateUnreadable, UsageError
from offerctl.plan import Origin
from offerctl.render.style import sanitize
from offerctl.render.words import counted, ids
from offerctl.state import State, Status, document
from offerctl.state.edits import merge_restored
from offerctl.state.receipts import EditKind


def restore(workspace: Workspace, serial: int) -> Exit:
    """Bring back what the kept version with this serial knew; it works where the state is gone or damaged, too.

    Raises:
        UsageError: no such version is kept, or it is the state as it is.
        StateUnreadable: that version is no use.
        StateLocked: another run may be at work.
    """
    with editing_state(workspace) as work:
        known = work.known()
        if known.lost is None and known.newest and known.newest.serial == serial and not known.newest.closed:
            raise UsageError(f"serial {serial} is the state as it is: there is nothing to bring back")
        brought = _kept(work, serial)
        merge_back(work, known, brought, kind=EditKind.RESTORE, source=f"the version with serial {serial}")
    return Exit.OK


def push(workspace: Workspace, file: Path) -> Exit:
    """Bring back what a state document knew, which `offerctl state pull` printed.

    Raises:
        UsageError: the file cannot be read.
        StateUnreadable: it holds no such document.
        StateForeign: it is of another state.
        StateLocked: another run may be at work.
    """
    try:
        data = disk.read(workspace.session.directory / file, most=document.MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    try:
        brought = document.relaid(data) or document.parse(data)
    except StateUnreadable as error:
        raise StateUnreadable(f"{file}: {error.message}. Nothing was written.") from error
    with editing_state(workspace) as work:
        merge_back(work, work.known(), brought.by_hand(), kind=EditKind.PUSH, source=str(file))
    return Exit.OK


def merge_back(
    work: StateEdit, known: Known, brought: State, *, kind: EditKind, source: str, origin: Origin | None = None
) -> None:
    """Write the union of what was brought back and what is known, and tell what it is and what comes next.

    `source` names where it comes from, `origin` the commit of the offering files, where it comes from them.

    Raises:
        StateForeign: it is of another state.
        StateLocked: another run may be at work.
    """
    work.refuse_live(known.newest)
    if brought.moved_to is not None:
        raise StateElsewhere(f"{source} only says where the state went. Nothing was written.")
    if kind is EditKind.RESTORE and known.newest and brought.lineage == known.newest.lineage:
        brought = replace(brought, home=known.newest.home)  # of before a move that changed it
    work.check_ours(brought, known.newest, source)
    # Without a state that can be read, nobody knows what is still on its way.
    blind = known.lost is not None or known.newest is None or kind is EditKind.REBUILD
    after = merge_restored(
        brought,
        known.newest,
        mend=kind,
        record=work.record(origin),
        beyond=known.beyond,
        unread_until=work.unread_until() if blind else None,
    )
    # Every belief is in doubt by now, so that what is written next is written as the configuration says.
    work.write(replace(after, api=work.workspace.api), known.version)
    _tell(work, known, after, source)


def _tell(work: StateEdit, known: Known, after: State, source: str) -> None:
    console, former = work.workspace.console, known.newest
    number = len(after.listings)
    if former and former.closed:
        console.info(f"{after.home.environment} is no longer retired.")
    console.out(f"Brought back from {sanitize(source)}: {counted(number, 'listing')}, now serial {after.serial}.")
    if known.lost:
        console.info(f"It takes the place of a state that cannot be used: {sanitize(known.lost)}.")
    again = [id_ for id_ in after.listings if former and id_ not in former.listings]
    if again:
        console.info(f"Known again: {ids(again)}")
    contested = [id_ for id_, belief in after.listings.items() if belief.status is Status.CONTESTED]
    if contested:
        console.info(f"Contested as before, so that nothing is sent for them: {ids(contested)}")
    if number > len(contested):
        every = "All are" if not contested else "The others are"
        console.info(f"{every} in doubt, and the next apply settles them.\n{remediation(after)}")


def _kept(work: StateEdit, serial: int) -> State:
    name = work.workspace.environment.name
    there: list[int] = []
    for version in work.workspace.backend.history():
        if version.serial == serial:
            try:
                return document.parse(version.data)
            except StateUnreadable as error:
                raise StateUnreadable(
                    f"the version with serial {serial} is no use: {error.message}. Nothing was written.",
                    hint=f"Take another one: offerctl history -e {name}",
                ) from error
        there.append(version.serial)
    shown = f"The newest kept ones: {', '.join(map(str, there[:5]))}. " if there else "None is kept. "
    raise UsageError(
        f"there is no kept version with serial {serial} of the state of {name}",
        hint=f"{shown}To see all: offerctl history -e {name}",
    )
