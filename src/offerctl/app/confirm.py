"""The question before something happens, and every way not to say yes."""

from __future__ import annotations

from offerctl.console import Console
from offerctl.errors import Interrupted


def said_yes(console: Console, question: str, *, nothing: str) -> bool:
    """Whether yes was typed; `nothing` says what has not happened where that is told to an interrupt.

    Raises:
        Interrupted: by Ctrl-C.
    """
    try:
        answer = console.ask(question)
    except KeyboardInterrupt:
        console.status("\n")
        raise Interrupted(f"interrupted. {nothing}") from None
    if answer is None:  # the end of the input moves no cursor
        console.out()
    return answer == "yes"
