"""The server of the embedded Marketplace, which nobody can hold up with half a request."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from offerctl.embedded import server
from offerctl.embedded.app import create_app
from offerctl.embedded.store import Store

HALVES = {
    "nothing": b"",
    "half a head": b"POST /api-v2/online-offerings HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
    "half a body": b"POST /api-v2/online-offerings HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
}


@pytest.mark.parametrize("half", HALVES)
def test_half_a_request_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, half: str) -> None:
    """Also where more of it keeps coming; a whole one on the same server is answered meanwhile."""
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    store = Store(tmp_path / "m.sqlite3")

    async def left_open() -> tuple[bytes, bytes]:
        async with server.serving(create_app(store, network_key="pro-1")) as url:
            port = int(url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HALVES[half])
            more = asyncio.create_task(_drip(writer, half))
            whole_reader, whole = await asyncio.open_connection("127.0.0.1", port)
            whole.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answered = await whole_reader.readline()
            ended = await asyncio.wait_for(reader.read(), 30)
            more.cancel()
            for one in (writer, whole):
                one.close()
            return answered, ended

    try:
        answered, ended = asyncio.run(left_open())
    finally:
        store.close()
    assert answered.startswith(b"HTTP/1.1 200")
    assert ended == b""


async def _drip(writer: asyncio.StreamWriter, half: str) -> None:
    while half != "nothing":
        await asyncio.sleep(0.05)
        writer.write(b"x")
