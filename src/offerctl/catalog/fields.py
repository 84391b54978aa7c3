"""What is wrong with the value of one field, in its author's words, and what to write where that is certain."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from offerctl.catalog.codes import Code
from offerctl.catalog.nearest import (
    EXAMPLES,
    NUMBERS,
    PROTECT,
    STANDARD,
    fold,
    nearest_standard,
    same_standard,
)
from offerctl.catalog.scalars import OddNumber, plain_number, quoted
from offerctl.catalog.source import shortened, spelled
from offerctl.errors import InvalidOffering
from offerctl.offering import MAX_NAME, MAX_NUMBER, check_id, check_url
from offerctl.standards import Standards

_NOT_IN_ADDRESS = re.compile("[\\s\u200c\u200d]")
_YES = ("true", "yes", "on", "y", "oui")
_NO = ("false", "no", "off", "n", "non")


class FieldError(NamedTuple):
    """What is wrong with a value; `fix` is written in its place."""

    code: Code
    message: str
    hint: str | None = None
    fix: str | None = None


def field_error(field: str, value: object, text: str, standards: Standards) -> FieldError | None:
    """What is wrong with a field's value, written as `text` (its quotes aside); none where it is right."""
    if value is None:
        return FieldError(Code.MISSING_FIELD, f"`{field}` has no value", for_example(field))
    if isinstance(value, Mapping | list):
        kind = "a list" if isinstance(value, list) else "further levels"
        return FieldError(Code.SHAPE, f"`{field}` must be one value, without {kind}", for_example(field))
    if field in NUMBERS:
        return _number_error(field, value, text)
    if field == PROTECT:
        return _protect_error(value, text)
    wrong = _standard_error(value if isinstance(value, str) else text, standards) if field == STANDARD else None
    return wrong or (_TEXTS[field](value) if isinstance(value, str) else _not_text(field, value, text))


def for_example(field: str) -> str:
    """A hint that shows the field with a value."""
    return f"for example `{field}: {EXAMPLES[field]}`"


def _number_error(field: str, value: object, text: str) -> FieldError | None:
    if not isinstance(value, Decimal):
        meant = plain_number(text, hours=field == "courseDuration")
        if meant is not None and _out_of_bounds(field, Decimal(meant)) is not None:
            meant = None
        hint = f"write {meant}" if meant else _why_not_plain(value, text)
        return FieldError(Code.NUMBER, _plain_number_wanted(field), hint, meant)
    return _out_of_bounds(field, value)


def _out_of_bounds(field: str, value: Decimal) -> FieldError | None:
    if value < 0:
        return FieldError(Code.NUMBER, _plain_number_wanted(field), "it cannot be negative")
    if value == 0 and field == "courseDuration":
        return FieldError(Code.VALUE, f"{field} must be more than 0", "the duration is in hours")
    if value >= MAX_NUMBER:
        return FieldError(Code.VALUE, f"{field} must be less than {MAX_NUMBER:,}")
    if value != round(value, 2):
        return FieldError(Code.VALUE, f"{field} has more than 2 decimals", for_example(field))
    return None


def _plain_number_wanted(field: str) -> str:
    return f"{field} must be a plain number such as {EXAMPLES[field]}"


def _why_not_plain(value: object, text: str) -> str | None:
    if isinstance(value, OddNumber) and text.strip("-").replace(".", "", 1).isdigit():
        return "it has too many digits"
    return None


def _protect_error(value: object, text: str) -> FieldError | None:
    if isinstance(value, bool):
        return None
    meant = {**dict.fromkeys(_YES, "true"), **dict.fromkeys(_NO, "false")}.get(fold(text))
    hint = f"write {meant}" if meant else None
    return FieldError(Code.VALUE, "protect must be true or false", hint, meant)


def _not_text(field: str, value: object, text: str) -> FieldError:
    what = "true or false" if isinstance(value, bool) else "a number"
    quotes = quoted(text)
    message = f"`{field}` must be text, and {shortened(text)} is read as {what}; put it in quotes"
    return FieldError(Code.TEXT, message, f"write {shortened(quotes)}", quotes)


def _id_error(value: str) -> FieldError | None:
    try:
        check_id(value)
    except InvalidOffering as error:
        wrong = next((c for c in value if not (c.isascii() and (c.isalnum() or c in "._-"))), None)
        hint = f"`{wrong}` cannot be part of it" if wrong and value == value.strip() else None
        return _trimmed(Code.VALUE, value, _id_error) or FieldError(Code.VALUE, error.message, hint)
    return None


def _standard_error(value: str, standards: Standards) -> FieldError | None:
    if value in standards:
        return None
    message = f"`trainingStandardKey` cannot be `{shortened(value)}`"
    if same := same_standard(value, standards):
        return FieldError(Code.STANDARD, message, f"did you mean `{same}`?", same)
    if near := nearest_standard(value, standards):  # another part or mode is another course: never a fix
        return FieldError(Code.STANDARD, message, f"did you mean `{near}`?")
    known = " or ".join(f"`{key}` ({standards.language(key)})" for key in standards)
    return FieldError(Code.STANDARD, message, f"it is {known}")


def _name_error(value: str) -> FieldError | None:
    if not value.strip():
        return FieldError(Code.MISSING_FIELD, "`courseName` is empty", for_example("courseName"))
    if len(value) > MAX_NAME:
        return FieldError(Code.VALUE, f"`courseName` has {len(value)} characters; at most {MAX_NAME} are possible")
    return None


def _url_error(value: str) -> FieldError | None:
    try:
        check_url(value)
    except InvalidOffering:
        field = "externalRegistrationUrl"
        message = f"`{field}` must be a whole address such as {EXAMPLES[field]}"
        host = value.partition("/")[0]
        looks_right = "." in host and "://" not in value and " " not in value.strip()
        hint = f"did you mean `https://{shortened(value.strip(), 60)}`?" if looks_right else None
        if looks_right and "@" in host:
            hint = "a mail address is none; write the address of the page where a visitor books"
        return _trimmed(Code.VALUE, value, _url_error) or FieldError(Code.VALUE, message, hint)
    return unfit_address(value)


def unfit_address(url: str) -> FieldError | None:
    """What is wrong with an address that an `Offering` takes: states and plans may hold it, a file may not."""
    if not url.isascii() and (found := _NOT_IN_ADDRESS.search(url)):
        message = f"`externalRegistrationUrl` holds the blank or invisible character {spelled(found[0])}"
        return _trimmed(Code.VALUE, url, _url_error) or FieldError(Code.CHARACTER, message, "delete it")
    before, at, _ = urlsplit(url).netloc.rpartition("@") if "@" in url else ("", "", "")
    if at:
        is_secret = ":" in before
        what = "password" if is_secret else "user's name"
        message = f"`externalRegistrationUrl` holds a {what} before the @, which everybody would see"
        hint = "take it out, and change it where it is used" if is_secret else "take it out"
        return FieldError(Code.CREDENTIALS, message, hint)
    return None


def _trimmed(code: Code, value: str, check: Any) -> FieldError | None:
    """The fault of a value that is right but for the blanks at its ends."""
    bare = value.strip()
    if bare == value or check(bare) is not None:
        return None
    return FieldError(
        code, "blanks at the ends of the value", f"write {shortened(quoted(bare), 60)}", quoted(bare)
    )


_TEXTS: Mapping[str, Callable[[str], FieldError | None]] = {
    "offeringId": _id_error,
    STANDARD: lambda _: None,  # its value is looked up in the standards before
    "courseName": _name_error,
    "externalRegistrationUrl": _url_error,
}
