"""Puts an application on a port of this machine, for this machine only."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import h11
import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from offerctl.errors import MarketplaceError

HOST = "127.0.0.1"
GRACE = 5
"""Seconds that requests under way get when the server is stopped."""
PATIENCE = 10.0
"""Seconds within which a request is there as a whole; what is half of one then is ended."""


def serve(app: ASGIApp, port: int, *, announce: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM; those arrive once more afterwards (SIGINT as KeyboardInterrupt).

    Port 0 is any free one. `announce` gets the address as soon as connections are accepted. Requests for another
    host are refused: a page of the web whose name points here could otherwise use the API through a browser.

    Raises:
        MarketplaceError: the port cannot be had.
    """
    with _listen(port) as listener:
        announce(_address(listener))
        uvicorn.Server(_config(app)).run(sockets=[listener])


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serves on a free port, in the running event loop, until the block ends; its address. Takes no signals.

    Raises:
        MarketplaceError: no port can be had.
    """
    with _listen(0) as listener:
        server = _Guest(_config(app))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield _address(listener)
        finally:
            server.should_exit = server.force_exit = True
            await task


class _Guest(uvicorn.Server):
    """A server in somebody else's event loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None: they are the business of whoever runs the loop."""
        yield


class _Impatient(H11Protocol):
    """A connection on which nobody can leave half a request, or none, for ever."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first request is waited for."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """A whole request ends the waiting; more of half a one does not begin it anew."""
        super().data_received(data)
        if self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self._stop_waiting()
        elif self._timer is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._timer = self.loop.call_later(PATIENCE, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        TrustedHostMiddleware(app, allowed_hosts=[HOST, "localhost"]),
        http=_Impatient,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="error",
        timeout_graceful_shutdown=GRACE,
    )


def _address(listener: socket.socket) -> str:
    return f"http://{HOST}:{listener.getsockname()[1]}"


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's delay off: without, an answer in two parts takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise MarketplaceError(
                f"port {port} is in use",
                hint="Stop what uses it, or choose another one: --port N (0 takes any free one).",
            ) from error
        raise MarketplaceError(f"port {port} cannot be used: {error.strerror}") from error
    return listener
