"""What `offerctl marketplace` does: the embedded Marketplace on a port of this machine."""

from __future__ import annotations

from contextlib import suppress

from offerctl.app.provenance import check_own_folder
from offerctl.app.session import Session
from offerctl.embedded import dialects, local_store
from offerctl.embedded.dialects import Spoken
from offerctl.errors import Exit
from offerctl.render.words import counted


def serve_marketplace(
    session: Session, *, port: int, reset: bool, dialect: str, latency: float, fail_rate: float
) -> Exit:
    """Serve what `apply -e local` lists, until Ctrl-C; `reset` empties it first.

    `latency` in seconds; `fail_rate` is the part of API requests that is answered 500.

    Raises:
        ConfigError: git tracks `.offerctl`.
        CheckoutError: git refuses to tell whether it does.
        MarketplaceError: the port is in use, or the store cannot be opened.
        UsageError: there is no such dialect.
    """
    from offerctl.embedded.app import create_app  # noqa: PLC0415 - Starlette and uvicorn are slow to import
    from offerctl.embedded.server import serve  # noqa: PLC0415 - as above

    console = session.console

    def announce(address: str) -> None:
        """The port is ours, and nothing is answered yet: where it is taken nothing is emptied."""
        emptied = len(store.listings()) if reset else 0
        if reset:
            store.clear()
        console.out(f"Marketplace: {address}  API: {address}{collection}  Stop it with Ctrl-C.")
        if spoken is not dialects.PLAIN:
            console.info(_client_settings(spoken, address))
        if reset:
            console.info(
                f"Emptied: {counted(emptied, 'listing')} taken out. To list the files again: "
                "offerctl apply -e local --reassert"
            )

    check_own_folder(session.config.root)
    spoken = dialects.named(dialect)
    local = session.config.environments["local"].dialect
    collection = local.collection if spoken is dialects.PLAIN else spoken.collection
    with local_store(session.config.root) as store:
        app = create_app(
            store,
            collection=collection,
            spoken=spoken,
            standards=session.config.standards.extended(spoken.further),
            latency=latency,
            fail_rate=fail_rate,
        )
        with suppress(KeyboardInterrupt):
            serve(app, port, announce=announce)
    console.info("\nMarketplace stopped. Its listings are kept.")
    return Exit.OK


def _client_settings(spoken: Spoken, address: str) -> str:
    """What a client of this dialect needs, to be copied; any credentials are taken."""
    name = spoken.name.lower()
    head = f'[environments.{name}]\nbase_url = "{address}"\nnetwork_key = "pro-1"\n'
    said = f"It speaks {spoken.name}: {spoken.about}. In its client's offerctl.toml:"
    return f"{said}\n\n{head}{spoken.settings(name, address)}"
