"""One trial of a drill: a Marketplace, a folder, an apply that is killed, and one that has to put it right."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from signal import SIGKILL
from typing import Any

import offerctl as package
from offerctl import disk
from offerctl.embedded import Store
from offerctl.embedded.dialects import TOKEN_PATH
from offerctl.errors import Exit, OfferctlError
from offerctl.offering import Offering
from offerctl.state import State, Status, document

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
"""ASGI's, in the words of the standard library."""
NETWORK_KEY = "drill"
STATE = Path(".offerctl", "drill.state.json")
_VARIABLES = (
    "OFFERCTL_API_KEY", "OFFERCTL_API_TOKEN", "OFFERCTL_API_SECRET",
    "OFFERCTL_CLIENT_ID", "OFFERCTL_CLIENT_SECRET", "OFFERCTL_FACADE_KEY",
)  # fmt: skip
"""Whatever a dialect asks for: its Marketplace takes any."""
_APPLY = ("-m", "offerctl", "--color", "never", "apply", "--auto-approve", "--allow-deletes", "all")
_PATIENCE = 120.0
"""Seconds after which an apply hangs, which is no recovery."""


class Moment(StrEnum):
    """When apply is killed."""

    BEFORE = "before it was executed"
    AFTER = "after it was executed, before it was answered"
    ANSWERED = "after it was answered"
    """While it writes down what it did; on a busy machine it may have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one trial showed. `trouble` says why it did not recover; none where it did."""

    lost: int = 0
    unknown: int = 0
    duplicated: int = 0
    trouble: str | None = None


@dataclass(slots=True, kw_only=True)
class Trial:
    """A kill at one request. `app` is a Marketplace over `store`; the trial stands before it and counts."""

    number: int
    moment: Moment
    folder: Path
    store: Store
    app: Application
    environ: Mapping[str, str]
    _seen: int = 0
    _unknown: set[str] = field(default_factory=set)
    _process: asyncio.subprocess.Process | None = None
    _started: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request of this trial's apply; to fetch an access token is none of the plan's."""
        if scope["path"] == TOKEN_PATH:
            await self.app(scope, receive, send)
            return
        self._seen += 1
        if self._seen != self.number:
            await self.app(scope, receive, send)
            return
        if self.moment is Moment.AFTER:
            await self.app(scope, receive, _unanswered)
        elif self.moment is Moment.ANSWERED:
            await self.app(scope, receive, send)
        await self._kill()
        while self.moment is not Moment.ANSWERED and (await receive())["type"] != "http.disconnect":
            pass

    async def run(self, wanted: Mapping[str, Offering]) -> Verdict:
        """Killed once, recovered once, judged."""
        code, said = await self.apply()
        if code != -SIGKILL and not (self.moment is Moment.ANSWERED and code == Exit.OK):
            return Verdict(trouble=f"it could not be killed: it had ended ({code}) {said}")
        self._note_unknown(self.state())
        code, said = await self.apply()
        return self._judge(wanted, code, said)

    async def apply(self) -> tuple[int, str]:
        """An apply of its own process, to its end; its exit code and what it said last."""
        self._started.clear()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *_APPLY,
            cwd=self.folder,
            env=dict(self.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the drill, which ends them
        )
        self._started.set()
        try:
            async with asyncio.timeout(_PATIENCE):
                output, _ = await self._process.communicate()
        except TimeoutError:
            return Exit.ERROR, f"it did not end in {_PATIENCE:g} s"
        finally:
            await self._kill()
        code = self._process.returncode
        assert code is not None
        lines = output.decode("utf-8", "replace").split("\n")
        return code, " ".join(" ".join(lines[-12:]).split())

    async def _kill(self) -> None:
        await self._started.wait()
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def state(self) -> State | None:
        """What the state says; none when there is none that can be read."""
        try:
            return document.parse(disk.read(self.folder / STATE, most=document.MAX_BYTES))
        except (OSError, OfferctlError):
            return None

    def _note_unknown(self, state: State | None) -> None:
        self._unknown |= self.store.listings().keys() - (state.listings.keys() if state else set())

    def _judge(self, wanted: Mapping[str, Offering], code: int, said: str) -> Verdict:
        state = self.state()
        self._note_unknown(state)
        listed = {id_: listing.offering for id_, listing in self.store.listings().items()}
        lost = sum(1 for id_, want in wanted.items() if listed.get(id_) != want)
        places = Counter(offering.external_registration_url for offering in listed.values())
        duplicated = sum(number - 1 for number in places.values())
        trouble = None
        if code != Exit.OK:
            trouble = f"the second apply ended with {code}: {said}"
        elif listed != wanted or self._unknown:
            trouble = "the Marketplace does not hold what the files say"
        elif _believed(state) != wanted:
            trouble = "the state does not say what the Marketplace holds"
        return Verdict(lost=lost, unknown=len(self._unknown), duplicated=duplicated, trouble=trouble)


def _believed(state: State | None) -> Mapping[str, Offering] | None:
    """The listings of a state without any doubt; none of another one."""
    if state is None or state.run is not None:
        return None
    if any(belief.status not in {Status.LIVE, Status.GONE} for belief in state.listings.values()):
        return None
    return {id_: belief.body for id_, belief in state.listings.items() if belief.body is not None}


async def _unanswered(message: Message) -> None:
    """Where an answer goes that nobody is to get."""


def environment(environ: Mapping[str, str], key: str) -> dict[str, str]:
    """The environment of an apply: the user's own without anything meant for offerctl or for a CI runner."""
    sources = os.pathsep.join(filter(None, [str(Path(package.__file__).parents[1]), environ.get("PYTHONPATH")]))
    kept = {name: value for name, value in environ.items() if not name.startswith(("OFFERCTL_", "GITHUB_", "CI"))}
    return {**kept, "PYTHONPATH": sources, **dict.fromkeys(_VARIABLES, key)}
