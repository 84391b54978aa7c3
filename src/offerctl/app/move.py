"""What `offerctl state move` does: a state is taken along to another address, name or home (*move*).

Nothing is asked and nothing is sent. What each step is, and why a move that was cut off is finished by the same
command, stands in `state.moving`; here it is read and written, under the locks and leases of both homes.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from offerctl.app.edit_state import StateEdit, editing_state, remediation
from offerctl.app.first_run import refuse_first_run
from offerctl.app.workspace import Workspace
from offerctl.backends import is_same_document
from offerctl.config import state_home
from offerctl.errors import (
    ConfigError,
    Exit,
    OfferctlError,
    StateElsewhere,
    StateError,
    StateForeign,
    StateMissing,
    StateMoved,
    StateUnreadable,
    UsageError,
)
from offerctl.render import elsewhere as words
from offerctl.render.style import sanitize
from offerctl.render.words import counted, ids
from offerctl.render.words import place as marketplace
from offerctl.state import Home, Place, RunRecord, State, Status, moving
from offerctl.state.backend import Version
from offerctl.state.moving import Step

_STEPS = 8
"""Writes of others that are followed before one is left to go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A move under way, while this process holds the locks of both homes."""

    old: StateEdit
    new: StateEdit
    record: RunRecord

    @property
    def source(self) -> Place:
        """Where the state was."""
        return self.old.workspace.place

    @property
    def to(self) -> Place:
        """Where it is to be: as the configuration says."""
        return self.new.workspace.place


def move(workspace: Workspace, home: str, from_env: str | None) -> Exit:
    """Bring the state here that is, or was, kept at `home`, there under the environment's name `from_env`.

    Raises:
        UsageError: there is none, or there is one here already.
        StateElsewhere: it is in a third home by now.
        StateLocked: another run may be at work.
        StateMoved: somebody else wrote meanwhile; the same command goes on.
        StateError: a home cannot be read or written.
    """
    former = workspace.former(_home(home), from_env or workspace.environment.name)
    _refuse_another(workspace, former)
    if _is_absent(former):  # before a lock is put there
        raise _nothing(former, workspace)
    with ExitStack() as stack:
        old = stack.enter_context(editing_state(former))
        if is_same_document(former.place, workspace.place):
            here = StateEdit(workspace=workspace, hold=old.hold)
            return _relabel(_Move(old=old, new=here, record=here.record()))
        new = stack.enter_context(editing_state(workspace))
        return _between(_Move(old=old, new=new, record=new.record()))


def _home(home: str) -> str:
    try:
        return state_home(home)
    except ConfigError as error:
        raise UsageError(
            f"--from {home}: {error.message.removeprefix('`state`').removeprefix(': ').strip()}", hint=error.hint
        ) from error


def _refuse_another(workspace: Workspace, former: Workspace) -> None:
    """Refuse to take the state away from an environment that is configured, and is another Marketplace's.

    Raises:
        UsageError: it would be left without one.
    """
    configured = workspace.config.environments.get(former.environment.name)
    ours = workspace.environment
    if configured is None or configured.name == ours.name:
        return
    if (configured.base_url, configured.network_key) != (ours.base_url, ours.network_key):
        raise UsageError(
            f"{configured.name} is an environment of its own, with another Marketplace or provider than "
            f"{ours.name}: its state is not moved away. Nothing was written.",
            hint=f"If {ours.name} takes its place, take the table [environments.{configured.name}] out first.",
        )


def _is_absent(workspace: Workspace) -> bool:
    try:
        return workspace.backend.read() is None
    except StateError:  # what is wrong with it is told under the locks
        return False


def _relabel(work: _Move) -> Exit:
    """Another address, provider or name in the same home: one swap."""
    found = _read(work.new)
    if found is None:
        raise _nothing(work.old.workspace, work.new.workspace)
    state, version = found
    if state.moved_to is not None:
        raise _elsewhere(work, state.moved_to)
    home, api = work.new.workspace.home, work.new.workspace.api
    if state.home == home and state.api in (None, api):
        return _done(work, state)
    _check_name(work, state)
    work.old.refuse_live(state)
    after = moving.relabelled(state, home=home, api=api, record=work.record)
    work.new.write(after, version)
    return _tell(work, state.home, after)


def _between(work: _Move) -> Exit:
    """One home to the other, step by step; each is decided by what stands in both."""
    home, api = work.new.workspace.home, work.new.workspace.api
    for _ in range(_STEPS):
        old, new = _read(work.old), _read(work.new)
        if old is None:
            raise _nothing(work.old.workspace, work.new.workspace)
        (source, version), target = old, new[0] if new else None
        match moving.next_step(source, target, to=work.to):
            case Step.RESERVE:
                _check_name(work, source)
                work.old.refuse_live(source)
                work.new.write(
                    moving.reservation(source, at=work.source, home=home, api=api, record=work.record), None
                )
            case Step.MARK:
                _check_name(work, source)
                work.old.refuse_live(source)
                work.old.write(moving.marked(source, to=work.to, record=work.record), version)
            case Step.FILL:
                assert new is not None
                after = moving.filled(source, new[0], home=home, api=api, record=work.record)
                work.new.write(after, new[1])
                return _tell(work, source.home, after)
            case Step.DONE:
                assert target is not None
                return _done(work, target)
            case Step.ELSEWHERE:
                assert source.moved_to is not None
                raise _elsewhere(work, source.moved_to)
            case Step.LOST:
                message, hint = words.lost(work.to, work.source)
                raise StateMissing(message, hint=hint)
            case Step.TAKEN:
                assert target is not None
                raise _taken(work, target)
    raise StateMoved("both states are written by others again and again", hint="Run it again.")


def _read(work: StateEdit) -> tuple[State, Version] | None:
    """What stands in a home, whatever it says of where the state is.

    Raises:
        StateError: it cannot be used; where the configuration does not name that home, with the way there.
    """
    workspace = work.workspace
    try:
        found = workspace.backend.read()
        return (workspace.parsed(found[0]), found[1]) if found else None
    except (StateMissing, StateUnreadable) as error:
        if not workspace.is_former:
            raise
        hint = f'Mend it first, with state = "{workspace.environment.state}" in the configuration; then move it.'
        raise type(error)(error.message, hint=hint) from error


def _check_name(work: _Move, source: State) -> None:
    """Refuse the state of another environment than was named.

    Raises:
        StateForeign: it is.
    """
    found, named = source.home.environment, work.source.environment
    if found != named:
        command = words.move_command(Place(found, work.source.location), work.to.environment)
        raise StateForeign(
            f"the state at {words.shown(work.source)} is of environment {found}, not of {named}. "
            "Nothing was written.",
            hint=f"If {found} is what {work.to.environment} was called: {command}",
        )


def _nothing(former: Workspace, workspace: Workspace) -> OfferctlError:
    """There is none where it was said to be; where one is that may be meant, that is told instead."""
    try:
        if workspace.backend.read() is None:
            refuse_first_run(workspace)
    except StateError as error:
        return error
    return UsageError(f"there is no state of {former.environment.name} at {words.shown(former.place)}")


def _elsewhere(work: _Move, to: Place) -> StateElsewhere:
    return StateElsewhere(
        f"the state of {work.source.environment} is not at {words.shown(work.source)}: it is kept at "
        f"{words.shown(to)}. Nothing was written.",
        hint=f"To bring it here from there: {words.move_command(to, work.to.environment)}",
    )


def _taken(work: _Move, there: State) -> UsageError:
    number = counted(len(there.listings), "listing")
    return UsageError(
        f"there is a state of {work.to.environment} at {words.shown(work.to)} already (serial {there.serial}, "
        f"{number}). Nothing was written over.",
        hint="Two states are never mixed. Give the configuration another home to move to, or take that one away "
        "first, if it is of no use.",
    )


def _done(work: _Move, state: State) -> Exit:
    work.new.workspace.console.out(
        f"The state of {sanitize(work.to.environment)} is at {sanitize(words.shown(work.to))} already, for "
        f"{marketplace(work.new.workspace.home)} (serial {state.serial}): there is nothing to move."
    )
    return Exit.OK


def _tell(work: _Move, former: Home, after: State) -> Exit:
    console = work.new.workspace.console
    number = counted(len(after.listings), "listing")
    console.out(
        f"Moved the state of {sanitize(work.to.environment)} to {sanitize(words.shown(work.to))}: {number}, now "
        f"serial {after.serial}."
    )
    for name, was, now in zip(Home._fields, former, after.home, strict=True):
        if was != now:
            console.info(f"{name}: {sanitize(was)} -> {sanitize(now)}")
    if work.source.location != work.to.location:
        console.info(
            f"{sanitize(words.shown(work.source))} is refused from now on, wherever it is still configured."
        )
    contested = [id_ for id_, belief in after.listings.items() if belief.status is Status.CONTESTED]
    if contested:
        console.info(f"Contested as before, so that nothing is sent for them: {ids(contested)}")
    if len(contested) < len(after.listings):
        every = "All are" if not contested else "The others are"
        console.info(f"{every} in doubt, and the next apply asserts them.\n{remediation(after)}")
    return Exit.OK
