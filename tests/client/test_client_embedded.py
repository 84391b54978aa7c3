"""The same client in process, over ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from offerctl import api
from offerctl.api import Kind
from offerctl.client import Client, embedded
from offerctl.errors import MarketplaceError

Talk = Callable[..., list[api.Outcome]]
DELETE = api.delete("jhsc-en-01")


async def done(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["body"] == b'{"networkKey":"pro-34616"}'
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("a fault of the application")


async def stuck(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("app", "kind", "status"),
    [(done, Kind.OK, 204), (broken, Kind.UNSURE, 500), (stuck, Kind.UNSURE, None)],
)
def test_an_application_of_this_process_answers(talk: Talk, app: Any, kind: Kind, status: int | None) -> None:
    """An exception is a 500, and the deadline holds here too."""
    [outcome] = talk("http://local", DELETE, transport=embedded(app), timeout=0.5)
    assert (outcome.kind, outcome.status) == (kind, status)


@pytest.mark.parametrize(
    "base_url", ["", "marketplace.example", "ftp://marketplace.example", "https://", "http://[::1"]
)
def test_an_address_that_is_none_is_refused(base_url: str) -> None:
    """Before anything is sent, with the name of the setting."""
    with pytest.raises(MarketplaceError, match="base_url"):
        Client(base_url=base_url, dialect=api.DEFAULT, network_key="pro-34616", timeout=1, parallelism=1)
