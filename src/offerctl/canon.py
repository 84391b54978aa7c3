"""The one form in which offerctl writes values: canonical JSON, plain numbers, RFC 3339 times, digests.

The only door to orjson. Numbers are `Decimal` inside and the shortest plain form outside (199, 199.5), so equal
values have equal bytes and equal digests. Characters that a reader does not see, or that do something, are escaped
in documents and lines; in what is digested or sent they stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from offerctl.characters import escaped_json

_BUFFER = 4096
"""Bytes that orjson takes for any text, and keeps as long as it lives: a short one that is kept is copied."""
_LAID_OUT = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
_MOST_SHOWN = 60
"""Characters of a key."""


def plain(number: Decimal) -> int | float:
    """The JSON number of a bounded decimal: 199.00 is 199, 199.50 is 199.5.

    At most 15 significant digits come here (the bounds of an offering), which a float gives back exactly.
    """
    return int(number) if number == number.to_integral_value() else float(number)


def text(number: Decimal) -> str:
    """The shortest plain form as text: never an exponent, never trailing zeros."""
    return str(plain(number))


def compact(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8. For digests and requests; a `line` is for what is shown."""
    text = orjson.dumps(value, default=_default, option=orjson.OPT_SORT_KEYS)
    return bytes(memoryview(text)) if len(text) < _BUFFER else text


def document(value: object) -> bytes:
    """The same values laid out for people and for git: sorted keys, two spaces, a newline at the end.

    It does no harm wherever it is shown.
    """
    return escaped_json(orjson.dumps(value, default=_default, option=_LAID_OUT))


def line(value: object) -> bytes:
    """The same on one line without its end, as harmless."""
    return escaped_json(compact(value))


def parse(data: bytes) -> Any:
    """Untyped JSON data with its numbers as they come from orjson; `decimal` turns one into ours.

    Raises:
        ValueError: the bytes are no JSON document in UTF-8.
    """
    return orjson.loads(data)


class EqualKeys(ValueError):
    """An object has the same key twice, so that readers may take it for different values."""


def parse_unambiguous(data: bytes) -> Any:
    """The same of a document in which no object has a key twice.

    One that `document` wrote is known by its bytes; any other one is read a second time, which takes longer.

    Raises:
        EqualKeys: an object has a key twice.
        ValueError: as `parse`.
    """
    value = parse(data)
    try:
        written = orjson.dumps(
            value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
    except TypeError:  # more is read than can be written again
        raise ValueError("it is nested too deeply") from None
    if written != data and escaped_json(written) != data:
        try:
            json.loads(data, object_pairs_hook=_with_different_keys)
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
    return value


def _with_different_keys(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise EqualKeys(f"it has the key {key[:_MOST_SHOWN]!r} twice")
        seen.add(key)


def decimal(number: float | Decimal) -> Decimal:
    """A JSON number as a Decimal of the digits that were written."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def digest(value: object) -> str:
    """SHA-256 over the canonical JSON of a value, as 64 hexadecimal digits."""
    return sha256(compact(value))


def digest_of_texts(values: Iterable[tuple[str, bytes]]) -> str:
    """The digest of an object whose values are canonical JSON already; its keys come in their order."""
    digest, start = hashlib.sha256(), b"{"
    for key, value in values:
        digest.update(b"%b%b:%b" % (start, compact(key), value))
        start = b","
    digest.update(b"}" if start == b"," else b"{}")
    return digest.hexdigest()


def sha256(data: bytes) -> str:
    """SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond where there is a fraction."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The time of an RFC 3339 text with an offset.

    Raises:
        ValueError: no time, or one without an offset.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"no offset from UTC in {text!r}")
    return parsed.astimezone(UTC)


def _default(value: object) -> int | float:
    if isinstance(value, Decimal):
        return plain(value)
    raise TypeError(f"no canonical form for {type(value).__name__}")
