"""The three calls of the API as values, and what each looks like on the wire of one dialect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from urllib.parse import urlencode

from offerctl import canon
from offerctl.api.dialect import DEFAULT, Dialect, Place
from offerctl.offering import PATCHABLE, Offering, check_id

_NETWORK_KEY = "networkKey"


class Action(StrEnum):
    """The three calls of the API, by their HTTP methods."""

    ADD = "POST"
    PATCH = "PATCH"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: its action, the listing's id, and attributes (all of them, the changed ones, or none).

    `unchanged` are the other attributes that can be patched, for dialects in which a Patch carries all of them.
    """

    action: Action
    offering_id: str
    attributes: tuple[tuple[str, object], ...] = ()
    unchanged: tuple[tuple[str, object], ...] = ()


def add(offering: Offering) -> Request:
    """POST of all attributes."""
    return Request(
        action=Action.ADD,
        offering_id=offering.offering_id,
        attributes=tuple(offering.attributes().items()),
    )


def patch(offering: Offering, fields: tuple[str, ...]) -> Request:
    """PATCH of the named attributes; which ones may change says `offering.PATCHABLE`."""
    values = offering.attributes()
    return Request(
        action=Action.PATCH,
        offering_id=offering.offering_id,
        attributes=tuple((field, values[field]) for field in fields),
        unchanged=tuple((field, values[field]) for field in PATCHABLE if field not in fields),
    )


def delete(offering_id: str) -> Request:
    """DELETE; its body is the networkKey alone, or nothing."""
    return Request(action=Action.DELETE, offering_id=offering_id)


def target(request: Request, collection: str) -> str:
    """The path of a request below the base URL; nothing in an id needs to be encoded.

    Raises:
        InvalidOffering: it can be no id, such as `..`: its path would lead elsewhere.
    """
    offering_id = check_id(request.offering_id)
    if request.action is Action.ADD:
        return collection
    return f"{collection}/{offering_id}"


def query(request: Request, network_key: str, dialect: Dialect = DEFAULT) -> str:
    """What follows the path after a question mark: the networkKey where the dialect has it there."""
    return urlencode({_NETWORK_KEY: network_key}) if _place(request.action, dialect) == "query" else ""


def content(request: Request, network_key: str, dialect: Dialect = DEFAULT) -> bytes | None:
    """The JSON body, with the networkKey where the dialect has it there; none for a Delete without one."""
    values = dict(request.attributes)
    if dialect.patch == "full":
        values |= dict(request.unchanged)
    if _place(request.action, dialect) == "body":
        values[_NETWORK_KEY] = network_key
    elif request.action is Action.DELETE:
        return None
    return canon.compact(values)


def _place(action: Action, dialect: Dialect) -> Place:
    places = dialect.network_key_in
    match action:
        case Action.ADD:
            return places.add
        case Action.PATCH:
            return places.patch
        case Action.DELETE:
            return places.delete
        case _:
            assert_never(action)
