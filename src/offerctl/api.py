"""The Online Offering API without I/O: offerings into requests, answers into outcomes.

Source: the requests, errors and authentication of the API contract; the outcome table of the protocol. Every
answer there can be, whatever its bytes, falls in exactly one `Kind`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from http import HTTPStatus
from urllib.parse import quote

from offerctl import canon
from offerctl.offering import Offering

MAX_MESSAGE = 300
"""Characters of a Marketplace's message that are shown or kept."""

MAX_CODE = 40
"""Characters of an error code that are shown or kept; the documented ones have at most 12."""


class Action(StrEnum):
    """The three calls of the API, by their HTTP methods."""

    ADD = "POST"
    PATCH = "PATCH"
    DELETE = "DELETE"


class Kind(Enum):
    """What an answer, or its absence, says about the listing."""

    OK = "ok"
    ABSENT = "absent"
    EXISTS = "exists"
    REJECTED = "rejected"
    STOP = "stop"
    THROTTLED = "throttled"
    NOT_SENT = "not sent"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: its action, the listing's id, and attributes (all of them, the changed ones, or none)."""

    action: Action
    offering_id: str
    attributes: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer as it came; `whole` is False where the client read only the start of a body too long."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one request; `retry_after` in seconds, where the Marketplace named a time.

    `message` is what the Marketplace said, or why there was no answer. It is text from outside: show it only
    through the renderers, which make it inert.
    """

    kind: Kind
    status: int | None = None
    code: str | None = None
    message: str = ""
    retry_after: float | None = None


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
    )


def delete(offering_id: str) -> Request:
    """DELETE; its body is the networkKey alone."""
    return Request(action=Action.DELETE, offering_id=offering_id)


def target(request: Request, collection: str) -> str:
    """The path of a request below the base URL; the id is percent-encoded."""
    if request.action is Action.ADD:
        return collection
    return f"{collection}/{quote(request.offering_id, safe='')}"


def content(request: Request, network_key: str) -> bytes:
    """The JSON body: the attributes and the networkKey that goes with every request."""
    return canon.compact({**dict(request.attributes), "networkKey": network_key})


def outcome(action: Action, reply: Reply, *, hide: Collection[str] = ()) -> Outcome:
    """The one class that an answer falls in, by the protocol's outcome table. Never raises.

    `hide` names the credentials: a Marketplace that repeats them in its answer does not get them shown.
    """
    said = _read(reply)
    return Outcome(
        kind=_kind(action, reply.status, said),
        status=reply.status,
        code=None if said.code is None else tidy(said.code, MAX_CODE, hide),
        message=tidy(said.message, MAX_MESSAGE, hide),
        retry_after=_retry_after(reply.headers),
    )


def not_sent(why: str) -> Outcome:
    """No request left this machine: refused, connect or pool timeout, DNS, TLS."""
    return Outcome(kind=Kind.NOT_SENT, message=why)


def withheld(why: str) -> Outcome:
    """Nothing may be sent any more, for a reason of ours."""
    return Outcome(kind=Kind.STOP, message=why)


def unsure(why: str) -> Outcome:
    """The request may have been executed: no answer, or a broken one."""
    return Outcome(kind=Kind.UNSURE, message=why)


def tidy(text: str, limit: int = MAX_MESSAGE, hide: Collection[str] = ()) -> str:
    """Text from outside on one line, without the secrets of `hide`, at most `limit` characters."""
    for secret in sorted(hide, key=len, reverse=True):
        text = text.replace(secret, "***")
    words = " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a body says. `understood`: it is empty or JSON, and all of it was read."""

    understood: bool
    code: str | None = None
    message: str = ""


def _kind(action: Action, status: int, said: _Said) -> Kind:
    if status in _DONE:
        return Kind.OK if said.understood else Kind.UNSURE
    if status == HTTPStatus.NOT_FOUND:
        return Kind.ABSENT if said.code == "notFound" else Kind.UNSURE
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if action is Action.ADD and _says_exists(status, said):
        return Kind.EXISTS
    return Kind.REJECTED if status in _REFUSED else Kind.UNSURE


_DONE = range(200, 300)
_REFUSED = range(400, 500)
_BY_STATUS: Mapping[int, Kind] = {
    HTTPStatus.UNAUTHORIZED: Kind.STOP,
    HTTPStatus.REQUEST_TIMEOUT: Kind.UNSURE,
    HTTPStatus.TOO_MANY_REQUESTS: Kind.THROTTLED,
}


def _says_exists(status: int, said: _Said) -> bool:
    words = said.message.casefold()
    speaks_of_it = any(word in words for word in ("exist", "already", "duplicate"))
    general = status == HTTPStatus.BAD_REQUEST and said.code == "general"
    return status == HTTPStatus.CONFLICT or (general and speaks_of_it)


def _read(reply: Reply) -> _Said:
    """What could be read: an error in one of its shapes, other JSON, plain text, or nothing.

    A byte order mark is passed over, as RFC 8259 allows. An encoding is never undone: none was asked for, and
    a kilobyte of it can hold a gigabyte.
    """
    body = reply.body.removeprefix(b"\xef\xbb\xbf")
    if reply.whole and not body.strip():
        return _Said(understood=True)
    encoding = _header(reply.headers, "content-encoding")
    if encoding.casefold() not in {"", "identity"}:
        return _Said(understood=False, message=f"the answer is encoded ({encoding}), which was not asked for")
    if not reply.whole:
        return _Said(understood=False, message=body[: 4 * MAX_MESSAGE].decode("utf-8", "replace"))
    try:
        data = canon.parse(body)
    except ValueError:
        return _Said(understood=False, message=body.decode("utf-8", "replace"))
    return _error(data) or _Said(understood=True, message=data if isinstance(data, str) else body.decode())


def _error(data: object) -> _Said | None:
    """`{"error": {"code": …, "message": …}}`, the same at the top, or the first of a list `errors`."""
    if not isinstance(data, dict):
        return None
    errors = data.get("errors")
    for candidate in (data.get("error"), data, *(errors if isinstance(errors, list) else [])):
        if not isinstance(candidate, dict):
            continue
        code, message = candidate.get("code"), candidate.get("message")
        if isinstance(code, str) or isinstance(message, str):
            return _Said(
                understood=True,
                code=code if isinstance(code, str) else None,
                message=message if isinstance(message, str) else "",
            )
    return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; a time there is counted from the answer's own Date. Nonsense is None."""
    value = _header(headers, "retry-after")
    if re.fullmatch("[0-9]{1,8}", value):
        return float(value)
    try:
        wait = _http_date(value) - _http_date(_header(headers, "date"))
    except ValueError:
        return None
    return max(0.0, wait / timedelta(seconds=1))


def _http_date(text: str) -> datetime:
    """The one date format that RFC 9110 lets servers send; its zone is always GMT."""
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.casefold() == name), "").strip()
