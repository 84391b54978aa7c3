"""Which of GitHub's answers are worth another try, and after how long: decided here, without a clock or a wire.

A read is sent again where GitHub's servers have trouble. A write is not: it may have been done, and no comment is
to come twice. Where GitHub asks for patience by `Retry-After` nothing was done, so either is sent again.
"""

from __future__ import annotations

from http import HTTPStatus

from offerctl import api

TRIES = 4
"""Of one request at most, the first one included."""
MAX_WAIT = 120.0
"""Seconds that all the requests of a run wait together at most."""
_TROUBLE = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
_LIMITED = {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}


def asked_wait(reply: api.Reply) -> float | None:
    """Seconds after which GitHub wants to be asked again, where a limit made it refuse the request; else none.

    Source: GitHub's "Rate limits for the REST API", which answers 403 or 429 at a secondary limit.
    """
    return api.read_retry_after(reply.headers) if reply.status in _LIMITED else None


def wait(method: str, reply: api.Reply | None, tried: int) -> float | None:
    """Seconds until the same request may be sent again after so many tries; none where it may not.

    No `reply` means that no answer came.
    """
    if tried >= TRIES:
        return None
    asked = asked_wait(reply) if reply else None
    if asked is not None:
        return max(asked, 1.0)
    if method == "GET" and (reply is None or reply.status in _TROUBLE):
        return 2.0 ** (tried - 1)
    return None
