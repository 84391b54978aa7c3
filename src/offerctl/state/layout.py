"""How a state document lies in its bytes: canonical JSON laid out for git.

Each listing stands in a few lines, and each change of the last run's receipt in one. A document in this layout is
opened without making values of them; any other one is read as a whole.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

from offerctl import canon
from offerctl.characters import escaped_json
from offerctl.state import shapes, stored

_LISTINGS, _LISTINGS_END = b'\n  "listings": {', b"\n  }"
_CHANGES, _CHANGES_END = b'\n    "changes": [', b"\n    ]"
"""So deep nothing else can stand so: within a text a line break is written as an escape."""
_INDENT = b"      "
_PIECE = 1024 * 1024


class NotLaidOut(ValueError):
    """A document may be right, and was laid out otherwise."""


_OTHERWISE = (ValueError, TypeError, AttributeError)
"""Raised where a document is laid out otherwise, or holds what has no place there: its reader says which."""


def written(document: Mapping[str, Any], listings: Iterable[tuple[str, bytes | memoryview]]) -> bytes:
    """A document without listings, with these in it: each id with the text of its entry (`stored.laid_out`)."""
    record = document["last_run"]
    changes = [b"\n      " + canon.line(change) for change in (record["changes"] if record else ())]
    bare = {**document, "last_run": record and {**record, "changes": []}, "listings": {}}
    head, place, tail = canon.document(bare).partition(_LISTINGS)
    assert place, "the listings have a place of their own"
    if changes:
        head = head.replace(_CHANGES, b"".join((_CHANGES, b",".join(changes), _CHANGES_END[:-1])), 1)
    pieces: list[bytes | memoryview] = []
    for id_, text in listings:
        pieces += (b",\n    " if pieces else b"\n    ", canon.compact(id_), b": ", text)
    return b"".join((head, place, *pieces, b"\n  " if pieces else b"", tail))


def opened(data: bytes) -> Any:
    """The values of a document, whatever its layout.

    In its own layout its `listings` are `stored.Entry`, as far as they are ordinary, and the changes of its
    `last_run` are made values when they are asked for.

    Raises:
        EqualKeys: an object has a key twice.
        ValueError: it is no JSON document in UTF-8.
    """
    try:
        return _opened(data)
    except _OTHERWISE:
        return canon.parse_unambiguous(data)


def bare(data: bytes) -> Any:
    """The same without its listings and the changes of its last run, in which nobody looks.

    Raises:
        EqualKeys, ValueError: as `opened`.
    """
    try:
        return _bare(data)[0]
    except _OTHERWISE:
        return canon.parse_unambiguous(data)


def _opened(data: bytes) -> Mapping[str, Any]:
    document, changes, listings = _bare(data)
    _check_text(data)
    if changes is not None:
        document["last_run"]["changes"] = _Lines(data, *changes)
    if listings is not None:
        found = [*stored.entries(data, *listings)]
        document["listings"] = dict(found)
        if len(document["listings"]) < len(found):
            raise NotLaidOut  # an id stands there twice
    return document


def _bare(data: bytes) -> tuple[dict[str, Any], tuple[int, int] | None, tuple[int, int] | None]:
    """A document without what is long, and from where to where that lies."""
    changes = _inside(data, _CHANGES, _CHANGES_END)
    listings = _inside(data, _LISTINGS, _LISTINGS_END, changes[1] if changes else 0)
    end = 0
    pieces = []
    for place in (changes, listings):
        if place is not None:
            pieces.append(data[end : place[0] - 1])  # what is left are brackets with nothing between them
            end = data.index(b"}" if place is listings else b"]", place[1])
    text = b"".join((*pieces, data[end:]))
    document = canon.parse(text)
    if not isinstance(document, dict) or canon.document(document) != text:
        raise NotLaidOut
    if changes and (text.count(_CHANGES) != 1 or (document.get("last_run") or {}).get("changes") != []):
        raise NotLaidOut
    return document, changes, listings


def _inside(data: bytes, begin: bytes, end: bytes, start: int = 0) -> tuple[int, int] | None:
    """From where to where the lines lie that stand between two others; none where there are none."""
    first = data.find(begin + b"\n", start)
    if first < 0:
        return None
    first += len(begin) + 1
    last = data.find(end, first)
    if last < 0:
        raise NotLaidOut
    return first, last + 1


def _check_text(data: bytes) -> None:
    """Refuse bytes that are no UTF-8, and what is not escaped as it is written.

    A document may have many megabytes, so it is looked at in pieces of whole lines.
    """
    start = 0
    while start < len(data):
        end = data.rfind(b"\n", start, start + _PIECE) + 1 or len(data)
        piece = data[start:end]
        piece.decode()
        if escaped_json(piece) != piece:
            raise NotLaidOut
        start = end


class _Lines(Sequence[Any]):
    """Changes that a document has in lines, each made a value when it is asked for.

    Raises:
        NotLaidOut: there is anything else.
    """

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._starts = data, array("Q")
        shape = shapes.change() if end - start >= shapes.LONG else None
        while start < end:
            stop = data.index(b"\n", start)
            last = stop == end - 1
            line = data[start + len(_INDENT) : stop if last else stop - 1]
            if not (shape and shape.fullmatch(line)) and canon.line(canon.parse(line)) != line:
                raise NotLaidOut
            if not data.startswith(_INDENT, start) or not (last or data[stop - 1 : stop] == b","):
                raise NotLaidOut
            self._starts.append(start)
            start = stop + 1

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        start = self._starts[index]
        return canon.parse(self._data[start : self._data.index(b"\n", start)].removesuffix(b","))

    def __len__(self) -> int:
        return len(self._starts)
