"""One write of the state by a person: under this machine's lock, beside no run that lives, with a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from offerctl.app import elsewhere, host
from offerctl.app.confirm import said_yes
from offerctl.app.execute import run_id
from offerctl.app.first_run import refuse_first_run
from offerctl.app.holding import Hold, Patience, holding
from offerctl.app.workspace import Workspace
from offerctl.console import Console
from offerctl.errors import StateMissing, StateUnreadable, UsageError
from offerctl.plan import Origin
from offerctl.render.style import sanitize
from offerctl.render.words import ids, second
from offerctl.state import RunRecord, State, Status, document, edits
from offerctl.state.backend import StoredVersion, Version
from offerctl.state.claimed import serial_of
from offerctl.state.ended import is_foreign_format


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of the state: the newest document that can be read, and what a write of it must expect.

    `lost` says why the present document cannot be read; then `newest` is a kept version, or none.
    """

    newest: State | None
    version: Version | None
    beyond: int
    lost: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEdit:
    """A write that is being prepared, while this process holds the state."""

    workspace: Workspace
    hold: Hold

    def refuse_live(self, state: State | None) -> None:
        """Refuse beside a run that may live.

        Raises:
            StateLocked: another run holds the lease.
        """
        self.hold.refuse_live(state)

    def known(self, *, anew: bool = False) -> Known:
        """The state, or what its kept versions know where it is lost; `anew`: it may be lost without a trace.

        Raises:
            StateElsewhere: it was moved.
            StateForeign: it belongs to another environment, Marketplace or provider.
            StateUnreadable: a newer offerctl wrote it; it is not lost.
            StateUnavailable: its home cannot be reached.
        """
        try:
            found = self.workspace.backend.read()
        except StateMissing as error:
            return self._lost(error.message, None, -1)
        if found is None:
            with suppress(StateMissing) if anew else nullcontext():
                refuse_first_run(self.workspace)
            return Known(newest=None, version=None, beyond=0)
        data, version = found
        try:
            state = document.parse(data)
        except StateUnreadable as error:
            if is_foreign_format(data):
                self.workspace.parsed(data)
            return self._lost(error.message, version, serial_of(data) or 0)
        elsewhere.refuse_moved(self.workspace, state)
        elsewhere.refuse_foreign(self.workspace, state)
        return Known(newest=state, version=version, beyond=state.serial)

    def check_ours(self, found: State, newest: State | None, what: str) -> None:
        """Refuse a document of another state.

        Raises:
            StateForeign: of another environment, Marketplace, provider or lineage.
        """
        edits.check_ours(found, home=self.workspace.home, lineage=newest.lineage if newest else None, what=what)

    def record(self, origin: Origin | None = None) -> RunRecord:
        """The receipt of this write; it names the commit of the offering files that it depends on, if it does."""
        now = _now()
        return RunRecord(
            id=run_id(),
            who=host.who(self.workspace.session.environ),
            started=now,
            finished=now,
            commit=origin.commit if origin and not origin.dirty else None,
        )

    def unread_until(self) -> datetime:
        """Until when requests that no state knows of may take effect: now + lease + W."""
        environment = self.workspace.environment
        return _now() + timedelta(seconds=environment.lease + environment.settle_window)

    def write(self, state: State, expected: Version | None) -> None:
        """Compare-and-swap.

        Raises:
            StateMoved: somebody else wrote the state meanwhile; nothing was written.
            StateUnavailable: it cannot be written.
        """
        self.workspace.backend.write(document.seal(state), expected)

    def _lost(self, why: str, version: Version | None, serial: int) -> Known:
        newest, highest = None, serial
        for kept in self.workspace.backend.history():
            highest = max(highest, kept.serial)
            newest = parsed(kept)
            if newest is not None:
                elsewhere.refuse_moved(self.workspace, newest)
                self.check_ours(newest, None, f"the kept version with serial {kept.serial}")
                break
        return Known(newest=newest, version=version, beyond=highest, lost=why)


@contextmanager
def editing_state(workspace: Workspace) -> Iterator[StateEdit]:
    """Hold this machine's lock while the state is mended.

    Raises:
        StateLocked: a living process of this machine has it.
    """
    with holding(workspace, Patience(nothing="Nothing was written.")) as hold:
        yield StateEdit(workspace=workspace, hold=hold)


def confirmed(console: Console, question: str, *, yes: bool) -> bool:
    """Whether it was said that this is wanted: by `--yes`, or by typing yes.

    Raises:
        UsageError: it was not said, and there is nobody to ask.
    """
    if yes:
        return True
    if not console.interactive:
        raise UsageError(
            "There is no terminal to ask at, and nothing was changed.", hint="If that is what you want: --yes"
        )
    if said_yes(console, f'{question}\nOnly "yes" goes ahead:', nothing="Nothing was changed."):
        return True
    console.info("Nothing was changed.")
    return False


def parsed(kept: StoredVersion) -> State | None:
    """The state of a kept version; none where it cannot be read."""
    try:
        return document.parse(kept.data)
    except StateUnreadable:
        return None


def remediation(state: State) -> str:
    """How to see what the next apply makes of listings that are in doubt, and until when it waits."""
    environment, now = sanitize(state.home.environment), _now()
    lines = [f"To see what apply will do: offerctl plan -e {environment}"]
    waiting = {
        id_: b.quiet_until
        for id_, b in state.listings.items()
        if b.status is Status.MAYBE and b.quiet_until and b.quiet_until > now
    }
    if waiting:
        until = second(max(waiting.values()), now)
        lines.append(
            f"Apply will wait until {until} UTC for {ids(waiting)}: a request of unknown fate may still arrive."
        )
    return "\n".join(lines)


def _now() -> datetime:
    return datetime.now(UTC)
