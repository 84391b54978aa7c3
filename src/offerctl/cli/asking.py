"""The question before something happens, and every way not to say yes."""

from __future__ import annotations

import click

from offerctl.cli.console import Console
from offerctl.errors import Exit


def said_yes(console: Console, question: str, *, nothing: str) -> bool:
    """Whether yes was typed; `nothing` says what has not happened where that is told to an interrupt.

    Raises:
        click.exceptions.Exit: interrupted, and told so.
    """
    try:
        answer = console.ask(question)
    except KeyboardInterrupt:
        console.status("\n")
        console.error(f"interrupted. {nothing}")
        raise click.exceptions.Exit(Exit.INTERRUPTED) from None
    if answer is None:  # the end of the input moves no cursor
        console.out()
    return answer == "yes"
