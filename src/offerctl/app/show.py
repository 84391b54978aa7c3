"""What `offerctl show` does: tell what a saved plan would do."""

from __future__ import annotations

from pathlib import Path

from offerctl.app import plan_file
from offerctl.app.plan_output import print_plan, tell_refusals
from offerctl.app.session import Session
from offerctl.errors import Exit


def show_saved_plan(session: Session, file: Path, format_: str) -> Exit:
    """Print a saved plan as it was made, and what refuses it.

    Raises:
        UsageError: the file holds none.
    """
    plan = plan_file.load(session, file)
    print_plan(plan, format_, session.console)
    return Exit.ERROR if tell_refusals(plan, session.console) else Exit.OK
