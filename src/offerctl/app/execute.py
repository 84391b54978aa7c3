"""From a plan to a run of it: client, clock and signals of this process, and the exit code of what came of it."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, Any

from offerctl.apply import Controls, SystemClock, run
from offerctl.config import Config, Environment
from offerctl.config.credentials import Credentials
from offerctl.console import Console
from offerctl.embedded import local_app
from offerctl.errors import Exit, StateLocked
from offerctl.render.words import second
from offerctl.run import Event, Report, Run, Verdict
from offerctl.state import Claim, State
from offerctl.state.backend import StateBackend, Version
from offerctl.state.claims import is_over, surely_dead

if TYPE_CHECKING:
    from offerctl.client import Client, Exchange

_LOOK_AGAIN = 1.0
"""Seconds between two looks at a lease that is waited for."""
_IMPATIENT = 3
"""The signal that ends the process on the spot."""


def run_id() -> str:
    """A fresh name for a run: 8 hexadecimal digits, enough to tell runs of one state apart."""
    return secrets.token_hex(4)


def execute_run(
    machine: Run,
    backend: StateBackend,
    version: Version | None,
    *,
    config: Config,
    environment: Environment,
    credentials: Credentials | None,
    console: Console,
    emit: Callable[[Event], None],
) -> Report:
    """Run a plan to its end. A first Ctrl-C stops it in order, a second at once, a third ends the process."""

    async def main() -> Report:
        controls = Controls()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, _interrupt, controls.interrupt, console)
        with ExitStack() as stack:
            async with _client(config, environment, credentials, console, stack) as client:
                return await run(
                    machine, backend, version, clock=SystemClock(), send=client.send, emit=emit, controls=controls
                )

    return asyncio.run(main())


def _interrupt(ask: Callable[[], int], console: Console) -> None:
    asked = ask()
    if asked >= _IMPATIENT:
        os._exit(Exit.INTERRUPTED)
    if asked == 1:
        console.status(
            "\nInterrupted: no new request is sent; calls under way get 5 s. Press Ctrl-C again to stop at once.\n"
        )


def _client(
    config: Config,
    environment: Environment,
    credentials: Credentials | None,
    console: Console,
    stack: ExitStack,
) -> Client:
    from offerctl.client import Client, embedded  # noqa: PLC0415 - httpx costs 180 ms

    def observe(exchange: Exchange) -> None:
        status = exchange.status or "no answer"
        console.detail(f"{exchange.method} {exchange.path} {status} {exchange.milliseconds:.0f} ms")

    common: dict[str, Any] = {
        "collection": environment.collection,
        "network_key": environment.network_key,
        "timeout": environment.timeout,
        "parallelism": environment.parallelism,
        "observe": observe,
    }
    if not environment.is_local:
        assert credentials is not None
        authorization = credentials.authorization
        return Client(
            base_url=environment.base_url,
            authorization=lambda: {"Authorization": authorization()},
            **common,
        )
    app = stack.enter_context(
        local_app(config.root, collection=environment.collection, network_key=environment.network_key)
    )
    return Client(base_url="http://marketplace.local", transport=embedded(app), **common)


def exit_code(report: Report) -> Exit:
    """The exit code of a run, as the README tables it."""
    if report.interrupted:
        return Exit.INTERRUPTED
    if report.taken_over:
        return Exit.TRY_AGAIN
    if report.complete:
        return Exit.OK
    if report.of(Verdict.DONE) or report.of(Verdict.IN_DOUBT) or report.unrecorded:
        return Exit.INCOMPLETE
    return Exit.ERROR


def await_lease(
    read: Callable[[], tuple[State, Version] | None],
    *,
    environment: Environment,
    boot_id: str | None,
    lock_free: bool,
    patience: float,
    now: Callable[[], datetime],
    told: Callable[[StateLocked], None],
) -> tuple[State, Version] | None:
    """The state, once no other run can hold its lease (rule 17); waits at most `patience` seconds.

    Raises:
        StateLocked: another run still holds it.
    """
    start = time.monotonic()
    seen: tuple[int, float] | None = None
    while True:
        found = read()
        claim = found[0].run if found else None
        if found is None or claim is None or is_over(claim, now(), environment.lease):
            return found
        if surely_dead(claim, lock_free=lock_free, boot_id=boot_id):
            return found
        if seen is None or seen[0] != found[0].serial:
            seen = (found[0].serial, time.monotonic())
        if time.monotonic() - seen[1] > environment.lease * 1.25:
            return found
        error = locked(found[0], environment.name, now())
        if time.monotonic() - start >= patience:
            raise error
        told(error)
        time.sleep(min(_LOOK_AGAIN, environment.lease / 4))


def locked(state: State, environment: str, now: datetime) -> StateLocked:
    """The refusal under the live lease of another run: who, until when, and the two ways on."""
    claim = state.run
    assert claim is not None
    return StateLocked(
        f"{at_work(claim, environment, now)}. Nothing was sent.",
        hint="Wait for it with --lock-timeout 5m, or, if that run is surely dead: "
        f"offerctl state unlock {claim.id[:4]} -e {environment}",
    )


def at_work(claim: Claim, environment: str, now: datetime) -> str:
    """Who holds the lease, until when, and how long that is."""
    left = max((claim.lease_until - now).total_seconds(), 0)
    until = second(claim.lease_until, now)
    return f"another run is applying to {environment} ({claim.who}, lease until {until} UTC, {left:.0f} s)"


def jitter() -> float:
    """Spreads repeated attempts: 0.8 to 1.2 times their pause."""
    return random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret
