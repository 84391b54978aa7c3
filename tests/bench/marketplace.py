"""A Marketplace in a process of its own that answers every request after the same time, and keeps nothing.

    python -m bench.marketplace MILLISECONDS

It prints its address and answers until its input ends. It is as cheap as a server can be, so that what is measured
is the client: HTTP/1.1 on loopback, connections kept, 200 without a body.
"""

from __future__ import annotations

import asyncio
import re
import sys

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency: float) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if length := _LENGTH.search(head):
                await reader.readexactly(int(length[1]))
            await asyncio.sleep(latency)
            writer.write(_ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _serve(latency: float) -> None:
    server = await asyncio.start_server(lambda reader, writer: _converse(reader, writer, latency), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) / 1000))
