"""`offerctl marketplace`."""

from __future__ import annotations

import click

from offerctl.app.serve import serve_marketplace
from offerctl.app.session import Session
from offerctl.cli.dialects import dialect_option
from offerctl.cli.options import pass_session
from offerctl.errors import Exit


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    metavar="N",
    help="The port; 0 takes any free one.",
)
@click.option("--reset", is_flag=True, help="Empty it first: what is listed there is gone.")
@dialect_option("How it speaks, D0 to D12: no one knows yet which of these the real one does (.github/API.md).")
@click.option(
    "--latency",
    type=click.FloatRange(0, 3600),
    default=0.0,
    metavar="S",
    help="Seconds until the API answers what it has done.",
)
@click.option(
    "--fail-rate",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="P",
    help="The part of API requests that is answered 500; half of these are executed all the same.",
)
@pass_session
def marketplace(
    session: Session, *, port: int, reset: bool, dialect: str, latency: float, fail_rate: float
) -> Exit:
    """Serve the embedded Marketplace: its API and its web page.

    It holds what `offerctl apply -e local` lists, and answers on this machine only. Any networkKey may add
    listings; each changes its own. No credentials are asked for; a dialect that needs some takes any. What its
    client's configuration must say is shown.
    """
    return serve_marketplace(
        session, port=port, reset=reset, dialect=dialect, latency=latency, fail_rate=fail_rate
    )
