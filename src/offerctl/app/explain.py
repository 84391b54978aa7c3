"""What `offerctl explain` does: problem codes in full, or the list of all."""

from __future__ import annotations

from collections.abc import Sequence

from offerctl.app.session import Session
from offerctl.catalog.codes import Code, find
from offerctl.errors import Exit
from offerctl.render import codes
from offerctl.render.problems import explained


def explain_codes(session: Session, words: Sequence[str], format_: str) -> Exit:
    """Tell what codes mean, with examples of what is wrong and of what is right; without `words` list them all.

    Raises:
        UsageError: there is no such code; nothing is told then.
    """
    console = session.console
    found = list(dict.fromkeys(find(word) for word in words))
    if format_ == "json":
        console.document(codes.json(found or Code))
    elif found:
        console.out("\n\n\n".join(explained(code, console.style) for code in found))
    else:
        console.out(codes.listed(console.style))
    return Exit.OK
