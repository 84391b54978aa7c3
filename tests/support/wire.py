"""A programmable HTTP/1.1 server of raw sockets on loopback: everything a Marketplace, or the way to it, can do.

    with WireServer(at({3: execute_and_close}), executor) as server:
        ...  # a whole apply against server.url
    assert [seen.method for seen in server.executed] == ["POST", "POST", "POST"]

For each request the *script* picks a *fault*: a function that gets the `Call` and does with it what it likes.
`answer` is the fault that does everything right. The *executor* stands for the Marketplace behind the wire; it is
called for one request at a time.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, Self, cast

Executor = Callable[[str, str, bytes], tuple[int, bytes]]
"""(method, path, body) -> (status, body)."""

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived: `number` and `connection` count from 1; header names in lower case."""

    number: int
    connection: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Call:
    """One request and the ways to treat it. Without a whole `answer` the connection is closed afterwards."""

    def __init__(self, server: WireServer, seen: Seen, stream: socket.socket) -> None:
        self.seen = seen
        self.stream = stream
        self.keep = False
        self._server = server

    def execute(self) -> tuple[int, bytes]:
        """Let the request take effect; its right answer."""
        return self._server._execute(self.seen)

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """A whole answer, after which the connection may serve another request."""
        fields = {"Content-Type": "application/json", **(headers or {})}
        if status != HTTPStatus.NO_CONTENT:
            fields.setdefault("Content-Length", str(len(body)))
        if not self._server.keep_alive:
            fields["Connection"] = "close"
        self.send(head(status, fields) + body)
        self.keep = self._server.keep_alive

    def send(self, data: bytes) -> None:
        """Raw bytes.

        Raises:
            OSError: the client left.
        """
        self.stream.sendall(data)
        self._server._count(len(data))

    def pause(self, seconds: float) -> None:
        """Time passes; less where the server is stopped meanwhile."""
        self._server.stopping.wait(seconds)

    def wait_for_hangup(self) -> None:
        """Say nothing until the client leaves or the server is stopped."""
        while self.stream.recv(CHUNK):
            pass

    def reset(self) -> None:
        """The connection ends with RST instead of FIN."""
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Fault = Callable[[Call], None]
Script = Callable[[Seen], Fault]


class WireServer:
    """Serves while the `with` block runs; `seen` and `executed` hold the requests in their order.

    `headers_read` is called between the headers of a request and its body.
    """

    def __init__(
        self,
        script: Script | None = None,
        execute: Executor | None = None,
        *,
        keep_alive: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.seen: list[Seen] = []
        self.executed: list[Seen] = []
        self.connections = 0
        self.bytes_sent = 0
        self.keep_alive = keep_alive
        self.headers_read: Callable[[], None] = lambda: None
        self.stopping = threading.Event()
        self._script: Script = script or always(answer)
        self._executor: Executor = execute or (lambda _method, _path, _body: (204, b""))
        self._tls = tls
        self._lock = threading.Condition()
        self._executing = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return cast("int", self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            pass  # wakes accept()
        with self._lock:
            for stream in self._open:
                with suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def wait_until_all_hung_up(self) -> None:
        """Until every connection there was is closed on this side."""
        with self._lock:
            self._lock.wait_for(lambda: not self._open)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            stream, _ = self._listener.accept()
            with self._lock:
                if self.stopping.is_set():
                    stream.close()
                    return
                self.connections += 1
                self._open.add(stream)
                number = self.connections
            self._start(lambda stream=stream, number=number: self._serve(stream, number))  # type: ignore[misc]

    def _serve(self, plain: socket.socket, number: int) -> None:
        stream = plain
        try:
            if self._tls is not None:
                stream = self._tls.wrap_socket(plain, server_side=True)
                with self._lock:
                    self._open.add(stream)
            with stream.makefile("rb") as reader:
                while self._one(stream, reader, number):
                    pass
        except OSError:
            pass  # the client left, as clients may
        finally:
            stream.close()
            with self._lock:
                self._open -= {plain, stream}
                self._lock.notify_all()

    def _one(self, stream: socket.socket, reader: BinaryIO, connection: int) -> bool:
        """One request served; whether another may follow on the connection."""
        words = reader.readline().split()
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return False
        headers = {}
        while line := reader.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        self.headers_read()
        length = int(headers.get("content-length", "0"))
        body = reader.read(length)
        if len(body) < length:
            return False  # the client died in the middle of it
        with self._lock:
            seen = Seen(
                number=len(self.seen) + 1,
                connection=connection,
                method=words[0].decode("latin-1"),
                path=words[1].decode("latin-1"),
                headers=headers,
                body=body,
            )
            self.seen.append(seen)
        call = Call(self, seen, stream)
        self._script(seen)(call)
        return call.keep

    def _count(self, sent: int) -> None:
        with self._lock:
            self.bytes_sent += sent

    def _execute(self, seen: Seen) -> tuple[int, bytes]:
        with self._executing:
            self.executed.append(seen)
            return self._executor(seen.method, seen.path, seen.body)


def head(status: int, fields: Mapping[str, str]) -> bytes:
    """Status line and header fields of an answer."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def error(code: str, message: str) -> bytes:
    """An error body as the API writes it."""
    return json.dumps({"error": {"code": code, "message": message}}).encode()


# Scripts


def always(fault: Fault) -> Script:
    """The same for every request."""
    return lambda _seen: fault


def at(faults: Mapping[int, Fault], otherwise: Fault | None = None) -> Script:
    """Faults by the number of the request; the others are answered."""
    return lambda seen: faults.get(seen.number, otherwise or answer)


# Faults


def answer(call: Call) -> None:
    """Executed and answered, as it should be."""
    call.answer(*call.execute())


def respond(
    status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, *, execute: bool = False
) -> Fault:
    """A whole answer of one's own, with or without having executed."""

    def fault(call: Call) -> None:
        if execute:
            call.execute()
        call.answer(status, body, headers)

    return fault


def raw(data: bytes, *, execute: bool = False) -> Fault:
    """Any bytes instead of an answer, then the end of the connection."""

    def fault(call: Call) -> None:
        if execute:
            call.execute()
        call.send(data)

    return fault


def close(call: Call) -> None:
    """Neither executed nor answered."""


def execute_and_close(call: Call) -> None:
    """Executed, the answer lost."""
    call.execute()


def reset(call: Call) -> None:
    """RST before anything was executed."""
    call.reset()


def execute_and_reset(call: Call) -> None:
    """RST after it was executed."""
    call.execute()
    call.reset()


def cut(call: Call) -> None:
    """Executed; the answer ends in the middle of its body."""
    call.execute()
    call.send(head(200, {"Content-Type": "application/json", "Content-Length": "40"}) + b'{"offeringId": "jh')


def answer_then_close(call: Call) -> None:
    """Executed and answered; the connection is closed though the answer did not say so."""
    answer(call)
    call.keep = False


def answer_then_close_after(seconds: float) -> Fault:
    """Executed and answered; the connection is closed so much later, whatever was written into it meanwhile."""

    def fault(call: Call) -> None:
        answer(call)
        call.pause(seconds)
        call.keep = False

    return fault


def silence(call: Call) -> None:
    """Read, never executed, never answered."""
    call.wait_for_hangup()


def execute_in_silence(call: Call) -> None:
    """Executed, never answered."""
    call.execute()
    call.wait_for_hangup()


def drip(seconds: float) -> Fault:
    """Executed; a correct answer that comes byte by byte, one every `seconds`, and takes for ever."""

    def fault(call: Call) -> None:
        call.execute()
        call.send(head(200, {"Content-Type": "application/json", "Content-Length": "1000000"}))
        while True:
            call.send(b" ")
            call.pause(seconds)

    return fault


def latency(seconds: float, then: Fault = answer) -> Fault:
    """The same, later."""

    def fault(call: Call) -> None:
        call.pause(seconds)
        then(call)

    return fault


def redirect(location: str, status: int = 307) -> Fault:
    """Sends elsewhere."""
    return respond(status, headers={"Location": location})


def flood(size: int, status: int = 200) -> Fault:
    """Executed; an answer of about `size` bytes: an empty object and spaces."""

    def fault(call: Call) -> None:
        call.execute()
        chunks = size // CHUNK
        length = str(chunks * CHUNK + 2)
        call.send(head(status, {"Content-Type": "application/json", "Content-Length": length}) + b"{}")
        for _ in range(chunks):
            call.send(b" " * CHUNK)

    return fault


def endless_headers(call: Call) -> None:
    """Executed; header fields without end."""
    call.execute()
    call.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        call.send(b"X-More: and more\r\n" * 100)


def tunnel(port: int) -> Fault:
    """An HTTP proxy's CONNECT, always to a port of this machine, whatever host was asked for."""

    def fault(call: Call) -> None:
        with socket.create_connection(("127.0.0.1", port)) as onward:
            call.send(head(200, {}))
            back = threading.Thread(target=_pipe, args=(onward, call.stream), daemon=True)
            back.start()
            _pipe(call.stream, onward)
            back.join()

    return fault


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
