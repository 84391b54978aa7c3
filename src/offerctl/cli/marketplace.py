"""`offerctl marketplace`: the embedded Marketplace on a port of this machine."""

from __future__ import annotations

from contextlib import suppress

import click

from offerctl.app.session import Session
from offerctl.cli.options import pass_session

DEFAULT_PORT = 8080


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    metavar="N",
    help="The port; 0 takes any free one.",
)
@click.option("--reset", is_flag=True, help="Empty it first: what is listed there is gone.")
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
def marketplace(session: Session, *, port: int, reset: bool, latency: float, fail_rate: float) -> None:
    """Serve the embedded Marketplace: its API and its web page.

    It holds what `offerctl apply -e local` lists, and answers on this machine only. Any networkKey may add
    listings; each changes its own. No credentials are asked for.
    """
    from offerctl.embedded import local_store  # noqa: PLC0415 - the four are slow to import
    from offerctl.embedded.app import create_app  # noqa: PLC0415
    from offerctl.embedded.server import serve  # noqa: PLC0415
    from offerctl.render.words import counted  # noqa: PLC0415

    def announce(address: str) -> None:
        """The port is ours, and nothing is answered yet: where it is taken nothing is emptied."""
        emptied = len(store.listings()) if reset else 0
        if reset:
            store.clear()
        session.console.out(f"Marketplace: {address}  API: {address}{collection}  Stop it with Ctrl-C.")
        if reset:
            session.console.info(
                f"Emptied: {counted(emptied, 'listing')} taken out. To list the files again: "
                "offerctl apply -e local --reassert"
            )

    collection = session.config.environments["local"].collection
    with local_store(session.config.root) as store:
        app = create_app(store, collection=collection, latency=latency, fail_rate=fail_rate)
        with suppress(KeyboardInterrupt):
            serve(app, port, announce=announce)
    session.console.info("\nMarketplace stopped. Its listings are kept.")
