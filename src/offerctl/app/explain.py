"""What `offerctl explain` does: a problem code in full."""

from __future__ import annotations

from offerctl.app.session import Session
from offerctl.catalog.codes import find
from offerctl.errors import Exit
from offerctl.render.problems import explained


def explain_code(session: Session, code: str) -> Exit:
    """Tell what a code means, with an example of what is wrong and of what is right.

    Raises:
        UsageError: there is no such code.
    """
    session.console.out(explained(find(code), session.console.style))
    return Exit.OK
