"""Real servers of buckets on loopback: moto's for S3, Azurite for Azure. Each test has a bucket of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
AZURITE = ROOT / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account that every Azurite has; its key is printed in its manual, and no secret."""
_PATIENCE = 60.0


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def s3_server(port: int | None = None) -> Iterator[str]:
    """The address of a server that speaks S3."""
    port = port or free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _serving(command, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def azure_server(folder: Path) -> Iterator[str]:
    """The address of a server that speaks Azure's Blob Storage."""
    port = free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder), "--silent"]
    with _serving(["node", str(AZURITE), *options, "--skipApiVersionCheck"], port):
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"


@contextmanager
def _serving(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _PATIENCE
        while not _listens(port):
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < until, f"{command} does not listen"
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def s3_environ(server: str) -> Mapping[str, str]:
    """What the AWS tools would be told of it."""
    return {
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "ca-central-1",
        "AWS_ACCESS_KEY_ID": "a-test",
        "AWS_SECRET_ACCESS_KEY": "a-test",
    }


def azure_environ(server: str) -> Mapping[str, str]:
    """What the Azure tools would be told of it."""
    return {
        "AZURE_STORAGE_ENDPOINT": server,
        "AZURE_ALLOW_HTTP": "true",
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": KEY,
    }


def make_bucket(server: str) -> str:
    """A new bucket's name."""
    name = f"states-{uuid4().hex[:12]}"
    _put(f"{server}/{name}", {})
    return name


def make_container(server: str) -> str:
    """A new container's name."""
    name = f"states-{uuid4().hex[:12]}"
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": date, "x-ms-version": "2021-12-02"}
    named = "".join(f"{key}:{value}\n" for key, value in sorted(headers.items()))
    kind = "application/octet-stream"
    unused = "\n" * 7
    signed = f"PUT\n\n\n\n\n{kind}{unused}{named}/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
    headers["Content-Type"] = kind
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    _put(f"{server}/{name}?restype=container", headers)
    return name


def _put(url: str, headers: Mapping[str, str]) -> None:
    request = urllib.request.Request(url, data=b"", headers=dict(headers), method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=30):
            pass
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url}: {error.code} {error.read()!r}") from None


def without_clouds() -> dict[str, str]:
    """This process's environment without anything that says where a cloud is."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AZURE_"))}


Decide = Callable[["Asked"], bool]
"""What a relay does with a request: whether it goes on to the server. It may change it, or never return."""


@dataclass(slots=True)
class Asked:
    """A request on its way, the `number`th of its kind of method; what is changed goes on changed."""

    method: str
    path: str
    headers: dict[str, str]
    number: int


class Relay(ThreadingHTTPServer):
    """A server before a server: `before` and `after` are asked of each request, and of its answer."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.server = server
        self.before: Decide = lambda _: True
        self.after: Decide = lambda _: True
        self.seen: list[Asked] = []

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _relay(self) -> None:
        relay = cast("Relay", self.server)
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        number = 1 + sum(1 for one in relay.seen if one.method == self.command)
        asked = Asked(self.command, self.path, dict(self.headers.items()), number)
        relay.seen.append(asked)
        self.close_connection = True
        if not relay.before(asked):
            return
        headers = {name: value for name, value in asked.headers.items() if name.lower() != "connection"}
        connection = http.client.HTTPConnection(urlsplit(relay.server).netloc, timeout=30)
        connection.request(self.command, self.path, body=data, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if not relay.after(asked):
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length or "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = _relay  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def relay(server: str) -> Iterator[Relay]:
    """A relay before that server."""
    with Relay(server) as one:
        threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True).start()
        yield one
        one.shutdown()
