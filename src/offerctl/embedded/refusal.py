"""Why the embedded Marketplace does not do what a request asks: the documented codes and their statuses.

Source: the errors of `.github/API.md`.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """The documented error codes that this server uses."""

    GENERAL = "general"
    FORBIDDEN = "forbidden"
    INTERNAL = "internal"
    INVALID = "invalid"
    NOT_FOUND = "notFound"
    UNAUTHORIZED = "unauthorized"


_STATUS = {
    Code.GENERAL: 400,
    Code.FORBIDDEN: 403,
    Code.INTERNAL: 500,
    Code.INVALID: 400,
    Code.NOT_FOUND: 404,
    Code.UNAUTHORIZED: 401,
}


class Refusal(Exception):
    """A request that was not executed; `status` is the code's own unless HTTP has a more exact one."""

    def __init__(self, code: Code, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS[code]
