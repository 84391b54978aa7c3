"""What the commands of `offerctl ci` share."""

from __future__ import annotations

from contextlib import AbstractContextManager

from offerctl.app.session import Session
from offerctl.console.job import JobConsole


def job_at_work(session: Session) -> AbstractContextManager[None]:
    """While a workflow's command lasts, from before anything is read: the configuration is a stranger's too."""
    console = session.console
    assert isinstance(console, JobConsole)
    return console.at_work()
