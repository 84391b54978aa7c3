"""Another API than the Marketplace's: its answers are bounded in bytes and in time, and come as they are."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from offerctl.client import transport
from offerctl.client.transport import Service

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
Send = Callable[[bytes], None]


@contextmanager
def answering(answer: Callable[[Send], None]) -> Iterator[str]:
    """The address of a server that answers one call so, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                asked.append(connection.recv(65536))
                try:
                    answer(connection.sendall)
                except OSError:
                    return

        asked: list[bytes] = []
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()
        assert b"accept-encoding: identity\r\n" in asked[0].lower()


def call(url: str, timeout: float = 5.0) -> bytes:
    """What a call is answered."""
    service = Service(url, headers={}, timeout=timeout)
    try:
        return service.call("GET", "/x").body
    finally:
        service.close()


def test_an_answer_comes_as_it_is() -> None:
    """Nothing is undone, nothing left out."""
    with answering(lambda send: send(HEAD + b"Content-Length: 2\r\n\r\n{}")) as url:
        assert call(url) == b"{}"


def test_an_encoding_that_nobody_asked_for_is_no_answer() -> None:
    """A kilobyte of it may stand for a gigabyte."""
    bomb = gzip.compress(b"0" * 10_000_000)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with (
        answering(lambda send: send(head + bomb)) as url,
        pytest.raises(ConnectionError, match="nobody asked"),
    ):
        call(url)


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the memory."""
    monkeypatch.setattr(transport, "MAX_ANSWER", 1024 * 1024)

    def endless(send: Send) -> None:
        send(HEAD + b"\r\n")
        while True:
            send(b"0" * 65536)

    with answering(endless) as url, pytest.raises(ConnectionError, match="more than 1 MiB"):
        call(url)


def test_a_dripping_answer_is_given_up() -> None:
    """Each byte comes in time, and the whole does not."""
    stop = threading.Event()

    def drip(send: Send) -> None:
        send(HEAD + b"\r\n")
        while not stop.wait(0.02):
            send(b"0")

    begun = time.monotonic()
    try:
        with answering(drip) as url, pytest.raises(ConnectionError, match="was not there in"):
            call(url, timeout=0.4)
    finally:
        stop.set()
    assert time.monotonic() - begun < 60
