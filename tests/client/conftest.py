"""What the tests of the wire share: requests, credentials to recognise, certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from offerctl import api
from offerctl.client import Client
from support.certificates import Authority, self_signed

Talk = Callable[..., list[api.Outcome]]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no certificates of the machine that runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def talk() -> Talk:
    """Sends requests one after the other over one client; their outcomes."""

    def run(base_url: str, *requests: api.Request, **settings: Any) -> list[api.Outcome]:
        async def conversation() -> list[api.Outcome]:
            values: dict[str, Any] = {
                "dialect": api.DEFAULT,
                "network_key": "pro-34616",
                "timeout": 20.0,
                "parallelism": 4,
                **settings,
            }
            async with Client(base_url=base_url, **values) as client:
                return [await client.send(request) for request in requests]

        return asyncio.run(conversation())

    return run


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """For `marketplace.example` and 127.0.0.1."""
    return self_signed(tmp_path_factory.mktemp("tls"))
