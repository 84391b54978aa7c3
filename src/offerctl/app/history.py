"""What `offerctl history` does: past runs, or one listing's life, from the kept versions of the state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TypeVar

from offerctl.app.edit_state import parsed
from offerctl.app.workspace import Workspace
from offerctl.errors import Exit, StateError, UsageError
from offerctl.render import history as render
from offerctl.state import State, document
from offerctl.state import history as past
from offerctl.state.history import PastRun

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is told: at most so many (none: all), and nothing older than `since`."""

    limit: int | None
    since: datetime | None = None

    def holds(self, run: PastRun) -> bool:
        """Whether a run is new enough: each for itself, as clocks that were set stand in no order."""
        return self.since is None or (run.record.finished or run.record.started) >= self.since


def show_runs(workspace: Workspace, format_: str, extent: Extent) -> Exit:
    """Tell what the kept versions of the state know of past runs, the newest first.

    Raises:
        StateUnavailable: they cannot be reached.
    """
    console = workspace.console
    runs, more = _within(filter(extent.holds, past.runs(_kept(workspace))), extent.limit)
    if format_ == "json":
        console.document(render.runs_json(runs, workspace.home, more=more))
    elif not runs and extent.since:
        console.out(render.nothing_since(extent.since, workspace.home))
    else:
        console.out(render.runs_text(runs, workspace.home, console.style, more=more))
    return Exit.OK


def show_life(workspace: Workspace, offering_id: str, format_: str, extent: Extent) -> Exit:
    """Tell what runs did to one listing, the newest first.

    Raises:
        UsageError: no kept version knows it.
        StateUnavailable: they cannot be reached.
    """
    console = workspace.console
    seen = _Seen(_kept(workspace), offering_id)
    moments = past.life(seen.states(), offering_id)
    life, more = _within((moment for moment in moments if extent.holds(moment.run)), extent.limit)
    if not life and not seen.knows:
        raise UsageError(
            f"no kept version of the state of {workspace.environment.name} knows a listing {offering_id}",
            hint=f"To see all that are known: offerctl state list -e {workspace.environment.name}",
        )
    if format_ == "json":
        console.document(render.life_json(life, offering_id, workspace.home, more=more))
    elif not life and extent.since:
        console.out(render.nothing_since(extent.since, workspace.home, offering_id))
    else:
        console.out(render.life_text(life, offering_id, workspace.home, console.style, more=more))
    return Exit.OK


def _within(found: Iterator[T], limit: int | None) -> tuple[list[T], bool]:
    """At most so many, and whether there is another one; nothing beyond that one is read."""
    told = [*islice(found, limit)]
    return told, limit is not None and next(found, None) is not None


class _Seen:
    """Kept versions on their way, and whether one of them knows a listing."""

    def __init__(self, states: Iterator[State], offering_id: str) -> None:
        self._states = states
        self._id = offering_id
        self.knows = False

    def states(self) -> Iterator[State]:
        """The same versions, one after the other."""
        for state in self._states:
            self.knows = self.knows or self._id in state.listings
            yield state


def _kept(workspace: Workspace) -> Iterator[State]:
    """The present state and every kept version that can be read, the newest first; each is parsed when asked for.

    What a run recorded last is in the present one alone, as long as no other run began.
    """
    versions = iter(workspace.backend.history())
    newest = next(versions, None)
    if newest is None:
        return
    if (present := _present(workspace, newest.serial)) is not None:
        yield present
    for version in chain([newest], versions):
        if (state := parsed(version)) is not None:
            yield state
        else:
            workspace.console.warn(f"The version with serial {version.serial} cannot be read.")


def _present(workspace: Workspace, newest: int) -> State | None:
    """The present document, where it is newer than the versions and can be used; else they alone are told."""
    with suppress(StateError):
        found = workspace.backend.read()
        if found and document.heading(found[0]).serial > newest:
            return document.parse(found[0])
    return None
