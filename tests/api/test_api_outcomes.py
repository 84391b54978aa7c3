"""The outcome table of the protocol, row by row, and the shapes of errors."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import api
from offerctl.api import Action, Kind, Reply, secrets

EVERY = tuple(Action)
NOT_FOUND = {"error": {"code": "notFound", "message": "no such offering"}}


def answer(status: int, body: Any = b"", **headers: str) -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status=status, headers={name.replace("_", "-"): text for name, text in headers.items()}, body=data
    )


TABLE: list[tuple[Kind, Reply, tuple[Action, ...]]] = [
    (Kind.OK, answer(200), EVERY),
    (Kind.OK, answer(204), EVERY),
    (Kind.OK, answer(201, {"offeringId": "x"}), EVERY),
    (Kind.OK, answer(200, b"null"), EVERY),
    (Kind.OK, answer(299), EVERY),
    (Kind.OK, answer(200, b" \r\n"), EVERY),
    (Kind.OK, answer(200, b"\xef\xbb\xbf{}"), EVERY),
    (Kind.OK, answer(204, b"", content_encoding="gzip"), EVERY),
    (Kind.OK, answer(200, b"{}", content_encoding="identity"), EVERY),
    (Kind.OK, answer(200, {"code": 0, "message": "created"}), EVERY),
    (Kind.OK, answer(200, {"code": "created", "statusCode": 201}), EVERY),
    (Kind.OK, answer(200, {"error": None, "errors": [], "message": "ok"}), EVERY),
    (Kind.OK, answer(200, {"error": False}), EVERY),
    (Kind.OK, answer(200, [{"code": "notFound"}]), EVERY),
    (Kind.UNSURE, answer(200, {"error": {"code": "general"}}), EVERY),
    (Kind.UNSURE, answer(200, {"error": "it failed"}), EVERY),
    (Kind.UNSURE, answer(200, {"errors": [{}]}), EVERY),
    (Kind.UNSURE, answer(200, {"code": "Not_Found"}), EVERY),
    (Kind.UNSURE, answer(201, {"statusCode": 400, "message": "no"}), EVERY),
    (Kind.UNSURE, answer(201, {"statusCode": "503"}), EVERY),
    (Kind.UNSURE, answer(200, b"<html>"), EVERY),
    (Kind.UNSURE, answer(200, b"{"), EVERY),
    (Kind.UNSURE, answer(200, b"{}{}"), EVERY),
    (Kind.UNSURE, answer(200, b"NaN"), EVERY),
    (Kind.UNSURE, answer(200, b'"\\ud800"'), EVERY),
    (Kind.UNSURE, answer(200, b"[" * 100_000), EVERY),
    (Kind.UNSURE, answer(200, b"[" * 5_000 + b"]" * 5_000), EVERY),
    (Kind.UNSURE, answer(200, b"{}", content_encoding="gzip"), EVERY),
    (Kind.UNSURE, Reply(status=200, headers={}, body=b"{}", whole=False), EVERY),
    (Kind.UNSURE, Reply(status=200, headers={}, body=b"  ", whole=False), EVERY),
    (Kind.ABSENT, answer(404, NOT_FOUND), EVERY),
    (Kind.ABSENT, answer(404, {"code": "notFound"}), EVERY),
    (Kind.ABSENT, answer(404, {"errors": [{"code": "notFound"}]}), EVERY),
    (Kind.ABSENT, answer(404, b"\xef\xbb\xbf" + json.dumps(NOT_FOUND).encode()), EVERY),
    (Kind.UNSURE, answer(404), EVERY),
    (Kind.UNSURE, answer(404, b"notFound"), EVERY),
    (Kind.ABSENT, answer(404, {"error": {"code": "notfound"}}), EVERY),
    (Kind.ABSENT, answer(404, {"error": {"key": "NOT-FOUND", "message": "x"}}), EVERY),
    (Kind.ABSENT, answer(404, {"statusCode": 404, "error": "not_found", "message": "x"}), EVERY),
    (Kind.ABSENT, answer(404, {"statusCode": 404, "code": "notFound", "error": "Not Found"}), EVERY),
    (Kind.ABSENT, answer(404, {"errors": [{"error": {"key": "notFound"}}]}), EVERY),
    (Kind.ABSENT, answer(404, {"errors": ["notFound"]}), EVERY),
    (Kind.UNSURE, answer(404, {"error": {"code": "Not Found"}}), EVERY),
    (Kind.UNSURE, answer(404, {"statusCode": 404, "error": "Not Found", "message": "Cannot DELETE /x"}), EVERY),
    (Kind.UNSURE, answer(404, {"message": "Not Found"}), EVERY),
    (Kind.UNSURE, answer(404, {"errors": [{"code": "general"}, {"code": "notFound"}]}), EVERY),
    (Kind.UNSURE, answer(404, {"error": {"code": "general"}, "code": "notFound"}), EVERY),
    (Kind.UNSURE, answer(404, {"message": "notFound"}), EVERY),
    (Kind.REJECTED, answer(410, {"code": "notFound"}), EVERY),
    (Kind.UNSURE, answer(404, {"error": {"code": "general", "message": "notFound"}}), EVERY),
    (Kind.UNSURE, Reply(status=404, headers={}, body=json.dumps(NOT_FOUND).encode(), whole=False), EVERY),
    (Kind.EXISTS, answer(409), (Action.ADD,)),
    (Kind.REJECTED, answer(409), (Action.PATCH, Action.DELETE)),
    (Kind.REJECTED, answer(409, {"code": "invalid", "message": "already exists"}), EVERY),
    (Kind.EXISTS, answer(409, {"code": "general", "message": "no"}), (Action.ADD,)),
    (Kind.EXISTS, answer(400, {"error": {"code": "general", "message": "It EXISTS ALREADY."}}), (Action.ADD,)),
    (Kind.EXISTS, answer(400, {"error": {"key": "general", "message": "Already listed"}}), (Action.ADD,)),
    (Kind.EXISTS, answer(400, {"error": "general", "message": "x is already there"}), (Action.ADD,)),
    (Kind.REJECTED, answer(400, {"code": "general", "message": "the standard does not exist already"}), EVERY),
    (Kind.REJECTED, answer(400, {"code": "general", "message": "The course has already expired"}), EVERY),
    (Kind.REJECTED, answer(400, {"code": "general", "message": "it is already deleted"}), EVERY),
    (Kind.REJECTED, answer(400, {"code": "general", "message": "Such a course doesn\u2019t exist"}), EVERY),
    (Kind.EXISTS, answer(400, {"code": "general", "message": "Duplicate key"}), (Action.ADD,)),
    (Kind.EXISTS, answer(400, {"code": "general", "message": "x" * 400 + " already exists"}), (Action.ADD,)),
    (Kind.REJECTED, answer(400, {"code": "general", "message": "already"}), (Action.PATCH, Action.DELETE)),
    (Kind.REJECTED, answer(400, {"code": "invalid", "message": "does not exist"}), EVERY),
    (Kind.REJECTED, answer(400, b"it already exists"), EVERY),
    (Kind.REJECTED, answer(400, {"code": "general", "message": "no"}), EVERY),
    (Kind.REJECTED, answer(403, {"error": {"code": "forbidden"}}), EVERY),
    (Kind.REJECTED, answer(403, {"code": "general", "message": "already"}), EVERY),
    (Kind.REJECTED, answer(410), EVERY),
    (Kind.REJECTED, answer(499), EVERY),
    (Kind.STOP, answer(401), EVERY),
    (Kind.STOP, answer(401, b"<html>"), EVERY),
    (Kind.THROTTLED, answer(429), EVERY),
    (Kind.UNSURE, answer(408), EVERY),
    (Kind.UNSURE, answer(500, {"error": {"code": "internal"}}), EVERY),
    (Kind.UNSURE, answer(500, NOT_FOUND), EVERY),
    (Kind.UNSURE, answer(502, b"<html>"), EVERY),
    (Kind.THROTTLED, answer(503, retry_after="3"), (Action.PATCH, Action.DELETE)),
    (Kind.UNSURE, answer(503, retry_after="3"), (Action.ADD,)),
    (Kind.UNSURE, answer(503, retry_after="soon"), EVERY),
    (Kind.UNSURE, answer(503), EVERY),
    (Kind.UNSURE, answer(502, retry_after="3"), EVERY),
    (Kind.UNSURE, answer(307, location="https://elsewhere.example"), EVERY),
    (Kind.UNSURE, answer(300), EVERY),
    (Kind.UNSURE, answer(304), EVERY),
    (Kind.UNSURE, answer(101), EVERY),
    (Kind.UNSURE, answer(999), EVERY),
    (Kind.UNSURE, answer(0), EVERY),
]


@pytest.mark.parametrize(("kind", "reply", "actions"), TABLE)
def test_the_table(kind: Kind, reply: Reply, actions: tuple[Action, ...]) -> None:
    """Each row of the outcome table, for each method it names."""
    assert [api.outcome(action, reply).kind for action in actions] == [kind] * len(actions)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (NOT_FOUND, "notFound", "no such offering"),
        ({"code": "invalid", "message": "price"}, "invalid", "price"),
        ({"message": "price"}, None, "price"),
        ({"code": "invalid"}, "invalid", ""),
        ({"errors": [{"code": "invalid", "message": "price"}, {"code": "general"}]}, "invalid", "price"),
        ({"errors": ["price"]}, None, "price"),
        ({"error": "invalid_token"}, "invalid_token", ""),
        ({"statusCode": 400, "error": "Bad Request", "message": "price"}, None, "price"),
        ({"statusCode": 400, "error": "invalid", "message": "price"}, "invalid", "price"),
        ({"code": "E7", "error": {"code": "invalid"}, "message": "price"}, "invalid", "price"),
        ({"error": {"code": "invalid"}, "hint": "a"}, "invalid", '{"error": {"code": "invalid"}, "hint": "a"}'),
        ({"error": {"code": 7, "message": ["price"]}}, "7", '{"error": {"code": 7, "message": ["price"]}}'),
        ({"error": {"code": None}, "code": "general"}, "general", '{"error": {"code": null}, "code": "general"}'),
        ("price is missing", None, "price is missing"),
        (b"price\r\n  is missing\n", None, "price is missing"),
        (b"<h1>Bad</h1>", None, "<h1>Bad</h1>"),
        (b"", None, ""),
        (b"caf\xe9", None, "caf\ufffd"),
    ],
)
def test_an_error_is_read_in_any_of_its_shapes(body: Any, code: str | None, message: str) -> None:
    """What cannot be understood is shown as it came, on one line."""
    outcome = api.outcome(Action.PATCH, answer(400, body))
    assert (outcome.status, outcome.code, outcome.message) == (400, code, message)


STYLED = b"<!-- cache 7 -->\n<!DOCTYPE html><html><head><style>body { color: red }</style>"


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        (STYLED + b"<title>404\n Not&nbsp;Found</title></head>", {}, 'a web page, "404 Not Found"'),
        (STYLED + b"</head><h1 class='x'>No <b>such</b> page</h1>", {}, 'a web page, "No such page"'),
        (STYLED + b"<title> </title><p>Away</p>", {}, "a web page without a title"),
        (b"<h1>Bad gateway</h1>", {"Content_Type": "text/html; charset=utf-8"}, 'a web page, "Bad gateway"'),
        (b"Bad gateway", {"Content_Type": "text/html"}, "Bad gateway"),
    ],
    ids=["title", "heading", "neither", "by its header", "no markup"],
)
def test_of_a_web_page_its_title_is_shown(body: bytes, headers: dict[str, str], message: str) -> None:
    """Neither markup nor style, also of one that was too long to be read."""
    for whole in (True, False):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        outcome = api.outcome(Action.PATCH, Reply(status=404, headers=sent, body=body, whole=whole))
        assert (outcome.kind, outcome.status, outcome.message) == (Kind.UNSURE, 404, message)


def test_a_web_page_is_still_read_for_what_the_dialect_knows() -> None:
    """What is shown of an answer and what it means are two things."""
    dialect = api.Dialect(absent=api.Signs(status=(404,), messages=("no such offering",)))
    page = b"<!doctype html><title>Error</title><p>There is no such offering."
    outcome = api.outcome(Action.PATCH, answer(404, page), dialect)
    assert (outcome.kind, outcome.message) == (Kind.ABSENT, 'a web page, "Error"')


def test_a_title_that_repeats_a_credential_or_never_ends_is_not_shown_whole() -> None:
    """It is bounded and hidden as any other words."""
    page = f"<!doctype html><title>{'t' * 999}</title>".encode()
    assert len(api.outcome(Action.ADD, answer(404, page)).message) == api.MAX_MESSAGE
    told = api.outcome(Action.ADD, answer(404, b"<html><title>se<i>cr</i>et-7</title>"), hide=["se cr et-7"])
    assert "cr et" not in told.message


def test_long_words_are_cut() -> None:
    """A message ends at 300 characters and a code at 40, with a mark."""
    outcome = api.outcome(Action.ADD, answer(400, {"code": "c" * 999, "message": "m" * 999}))
    assert outcome.message == "m" * (api.MAX_MESSAGE - 1) + "…"
    assert outcome.code == "c" * (api.MAX_CODE - 1) + "…"


def test_an_unasked_encoding_is_named() -> None:
    """Instead of its bytes."""
    outcome = api.outcome(Action.ADD, answer(400, b"\x1f\x8b\x08\x00", Content_Encoding="gzip"))
    assert outcome.message == "the answer is encoded (gzip), which was not asked for"


def test_the_start_of_a_body_too_long_is_shown() -> None:
    """As text, whatever it would have become."""
    outcome = api.outcome(Action.ADD, Reply(status=400, headers={}, body=b"price is missing" * 999, whole=False))
    assert (outcome.kind, outcome.code) == (Kind.REJECTED, None)
    assert outcome.message.startswith("price is missing")
    assert len(outcome.message) == api.MAX_MESSAGE


DATE = "Wed, 02 Sep 2026 14:03:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0"}, 0.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"RETRY-AFTER": "Wed, 02 Sep 2026 14:03:30 GMT", "Date": DATE}, 30.0),
        ({"Retry-After": "Wed, 02 Sep 2026 14:02:00 GMT", "Date": DATE}, 0.0),
        ({"Retry-After": "Wed, 02 Sep 2026 14:03:30 GMT"}, None),
        ({"Retry-After": "Wed, 02 Sep 2026 14:03:30 GMT", "Date": "today"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "999999999999"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "3, 5"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Whole seconds, or a time measured from the answer's own Date; nothing else is believed."""
    assert api.outcome(Action.ADD, Reply(status=429, headers=headers, body=b"")).retry_after == seconds


def test_an_answer_that_repeats_a_credential_is_shown_as_status_and_code_alone() -> None:
    """Wherever in it that stands, and beyond what would be shown too; so goes a code that nobody documents."""
    filler = "x" * api.MAX_MESSAGE
    for code, kept in (("invalid", "invalid"), ("k-12345", None), ("strange", None)):
        reply = answer(400, {"code": code, "message": f"{filler} k-12345", "more": "words"})
        outcome = api.outcome(Action.ADD, reply, hide=["k-12345", "k-12345678"])
        assert (outcome.status, outcome.code, outcome.message) == (400, kept, secrets.NOT_SHOWN)
        assert outcome.kind is api.outcome(Action.ADD, reply).kind


SECRET = "K/aB3+x=y;z9"
FORMS = {
    "as it is": SECRET,
    "lower case": SECRET.lower(),
    "JSON of PHP": r"K\/aB3+x=y;z9",
    "JSON of .NET": r"K/aB3\u002Bx=y;z9",
    "JSON in JSON": r"K\\/aB3+x=y;z9",
    "percent": "K%2FaB3%2Bx%3Dy%3Bz9",
    "a form": "K%2faB3%2bx%3dy%3bz9",
    "HTML": "K&#x2F;aB3&#43;x&equals;y&semi;z9",
    "percent in HTML": "K&#37;2FaB3%2Bx%3Dy%3Bz9",
    "base64": b64encode(SECRET.encode()).decode(),
    "base64 for addresses": urlsafe_b64encode(SECRET.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_credential_is_found_in_every_usual_form(form: str) -> None:
    """As servers write what they were sent."""
    assert secrets.reveals(f"bad header {FORMS[form]}, try again", ["other", SECRET])
    assert not secrets.reveals("bad header, try again", ["other", SECRET])


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=3, max_size=40), around=st.binary()
)
def test_a_credential_is_found_wherever_it_stands_in_base64(secret: str, around: bytes) -> None:
    """As in a header that was made of several."""
    text = b64encode(around + secret.encode() + around).decode()
    assert secrets.reveals(f"got {text}", [secret])


@pytest.mark.parametrize("secret", ["x", "7", "é", "q9"])
def test_a_credential_of_a_letter_is_hidden_where_it_is_a_word(secret: str) -> None:
    """`OFFERCTL_API_KEY=x`, for a trial: it hides no ordinary words. An empty one hides nothing."""
    for said in (
        f'{{"key": "{secret}"}}',
        f"key={secret},token=t",
        f"unknown {secret.upper()}",
        f"%22{secret}%22",
    ):
        assert secrets.reveals(said, [secret])
    assert not secrets.reveals(f"a{secret}b", ["", secret])
