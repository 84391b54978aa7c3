"""The yaml-language-server that editors use, spoken to over its standard streams: what it underlines in a file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

_SERVER = Path("node_modules", "yaml-language-server", "bin", "yaml-language-server")


@dataclass(slots=True, kw_only=True)
class LanguageServer:
    """One server. `said` counts the requests that were answered to it."""

    asked: IO[bytes]
    answers: IO[bytes]
    settings: dict[str, Any]
    number: int = 0
    opened: dict[str, int] = field(default_factory=dict)

    def diagnose(self, text: str) -> list[dict[str, Any]]:
        """What is underlined in a file with this text, as the protocol has it."""
        self.number += 1
        uri = f"file:///offerings/{self.number}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        while True:
            message = self._next()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                self._tell("textDocument/didClose", {"textDocument": {"uri": uri}})
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                return found

    def begin(self, folder: Path) -> None:
        """Introduces itself, as an editor does, and hands over the settings."""
        wanted = {
            "processId": None,
            "rootUri": folder.as_uri(),
            "capabilities": {"workspace": {"configuration": True}},
        }
        self._send({"jsonrpc": "2.0", "id": "begin", "method": "initialize", "params": wanted})
        while self._next().get("id") != "begin":
            continue
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": self.settings}})

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        self.asked.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.asked.flush()

    def _next(self) -> dict[str, Any]:
        """The next message; what the server asks meanwhile is answered.

        Raises:
            EOFError: the server has ended.
        """
        length = 0
        while (line := self._line()) or not length:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        message: dict[str, Any] = json.loads(self.answers.read(length))
        if "method" in message and "id" in message:
            items = message.get("params", {}).get("items", [])
            answer = [self.settings if item.get("section") == "yaml" else {} for item in items] if items else None
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": answer})
        return message

    def _line(self) -> bytes:
        line = self.answers.readline()
        if not line:
            raise EOFError("yaml-language-server has ended")
        return line.strip()


@contextmanager
def language_server(repository: Path) -> Iterator[LanguageServer]:
    """A server with the offering schema; skips where node or the package is missing."""
    node = shutil.which("node")
    if node is None or not (repository / _SERVER).is_file():
        pytest.skip("yaml-language-server is not installed (npm install --no-save yaml-language-server)")
    settings = {
        "validate": True,
        "schemas": {(repository / "schema" / "offering.schema.json").as_uri(): "*.yaml"},
        "schemaStore": {"enable": False},
    }
    command = [node, str(repository / _SERVER), "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        server = LanguageServer(asked=process.stdin, answers=process.stdout, settings=settings)
        try:
            server.begin(repository)
            yield server
        finally:
            process.kill()
