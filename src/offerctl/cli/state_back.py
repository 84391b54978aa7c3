"""`offerctl state restore`, `push` and `rebuild`: what comes back into the state, as beliefs in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.cli.options import environment_option, pass_session
from offerctl.errors import Exit, StateUnreadable, UsageError

if TYPE_CHECKING:
    from offerctl.app.edit_state import Known, StateEdit
    from offerctl.state import State
    from offerctl.state.edits import EditKind


@click.command()
@click.argument("serial", metavar="N", type=click.IntRange(min=0))
@environment_option
@pass_session
def restore(session: Session, *, serial: int, env: str | None) -> None:
    """Bring back what the kept version with serial N knew.

    `offerctl history` lists the versions. It works where the state is gone or damaged, too. What comes back are
    beliefs, not facts: every listing of that version and of the state as it is becomes in doubt, and the next
    apply settles it.
    """
    from offerctl.app.edit_state import editing_state  # noqa: PLC0415 - help needs none of it, here and below
    from offerctl.app.workspace import Workspace  # noqa: PLC0415
    from offerctl.state.edits import EditKind  # noqa: PLC0415

    workspace = Workspace.open(session, env)
    with editing_state(workspace) as work:
        known = work.known()
        if known.lost is None and known.newest and known.newest.serial == serial:
            raise UsageError(f"serial {serial} is the state as it is: there is nothing to bring back")
        brought = _kept(work, serial)
        _Return(work, known, f"the version with serial {serial}")(brought, EditKind.RESTORE)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@environment_option
@pass_session
def push(session: Session, *, file: Path, env: str | None) -> None:
    """Bring back what the state document FILE knew.

    FILE is a copy made by `offerctl state pull`. As with restore, every listing of it and of the state as it is
    becomes in doubt, and the next apply settles it.
    """
    from offerctl.app.edit_state import editing_state  # noqa: PLC0415
    from offerctl.app.workspace import Workspace  # noqa: PLC0415
    from offerctl.state import document  # noqa: PLC0415
    from offerctl.state.edits import EditKind  # noqa: PLC0415

    workspace = Workspace.open(session, env)
    try:
        brought = document.parse((session.directory / file).read_bytes())
    except StateUnreadable as error:
        raise StateUnreadable(f"{file}: {error.message}. Nothing was written.") from error
    with editing_state(workspace) as work:
        _Return(work, work.known(), str(file))(brought, EditKind.PUSH)


@click.command()
@environment_option
@click.option("--yes", is_flag=True, help="Do not ask, even where there is a state.")
@pass_session
def rebuild(session: Session, *, env: str | None, yes: bool) -> Exit:
    """Make a lost state anew from git's history.

    Every id that a file of the offerings folder ever had, in the history of the commit that is checked out and in
    the folder as it is, becomes in doubt; the next apply settles those that have a file, and deletes the others.
    What was applied from files that were never committed is not found. Where versions of the state are kept,
    restore is better.
    """
    from offerctl.app.edit_state import confirmed, editing_state  # noqa: PLC0415
    from offerctl.app.rebuild import ids_from_git_history  # noqa: PLC0415
    from offerctl.app.workspace import Workspace  # noqa: PLC0415
    from offerctl.state.edits import EditKind, remembered  # noqa: PLC0415

    workspace, console = Workspace.open(session, env), session.console
    with editing_state(workspace) as work:
        known = work.known()
        work.refuse_live(known.newest)
        if known.lost is None and known.newest is not None:
            console.warn(
                f"There is a state of {workspace.environment.name}, and it can be read. "
                "After a rebuild all its listings are in doubt, and ids from git's history are with them."
            )
            if not confirmed(console, f"Rebuild the state of {workspace.environment.name}?", yes=yes):
                return Exit.ERROR
        past = ids_from_git_history(workspace)
        lineage = (known.newest or workspace.new_state()).lineage
        brought = remembered(past.ids, home=workspace.home, lineage=lineage)
        back = _Return(work, known, f"{past.commits} commits" if past.commits != 1 else "1 commit")
        back(brought, EditKind.REBUILD)
        if past.unread:
            versions = "1 version of a file" if past.unread == 1 else f"{past.unread} versions of files"
            console.warn(f"No offeringId was found in {versions} of the history.")
    return Exit.OK


@dataclass(frozen=True, slots=True)
class _Return:
    """Beliefs on their way back, from a place that can be named."""

    work: StateEdit
    known: Known
    source: str

    def __call__(self, brought: State, mend: EditKind) -> None:
        """Write the union, and tell what it is and what comes next."""
        from offerctl.state.edits import EditKind, merge_restored  # noqa: PLC0415

        known = self.known
        self.work.refuse_live(known.newest)
        self.work.check_ours(brought, known.newest, self.source)
        # Without a state that can be read, nobody knows what is still on its way.
        blind = known.lost is not None or known.newest is None or mend is EditKind.REBUILD
        after = merge_restored(
            brought,
            known.newest,
            mend=mend,
            record=self.work.record(of_files=mend is EditKind.REBUILD),
            beyond=known.beyond,
            unread_until=self.work.unread_until() if blind else None,
        )
        self.work.write(after, known.version)
        self._tell(after)

    def _tell(self, after: State) -> None:
        from offerctl.app.edit_state import remediation  # noqa: PLC0415
        from offerctl.render.style import sanitize  # noqa: PLC0415
        from offerctl.render.words import counted, ids  # noqa: PLC0415
        from offerctl.state import Status  # noqa: PLC0415

        console, former = self.work.workspace.console, self.known.newest
        number = len(after.listings)
        console.out(
            f"Brought back from {sanitize(self.source)}: {counted(number, 'listing')}, now serial {after.serial}."
        )
        if self.known.lost:
            console.info(f"It takes the place of a state that cannot be used: {sanitize(self.known.lost)}.")
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
    from offerctl.state import document  # noqa: PLC0415

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
