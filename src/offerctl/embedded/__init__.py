"""The embedded Marketplace: the server side of the Online Offering API and a page of what it lists.

`store` keeps the listings, `app` is the application, `page` its HTML, `server` puts it on a loopback port.
Starlette, uvicorn and Jinja2 are slow to import: each module is imported where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from offerctl.embedded.store import Store
from offerctl.standards import BUILT_IN, Standards

if TYPE_CHECKING:
    from starlette.applications import Starlette

__all__ = ["Store", "local_app", "local_store"]

_LOCAL = Path(".offerctl", "local.marketplace.sqlite3")


def local_store(root: Path) -> Store:
    """The store of the environment `local`, below the project's root; to be closed.

    Raises:
        MarketplaceError: as `Store`.
    """
    return Store(root / _LOCAL, below=root)


@contextmanager
def local_app(
    root: Path, *, collection: str, network_key: str, standards: Standards = BUILT_IN
) -> Iterator[Starlette]:
    """The environment `local`, to be called in process: one provider, no credentials.

    Raises:
        MarketplaceError: as `Store`.
    """
    from offerctl.embedded.app import create_app  # noqa: PLC0415 - starlette is slow to import

    with local_store(root) as store:
        yield create_app(store, collection=collection, network_key=network_key, standards=standards)
