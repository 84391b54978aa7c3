from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import httpx
import pytest

from offerctl.embedded.app import COLLECTION
from offerctl.embedded.auth import Bearer, Bln
from support.marketplace import Opening, body

BLN = Bln(key="k-1234567", token="t-1234567", secret="s=1234567=")
GOOD = "BLN type=api, version=1, entity=user, key=k-1234567, token=t-1234567, secret=s=1234567="


def add(opened: Opening, headers: Mapping[str, str], **options: object) -> httpx.Response:
    async def main() -> httpx.Response:
        async with opened(**options) as client:
            encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
            return await client.post(COLLECTION, json=body(), headers=encoded)

    return asyncio.run(main())


@pytest.mark.parametrize("header", [GOOD, GOOD.replace("BLN", "bln"), GOOD.replace(", ", ","), f"  {GOOD} "])
def test_bln(opened: Opening, header: str) -> None:
    """The vendor's scheme is accepted, in any case and with any spaces between its parts."""
    assert add(opened, {"Authorization": header}, credentials=BLN).status_code == 204


@pytest.mark.parametrize(
    "header",
    [
        "",
        "BLN",
        "BLN ,,,",
        GOOD.replace("BLN", "Bearer"),
        GOOD.replace("type=api", "type=web"),
        GOOD.replace("version=1, ", ""),
        GOOD.replace("k-1234567", "k-1234568"),
        GOOD.replace("t-1234567", "t-123456"),
        GOOD.replace("secret=s=1234567=", "secret="),
        GOOD + ", key=k-1234567",
        GOOD + ", more=1",
        "BLN type=api, version=1, entity=user, key=é, token=t-1234567, secret=s=1234567=",
    ],
)
def test_refused_bln(opened: Opening, header: str) -> None:
    """Everything else is 401 unauthorized, names the scheme and repeats nothing of what was sent."""
    answer = add(opened, {"Authorization": header} if header else {}, credentials=BLN)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "BLN"
    assert answer.json() == {
        "error": {"code": "unauthorized", "message": "valid credentials are needed, as Authorization: BLN ..."}
    }


@pytest.mark.parametrize(("header", "status"), [("Bearer tok", 204), ("bearer  tok", 204), ("Bearer to", 401)])
def test_bearer(opened: Opening, header: str, status: int) -> None:
    """The later facade's scheme, where that is configured."""
    answer = add(opened, {"Authorization": header}, credentials=Bearer(token="tok"))
    assert answer.status_code == status


def test_credentials_come_first(opened: Opening) -> None:
    """Who is not let in learns nothing about the request: neither its errors nor what is listed."""

    async def main() -> list[int]:
        async with opened(credentials=BLN) as client:
            bad = await client.post(COLLECTION, content=b"{")
            absent = await client.delete(f"{COLLECTION}/none", params={"networkKey": "pro-1"})
            return [bad.status_code, absent.status_code]

    assert asyncio.run(main()) == [401, 401]


@pytest.mark.parametrize(("key", "status"), [("pro-1", 204), ("pro-2", 403)])
def test_one_provider(opened: Opening, key: str, status: int) -> None:
    """A server for one provider refuses every other networkKey, on Add too."""
    answer = add(opened, {}, network_key=key)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "forbidden"


def test_credentials_show_nowhere(opened: Opening, caplog: pytest.LogCaptureFixture) -> None:
    """Neither their repr nor any log holds them."""
    with caplog.at_level(logging.DEBUG):
        add(opened, {"Authorization": GOOD}, credentials=BLN)
        add(opened, {"Authorization": GOOD + "x"}, credentials=BLN)
    for shown in (caplog.text, repr(BLN), repr(Bearer(token="t-1234567"))):
        assert "1234567" not in shown
