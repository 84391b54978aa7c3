"""Words for a state that is not where the configuration looks for it, with the command that brings it there."""

from __future__ import annotations

import shlex

from offerctl.render.words import counted
from offerctl.state import Home, Place, State


def move_command(source: Place, environment: str) -> str:
    """The command that brings a state from there to where this environment's configuration says."""
    renamed = "" if source.environment == environment else f" --from-env {shlex.quote(source.environment)}"
    return f"offerctl state move --from {shlex.quote(source.location)}{renamed} -e {environment}"


def shown(at: Place) -> str:
    """A home: `git:offerctl-state`, which holds one state for each environment, or `file:PATH`."""
    return at.location


def foreign(found: Home, home: Home, at: Place) -> tuple[str, str] | None:
    """That the state at hand is of another environment, address or provider; none where it is not."""
    for name, theirs, ours in zip(Home._fields, found, home, strict=True):
        if theirs != ours:
            source = Place(found.environment, at.location)
            return (
                f"the state at {shown(at)} belongs to {name} {theirs!r}, not to {ours!r}",
                f"Nothing was sent and nothing overwritten. {on_purpose(source, home.environment)}",
            )
    return None


def on_purpose(source: Place, environment: str) -> str:
    """The ways on where the configuration says something else than the state was written with."""
    command = move_command(source, environment)
    return f"Correct the configuration; or, where that changed on purpose, take the state along: {command}"


def moved(to: Place, here: Place) -> tuple[str, str]:
    """That the state is kept in another home."""
    return (
        f"the state of {here.environment} is not at {shown(here)}: it is kept at {_named(to, here)}",
        _nothing_sent(f'Set state = "{to.location}" for it (git pull may bring that), or bring it here', to, here),
    )


def lost(here: Place, source: Place) -> tuple[str, str]:
    """That the state was moved to where nothing is."""
    name = here.environment
    message = f"the state of {name} was moved from {_named(source, here)} to {shown(here)}, and none is there"
    return message, (
        f"Nothing was sent. Where offerctl worked since, this may bring it back: offerctl history -e {name}, then "
        f"offerctl state restore N. Else make it anew from git's history: offerctl state rebuild -e {name}"
    )


def neighbour(found: State, at: Place, home: Home, here: Place) -> tuple[str, str]:
    """That a first run here would begin beside a state of the same listings."""
    number = counted(len(found.listings), "listing")
    what = "one of the same Marketplace and provider" if at.environment != here.environment else "one"
    message = (
        f"there is no state of {here.environment} at {shown(here)}, but {what} at {_named(at, here)} "
        f"(serial {found.serial}, {number}): a first run would know none of them"
    )
    if found.home[1:] == home[1:]:
        return message, _nothing_sent("To bring it here", at, here)
    way = "If it is another environment's, give this one a name of its own. If not, bring it here"
    return message, _nothing_sent(way, at, here)


def reopening(serial: int, environment: str, *, unfinished: bool) -> str:
    """The ways on from a state that is closed."""
    again = f"To delete them: offerctl state retire -e {environment}. " if unfinished else ""
    return f"{again}To take it up again, in doubt: offerctl state restore {serial} -e {environment}"


def _nothing_sent(way: str, source: Place, here: Place) -> str:
    return f"Nothing was sent. {way}: {move_command(source, here.environment)}"


def _named(at: Place, here: Place) -> str:
    of = "" if at.environment == here.environment else f", of environment {at.environment}"
    return f"{shown(at)}{of}"
