"""The questions of a probe, sent by the client of this process under the lease of its state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from offerctl.api import Dialect, Outcome
from offerctl.api.probing import Interview
from offerctl.api.questions import Question
from offerctl.app import host
from offerctl.app.execute import obey, open_client, run_id
from offerctl.app.holding import Hold
from offerctl.app.signals import obeyed
from offerctl.app.telling import Telling
from offerctl.app.workspace import Workspace
from offerctl.apply import Controls, SystemClock
from offerctl.apply.conversation import Conversation, Intention
from offerctl.run import Author, Settings
from offerctl.state import State
from offerctl.state.backend import Version
from offerctl.state.claims import Liveness

LONGEST_CALL = 10.0
"""Seconds that one question may take: all of them are to take a minute."""


@dataclass(slots=True, kw_only=True)
class _Header:
    """The credentials as the question under way has them: scheme and entity are asked for too."""

    workspace: Workspace
    dialect: Dialect

    def fields(self) -> Mapping[str, str]:
        environment = replace(self.workspace.environment, dialect=self.dialect)
        found = self.workspace.config.credentials(environment, self.workspace.session.environ)
        assert found is not None, "the embedded Marketplace is not probed"
        return found.fields()


def ask(
    workspace: Workspace,
    hold: Hold,
    interview: Interview,
    *,
    read: State,
    version: Version | None,
    leftovers: tuple[str, ...],
) -> Conversation:
    """Ask everything; the answers are in `interview`, and what is left in the Marketplace is in the state.

    Raises:
        MarketplaceError: there is no access token to be had; nothing was written or sent.
        StateError: the first write cannot be made; nothing was sent.
    """
    quick = replace(workspace.environment, timeout=min(workspace.environment.timeout, LONGEST_CALL))
    hurried = replace(workspace, environment=quick)
    header = _Header(workspace=hurried, dialect=interview.assumed)
    intention = _intention(workspace, hold, interview, read, leftovers)

    async def main(telling: Telling) -> Conversation:
        controls = Controls()
        loop = asyncio.get_running_loop()
        for number in obeyed():
            loop.add_signal_handler(number, obey, controls.interrupt, workspace.console, telling)
        with ExitStack() as stack:
            credentials = hurried.credentials()
            async with open_client(hurried, credentials, stack, telling, authorization=header.fields) as client:
                await client.prepare()

                async def send(question: Question) -> Outcome:
                    header.dialect = question.dialect
                    return await client.send(question.request, question.dialect)

                talk = Conversation(
                    interview=interview, intention=intention, clock=SystemClock(), send=send, controls=controls
                )
                await talk.hold(workspace.backend, version)
                return talk

    with Telling() as telling:
        return asyncio.run(main(telling))


def _intention(
    workspace: Workspace, hold: Hold, interview: Interview, read: State, leftovers: tuple[str, ...]
) -> Intention:
    environment = workspace.environment
    return Intention(
        read=read,
        author=Author(run=run_id(), who=host.who(workspace.session.environ), boot_id=hold.boot_id),
        settings=Settings(lease=environment.lease, settle_window=environment.settle_window),
        started=datetime.now(UTC),
        offering=interview.offering,
        clamped=leftovers if hold.liveness(read) is Liveness.DEAD else (),
    )
