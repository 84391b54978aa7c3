"""An offering: what a training provider lists in the Marketplace, and the bounds of each attribute.

Source of names, units and bounds: the attribute table of `.github/API.md`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from offerctl import canon
from offerctl.errors import InvalidOffering
from offerctl.standards import KEY_WORDS, StandardKey, is_standard_key

ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_NAME = 255
MAX_URL = 2048
MAX_NUMBER = Decimal(10) ** 9
"""Prices and durations stay below this: bounded digits keep every number exact in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """One offering, within its bounds whoever made it; whether its standard course is known, the catalogue checks.

    `price` is in Canadian dollars, `course_duration` in hours.

    Raises:
        InvalidOffering: a value out of its bounds.
    """

    offering_id: str
    training_standard_key: StandardKey
    course_name: str
    price: Decimal
    course_duration: Decimal
    external_registration_url: str

    def __post_init__(self) -> None:
        check_id(self.offering_id)
        if not 1 <= len(self.course_name) <= MAX_NAME:
            raise InvalidOffering("courseName", f"courseName must have 1 to {MAX_NAME} characters")
        _check_number("price", self.price, zero=True)
        _check_number("courseDuration", self.course_duration, zero=False)
        check_url(self.external_registration_url)

    def attributes(self) -> dict[str, str | Decimal]:
        """All six attributes by their API names, in the order of the API's reference."""
        return {
            "offeringId": self.offering_id,
            "trainingStandardKey": self.training_standard_key,
            "courseName": self.course_name,
            "price": self.price,
            "courseDuration": self.course_duration,
            "externalRegistrationUrl": self.external_registration_url,
        }

    @classmethod
    def from_attributes(cls, values: Mapping[str, object]) -> Offering:
        """An offering from untyped data (a checked file, the state, a plan).

        Raises:
            InvalidOffering: a missing or unknown attribute, a wrong type, a value out of its bounds.
        """
        if unknown := sorted(values.keys() - set(ATTRIBUTES)):
            raise InvalidOffering(unknown[0], f"unknown attribute {unknown[0]}")
        return cls(
            offering_id=_text(values, "offeringId"),
            training_standard_key=check_standard_key(_text(values, "trainingStandardKey")),
            course_name=_text(values, "courseName"),
            price=_number(values, "price"),
            course_duration=_number(values, "courseDuration"),
            external_registration_url=_text(values, "externalRegistrationUrl"),
        )


ATTRIBUTES = (
    "offeringId",
    "trainingStandardKey",
    "courseName",
    "price",
    "courseDuration",
    "externalRegistrationUrl",
)
PATCHABLE = ("courseName", "price", "courseDuration", "externalRegistrationUrl")
"""What Patch takes; a change of `offeringId` or `trainingStandardKey` is a delete and an add."""


class Desired(NamedTuple):
    """An offering as a file of the catalogue wants it: `file` relative to the repository, `/` between parts."""

    offering: Offering
    file: str
    protect: bool = False


def check_id(offering_id: str) -> str:
    """The id itself, if it can be one.

    Raises:
        InvalidOffering: not 1 to 64 of `A-Z a-z 0-9 . _ -` that start with a letter or digit.
    """
    if not ID_PATTERN.fullmatch(offering_id):
        raise InvalidOffering(
            "offeringId",
            "offeringId must have 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit",
        )
    return offering_id


def check_standard_key(key: str) -> StandardKey:
    """The key itself, if it can be one; which ones are known says a `Standards`.

    Raises:
        InvalidOffering: no well-formed key.
    """
    if not is_standard_key(key):
        raise InvalidOffering("trainingStandardKey", f"trainingStandardKey must have {KEY_WORDS}")
    return key


def check_url(url: str) -> str:
    """The URL itself, if it is an absolute http(s) URL with a host.

    Raises:
        InvalidOffering: anything else.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > MAX_URL or min(url) <= " ":
        raise InvalidOffering(
            "externalRegistrationUrl",
            "externalRegistrationUrl must be an absolute address such as https://provider.example/register",
        )
    return url


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself, by address or by name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def normal_host(host: str) -> str | None:
    """A host as hosts are compared: whole, in lower case, as DNS spells it, without the dot of the root.

    None where it is not certain which one is meant: `ß` is a letter of its own in IDNA 2008, which browsers have,
    and `ss` in IDNA 2003, which Python has. What 2003 reads as something else than it says is left open so.
    """
    lowered = unicodedata.normalize("NFC", host.lower().removesuffix("."))
    if lowered.isascii():
        return lowered
    try:
        spelled = lowered.encode("idna")
        return spelled.decode("ascii") if spelled.decode("idna") == lowered else None
    except UnicodeError:
        return None


def _check_number(field: str, value: Decimal, *, zero: bool) -> None:
    in_bounds = value.is_finite() and (value >= 0 if zero else value > 0) and value < MAX_NUMBER
    if not in_bounds or value != round(value, 2):
        least = "0 or more" if zero else "more than 0"
        raise InvalidOffering(field, f"{field} must be {least}, with at most 2 decimals")


def _text(values: Mapping[str, object], field: str) -> str:
    value = _present(values, field)
    if not isinstance(value, str):
        raise InvalidOffering(field, f"{field} must be text")
    return value


def _number(values: Mapping[str, object], field: str) -> Decimal:
    value = _present(values, field)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InvalidOffering(field, f"{field} must be a number")
    return canon.decimal(value)


def _present(values: Mapping[str, object], field: str) -> object:
    if field not in values:
        raise InvalidOffering(field, f"{field} is missing")
    return values[field]
