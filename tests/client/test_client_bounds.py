"""Time, memory and connections of a call have bounds, whatever the server does."""

from __future__ import annotations

import asyncio
import socket
import threading
import tracemalloc
from collections.abc import Callable

import pytest

from offerctl import api
from offerctl.api import Kind
from offerctl.client import MAX_BODY, Client, Exchange
from support import wire

Talk = Callable[..., list[api.Outcome]]
PATH = "/api-v2/online-offerings/jhsc-en-01"
DELETE = api.delete("jhsc-en-01")


def connect(base_url: str, *, timeout: float = 20.0, parallelism: int = 4) -> Client:
    return Client(
        base_url=base_url,
        dialect=api.DEFAULT,
        network_key="pro-34616",
        timeout=timeout,
        parallelism=parallelism,
    )


@pytest.mark.parametrize("fault", [wire.silence, wire.execute_in_silence, wire.drip(0.02)])
def test_the_deadline_covers_the_whole_call(talk: Talk, fault: wire.Fault) -> None:
    """No answer, or one that drips on for ever: UNSURE when the time is up."""
    with wire.WireServer(wire.always(fault)) as server:
        [outcome] = talk(server.url, DELETE, timeout=0.3)
    assert outcome == api.unsure("no answer in 0.3 s")
    assert len(server.seen) == 1


@pytest.mark.deep
def test_a_late_answer_is_not_the_next_ones(talk: Talk) -> None:
    """The connection of a call that ran out of time is dropped, and its late answer with it."""
    said = threading.Event()

    def late(call: wire.Call) -> None:
        said.wait()
        call.answer(200)

    def after(call: wire.Call) -> None:
        said.set()
        call.answer(404, wire.error("notFound", "no such offering"))

    with wire.WireServer(wire.at({1: late, 2: after})) as server:
        kinds = [outcome.kind for outcome in talk(server.url, DELETE, DELETE, timeout=2.0)]
    assert kinds == [Kind.UNSURE, Kind.ABSENT]
    assert [seen.connection for seen in server.seen] == [1, 2]


def test_a_connection_that_takes_too_long_is_not_sent(talk: Talk) -> None:
    """A host that accepts and then stalls in the TLS handshake: half of the time, then NOT SENT."""
    with socket.create_server(("127.0.0.1", 0)) as stalled:
        port = stalled.getsockname()[1]
        [outcome] = talk(f"https://127.0.0.1:{port}", DELETE, timeout=0.4)
    assert outcome == api.not_sent(f"no connection to 127.0.0.1:{port}: not in 0.2 s")


def test_waiting_for_a_free_connection_is_not_sent() -> None:
    """A pool of one whose connection is taken: the second call was not sent."""

    async def both(url: str) -> tuple[api.Outcome, api.Outcome]:
        async with connect(url, timeout=0.6, parallelism=1) as client:
            return await asyncio.gather(client.send(DELETE), client.send(DELETE))

    with wire.WireServer(wire.always(wire.silence)) as server:
        first, second = asyncio.run(both(server.url))
    assert (first.kind, second.kind) == (Kind.UNSURE, Kind.NOT_SENT)
    assert len(server.seen) == 1


def test_one_pool_carries_all_calls() -> None:
    """Of 40 calls 4 are under way at once, over 4 connections in all."""
    gate = threading.Barrier(4)

    def together(call: wire.Call) -> None:
        gate.wait(timeout=60)
        call.answer(204)

    async def forty(url: str) -> list[api.Outcome]:
        async with connect(url) as client:
            return await asyncio.gather(*(client.send(api.delete(f"jhsc-{n}")) for n in range(40)))

    with wire.WireServer(wire.always(together)) as server:
        outcomes = asyncio.run(forty(server.url))
    assert {outcome.kind for outcome in outcomes} == {Kind.OK}
    assert server.connections == 4
    assert sorted(seen.path for seen in server.seen) == sorted(
        f"/api-v2/online-offerings/jhsc-{n}" for n in range(40)
    )


def test_an_endless_answer_costs_little_memory(talk: Talk) -> None:
    """Of 100 MB the client reads the start and hangs up."""
    with wire.WireServer(wire.always(wire.flood(100_000_000))) as server:
        talk(server.url, DELETE)  # imports and caches are not counted
        tracemalloc.start()
        talk(server.url, DELETE)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4_000_000
    assert server.bytes_sent < 50_000_000


def test_the_longest_answer_is_read_whole(talk: Talk) -> None:
    """64 KiB of JSON are an answer; one byte more is not, though its start would be."""
    with wire.WireServer(lambda seen: wire.respond(200, b"{}".ljust(MAX_BODY + seen.number - 1))) as server:
        kinds = [outcome.kind for outcome in talk(server.url, DELETE, DELETE)]
    assert kinds == [Kind.OK, Kind.UNSURE]


def test_a_cancelled_call_ends_at_once_and_leaves_the_pool_usable() -> None:
    """Cancelling goes through `send`, the server sees the connection end, and its place is free again."""

    async def cancel(url: str, arrived: threading.Event) -> api.Outcome:
        async with connect(url, parallelism=1) as client:
            call = asyncio.create_task(client.send(DELETE))
            await asyncio.to_thread(arrived.wait)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return await client.send(DELETE)

    arrived = threading.Event()

    def hold(call: wire.Call) -> None:
        arrived.set()
        call.wait_for_hangup()

    with wire.WireServer(wire.at({1: hold})) as server:
        outcome = asyncio.run(cancel(server.url, arrived))
    assert outcome.kind is Kind.OK
    assert len(server.seen) == 2


def test_observers_see_each_call(talk: Talk) -> None:
    """Method, path, status and time of every call; no status where no answer came."""
    seen: list[Exchange] = []
    with wire.WireServer(wire.at({2: wire.close})) as server:
        talk(server.url, DELETE, DELETE, observe=seen.append)
    assert [(one.method, one.path, one.status) for one in seen] == [("DELETE", PATH, 204), ("DELETE", PATH, None)]
    assert all(one.milliseconds > 0 for one in seen)
