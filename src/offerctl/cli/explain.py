"""`offerctl explain`."""

from __future__ import annotations

import click

from offerctl.app.explain import explain_codes
from offerctl.app.session import Session
from offerctl.cli.completion import problem_codes
from offerctl.cli.options import format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=problem_codes)
@format_option("text", "json")
@pass_session
def explain(session: Session, *, codes: tuple[str, ...], format_: str) -> Exit:
    """Say what problem codes mean, and what to write.

    A CODE is written as it is reported (error[OFR104]), or as OFR104, 104 or unknown-field. Without one all codes
    are listed.
    """
    return explain_codes(session, codes, format_)
