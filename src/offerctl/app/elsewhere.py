"""Refuses a state that is not where the configuration looks for it, or is over; each refusal names the way on.

`move` alone looks at such states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from offerctl.errors import StateClosed, StateElsewhere, StateForeign
from offerctl.render import elsewhere as words
from offerctl.render.words import counted, when

if TYPE_CHECKING:
    from offerctl.app.workspace import Workspace
    from offerctl.state import State


def refuse_moved(workspace: Workspace, state: State) -> None:
    """Refuse a document that only says where the state is (*move*).

    Raises:
        StateElsewhere: it is one.
    """
    if state.moved_to is not None:
        message, hint = words.moved(state.moved_to, workspace.place)
        raise StateElsewhere(message, hint=hint)


def refuse_closed(workspace: Workspace, state: State) -> None:
    """Refuse the state of an environment that is retired.

    Raises:
        StateClosed: it is.
    """
    if state.closed is None:
        return
    name = workspace.environment.name
    left = (
        f"; {counted(len(state.listings.listed()), 'listing')} may be listed yet"
        if state.listings.listed()
        else ""
    )
    raise StateClosed(
        f"{name} is retired since {when(state.closed)}, and its state closed{left}. Nothing was sent.",
        hint=words.reopening(state.serial, name, unfinished=bool(left)),
    )


def refuse_foreign(workspace: Workspace, state: State) -> None:
    """Refuse a state of another environment, Marketplace or provider.

    Raises:
        StateForeign: it is.
    """
    if found := words.foreign(state.home, workspace.home, workspace.place):
        raise StateForeign(found[0], hint=found[1])
