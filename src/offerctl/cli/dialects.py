"""The option `--dialect` of the commands that speak as the Marketplace may turn out to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from offerctl.embedded.dialects import DIALECTS

Command = TypeVar("Command", bound=Callable[..., Any])


def dialect_option(help_: str) -> Callable[[Command], Command]:
    """`--dialect`, as `dialect: str`, which the command looks up."""
    return click.option(
        "--dialect",
        default="D0",
        show_default=True,
        metavar="NAME",
        shell_complete=_names,
        help=help_,
    )


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Each with what it is like."""
    del ctx, param
    return [
        CompletionItem(name, help=spoken.about)
        for name, spoken in DIALECTS.items()
        if name.startswith(incomplete.upper())
    ]
