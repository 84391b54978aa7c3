from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from offerctl.embedded import Store
from offerctl.embedded.app import create_app
from support.browser import chromium
from support.marketplace import Opening, Served, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "market.sqlite3") as opened:
        yield opened


@pytest.fixture
def opened(store: Store) -> Opening:
    """A client of the application in process; the options are `create_app`'s."""

    @asynccontextmanager
    async def open_client(**options: Any) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app=create_app(store, **options), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client

    return open_client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One real server for a whole module."""
    with served(tmp_path_factory.mktemp("served") / "market.sqlite3") as market:
        yield market


@pytest.fixture
def market(shared: Served) -> Served:
    """The module's server, emptied."""
    shared.store.clear()
    return shared
