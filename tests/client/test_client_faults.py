"""Every fault of the wire falls in the class that the protocol's outcome table gives it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from offerctl import __version__, api
from offerctl.api import Kind
from offerctl.offering import Offering
from offerctl.standards import JHSC_ENGLISH
from support import wire

Talk = Callable[..., list[api.Outcome]]

OFFERING = Offering(
    offering_id="jhsc-en-01",
    training_standard_key=JHSC_ENGLISH,
    course_name="JHSC Certification Part One",
    price=Decimal("199.50"),
    course_duration=Decimal("19.5"),
    external_registration_url="https://provider.example/register",
)
ADD = api.add(OFFERING)
PATCH = api.patch(OFFERING, ("price",))
DELETE = api.delete("jhsc-en-01")
HTML = b"<!doctype html><title>Not Found</title>"
HTML_TYPE = {"Content-Type": "text/html"}
ABSENT = wire.error("notFound", "no such offering")

FAULTS = {
    "204": (wire.answer, Kind.OK),
    "200 with JSON": (wire.respond(200, b'{"offeringId": "jhsc-en-01"}'), Kind.OK),
    "closed": (wire.close, Kind.UNSURE),
    "executed and closed": (wire.execute_and_close, Kind.UNSURE),
    "reset": (wire.reset, Kind.UNSURE),
    "executed and reset": (wire.execute_and_reset, Kind.UNSURE),
    "cut": (wire.cut, Kind.UNSURE),
    "500": (wire.respond(500), Kind.UNSURE),
    "500, executed": (wire.respond(500, execute=True), Kind.UNSURE),
    "503": (wire.respond(503), Kind.UNSURE),
    "408": (wire.respond(408), Kind.UNSURE),
    "404 in HTML": (wire.respond(404, HTML, HTML_TYPE), Kind.UNSURE),
    "404 notFound": (wire.respond(404, ABSENT), Kind.ABSENT),
    "200 in HTML": (wire.respond(200, HTML, HTML_TYPE), Kind.UNSURE),
    "200 in no form at all": (wire.respond(200, b"\x00\xff\x1b[31m{"), Kind.UNSURE),
    "200 compressed unasked": (wire.respond(200, b"\x1f\x8b\x08", {"Content-Encoding": "gzip"}), Kind.UNSURE),
    "no HTTP": (wire.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), Kind.UNSURE),
    "half a status line": (wire.raw(b"HTTP/1.1 20"), Kind.UNSURE),
    "no end of the headers": (wire.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"), Kind.UNSURE),
    "a control character in a header": (wire.raw(b"HTTP/1.1 204 OK\r\nX: \x00\r\n\r\n"), Kind.UNSURE),
    "two lengths": (wire.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"), Kind.UNSURE),
    "bad chunks": (wire.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Kind.UNSURE),
    "101": (
        wire.raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        Kind.UNSURE,
    ),
    "endless headers": (wire.endless_headers, Kind.UNSURE),
    "an answer without end": (wire.flood(100_000_000), Kind.UNSURE),
    "401": (wire.respond(401, wire.error("unauthorized", "no valid key")), Kind.STOP),
    "401 without end": (wire.flood(100_000_000, status=401), Kind.STOP),
    "403": (wire.respond(403, wire.error("forbidden", "not yours")), Kind.REJECTED),
    "400": (wire.respond(400, wire.error("invalid", "price is not a number")), Kind.REJECTED),
    "429": (wire.respond(429), Kind.THROTTLED),
}


@pytest.mark.parametrize(
    ("request_", "kind"), [(ADD, Kind.UNSURE), (PATCH, Kind.THROTTLED), (DELETE, Kind.THROTTLED)]
)
def test_a_server_that_is_busy_is_asked_again_where_that_is_safe(
    talk: Talk, request_: api.Request, kind: Kind
) -> None:
    """503 with Retry-After: a POST may have been executed, so it is never the one that is repeated."""
    with wire.WireServer(wire.always(wire.respond(503, headers={"Retry-After": "1"}))) as server:
        [outcome] = talk(server.url, request_)
    assert (outcome.kind, outcome.retry_after, outcome.may_have_run) == (kind, 1.0, True)


@pytest.mark.parametrize("request_", [ADD, PATCH, DELETE], ids=["add", "patch", "delete"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_has_one_kind(talk: Talk, fault: str, request_: api.Request) -> None:
    """The kind does not hang on the method, and one call is one request: the client repeats nothing by itself."""
    behaviour, kind = FAULTS[fault]
    with wire.WireServer(wire.always(behaviour)) as server:
        [outcome] = talk(server.url, request_)
    assert outcome.kind is kind
    assert len(server.seen) == 1


def test_only_an_add_can_find_that_something_exists(talk: Talk) -> None:
    """409, and a `general` 400 that says so, are EXISTS for POST; other methods are refused by them."""
    for fault in (wire.respond(409), wire.respond(400, wire.error("general", "Already listed"))):
        with wire.WireServer(wire.always(fault)) as server:
            kinds = [outcome.kind for outcome in talk(server.url, ADD, PATCH, DELETE)]
        assert kinds == [Kind.EXISTS, Kind.REJECTED, Kind.REJECTED]


def test_what_is_written(talk: Talk) -> None:
    """Methods, paths, fields and bodies are those of the API's reference, a DELETE's body among them."""
    with wire.WireServer() as server:
        credentials = {"Authorization": "Bearer 8c1f0b2e"}
        talk(f"{server.url}/base/", ADD, PATCH, DELETE, authorization=lambda: credentials)
    add, patch, delete = server.seen
    assert [(seen.method, seen.path) for seen in server.seen] == [
        ("POST", "/base/api-v2/online-offerings"),
        ("PATCH", "/base/api-v2/online-offerings/jhsc-en-01"),
        ("DELETE", "/base/api-v2/online-offerings/jhsc-en-01"),
    ]
    assert json.loads(add.body) == {
        "offeringId": "jhsc-en-01",
        "trainingStandardKey": "JHSC-2014-1-E-O",
        "courseName": "JHSC Certification Part One",
        "price": 199.5,
        "courseDuration": 19.5,
        "externalRegistrationUrl": "https://provider.example/register",
        "networkKey": "pro-34616",
    }
    assert json.loads(patch.body) == {"price": 199.5, "networkKey": "pro-34616"}
    assert json.loads(delete.body) == {"networkKey": "pro-34616"}
    for seen in server.seen:
        assert seen.headers["authorization"] == "Bearer 8c1f0b2e"
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["accept"] == "application/json"
        assert seen.headers["accept-encoding"] == "identity"
        assert seen.headers["user-agent"] == f"offerctl/{__version__}"
    assert [seen.connection for seen in server.seen] == [1, 2, 2]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirects_are_not_followed(talk: Talk, status: int) -> None:
    """A redirect is UNSURE, and the place it names sees neither request nor credentials."""
    with wire.WireServer() as elsewhere:
        fault = wire.redirect(f"{elsewhere.url}/api-v2/online-offerings", status)
        with wire.WireServer(wire.always(fault)) as server:
            [outcome] = talk(server.url, ADD, authorization=lambda: {"Authorization": "Bearer 8c1f0b2e"})
        assert outcome.kind is Kind.UNSURE
        assert outcome.status == status
        assert elsewhere.connections == 0


def test_retry_after_comes_through(talk: Talk) -> None:
    """A 429 carries its Retry-After in seconds, and None where there is none."""
    with wire.WireServer(
        wire.at({1: wire.respond(429, headers={"Retry-After": "7"}), 2: wire.respond(429)})
    ) as server:
        first, second = talk(server.url, PATCH, PATCH)
    assert (first.retry_after, second.retry_after) == (7.0, None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_refused_connection_is_not_sent(talk: Talk, host: str) -> None:
    """Nobody listens, at one address of the host or at several: NOT SENT, in the system's words."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    [outcome] = talk(f"http://{host}:{port}", ADD)
    assert outcome.kind is Kind.NOT_SENT
    assert outcome.message == f"no connection to {host}:{port}: Connection refused"


def test_an_unknown_name_is_not_sent(talk: Talk) -> None:
    """`.invalid` is in no name service."""
    [outcome] = talk("https://marketplace.invalid", ADD)
    assert outcome.kind is Kind.NOT_SENT
    assert "marketplace.invalid" in outcome.message


def test_a_connection_closed_while_idle_is_not_used(talk: Talk) -> None:
    """The server hung up after an answer without saying so before: the next request takes a new connection."""
    with wire.WireServer(wire.always(wire.answer_then_close)) as server:
        outcomes = talk(server.url, PATCH, PATCH, DELETE, observe=lambda _: server.wait_until_all_hung_up())
    assert [outcome.kind for outcome in outcomes] == [Kind.OK] * 3
    assert [seen.connection for seen in server.seen] == [1, 2, 3]


def test_a_kept_connection_that_dies_under_a_request_is_unsure(talk: Talk) -> None:
    """It is not sent again on another one, and from then on every request has a connection of its own."""
    with wire.WireServer(wire.at({2: wire.execute_and_close})) as server:
        outcomes = talk(server.url, PATCH, PATCH, DELETE, DELETE)
    assert [outcome.kind for outcome in outcomes] == [Kind.OK, Kind.UNSURE, Kind.OK, Kind.OK]
    assert [seen.connection for seen in server.seen] == [1, 1, 2, 3]


def test_an_add_meets_no_connection_that_is_being_closed(talk: Talk) -> None:
    """A server that hangs up 2 ms after each answer leaves none of 60 Adds in doubt, and of 60 Patches one."""
    adds = [api.add(replace(OFFERING, offering_id=f"jhsc-{number}")) for number in range(60)]
    for requests, unsure in ((adds, 0), ([PATCH] * 60, 1)):
        with wire.WireServer(wire.always(wire.answer_then_close_after(0.002))) as server:
            kinds = [outcome.kind for outcome in talk(server.url, *requests)]
        assert kinds.count(Kind.OK) >= 60 - unsure
        assert len(kinds) == 60


def test_a_body_after_204_is_no_answer_to_the_next_request(talk: Talk) -> None:
    """Some servers write a body where HTTP has none: on a kept connection it spoils the next answer, honestly."""

    def answer_too_much(call: wire.Call) -> None:
        call.send(wire.head(204, {}) + b'{"error": null}')
        call.keep = True

    with wire.WireServer(wire.at({1: answer_too_much})) as server:
        kinds = [outcome.kind for outcome in talk(server.url, PATCH, PATCH, PATCH)]
    assert kinds == [Kind.OK, Kind.UNSURE, Kind.OK]


def test_what_is_no_answer_is_quoted_as_text(talk: Talk) -> None:
    """Whatever the library that could not read it made of its bytes."""
    said = []
    for data in (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"HTTP/1.1 204 OK\r\nX: \x00\r\n\r\n"):
        with wire.WireServer(wire.always(wire.raw(data))) as server:
            said += [outcome.message for outcome in talk(server.url, PATCH)]
    assert "SSH-2.0-OpenSSH_9.6" in said[0]
    assert not any("bytearray" in words or "b'" in words for words in said), said
