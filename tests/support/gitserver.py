"""Real git servers on loopback: `git daemon`, and git's own HTTP backend behind a small server with basic auth."""

from __future__ import annotations

import base64
import os
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, cast
from urllib.parse import urlsplit

USER, PASSWORD = "offers", "pa55word-of-the-test"


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    return f"basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


class _Daemon(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64  # twenty racers overflow the usual five, and are then reset

    def __init__(self, folder: Path, *, writable: bool) -> None:
        super().__init__(("127.0.0.1", 0), _DaemonCall)
        enabled = ["--enable=receive-pack"] if writable else []
        self.command = ["git", "daemon", "--inetd", "--export-all", f"--base-path={folder}", *enabled, str(folder)]


class _DaemonCall(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        command = cast("_Daemon", self.server).command
        subprocess.run(command, stdin=self.request, stdout=self.request, stderr=subprocess.DEVNULL, check=False)


@contextmanager
def git_daemon(folder: Path, *, writable: bool = True) -> Iterator[str]:
    """The address of a daemon that serves the repositories of a folder."""
    with _Daemon(folder, writable=writable) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"git://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class GitOverHttp(ThreadingHTTPServer):
    """Serves the repositories of a folder; `faults` are switched by tests while it runs."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _HttpCall)
        self.folder = folder
        self.read_only = False
        """Answers 403 to pushes, as a host does to a token that may only read."""
        self.answers_lost = 0
        """So many pushes are taken, and then the connection closes without an answer."""
        self.pushes_lost = 0
        """So many pushes are thrown away, and then the connection closes without an answer."""

    @property
    def url(self) -> str:
        """Its address, without credentials."""
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def git_over_http(folder: Path) -> Iterator[GitOverHttp]:
    """A running server."""
    with GitOverHttp(folder) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


class _HttpCall(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    _passed_on: ClassVar = {"Content-Type": "CONTENT_TYPE", "Git-Protocol": "GIT_PROTOCOL"}

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def _serve(self, body: bytes) -> None:
        server = cast("GitOverHttp", self.server)
        if self.headers.get("Authorization", "").lower() != basic(USER, PASSWORD).lower():
            self._answer(401, {"WWW-Authenticate": 'Basic realm="test"'}, b"who are you?\n")
        elif "git-receive-pack" in self.path and server.read_only:
            self._answer(403, {"Content-Type": "text/plain"}, b"Write access to repository not granted.\n")
        elif self.command == "POST" and "git-receive-pack" in self.path and server.pushes_lost:
            server.pushes_lost -= 1
            self.close_connection = True
        else:
            status, headers, answer = self._backend(body)
            if self.command == "POST" and "git-receive-pack" in self.path and server.answers_lost:
                server.answers_lost -= 1
                self.close_connection = True
                return
            self._answer(status, headers, answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _backend(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.path)
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_PROJECT_ROOT": str(cast("GitOverHttp", self.server).folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REMOTE_USER": USER,
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_LENGTH": str(len(body)),
            **{name: self.headers[header] for header, name in self._passed_on.items() if header in self.headers},
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        )
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        return int(headers.pop("Status", "200").split()[0]), headers, answer

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
