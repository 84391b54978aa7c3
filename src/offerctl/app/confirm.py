"""The question before something happens, and every way not to say yes."""

from __future__ import annotations

from offerctl.console import Console
from offerctl.errors import Interrupted, UsageError


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


def check_is_read_by_people(*, as_json: bool) -> None:
    """For whoever may have to ask.

    Raises:
        UsageError: a program reads what is printed.
    """
    if as_json:
        raise UsageError("--json needs --auto-approve or a PLANFILE: nobody could be asked.")


def check_can_ask(console: Console, *, of_all: bool = False) -> None:
    """For whoever is going to ask; `of_all` environments there is no plan file.

    Raises:
        UsageError: nobody is there.
    """
    if not console.interactive:
        raise UsageError(
            "There is no terminal to ask at, and nothing was approved.",
            hint="Run it with --auto-approve."
            if of_all
            else "Run it with --auto-approve, or save a plan and apply that: "
            "offerctl plan --out FILE, offerctl apply FILE",
        )
