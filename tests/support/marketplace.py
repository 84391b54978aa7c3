"""The embedded Marketplace in a process of its own, so that a client can be killed, or the server.

    with served(tmp_path / "market.sqlite3") as market:
        ...  # httpx against market.url
    assert market.store.listings() == {}

Run as a script it is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offerctl.embedded import Store
from offerctl.embedded.app import COLLECTION, create_app
from offerctl.embedded.auth import Bearer, Bln, Credentials
from offerctl.embedded.server import serve

if TYPE_CHECKING:
    import httpx

Opening = Callable[..., "AbstractAsyncContextManager[httpx.AsyncClient]"]
"""`create_app`'s options to a client of that application in process."""
SOURCES = Path(sys.modules["offerctl"].__path__[0]).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server under way: where it listens, its process, and its store opened a second time, here."""

    url: str
    collection: str
    store: Store
    process: subprocess.Popen[str]

    @property
    def api(self) -> str:
        """The address of the collection."""
        return self.url + self.collection

    def kill(self) -> None:
        """SIGKILL, and the end of the process."""
        self.process.kill()
        self.process.wait()


@contextmanager
def served(
    path: Path,
    *,
    collection: str = COLLECTION,
    network_key: str | None = None,
    credentials: Credentials | None = None,
    latency: float = 0.0,
    fail_rate: float = 0.0,
    port: int = 0,
) -> Iterator[Served]:
    """A real server on a free port over the SQLite file `path`, until the block ends."""
    options = {
        "path": str(path),
        "port": port,
        "collection": collection,
        "network_key": network_key,
        "credentials": credentials and asdict(credentials),
        "latency": latency,
        "fail_rate": fail_rate,
    }
    process = subprocess.Popen(
        [sys.executable, __file__],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    with process, Store(path) as store:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(options) + "\n")
            process.stdin.flush()
            url = process.stdout.readline().strip()
            assert url, "the server did not start"
            yield Served(url=url, collection=collection, store=store, process=process)
        finally:
            process.kill()


def body(**changed: object) -> dict[str, object]:
    """The JSON of an Add, with some attributes changed, or left out where they are None."""
    whole: Mapping[str, object] = {
        "offeringId": "jhsc-en-01",
        "trainingStandardKey": "JHSC-2014-1-E-O",
        "courseName": "JHSC Certification Part One",
        "price": 199.5,
        "courseDuration": 19.5,
        "externalRegistrationUrl": "https://provider.example/register",
        "networkKey": "pro-1",
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def _credentials(values: dict[str, str] | None) -> Credentials | None:
    if values is None:
        return None
    return Bln(**values) if "key" in values else Bearer(**values)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _main() -> None:
    options: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    path, port = Path(options.pop("path")), options.pop("port")
    credentials = _credentials(options.pop("credentials"))
    with Store(path) as store:
        app = create_app(store, credentials=credentials, **options)
        serve(app, port, announce=lambda url: print(url, flush=True))


if __name__ == "__main__":
    _main()
