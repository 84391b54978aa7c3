"""Refuses a state whose listings were written elsewhere in the same Marketplace.

That is in another collection, with the networkKey in another place, or by credentials of another entity. Address
and networkKey are the state's home, and checked with that.
"""

from __future__ import annotations

from collections.abc import Mapping

from offerctl import canon
from offerctl.config import Environment
from offerctl.errors import StateForeign
from offerctl.render.elsewhere import on_purpose
from offerctl.state import LISTED, Place, State, Status

_LONGEST = 200
"""Characters of a value."""
_OF_THE_TABLE = "api."


def check(state: State, ours: Mapping[str, object], environment: Environment) -> None:
    """Refuse a state that was written in another dialect, as far as that decides where a listing lives.

    One that does not say under which is ours; so is one of which nothing is, or may be, listed: after a probe only
    what that deleted again is known.

    Raises:
        StateForeign: there are listings that may be elsewhere.
    """
    if state.api is None or state.api == ours or not _has_listings(state):
        return
    name, theirs, wanted = _first_difference(state.api, ours)
    raise StateForeign(
        f"the listings in the state at {environment.state} were written with {name} = {theirs}, and the "
        f"configuration says {wanted}: they may be elsewhere. Nothing was sent and nothing overwritten.",
        hint=on_purpose(Place(environment.name, environment.state), environment.name),
    )


def _has_listings(state: State) -> bool:
    there = LISTED | {Status.CONTESTED}
    return state.run is not None or any(belief.status in there for belief in state.listings.values())


def _first_difference(theirs: Mapping[str, object], ours: Mapping[str, object]) -> tuple[str, str, str]:
    name = next(name for name in (*ours, *theirs) if theirs.get(name) != ours.get(name))
    where = name if name == "collection" else f"{_OF_THE_TABLE}{name}"
    return where, _shown(theirs.get(name)), _shown(ours.get(name))


def _shown(value: object) -> str:
    shown = canon.line(value).decode()
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
