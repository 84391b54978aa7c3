"""The JSON body of a request, as far as it can be checked without the listings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from offerctl import canon
from offerctl.api import Place
from offerctl.embedded.refusal import Code, Refusal
from offerctl.errors import InvalidOffering
from offerctl.offering import ATTRIBUTES, PATCHABLE, Offering
from offerctl.standards import Standards

MAX_BODY = 64 * 1024
"""Bytes of a request's body; the largest offering takes a tenth of it."""
_NETWORK_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MAX_SHOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The attributes of a request, and the network key that goes with every one."""

    attributes: Mapping[str, object]
    network_key: str

    def offering(self, standards: Standards) -> Offering:
        """All attributes, for Add.

        Raises:
            Refusal: they make no offering.
        """
        self._only(ATTRIBUTES)
        try:
            offering = Offering.from_attributes(self.attributes)
        except InvalidOffering as error:
            raise Refusal(Code.INVALID, error.message) from error
        if offering.training_standard_key not in standards:
            raise Refusal(Code.INVALID, f"trainingStandardKey must be {' or '.join(standards)}")
        return offering

    def changes(self, *, full: bool = False) -> Mapping[str, object]:
        """The attributes to change, for Patch; their values are checked together with the others'.

        Raises:
            Refusal: none, some that cannot be changed, or (`full`) not all that can.
        """
        for name in ATTRIBUTES:
            if name in self.attributes and name not in PATCHABLE:
                raise Refusal(Code.INVALID, f"{name} cannot be patched: delete the offering and add another one")
        self._only(PATCHABLE)
        if not self.attributes:
            raise Refusal(Code.INVALID, f"nothing to patch: name one or more of {', '.join(PATCHABLE)}")
        if full and (missing := [name for name in PATCHABLE if name not in self.attributes]):
            raise Refusal(Code.INVALID, f"{missing[0]} is missing")
        return self.attributes

    def nothing(self) -> None:
        """No attribute at all, for Delete.

        Raises:
            Refusal: there is one.
        """
        self._only(())

    def _only(self, known: tuple[str, ...]) -> None:
        if unknown := sorted(self.attributes.keys() - set(known)):
            raise Refusal(Code.INVALID, f"unknown attribute {unknown[0][:_MAX_SHOWN]}")


def read(
    data: bytes, content_type: str, *, place: Place = "body", query_key: str | None = None, owner: str = ""
) -> Body:
    """The body of a request, and the networkKey from the `place` where the dialect has it.

    `query_key` is one that came with the address: where a body is wanted, a Delete may have it there instead. With
    the place "none" the `owner` counts, who is known by other means.

    Raises:
        Refusal: no JSON object, a networkKey that is missing or in the wrong place, or a body where none may be.
    """
    if place == "body":
        return _with_key(data, content_type, query_key)
    if "networkKey" in (values := _object(data, content_type) if data else {}):
        raise Refusal(Code.INVALID, "unknown attribute networkKey")
    return Body(attributes=values, network_key=owner if place == "none" else _key(query_key))


def _with_key(data: bytes, content_type: str, query_key: str | None) -> Body:
    values = _object(data, content_type) if data or query_key is None else {}
    key = _key(values.pop("networkKey", query_key))
    if query_key not in {None, key}:
        raise Refusal(Code.INVALID, "the networkKey of the address is not that of the body")
    return Body(attributes=values, network_key=key)


def _key(key: object) -> str:
    if key is None:
        raise Refusal(Code.INVALID, "networkKey is missing")
    if not isinstance(key, str) or not _NETWORK_KEY.fullmatch(key):
        raise Refusal(Code.INVALID, "networkKey must be text, 1 to 64 of A-Z a-z 0-9 . _ -")
    return key


def _object(data: bytes, content_type: str) -> dict[str, Any]:
    if content_type.partition(";")[0].strip().casefold() != "application/json":
        raise Refusal(Code.INVALID, "the body must be JSON, with Content-Type: application/json")
    try:
        canon.parse(data)  # the strict one: UTF-8, whole characters, finite numbers, bounded depth
        values = json.loads(data, parse_float=Decimal)  # and the exact one
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Refusal(Code.INVALID, "the body is no JSON document in UTF-8") from error
    if not isinstance(values, dict):
        raise Refusal(Code.INVALID, "the body must be a JSON object")
    return values
