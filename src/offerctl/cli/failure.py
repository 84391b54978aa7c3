"""What a user is told when a command fails, and the exit code: the only place that tells failures.

Every command's failure comes here from `offerctl.cli`. It is imported with the program's own help, so what costs
start-up is imported when there is a failure to tell.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping

import click

from offerctl import __version__
from offerctl.console import Console
from offerctl.errors import CatalogError, Exit, OfferctlError


def report(error: BaseException, console: Console) -> Exit:
    """Tell a failure on standard error; gives the exit code."""
    match error:
        case CatalogError():
            _files(error, console)
            return error.exit_code
        case OfferctlError():
            console.error(error.message, error.hint)
            return error.exit_code
        case KeyboardInterrupt():
            return _interrupted(console)
        case click.Abort():  # click's wrapping of an interrupt, or of the end of the input
            if isinstance(error.__cause__, EOFError):
                console.error("the input ended before there was an answer")
                return Exit.ERROR
            return _interrupted(console)
        case click.ClickException():
            console.error(_usage(error))
        case OSError(errno=errno.EPIPE):
            pass  # the reader left; nothing to tell and nobody to tell it to
        case OSError() if error.strerror:
            console.error(f"{os.fsdecode(error.filename)}: {error.strerror}" if error.filename else error.strerror)
        case _:
            _bug(error, console)
    return Exit.ERROR


def _files(error: CatalogError, console: Console) -> None:
    """Problems of single files in full, in the place of a message about all of them."""
    from offerctl.catalog import InvalidFiles  # noqa: PLC0415 - YAML: help must not pay for it
    from offerctl.render import problems  # noqa: PLC0415 - as above

    if isinstance(error, InvalidFiles):
        found = error.found
        console.status(f"{problems.text(found.problems, found.files, console.error_style)}\n")
    else:
        console.error(error.message, error.hint)


def _interrupted(console: Console) -> Exit:
    console.status("\n")
    console.error("interrupted")
    return Exit.INTERRUPTED


def _usage(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{message} See: {context.command_path} --help" if context else message


def _bug(error: BaseException, console: Console) -> None:
    name = type(error).__name__
    try:
        place = _write_details(error, console.environ)
    except (OSError, ImportError):  # a disk or an installation that is broken must not hide the failure
        console.error(f"offerctl failed in a way it should not ({name}).")
    else:
        console.error(
            f"offerctl failed in a way it should not ({name}). Details: {place}",
            hint="Please report it with that file, from which the values of credentials have been removed.",
        )


def _write_details(error: BaseException, environ: Mapping[str, str]) -> str:
    """The traceback, without local variables, in a file that only this user can read."""
    import traceback  # noqa: PLC0415 - help must not pay for it

    from offerctl.disk import keep_report  # noqa: PLC0415 - as above

    head = f"offerctl {__version__}, Python {sys.version.split()[0]} on {sys.platform}\n\n"
    text = scrubbed(head + "".join(traceback.format_exception(error)), environ)
    return str(keep_report(text))


def scrubbed(text: str, environ: Mapping[str, str]) -> str:
    """The text without the values of credentials."""
    from offerctl.config.credentials import secret_values  # noqa: PLC0415 - the configuration: help must not pay for it

    for value in sorted(secret_values(environ), key=len, reverse=True):
        text = text.replace(value, "[hidden]")
    return text
