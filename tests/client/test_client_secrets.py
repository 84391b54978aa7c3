"""Credentials reach the Marketplace and nothing else: no message, no log, no repr, no other host."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from offerctl import api
from offerctl.api import Kind
from offerctl.api.secrets import NOT_SHOWN
from offerctl.client import Client
from offerctl.errors import MarketplaceError
from support import wire

Talk = Callable[..., list[api.Outcome]]
DELETE = api.delete("jhsc-en-01")
KEY, TOKEN, SECRET = "KEY-5f1d9a", "TOKEN-c07be2==", "SECRET-91e4d8"
BLN = f"BLN type=api, version=1, entity=user, key={KEY}, token={TOKEN}, secret={SECRET}"
SCHEMES = {
    "bln": ({"Authorization": BLN}, (KEY, TOKEN, SECRET)),
    "bearer": ({"Authorization": f"Bearer {TOKEN}", "key": KEY}, (KEY, TOKEN)),
}


def echo(call: wire.Call) -> None:
    """Repeats the credentials as a message, as a code and as text, as careless error pages do."""
    given = f"{call.seen.headers['authorization']} and {TOKEN} {call.seen.headers.get('key', '')}"
    filler = "x" * (api.MAX_MESSAGE - 20)
    body = {1: wire.error(given, given), 2: given.encode(), 3: wire.error("invalid", f"{filler} {given}")}
    call.answer(400, body[call.seen.number])


def garble(call: wire.Call) -> None:
    """Repeats them where a status line should be, which httpx quotes in its error."""
    call.send(f"{call.seen.headers['authorization']}\r\n\r\n".encode())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_an_answer_that_repeats_them_is_not_shown(talk: Talk, scheme: str) -> None:
    """Of what the server says of them its status and code are left."""
    credentials, secrets = SCHEMES[scheme]
    with wire.WireServer(wire.at({1: echo, 2: echo, 3: echo}, garble)) as server:
        outcomes = talk(server.url, *[DELETE] * 4, authorization=lambda: credentials)
    assert [outcome.kind for outcome in outcomes] == [*[Kind.REJECTED] * 3, Kind.UNSURE]
    assert {outcome.message for outcome in outcomes} == {NOT_SHOWN}
    for outcome in outcomes:
        assert not [secret for secret in secrets if secret[:9] in repr(outcome)]


@pytest.mark.parametrize(
    "fault", [wire.answer, wire.close, wire.reset, wire.cut, wire.raw(b"no HTTP\r\n\r\n"), wire.respond(401)]
)
def test_logs_at_debug_hold_none(talk: Talk, caplog: pytest.LogCaptureFixture, fault: wire.Fault) -> None:
    """Whatever happens, and though every library below logs all it can."""
    caplog.set_level(logging.DEBUG)
    credentials, secrets = SCHEMES["bearer"]
    with wire.WireServer(wire.always(fault)) as server:
        talk(server.url, DELETE, authorization=lambda: credentials)
    assert "httpcore" in {record.name.partition(".")[0] for record in caplog.records}
    assert not [secret for secret in secrets if secret in caplog.text]


@pytest.mark.parametrize("character", ["\n", "\r\nX-Injected: 1", "\x00", "é", "€"])
def test_credentials_that_no_header_can_carry(
    talk: Talk, caplog: pytest.LogCaptureFixture, character: str
) -> None:
    """A pasted line end, or a letter outside ASCII: NOT SENT, without quoting them, to nobody."""
    caplog.set_level(logging.DEBUG)
    with wire.WireServer() as server:
        [outcome] = talk(server.url, DELETE, authorization=lambda: {"Authorization": f"Bearer {TOKEN}{character}"})
    assert outcome == api.not_sent("the credentials hold characters that no HTTP header can carry")
    assert TOKEN not in caplog.text
    assert server.connections == 0


def test_credentials_are_asked_for_anew(talk: Talk) -> None:
    """A token that was renewed between two requests is used for the second."""
    tokens = iter(["Bearer first-token", "Bearer second-token"])
    with wire.WireServer() as server:
        talk(server.url, DELETE, DELETE, authorization=lambda: {"Authorization": next(tokens)})
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer first-token", "Bearer second-token"]


def test_without_credentials_no_field_is_sent(talk: Talk) -> None:
    """The embedded Marketplace takes none."""
    with wire.WireServer() as server:
        talk(server.url, DELETE)
    assert "authorization" not in server.seen[0].headers


def test_cookies_are_not_kept(talk: Talk) -> None:
    """One answer changes nothing of the next request."""
    with wire.WireServer(wire.always(wire.respond(200, headers={"Set-Cookie": "session=abc; Path=/"}))) as server:
        talk(server.url, DELETE, DELETE)
    assert ["cookie" in seen.headers for seen in server.seen] == [False, False]


def test_an_address_with_a_password_is_refused() -> None:
    """Without repeating it."""
    with pytest.raises(MarketplaceError, match="base_url") as refused:
        Client(
            base_url=f"https://user:{SECRET}@marketplace.example",
            dialect=api.DEFAULT,
            network_key="pro-34616",
            timeout=1,
            parallelism=1,
        )
    assert SECRET not in str(refused.value)
