"""The Online Offering API without I/O: offerings into requests, answers into outcomes.

Source: the requests, errors and authentication of the API contract; the outcome table of the protocol. Every
answer there can be, whatever its bytes, falls in exactly one `Kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from urllib.parse import quote

from offerctl import canon
from offerctl.offering import Attributes, Offering

MAX_MESSAGE = 300
"""Characters of a Marketplace's message that are shown or kept."""


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
    """An HTTP answer as it came, its body bounded by the client."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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


def outcome(action: Action, reply: Reply) -> Outcome:
    """The one class that an answer falls in, by the protocol's outcome table. Never raises."""
    said = _read_error(reply.body)
    return Outcome(
        kind=_kind(action, reply, said),
        status=reply.status,
        code=said.code,
        message=said.message,
        retry_after=_retry_after(reply.headers),
    )


def not_sent(why: str) -> Outcome:
    """No request left this machine: refused, connect or pool timeout, DNS, TLS."""
    return Outcome(kind=Kind.NOT_SENT, message=why)


def unsure(why: str) -> Outcome:
    """The request may have been executed: no answer, or a broken one."""
    return Outcome(kind=Kind.UNSURE, message=why)


@dataclass(frozen=True, slots=True)
class _Said:
    is_json: bool
    code: str | None = None
    message: str = ""


def _kind(action: Action, reply: Reply, said: _Said) -> Kind:
    status = reply.status
    if 200 <= status < 300:
        return Kind.OK if said.is_json or not reply.body.strip() else Kind.UNSURE
    if status == 404:
        return Kind.ABSENT if said.code == "notFound" else Kind.UNSURE
    if status == 401:
        return Kind.STOP
    if status == 429:
        return Kind.THROTTLED
    if action is Action.ADD and _says_exists(status, said):
        return Kind.EXISTS
    if 400 <= status < 500 and status != 408:
        return Kind.REJECTED
    return Kind.UNSURE


def _says_exists(status: int, said: _Said) -> bool:
    words = said.message.casefold()
    speaks_of_it = any(word in words for word in ("exist", "already", "duplicate"))
    return status == 409 or (status == 400 and said.code == "general" and speaks_of_it)


def _read_error(body: bytes) -> _Said:
    """What could be read: `{"error": {...}}`, the same at the top, a list `errors`, or plain text."""
    try:
        data = canon.parse(body)
    except ValueError:
        return _Said(is_json=False, message=_shorten(body.decode("utf-8", "replace")))
    for candidate in _candidates(data):
        code, message = candidate.get("code"), candidate.get("message")
        if isinstance(code, str) or isinstance(message, str):
            return _Said(
                is_json=True,
                code=code if isinstance(code, str) else None,
                message=_shorten(message) if isinstance(message, str) else "",
            )
    return _Said(is_json=True, message=_shorten(data) if isinstance(data, str) else "")


def _candidates(data: object) -> list[Mapping[str, object]]:
    if not isinstance(data, dict):
        return []
    errors = data.get("errors")
    listed = errors if isinstance(errors, list) else []
    return [item for item in (data.get("error"), data, *listed) if isinstance(item, dict)]


def _shorten(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MAX_MESSAGE else words[: MAX_MESSAGE - 1] + "…"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; a date there, or nonsense, is taken as not given."""
    value = next((v for k, v in headers.items() if k.casefold() == "retry-after"), "").strip()
    return float(value) if value.isascii() and value.isdigit() and len(value) < 9 else None
