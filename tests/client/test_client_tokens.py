"""Access tokens by client credentials: fetched first, renewed in time, and never unsure when they are lost."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from offerctl import api
from offerctl.api import DEFAULT, Kind
from offerctl.api.secrets import NOT_SHOWN
from offerctl.client import Client, Tokens
from offerctl.errors import MarketplaceError
from support import wire

DELETE = api.delete("jhsc-en-01")
SECRET = "client-secret-4be1"
BASIC = base64.b64encode(f"client-51:{SECRET}".encode()).decode()


class Clock:
    """Seconds that a test passes."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def granted(token: str = "token-77", **more: object) -> wire.Fault:
    answer = {"access_token": token, "token_type": "Bearer", "expires_in": 100, **more}
    return wire.respond(200, json.dumps({k: v for k, v in answer.items() if v is not None}).encode())


def tokens(
    endpoint: wire.WireServer,
    *,
    timeout: float = 20.0,
    elapsed: Callable[[], float] | None = None,
    scope: str | None = None,
    audience: str | None = None,
) -> Tokens:
    return Tokens(
        url=f"{endpoint.url}/oauth2/token",
        client_id="client-51",
        client_secret=SECRET,
        timeout=timeout,
        elapsed=elapsed or Clock(),
        scope=scope,
        audience=audience,
    )


def client(market: wire.WireServer, source: Tokens) -> Client:
    return Client(
        base_url=market.url, dialect=DEFAULT, network_key="pro-1", timeout=20, parallelism=2, tokens=source
    )


def test_a_token_is_fetched_once_and_goes_with_each_request() -> None:
    """As RFC 6749 has it: Basic, a form, and the bearer's token afterwards."""

    async def talk() -> None:
        async with client(market, tokens(endpoint)) as opened:
            await opened.prepare()
            assert market.seen == []
            assert [(await opened.send(DELETE)).kind for _ in range(3)] == [Kind.OK] * 3

    with wire.WireServer() as market, wire.WireServer(wire.always(granted())) as endpoint:
        asyncio.run(talk())
    [asked] = endpoint.seen
    assert (asked.method, asked.path, asked.body) == ("POST", "/oauth2/token", b"grant_type=client_credentials")
    assert asked.headers["authorization"] == f"Basic {BASIC}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert [seen.headers["authorization"] for seen in market.seen] == ["Bearer token-77"] * 3


@pytest.mark.parametrize(
    ("scope", "audience", "body"),
    [
        ("offerings.write api://1/.default", None, b"&scope=offerings.write+api%3A%2F%2F1%2F.default"),
        (None, "https://api.example/", b"&audience=https%3A%2F%2Fapi.example%2F"),
        (None, None, b""),
    ],
)
def test_a_token_is_asked_for_with_scope_and_audience(
    scope: str | None, audience: str | None, body: bytes
) -> None:
    """Where they are given, as a form writes them."""

    async def talk() -> None:
        async with client(market, tokens(endpoint, scope=scope, audience=audience)) as opened:
            await opened.prepare()

    with wire.WireServer() as market, wire.WireServer(wire.always(granted())) as endpoint:
        asyncio.run(talk())
    assert [seen.body for seen in endpoint.seen] == [b"grant_type=client_credentials" + body]


ELSEWHERE = "http://127.0.0.1:9/elsewhere"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (wire.respond(401, b'{"error": "invalid_client", "error_description": "no"}'), "401 (invalid_client"),
        (wire.respond(400, SECRET.encode()), f"it answered 400 ({NOT_SHOWN})"),
        (wire.respond(500, BASIC.encode()), f"it answered 500 ({NOT_SHOWN})"),
        (wire.redirect(ELSEWHERE), "it answered 307"),
        (wire.respond(200, b"<html>"), "no JSON object"),
        (wire.respond(200, b"[]"), "no JSON object"),
        (wire.flood(10_000_000), "no JSON object"),
        (granted(token_type="mac"), "no bearer token"),
        (granted(token=""), "no access_token"),
        (granted(token="a\nHost: x"), "no access_token"),
        (granted(access_token=None), "no access_token"),
        (wire.close, "no access token from 127.0.0.1"),
        (wire.silence, "no answer in 0.3 s"),
    ],
)
def test_without_a_token_nothing_begins(fault: wire.Fault, words: str) -> None:
    """The endpoint's own words, without the secret; a redirect is not followed, a long answer not read."""

    async def talk() -> None:
        source = tokens(endpoint, timeout=0.3 if fault is wire.silence else 20.0)
        async with client(market, source) as opened:
            await opened.prepare()

    with wire.WireServer() as market, wire.WireServer(wire.always(fault)) as endpoint:
        with pytest.raises(MarketplaceError) as caught:
            asyncio.run(talk())
        assert len(endpoint.seen) == 1
    assert words in caught.value.message
    assert SECRET not in caught.value.message
    assert market.seen == []


def test_a_token_that_has_run_out_is_certain() -> None:
    """STOP, and nothing is sent: the request was not executed, and nobody has to ask."""

    async def talk() -> list[api.Outcome]:
        async with client(market, tokens(endpoint, elapsed=clock)) as opened:
            await opened.prepare()
            outcomes = [await opened.send(DELETE)]
            for clock.seconds in (94.0, 95.0, 1000.0):
                outcomes.append(await opened.send(DELETE))
            return outcomes

    clock = Clock()
    with wire.WireServer() as market, wire.WireServer(wire.always(granted())) as endpoint:
        outcomes = asyncio.run(talk())
    assert [outcome.kind for outcome in outcomes] == [Kind.OK, Kind.OK, Kind.STOP, Kind.STOP]
    assert outcomes[-1] == api.withheld("the access token has run out")
    assert len(market.seen) == 2


def test_a_client_that_was_not_prepared_sends_nothing() -> None:
    """Not even with no token at all."""

    async def talk() -> api.Outcome:
        async with client(market, tokens(endpoint)) as opened:
            return await opened.send(DELETE)

    with wire.WireServer() as market, wire.WireServer() as endpoint:
        assert asyncio.run(talk()).kind is Kind.STOP
    assert market.seen == endpoint.seen == []


def test_a_token_is_renewed_while_the_old_one_holds() -> None:
    """After three quarters of its time; a renewal that fails is tried again meanwhile."""
    faults: dict[int, wire.Fault] = {1: granted("first", expires_in=2), 2: wire.respond(503)}

    async def talk() -> str:
        source = tokens(endpoint)
        async with client(market, source) as opened:
            await opened.prepare()
            assert source.current() == "first"
            while source.current() == "first":  # noqa: ASYNC110 - nothing else tells of a renewal
                await asyncio.sleep(0.01)
            assert (await opened.send(DELETE)).kind is Kind.OK
            return source.current()

    with (
        wire.WireServer() as market,
        wire.WireServer(wire.at(faults, otherwise=granted("second", expires_in="3600"))) as endpoint,
    ):
        assert asyncio.run(talk()) == "second"
        assert [seen.headers["authorization"] for seen in market.seen] == ["Bearer second"]
        assert len(endpoint.seen) == 3


@pytest.mark.parametrize("given", [None, "soon", -1, 0, True, "0", "٣", []])
def test_a_lifetime_that_makes_no_sense_is_short(given: object) -> None:
    """Five minutes, as if none were given."""

    async def talk() -> None:
        source = tokens(endpoint, elapsed=clock)
        await source.begin()
        clock.seconds = 280.0
        assert source.current() == "token-77"
        clock.seconds = 290.0
        with pytest.raises(Exception, match="has run out"):
            source.current()
        await source.aclose()

    clock = Clock()
    with wire.WireServer(wire.always(granted(expires_in=given))) as endpoint:
        asyncio.run(talk())


def test_the_marketplace_that_repeats_a_token_does_not_get_it_shown() -> None:
    """As with every credential."""

    async def talk() -> api.Outcome:
        async with client(market, tokens(endpoint)) as opened:
            await opened.prepare()
            return await opened.send(DELETE)

    def echo(call: Any) -> None:
        call.answer(400, json.dumps({"message": f"no: {call.seen.headers['authorization']}"}).encode())

    with wire.WireServer(wire.always(echo)) as market, wire.WireServer(wire.always(granted())) as endpoint:
        outcome = asyncio.run(talk())
    assert outcome.kind is Kind.REJECTED
    assert "token-77" not in outcome.message
