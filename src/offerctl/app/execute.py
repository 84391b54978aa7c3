"""From a plan to a run of it: client, clock and signals of this process, and the exit code of what came of it."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from offerctl.app.signals import IMPATIENT, obeyed
from offerctl.app.telling import Telling
from offerctl.app.workspace import Workspace
from offerctl.apply import Controls, SystemClock, run
from offerctl.config import Environment
from offerctl.config.credentials import Credentials
from offerctl.console import Console
from offerctl.embedded import local_app
from offerctl.errors import Exit
from offerctl.run import Event, Report, Run, RunSpec, Verdict
from offerctl.state.backend import Version

if TYPE_CHECKING:
    from offerctl.client import Client, Exchange, Tokens
    from offerctl.client.marketplace import Authorization

_LAST_WRITE = 5.0
"""Seconds that the last write of a run may take."""


def run_id() -> str:
    """A fresh name for a run: 8 hexadecimal digits, enough to tell runs of one state apart."""
    return secrets.token_hex(4)


def execute_run(
    workspace: Workspace,
    spec: RunSpec,
    version: Version | None,
    *,
    credentials: Credentials | None,
    emit: Callable[[Event, datetime], None],
    seconds: float | None = None,
) -> Report:
    """Run a plan to its end. A first Ctrl-C stops it in order, a second at once, a third ends the process.

    `emit` tells an event of that time, beside the run; all is told when this returns. Within `seconds` it comes to
    its end by itself, whatever is left.

    Raises:
        MarketplaceError: there is no access token to be had; nothing was written or sent.
    """

    async def main(telling: Telling) -> Report:
        clock = SystemClock()
        controls = Controls(until=_until(workspace, clock, seconds))
        loop = asyncio.get_running_loop()
        for number in obeyed():
            loop.add_signal_handler(number, obey, controls.interrupt, workspace.console, telling)
        with ExitStack() as stack:
            async with open_client(workspace, credentials, stack, telling) as client:
                await client.prepare()
                return await run(
                    Run(spec, jitter=_jitter),
                    workspace.backend,
                    version,
                    clock=clock,
                    send=client.send,
                    emit=lambda event: telling(partial(emit, event, datetime.now(UTC))),
                    controls=controls,
                )

    with Telling() as telling:
        return asyncio.run(main(telling))


def _until(workspace: Workspace, clock: SystemClock, seconds: float | None) -> float | None:
    """When sending stops, so that what is under way and the last write find their time; half is left at least."""
    if seconds is None:
        return None
    return clock.elapsed() + max(seconds - workspace.environment.timeout - _LAST_WRITE, seconds / 2)


def obey(ask: Callable[[], int], console: Console, telling: Telling) -> None:
    """What a signal does: the first two ask the run to stop, the third ends the process."""
    asked = ask()
    if asked >= IMPATIENT:
        os._exit(Exit.INTERRUPTED)
    if asked == 1:
        said = "Interrupted: no new request is sent; calls under way get 5 s. Press Ctrl-C again to stop at once."
        telling(partial(console.status, f"\n{said}\n"))


def open_client(
    workspace: Workspace,
    credentials: Credentials | None,
    stack: ExitStack,
    telling: Telling,
    *,
    authorization: Authorization | None = None,
) -> Client:
    """The client of an environment; `authorization` takes the place of the credentials' own."""
    from offerctl.client import Client, embedded  # noqa: PLC0415 - httpx costs 180 ms

    def observe(exchange: Exchange) -> None:
        status = exchange.status or "no answer"
        words = f": {exchange.words}" if exchange.words else ""
        said = f"{exchange.method} {exchange.path} {status} {exchange.milliseconds:.0f} ms{words}"
        telling(partial(workspace.console.detail, said))

    environment = workspace.environment
    common: dict[str, Any] = {
        "dialect": environment.dialect,
        "network_key": environment.network_key,
        "timeout": environment.timeout,
        "parallelism": environment.parallelism,
        "observe": observe if workspace.console.verbose else None,
    }
    if not environment.is_local:
        assert credentials is not None
        return Client(
            base_url=environment.base_url,
            authorization=authorization or credentials.fields,
            tokens=_tokens(environment, credentials),
            hide=credentials.secrets(),
            **common,
        )
    app = stack.enter_context(
        local_app(
            workspace.config.root,
            collection=environment.dialect.collection,
            network_key=environment.network_key,
            standards=workspace.config.standards,
        )
    )
    return Client(base_url="http://marketplace.local", transport=embedded(app), **common)


def _tokens(environment: Environment, credentials: Credentials) -> Tokens | None:
    from offerctl.client import Tokens  # noqa: PLC0415 - httpx costs 180 ms

    dialect = environment.dialect
    if dialect.token_url is None or dialect.auth != "oauth2":
        return None
    client_id, client_secret = credentials.client()
    return Tokens(
        url=dialect.token_url,
        scope=dialect.token_scope,
        audience=dialect.token_audience,
        client_id=client_id,
        client_secret=client_secret,
        timeout=environment.timeout,
        elapsed=SystemClock().elapsed,
    )


def exit_code(report: Report) -> Exit:
    """The exit code of a run, as the README tables it."""
    if report.interrupted:
        return Exit.INTERRUPTED
    if report.taken_over:
        return Exit.TRY_AGAIN
    if report.complete:
        return Exit.OK
    if report.out_of_time:
        return Exit.INCOMPLETE
    if report.of(Verdict.DONE) or report.of(Verdict.IN_DOUBT) or report.unrecorded:
        return Exit.INCOMPLETE
    return Exit.ERROR


def _jitter() -> float:
    """Spreads repeated attempts: 0.8 to 1.2 times their pause."""
    return random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret
