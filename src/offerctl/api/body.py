"""The words of an answer: the code and the message that its body holds, in whichever of the shapes seen.

Source: `.github/API.md`, section "How an answer is read". The documentation names seven codes and not where they
stand, so they are looked for in each place where an API of this vendor has had them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offerctl import canon
from offerctl.api.dialect import fold, folded

DOCUMENTED = folded(("general", "forbidden", "internal", "invalid", "notFound", "unauthorized", "unknown"))
"""The error codes that the API's documentation names."""
_LEAST_ERROR = 400
_MOST_UNREAD = 1200
"""Bytes of a body too long or of no JSON that are kept as its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer as it came; `whole` is False where the client read only the start of a body too long."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a body says. `understood`: it is empty or JSON, and all of it was read.

    `is_error`: what it says is an error, whatever the status beside it.
    """

    understood: bool
    code: str | None = None
    message: str = ""
    is_error: bool = False


def read(reply: Reply) -> Said:
    """What could be read: an error in one of its shapes, other JSON, plain text, or nothing.

    A byte order mark is passed over, as RFC 8259 allows. An encoding is never undone: none was asked for, and
    a kilobyte of it can hold a gigabyte.
    """
    body = reply.body.removeprefix(b"\xef\xbb\xbf")
    if reply.whole and not body.strip():
        return Said(understood=True)
    encoding = header(reply.headers, "content-encoding")
    if encoding.casefold() not in {"", "identity"}:
        return Said(understood=False, message=f"the answer is encoded ({encoding}), which was not asked for")
    if not reply.whole:
        return Said(understood=False, message=body[:_MOST_UNREAD].decode("utf-8", "replace"))
    try:
        data = canon.parse(body)
    except ValueError:
        return Said(understood=False, message=body.decode("utf-8", "replace"))
    text = data if isinstance(data, str) else body.decode()
    return _object(data, text) if isinstance(data, dict) else Said(understood=True, message=text)


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value; empty without it."""
    return next((value for key, value in headers.items() if key.casefold() == name), "").strip()


def _object(data: Mapping[str, object], text: str) -> Said:
    places = list(_places(data))
    codes = [(code, message) for code, message in places if _is_code(code)]
    documented = [(code, message) for code, message in codes if fold(code) in DOCUMENTED]
    code, message = next(iter(documented or codes), (None, None))
    messages = [message, *(beside for _, beside in places)]
    words = next((words for words in messages if words), None)
    if words is None:
        words = "" if code is not None and _only(data) == code else text
    return Said(
        understood=True,
        code=code,
        message=words,
        is_error=bool(documented) or any(data.get(name) for name in ("error", "errors")) or _failed(data),
    )


def _places(data: Mapping[str, object]) -> Iterator[tuple[str | None, str | None]]:
    """Code and message of each place where they can stand, the likeliest first."""
    yield from _shapes(data)
    errors = data.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if isinstance(first, dict):
        yield from _shapes(first)
    elif word := _text(first):
        yield word if fold(word) in DOCUMENTED else None, word


def _shapes(data: Mapping[str, object]) -> Iterator[tuple[str | None, str | None]]:
    error, beside = data.get("error"), _text(data.get("message"))
    if isinstance(error, dict):
        own = _text(error.get("message"))
        yield _text(error.get("code")), own
        yield _text(error.get("key")), own
    else:
        yield _text(error), beside
    yield _text(data.get("code")), beside


def _text(value: object) -> str | None:
    """A text that is not blank, or a whole number as one: some APIs count their errors."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def _is_code(text: str | None) -> bool:
    """One word: "Not Found" is a phrase."""
    return text is not None and len(text.split()) == 1


def _failed(data: Mapping[str, object]) -> bool:
    """Whether a `statusCode` in the body is that of an error."""
    status = _text(data.get("statusCode"))
    return status is not None and status.isdecimal() and len(status) < 5 and int(status) >= _LEAST_ERROR  # noqa: PLR2004


def _only(data: object) -> object:
    """The one value of a document that holds no other."""
    while isinstance(data, dict | list) and len(data) == 1:
        (data,) = data.values() if isinstance(data, dict) else data
    return data
