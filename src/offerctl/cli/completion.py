"""What a shell offers for a word of the command line. Where nothing can be read, nothing is offered."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from offerctl.app.session import Session
from offerctl.catalog.codes import Code
from offerctl.console import Console
from offerctl.errors import OfferctlError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def environments(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names in the configuration."""
    del param
    try:
        names = _session(ctx).config.environments
    except OfferctlError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def offering_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The ids of files and state, of the environment that was named before."""
    from offerctl.app.known_ids import known_ids  # noqa: PLC0415 - only a shell that completes needs it

    del param
    try:
        found = known_ids(_session(ctx), ctx.params.get("env") or os.environ.get("OFFERCTL_ENV"))
    except OfferctlError:
        return []
    return sorted(id_ for id_ in found if id_.startswith(incomplete))


def problem_codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The problem codes by number, each with its name; as the bare number or by name where one is begun."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell that completes needs it

    del ctx, param
    word = incomplete.casefold()
    if word.isdecimal():
        bare = ((code.removeprefix("OFR"), code.slug) for code in Code)
        return [CompletionItem(number, help=slug) for number, slug in bare if number.startswith(word)]
    numbered = [CompletionItem(code, help=code.slug) for code in Code if code.casefold().startswith(word)]
    named = [CompletionItem(code.slug, help=code) for code in Code if word and code.slug.startswith(word)]
    return numbered + named


def _session(ctx: click.Context) -> Session:
    """As the command would have it; the program's own options are read, but nothing is done, when a shell asks."""
    options = ctx.find_root().params
    file = options.get("config_file")
    return Session(
        console=Console(),
        directory=Path(options.get("chdir") or "."),
        config_file=Path(file) if file else None,
        environ=os.environ,
    )
