"""The entries of a state document, as they lie in its bytes.

A plan asks a hundred thousand of them how they stand, and reads a few. Those of ordinary listings are known by the
shape in which offerctl writes them: what is asked of all of them is found by one expression, and nothing is made
of the rest. Every other entry is read as JSON.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Final

from offerctl import canon
from offerctl.desired import Remembered, RememberedValues
from offerctl.errors import StateUnreadable
from offerctl.state import shapes
from offerctl.state.belief import Status

_STATUSES: Final = {status.value: status for status in Status}
_KEYS = re.compile(rb',"(key|last_attempt|last_confirmed|protect|quiet_until|read_as|status)":')
"""Quotes within a text are written as escapes, and within an entry's values no object has such a key."""
_BEGIN, _INDENT = b'{"body":', b"    "


class Entry(ABC):
    """What a document holds of one listing: its belief, before anybody asked for that."""

    __slots__ = ()

    @property
    @abstractmethod
    def status(self) -> Status:
        """How the listing stands.

        Raises:
            StateUnreadable: as nobody knows it.
        """

    @property
    @abstractmethod
    def attempted_by(self) -> str | None:
        """The run that was the last to change it, or to try to."""

    @property
    @abstractmethod
    def confirmed_at(self) -> str | None:
        """When it was confirmed, so that texts compare as times do: they are in UTC, and end with Z."""

    @abstractmethod
    def values(self) -> Mapping[str, Any]:
        """All of it, untyped."""

    @abstractmethod
    def text(self) -> bytes | memoryview:
        """As it stands in a document."""

    @abstractmethod
    def remembered(self) -> Remembered | None:
        """What a plan may take for granted: the file says what is believed, so nothing is to be done.

        Whatever else an entry holds, or was made to hold, its file is read.
        """


class PlainEntry(Entry, Remembered):
    """The entry of a live listing in the shape in which it is written: the place where it was found, no more."""

    __slots__ = ("_found",)

    def __init__(self, found: re.Match[bytes]) -> None:
        self._found = found

    @property
    def status(self) -> Status:
        """Live: no other one has this shape."""
        return Status.LIVE

    @property
    def attempted_by(self) -> str | None:
        """As its document has it."""
        run = self._found["run"]
        return None if run is None else _inside(run)

    @property
    def confirmed_at(self) -> str | None:
        """As its document has it."""
        return _inside(self._found["at"]).removesuffix("Z")

    def values(self) -> Mapping[str, Any]:
        """Read anew each time."""
        values: Mapping[str, Any] = canon.parse(bytes(self.text()))
        return values

    def text(self) -> memoryview:
        """The bytes of the document themselves."""
        found = self._found
        return memoryview(found.string)[found.end("id") + 3 : found.end()]

    def remembered(self) -> Remembered | None:
        """Itself."""
        return self

    @property
    def offering_id(self) -> str:
        """As its document has it."""
        return self._found["id"].decode()

    @property
    def url(self) -> str:
        """As its document has it."""
        return _inside(self._found["url"])

    @property
    def file(self) -> str:
        """As its document has it."""
        return _inside(self._found["file"])

    @property
    def protect(self) -> bool:
        """As its document has it."""
        return self._found["protect"] == b"true"

    @property
    def digest(self) -> str:
        """As its document has it."""
        return _inside(self._found["digest"])

    @property
    def attributes(self) -> bytes:
        """The bytes of the document themselves: a text without escapes is written alike everywhere."""
        return self._found["body"]


class OtherEntry(Entry):
    """Any other one, as values."""

    __slots__ = ("_id", "_values")

    def __init__(self, offering_id: str, values: Mapping[str, Any]) -> None:
        self._id = offering_id
        self._values = values

    @property
    def status(self) -> Status:
        """As its document has it.

        Raises:
            StateUnreadable: as nobody knows it.
        """
        try:
            return _STATUSES[self._values["status"]]
        except (KeyError, TypeError):
            raise StateUnreadable(f"the state document is malformed: {self._id} has no known status") from None

    @property
    def attempted_by(self) -> str | None:
        """As its document has it."""
        return _text_in(self._values.get("last_attempt"), "run")

    @property
    def confirmed_at(self) -> str | None:
        """As its document has it."""
        at = _text_in(self._values.get("last_confirmed"), "at")
        return None if at is None else at.removesuffix("Z")

    def values(self) -> Mapping[str, Any]:
        """As they are."""
        return self._values

    def text(self) -> bytes:
        """Laid out."""
        return laid_out(self._values)

    def remembered(self) -> Remembered | None:
        """None where it holds anything that has to be looked into."""
        entry = self._values
        body, read_as, protect = entry.get("body"), entry.get("read_as"), entry.get("protect")
        if entry.get("status") != Status.LIVE or not isinstance(body, dict) or not isinstance(read_as, dict):
            return None
        same = body.get("offeringId") == self._id and body.get("trainingStandardKey") == entry.get("key")
        file, url = read_as.get("file"), body.get("externalRegistrationUrl")
        if not same or not isinstance(protect, bool) or not isinstance(file, str) or not isinstance(url, str):
            return None
        return RememberedValues(self._id, url, canon.compact(body), file, protect, str(read_as.get("digest")))


def laid_out(entry: Mapping[str, Any]) -> bytes:
    """An entry as it stands in a document, each of its values on a line."""
    text = canon.line(entry)
    if not text.startswith(_BEGIN):  # no entry of ours; its values are kept all the same
        return text
    return b'{\n      "body": ' + _KEYS.sub(rb',\n      "\1": ', text[len(_BEGIN) : -1]) + b"\n    }"


def entries(data: bytes, start: int, end: int) -> Iterator[tuple[str, Entry | Mapping[str, Any]]]:
    """What lies between two places of a document: each id with its entry, or with the values of an unusual one.

    Raises:
        ValueError: there is anything else, or something that would be laid out otherwise.
    """
    plain = shapes.ordinary() if end - start >= shapes.LONG else None
    while start < end:
        place = start + len(_INDENT)
        found = plain.match(data, place, end) if plain else None
        if found is not None:
            yield found["id"].decode(), PlainEntry(found)
        elif found := shapes.entry().match(data, place, end):
            values = canon.parse(found[2])
            if laid_out(values) != found[2]:
                raise ValueError("an entry is laid out otherwise")
            yield found[1].decode(), values
        if found is None or data[start:place] != _INDENT:
            raise ValueError("this is no entry")
        place, start = found.end(), found.end() + (1 if found.end() == end - 1 else 2)
        if data[place:start] != (b"\n" if start == end else b",\n"):
            raise ValueError("between two entries is a comma")


def _inside(text: bytes) -> str:
    return text[1:-1].decode()


def _text_in(table: object, key: str) -> str | None:
    value = table.get(key) if isinstance(table, dict) else None
    return value if isinstance(value, str) else None
