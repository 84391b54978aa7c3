"""Answers into outcomes: every answer there can be, whatever its bytes, falls in exactly one `Kind`.

Source: the outcome table of the protocol, and `.github/API.md`, section "How an answer is read".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from http import HTTPStatus

from offerctl.api.body import DOCUMENTED, Reply, Said, header, read
from offerctl.api.dialect import DEFAULT, EXISTS, Dialect, fold
from offerctl.api.request import Action
from offerctl.api.secrets import NOT_SHOWN, reveals
from offerctl.api.webpage import named

MAX_MESSAGE = 300
"""Characters of a Marketplace's message that are shown or kept."""

MAX_CODE = 40
"""Characters of an error code that are shown or kept; the documented ones have at most 12."""


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

    @property
    def may_have_run(self) -> bool:
        """Whether the request may have been executed all the same: any 5xx can stand before or after the work."""
        return self.kind is Kind.UNSURE or (
            self.kind is Kind.THROTTLED and self.status != HTTPStatus.TOO_MANY_REQUESTS
        )


def outcome(action: Action, reply: Reply, dialect: Dialect = DEFAULT, *, hide: Collection[str] = ()) -> Outcome:
    """The one class that an answer falls in, by the protocol's outcome table. Never raises.

    `hide` names the credentials: a Marketplace that repeats them in its answer does not get them shown.
    """
    said = read(reply)
    retry_after = read_retry_after(reply.headers)
    code, message = said.code, (None if said.understood else named(reply)) or said.message
    if reveals(f"{reply.body.decode('utf-8', 'replace')} {code or ''} {message}", hide):
        code, message = code if code is not None and fold(code) in DOCUMENTED else None, NOT_SHOWN
    return Outcome(
        kind=_kind(action, reply.status, said, dialect, retry_after=retry_after),
        status=reply.status,
        code=None if code is None else tidy(code, MAX_CODE),
        message=tidy(message, MAX_MESSAGE),
        retry_after=retry_after,
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
    """Text from outside on one line, at most `limit` characters; none of it where it repeats one of `hide`."""
    words = NOT_SHOWN if reveals(text, hide) else " ".join(text.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _kind(action: Action, status: int, said: Said, dialect: Dialect, *, retry_after: float | None) -> Kind:
    if status in _DONE:
        return Kind.OK if said.understood and not said.is_error else Kind.UNSURE
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if action is Action.ADD and _says_exists(status, said, dialect):
        return Kind.EXISTS
    if _says_absent(action, status, said, dialect):
        return Kind.ABSENT
    if status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None and action is not Action.ADD:
        return Kind.THROTTLED
    # A wrong address answers 404 as well, in HTTP's own words.
    return Kind.REJECTED if status in _REFUSED and status != HTTPStatus.NOT_FOUND else Kind.UNSURE


_DONE = range(200, 300)
_REFUSED = range(400, 500)
_BY_STATUS: Mapping[int, Kind] = {
    HTTPStatus.UNAUTHORIZED: Kind.STOP,
    HTTPStatus.REQUEST_TIMEOUT: Kind.UNSURE,
    HTTPStatus.TOO_MANY_REQUESTS: Kind.THROTTLED,
}


def _says_absent(action: Action, status: int, said: Said, dialect: Dialect) -> bool:
    """The documented code with its status, or what the dialect adds.

    Of what is only to be added nothing can be absent but the collection itself: there a 404 alone counts.
    """
    if status not in _REFUSED or (action is Action.ADD and status != HTTPStatus.NOT_FOUND):
        return False
    documented = status == HTTPStatus.NOT_FOUND and fold(said.code) == _NOT_FOUND
    return documented or dialect.absent.fit(status, said.code, said.message)


def _says_exists(status: int, said: Said, dialect: Dialect) -> bool:
    """What the dialect lists; by default also the documented "expected" error that says so in words.

    `invalid` is documented as a body that does not fit the schema: it counts only where the dialect names it.
    """
    if status not in _REFUSED:
        return False
    if dialect.exists.fit(status, said.code, said.message):
        return bool(dialect.exists.codes) or fold(said.code) != _INVALID
    general = status == HTTPStatus.BAD_REQUEST and fold(said.code) == _GENERAL
    return (
        dialect.exists == EXISTS
        and general
        and bool(_THERE.search(said.message))
        and not _GONE.search(said.message)
    )


_NOT_FOUND, _INVALID, _GENERAL = "notfound", "invalid", "general"
_THERE = re.compile(
    r"\b(?:already (?:exist|in use|taken|listed|registered)|exists already|is already)|\bduplicate", re.IGNORECASE
)
_GONE = re.compile(
    r"n[o'\u2019]t exist|no longer|not a duplicate|\b(?:expired|deleted|removed|closed|ended)\b",
    re.IGNORECASE,
)
"""What makes an "already" say something else: that a course has already expired, or that it is already removed."""


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; a time there is counted from the answer's own Date. Nonsense is None."""
    value = header(headers, "retry-after")
    if not value:
        return None
    if re.fullmatch("[0-9]{1,8}", value):
        return float(value)
    try:
        wait = _http_date(value) - _http_date(header(headers, "date"))
    except ValueError:
        return None
    return max(0.0, wait / timedelta(seconds=1))


def _http_date(text: str) -> datetime:
    """The one date format that RFC 9110 lets servers send; its zone is always GMT."""
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
