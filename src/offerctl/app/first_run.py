"""Refuses to begin without a state where one is near that may be it: lost, kept elsewhere, or another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offerctl.backends.neighbours import Neighbour, neighbours
from offerctl.errors import StateElsewhere, StateMissing
from offerctl.render import elsewhere as words

if TYPE_CHECKING:
    from offerctl.app.workspace import Workspace


def refuse_first_run(workspace: Workspace) -> None:
    """Refuse to begin without a state where one is near that may be it.

    Raises:
        StateElsewhere: it is in another home, or another environment has one of the same listings.
        StateMissing: it was moved here, and is gone.
    """
    here = workspace.place
    near = neighbours(here, workspace.config.root)
    for found in sorted(near, key=lambda one: one.state.moved_to is not None):  # where it is, before where it was
        to = found.state.moved_to
        if to == here:
            message, hint = words.lost(here, found.place)
            raise StateMissing(message, hint=hint)
        if found.state.closed is None and (to or found.state.listings) and _may_be_it(workspace, found):
            message, hint = words.neighbour(found.state, found.place, workspace.home, here)
            raise StateElsewhere(message, hint=hint)


def _may_be_it(workspace: Workspace, found: Neighbour) -> bool:
    """Whether it has the same listings: by address and provider, or by a name that says so.

    A file beside that of the environment, with its name, is its own. On a branch, which other projects may use,
    address or provider must be the same, too.
    """
    theirs, ours = found.state.home, workspace.home
    same = [their == our for their, our in zip(theirs, ours, strict=True)]
    if theirs.environment == ours.environment:
        return any(same[1:]) or found.place.location.startswith("file:")
    return all(same[1:]) and _collection(workspace, theirs.environment) == _collection(workspace, ours.environment)


def _collection(workspace: Workspace, environment: str) -> str:
    """Where its offerings stand in the Marketplace; an environment that is not configured had the same."""
    configured = workspace.config.environments.get(environment, workspace.environment)
    return configured.dialect.collection
