"""What `offerctl drill` does: one Marketplace, many trials, as many at once as there are cores."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from offerctl import disk
from offerctl.app.drill import courses
from offerctl.app.drill.trial import (
    NETWORK_KEY,
    STATE,
    Message,
    Moment,
    Receive,
    Send,
    Trial,
    Verdict,
    environment,
)
from offerctl.app.progress import Bar
from offerctl.console import Console
from offerctl.embedded import Store
from offerctl.embedded.dialects import PLAIN, Spoken
from offerctl.errors import Exit, MarketplaceError
from offerctl.offering import Offering
from offerctl.render.words import counted

_CONFIGURATION = """\
default_environment = "drill"

[environments.drill]
base_url = "{url}"
network_key = "{key}"
state = "file:{state}"
timeout = 5.0
lease = 10.0
settle_window = 0.2
allow_replace = true
{settings}"""
_EACH = (Moment.BEFORE, Moment.AFTER)
_MOST_TOLD = 5
"""Trials that failed, of which the reason is told."""


@dataclass(slots=True)
class _Gate:
    """Leads each request to the trial whose key it carries, in any dialect: one address, many Marketplaces."""

    trials: dict[str, Trial] = field(default_factory=dict)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if trial := self.trials.get(_key(dict(scope["headers"]))):
            await trial(scope, receive, send)
        else:  # somebody else on this machine
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body"})


def _key(headers: Mapping[bytes, bytes]) -> str:
    """The trial's name: a `key` of its own, one in the vendor's scheme, or the client's id in Basic."""
    given = headers.get(b"authorization", b"").decode("latin-1")
    if given.startswith("Basic "):
        with suppress(ValueError):
            return base64.b64decode(given.removeprefix("Basic ")).decode("latin-1").partition(":")[0]
    named = re.search("key=([^,]+)", given)
    return headers[b"key"].decode("latin-1") if b"key" in headers else named[1] if named else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill with so many listings; calling it runs it and gives the exit code."""

    console: Console
    listings: int
    environ: Mapping[str, str]
    dialect: Spoken = PLAIN

    def __call__(self) -> Exit:
        """Run every trial, tell the count.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM; nothing is left behind then either.
        """
        with tempfile.TemporaryDirectory(prefix="offerctl-drill-", ignore_cleanup_errors=True) as folder:
            try:
                verdicts = asyncio.run(self._main(Path(folder)))
            except asyncio.CancelledError:
                raise KeyboardInterrupt from None
        return self._tell(verdicts)

    async def _main(self, folder: Path) -> list[tuple[Trial, Verdict]]:
        from offerctl.embedded.server import serving  # noqa: PLC0415 - uvicorn, when it is certain to run

        task, gate = asyncio.current_task(), _Gate()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        invented = courses.invented(self.listings)
        async with serving(gate) as url:
            ground = _Ground(
                folder=folder, url=url, gate=gate, environ=self.environ, courses=invented, dialect=self.dialect
            )
            await ground.prepare()
            return await self._trials(ground, invented)

    async def _trials(self, ground: _Ground, courses: courses.Courses) -> list[tuple[Trial, Verdict]]:
        kills = [(number, moment) for number in range(1, courses.requests + 1) for moment in _EACH]
        kills.append((courses.requests, Moment.ANSWERED))
        self.console.info(
            f"A plan of {counted(courses.requests, 'request')} for {counted(self.listings, 'listing')}. Apply is "
            f"killed at each, before and after it is executed, and once at its end: {len(kills)} times."
        )
        room = asyncio.Semaphore(_cores())
        wanted = {want.offering_id: want for want in courses.after}
        bar = Bar(self.console, len(kills))

        async def one(number: int, moment: Moment) -> tuple[Trial, Verdict]:
            async with room, ground.trial(number, moment) as trial:
                verdict = await trial.run(wanted)
                bar.show(1)
                return trial, verdict

        bar.show()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(number, moment)) for number, moment in kills]
        finally:
            bar.close()
        return [task.result() for task in tasks]

    def _tell(self, verdicts: Sequence[tuple[Trial, Verdict]]) -> Exit:
        failed = [(trial, verdict.trouble) for trial, verdict in verdicts if verdict.trouble]
        lost = sum(verdict.lost for _, verdict in verdicts)
        unknown = sum(verdict.unknown for _, verdict in verdicts)
        duplicated = sum(verdict.duplicated for _, verdict in verdicts)
        for trial, trouble in failed[:_MOST_TOLD]:
            self.console.error(f"not recovered, killed at request {trial.number} {trial.moment}: {trouble}")
        self.console.out(
            f"{len(verdicts) - len(failed)} of {len(verdicts)} recovered; "
            f"{lost} lost, {unknown} unknown, {duplicated} duplicated"
        )
        return Exit.ERROR if failed else Exit.OK


@dataclass(slots=True, kw_only=True)
class _Ground:
    """Where trials take place: a start that was applied once, and copies of it."""

    folder: Path
    url: str
    gate: _Gate
    environ: Mapping[str, str]
    courses: courses.Courses
    dialect: Spoken

    async def prepare(self) -> None:
        """Apply the courses as they are before, cleanly.

        Raises:
            MarketplaceError: not even that works here.
        """
        if not self.courses.before:
            return
        async with self._trial("start", 0, Moment.BEFORE, self.courses.before, ()) as trial:
            code, said = await trial.apply()
        if code != Exit.OK:
            raise MarketplaceError(f"the drill cannot begin: a first apply ended with {code}: {said}")

    @asynccontextmanager
    async def trial(self, number: int, moment: Moment) -> AsyncIterator[Trial]:
        """A copy of the start, in which apply is to be killed at that request."""
        name = f"{number}-{moment.name.lower()}"
        async with self._trial(name, number, moment, self.courses.after, self.courses.before) as trial:
            start = self.folder / "start" / STATE.parent
            if start.is_dir():
                shutil.copytree(start, trial.folder / STATE.parent)
            yield trial
        shutil.rmtree(trial.folder)

    @asynccontextmanager
    async def _trial(
        self, name: str, number: int, moment: Moment, files: list[Offering], listed: Sequence[Offering]
    ) -> AsyncIterator[Trial]:
        from offerctl.embedded.app import create_app  # noqa: PLC0415 - starlette, with uvicorn

        folder = self.folder / name
        courses.write(folder / "offerings", files)
        more = self.dialect.settings("drill", self.url)
        settings = _CONFIGURATION.format(url=self.url, key=NETWORK_KEY, state=STATE.as_posix(), settings=more)
        disk.Folder(folder).create("offerctl.toml", settings.encode())
        with Store(folder / "marketplace.sqlite3") as store:
            for offering in listed:
                store.add(offering, NETWORK_KEY)
            trial = Trial(
                number=number,
                moment=moment,
                folder=folder,
                store=store,
                app=create_app(store, spoken=self.dialect, network_key=NETWORK_KEY),
                environ=environment(self.environ, name),
            )
            self.gate.trials[name] = trial
            yield trial


def _cores() -> int:
    return max(os.cpu_count() or 1, 2)
