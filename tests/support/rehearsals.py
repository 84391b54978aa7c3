"""One dialect rehearsed: the embedded Marketplace on a loopback port of a thread, and the command line in process.

with rehearsal(tmp_path, DIALECTS["D7"], monkeypatch) as it:
    it.want(offering("a"))
    assert it.apply() == Exit.OK
    assert it.listed() == {"a": offering("a")}
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from offerctl.cli import main
from offerctl.embedded import Store
from offerctl.embedded.app import create_app
from offerctl.embedded.dialects import TOKEN_PATH, Spoken
from offerctl.embedded.server import serving
from offerctl.offering import Offering
from offerctl.state import State, document

NETWORK_KEY = "pro-1"
SECRETS = {
    "OFFERCTL_API_KEY": "key-5e1f0c",
    "OFFERCTL_API_TOKEN": "token-8be12d",
    "OFFERCTL_API_SECRET": "secret-93acf7",
    "OFFERCTL_CLIENT_ID": "client-51",
    "OFFERCTL_CLIENT_SECRET": "client-secret-77",
    "OFFERCTL_FACADE_KEY": "facade-key-88",
}
GIVEN: dict[str, tuple[str, ...]] = {
    "D6": ('headers = {"training-provider-id" = "tp-1"}',),
    "D7": ('token_url = "{url}/oauth2/token"', 'headers = {key = "env:OFFERCTL_FACADE_KEY"}'),
}
"""What nobody can find out by asking: the names and values of further headers, and where tokens come from."""
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Fault = Callable[["Door", Message, Receive, Send], Awaitable[None]]


async def execute_and_cut(door: Door, scope: Message, receive: Receive, send: Send) -> None:
    """The request is executed, and its answer breaks off."""
    await door.app(scope, receive, _nowhere)
    await _begin(send)


async def cut(door: Door, scope: Message, receive: Receive, send: Send) -> None:
    """The request is read and not executed, and an answer breaks off."""
    del door, scope
    await receive()
    await _begin(send)


async def _nowhere(message: Message) -> None:
    """Where an answer goes that nobody gets."""


async def _begin(send: Send) -> None:
    headers = [(b"content-length", b"100"), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


@dataclass(slots=True)
class Door:
    """Stands before the application, counts what comes for the API, and spoils the requests it is told to."""

    app: Any
    spoil: dict[int, Fault] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == TOKEN_PATH:
            await self.app(scope, receive, send)
            return
        query = scope["query_string"].decode()
        self.seen.append((scope["method"], scope["path"] + (f"?{query}" if query else "")))
        fault = self.spoil.get(len(self.seen))
        await (self.app(scope, receive, send) if fault is None else fault(self, scope, receive, send))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A project, and the Marketplace that it writes to in one dialect."""

    root: Path
    store: Store
    door: Door

    def want(self, *offerings: Offering) -> None:
        """Makes these the offering files, and no others."""
        folder = self.root / "offerings"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for wanted in offerings:
            lines = [f"{name}: {value}" for name, value in wanted.attributes().items()]
            (folder / f"{wanted.offering_id}.yaml").write_text("\n".join([*lines, ""]), "utf-8")

    def apply(self, *args: str) -> int:
        """`offerctl apply`: its exit code."""
        return self.run("apply", "--auto-approve", "--allow-deletes", "all", *args)

    def run(self, *args: str) -> int:
        """`offerctl ARGS`: its exit code."""
        return main(["--chdir", str(self.root), *args])

    def listed(self) -> dict[str, Offering]:
        """What is listed, whoever's it is."""
        return {id_: listing.offering for id_, listing in self.store.listings().items()}

    def state(self) -> State:
        """What is believed."""
        return document.parse((self.root / ".offerctl" / "trial.state.json").read_bytes())


@contextmanager
def rehearsal(
    root: Path, spoken: Spoken, monkeypatch: pytest.MonkeyPatch, *, more: str = "", settings: str | None = None
) -> Iterator[Rehearsal]:
    """A Marketplace that speaks so, and a project whose configuration has the lines that the table names for it.

    `settings` replaces these lines, and `more` adds to those of the environment.
    """
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with Store(root / "market.sqlite3") as store:
        door = Door(create_app(store, spoken=spoken, network_key=NETWORK_KEY))
        with _served(door) as url:
            own = spoken.settings("trial", url) if settings is None else settings.format(url=url)
            text = (
                'default_environment = "trial"\n[environments.trial]\nparallelism = 1\ntimeout = 5.0\n'
                f'lease = 5.0\nsettle_window = 0.2\nallow_replace = true\nnetwork_key = "{NETWORK_KEY}"\n'
                f'base_url = "{url}"\n'
                f"{more}{own}"
            )
            (root / "offerctl.toml").write_text(text, "utf-8")
            yield Rehearsal(root=root, store=store, door=door)


@contextmanager
def _served(app: Any) -> Iterator[str]:
    """A server in an event loop of its own, until the block ends."""
    ready, urls = threading.Event(), list[str]()
    stops: list[Callable[[], object]] = []

    async def serve() -> None:
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with serving(app) as url:
            stops.append(lambda: loop.call_soon_threadsafe(end.set))
            urls.append(url)
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(30), "the server did not start"
        yield urls[0]
    finally:
        for stop in stops:
            stop()
        thread.join()


def methods(door: Door) -> list[str]:
    """The methods of what came, in order."""
    return [method for method, _ in door.seen]


def unprobed(spoken: Spoken) -> str:
    """The lines of a user who knows the address and what the vendor gave out, and nothing else."""
    lines = ["ephemeral = true  # the sandbox", *spoken.environment]
    if spoken.name in GIVEN:
        lines += ["[environments.trial.api]  # from the vendor", *GIVEN[spoken.name]]
    for standard in spoken.further:
        lines += [
            f'[standards."{standard.key}"]',
            f'name = "{standard.name}"',
            f'language = "{standard.language}"',
        ]
    text = "".join(f"{line}\n" for line in lines)
    return text.replace("{", "{{").replace("}", "}}").replace("{{url}}", "{url}")
