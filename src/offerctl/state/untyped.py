"""Untyped values of a document into typed ones: how states and saved plans are read, and what both refuse.

Every id passes `check_id` here before anything is done with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from offerctl.errors import InvalidOffering
from offerctl.offering import Offering, check_id
from offerctl.state.model import Home, Place

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K", str, int, bool)

ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What an environment can be called: messages write it into commands that people copy."""


def typed(kind: type[K], value: Any) -> K:
    """The value, if it is exactly of that type.

    Raises:
        TypeError: it is of another one.
    """
    if type(value) is not kind:  # a bool is no number here
        raise TypeError(f"{kind.__name__} is wanted, not {value!r}")
    return value


def maybe(kind: type[K], value: Any) -> K | None:
    """The same, or none."""
    return None if value is None else typed(kind, value)


def optional(convert: Callable[[T], R], value: T | None) -> R | None:
    """The converted value, or none."""
    return None if value is None else convert(value)


def read_table(value: Any) -> Mapping[str, object]:
    """A table of whatever, for comparison alone.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, dict):
        raise TypeError(f"a table is wanted, not {value!r}")
    return value


def read_id(value: Any) -> str:
    """An offeringId.

    Raises:
        ValueError: it can be none.
    """
    try:
        return check_id(typed(str, value))
    except InvalidOffering:
        raise ValueError(f"{value!r} cannot be an offeringId") from None


def read_body(offering_id: str, value: Any) -> Offering | None:
    """The offering of that id, or none.

    Raises:
        InvalidOffering: no offering.
        ValueError: that of another id.
    """
    body = optional(Offering.from_attributes, value)
    if body is not None and body.offering_id != offering_id:
        raise ValueError(f"{offering_id} holds the body of {body.offering_id}")
    return body


def read_home(document: Mapping[str, Any]) -> Home:
    """Which environment, Marketplace and provider a document belongs to.

    Raises:
        ValueError: no environment can have that name.
    """
    home = Home(*(typed(str, document[name]) for name in Home._fields))
    _check_name(home.environment)
    return home


def read_place(value: Any) -> Place:
    """Where a state went.

    Raises:
        ValueError: no environment can have that name.
    """
    place = Place(environment=typed(str, value["environment"]), location=typed(str, value["state"]))
    _check_name(place.environment)
    return place


def _check_name(environment: str) -> None:
    if not ENVIRONMENT_NAME.fullmatch(environment):
        raise ValueError(f"{environment!r} cannot be the name of an environment")
