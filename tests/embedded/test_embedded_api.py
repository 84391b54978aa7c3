from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offerctl.embedded.app import COLLECTION
from offerctl.embedded.body import MAX_BODY
from offerctl.offering import Offering
from support.marketplace import Served, body

KEY = {"networkKey": "pro-1"}
JSON = {"Content-Type": "application/json"}


class Api(httpx.Client):
    """A client whose paths start at the collection."""

    def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
        return super().request(method, f"{COLLECTION}{url}", **options)


@pytest.fixture
def api(market: Served) -> Iterator[Api]:
    """The collection over real HTTP."""
    with Api(base_url=market.url, trust_env=False) as client:
        yield client


def raw(client: Api, method: str, path: str, content: bytes, **headers: str) -> httpx.Response:
    return client.request(method, path, content=content, headers={**JSON, **headers})


def said(response: httpx.Response) -> tuple[int, str, str]:
    error = response.json()["error"]
    assert response.json() == {"error": {"code": error["code"], "message": error["message"]}}
    return response.status_code, error["code"], error["message"]


def test_life_of_a_listing(api: Api, market: Served) -> None:
    """Add lists, Patch changes what it names and nothing else, Delete removes; each answers 204 and no body."""
    added = api.post("", json=body())
    assert (added.status_code, added.content) == (204, b"")
    listing = market.store.listings()["jhsc-en-01"]
    assert listing.network_key == "pro-1"
    assert listing.offering.price == Decimal("199.5")

    patched = api.patch("/jhsc-en-01", json={"price": 249, **KEY})
    assert (patched.status_code, patched.content) == (204, b"")
    changed = market.store.listings()["jhsc-en-01"].offering
    assert changed.attributes() == {**listing.offering.attributes(), "price": Decimal(249)}

    deleted = api.request("DELETE", "/jhsc-en-01", json=KEY)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert market.store.listings() == {}


def test_delete_by_query(api: Api, market: Served) -> None:
    """Delete also takes its networkKey from the address, where proxies drop bodies; other calls do not."""
    api.post("", json=body())
    assert said(raw(api, "PATCH", "/jhsc-en-01?networkKey=pro-1", b'{"price": 1}'))[1] == "invalid"
    wrong = api.request("DELETE", "/jhsc-en-01", params={"networkKey": "pro-2"}, json=KEY)
    assert said(wrong)[:2] == (400, "invalid")
    assert api.delete("/jhsc-en-01", params=KEY).status_code == 204
    assert market.store.listings() == {}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"networkKey": None}, "networkKey is missing"),
        ({"networkKey": 7}, "networkKey must be text, 1 to 64 of A-Z a-z 0-9 . _ -"),
        ({"courseName": None}, "courseName is missing"),
        ({"courseName": ""}, "courseName must have 1 to 255 characters"),
        ({"courseName": "x" * 256}, "courseName must have 1 to 255 characters"),
        ({"courseName": ["x"]}, "courseName must be text"),
        ({"price": "199"}, "price must be a number"),
        ({"price": True}, "price must be a number"),
        ({"price": -1}, "price must be 0 or more, with at most 2 decimals"),
        ({"price": 1.005}, "price must be 0 or more, with at most 2 decimals"),
        ({"courseDuration": 0}, "courseDuration must be more than 0, with at most 2 decimals"),
        (
            {"trainingStandardKey": "JHSC-2014-2-E-O"},
            "trainingStandardKey must be JHSC-2014-1-E-O or JHSC-2014-1-F-O",
        ),
        (
            {"externalRegistrationUrl": "javascript:alert(1)"},
            "externalRegistrationUrl must be an absolute address such as https://provider.example/register",
        ),
        (
            {"offeringId": "../x"},
            "offeringId must have 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit",
        ),
        ({"colour": "red"}, "unknown attribute colour"),
    ],
)
def test_invalid_add(api: Api, market: Served, changed: dict[str, object], message: str) -> None:
    """What does not match the schema is 400 invalid, says which attribute and why, and lists nothing."""
    assert said(api.post("", json=body(**changed))) == (400, "invalid", message)
    assert market.store.listings() == {}


def test_prices_are_read_exactly(api: Api) -> None:
    """A number that only rounds to two decimals is refused: it is not read as a float."""
    text = json.dumps(body()).replace("199.5", "199.5000000000000000001")
    assert said(raw(api, "POST", "", text.encode()))[1] == "invalid"
    text = json.dumps(body()).replace("199.5", "1.995e2")
    assert raw(api, "POST", "", text.encode()).status_code == 204


def test_duplicate_add(api: Api, market: Served) -> None:
    """Adding an id that exists is 400 general, whoever's it is, and changes nothing."""
    api.post("", json=body())
    answer = api.post("", json=body(price=1, networkKey="pro-2"))
    assert said(answer) == (400, "general", "an offering with the offeringId jhsc-en-01 already exists")
    assert market.store.listings()["jhsc-en-01"].offering.price == Decimal("199.5")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "nothing to patch: name one or more of courseName, price, courseDuration, externalRegistrationUrl"),
        ({"offeringId": "b"}, "offeringId cannot be patched: delete the offering and add another one"),
        (
            {"trainingStandardKey": "JHSC-2014-1-F-O"},
            "trainingStandardKey cannot be patched: delete the offering and add another one",
        ),
        ({"price": 1, "colour": "red"}, "unknown attribute colour"),
        ({"price": None}, "price must be a number"),
    ],
)
def test_invalid_patch(api: Api, market: Served, changes: dict[str, object], message: str) -> None:
    """Patch refuses what cannot be changed, what it does not know and what makes no offering."""
    api.post("", json=body())
    before = market.store.listings()
    assert said(api.patch("/jhsc-en-01", json={**changes, **KEY})) == (400, "invalid", message)
    assert market.store.listings() == before


@pytest.mark.parametrize("path", ["/none", "/a%2Fb", "/%2E%2E", "/", "/%00", "/%ED%A0%80", "/" + "x" * 999])
@pytest.mark.parametrize(("method", "more"), [("PATCH", {"price": 1}), ("DELETE", {})])
def test_not_found(api: Api, path: str, method: str, more: dict[str, object]) -> None:
    """Patch and Delete of what is not listed are 404 notFound, whatever the id looks like."""
    assert said(api.request(method, path, json={**more, **KEY}))[:2] == (404, "notFound")


def test_listing_of_another_provider(api: Api, market: Served) -> None:
    """Patch and Delete of somebody else's listing are 403 forbidden and change nothing."""
    offering = Offering.from_attributes(body(networkKey=None))
    market.store.put_foreign(offering, "pro-2")
    assert said(api.patch("/jhsc-en-01", json={"price": 1, **KEY}))[:2] == (403, "forbidden")
    assert said(api.request("DELETE", "/jhsc-en-01", json=KEY))[:2] == (403, "forbidden")
    assert market.store.listings() == {"jhsc-en-01": (offering, "pro-2")}


def test_delete_with_attributes(api: Api) -> None:
    """Delete takes the networkKey and nothing else."""
    api.post("", json=body())
    refused = api.request("DELETE", "/jhsc-en-01", json={"price": 1, **KEY})
    assert said(refused) == (400, "invalid", "unknown attribute price")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"\xff",
        b'{"price": NaN}',
        b'{"price": 1e99999999999999999999}',
        b'{"price": ' + b"1" * 5000 + b"}",
        b'{"courseName": "\\ud800"}',
        b"[" * 20000,
    ],
    ids=lambda content: repr(content[:24]),
)
def test_no_json_object(api: Api, content: bytes) -> None:
    """A body that is no JSON object is 400 invalid."""
    assert said(raw(api, "POST", "", content))[:2] == (400, "invalid")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("text/plain", 400),
        ("", 400),
        ("application/x-www-form-urlencoded", 400),
        ("Application/JSON; charset=utf-8", 204),
    ],
)
def test_content_type(api: Api, content_type: str, status: int) -> None:
    """Only JSON is read: forms and plain text, which any web page may send here, are not."""
    content = json.dumps(body()).encode()
    assert raw(api, "POST", "", content, **{"Content-Type": content_type}).status_code == status


def test_bounded_body(api: Api) -> None:
    """A body of more than 64 KiB is refused, with and without a Content-Length."""
    limit = json.dumps(body()).encode().ljust(MAX_BODY)
    assert raw(api, "POST", "", limit).status_code == 204
    assert said(raw(api, "POST", "", limit + b" "))[:2] == (413, "general")
    chunked = api.post("", content=iter([limit, b" "]), headers=JSON)
    assert said(chunked)[:2] == (413, "general")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "", {"POST"}),
        ("PUT", "", {"POST"}),
        ("OPTIONS", "", {"POST"}),
        ("GET", "/jhsc-en-01", {"PATCH", "DELETE"}),
        ("POST", "/jhsc-en-01", {"PATCH", "DELETE"}),
    ],
)
def test_methods(api: Api, method: str, path: str, allowed: set[str]) -> None:
    """There is no read and no list: every other method is 405 and names those there are."""
    api.post("", json=body())
    answer = api.request(method, path)
    assert said(answer)[:2] == (405, "general")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_foreign_host(market: Served) -> None:
    """A web page whose name points to this machine gets nothing through a browser (DNS rebinding)."""
    answer = httpx.post(market.api, json=body(), headers={"Host": "elsewhere.example"}, trust_env=False)
    assert answer.status_code == 400
    assert market.store.listings() == {}


def test_parallel_adds(market: Served) -> None:
    """Of parallel adds of one id exactly one wins, and the listing is the winner's."""
    prices = range(1, 25)

    def add(price: int) -> int:
        return client.post(market.api, json=body(price=price)).status_code

    with httpx.Client(trust_env=False) as client, ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(add, prices))
    assert sorted(statuses) == [204] + [400] * 23
    winner = prices[statuses.index(204)]
    assert market.store.listings()["jhsc-en-01"].offering.price == winner


def test_journal(api: Api, market: Served) -> None:
    """Every request is journaled with its answer, refused ones too; ids that cannot be one are left out."""
    api.post("", json=body())
    api.post("", json=body())
    api.post("", content=b"{")
    api.patch("/jhsc-en-01", json={"price": 2, **KEY})
    api.patch("/%20", json={"price": 2, **KEY})
    api.request("DELETE", "/none", json=KEY)
    assert [(line.method, line.offering_id, line.status) for line in market.store.requests()] == [
        ("POST", "jhsc-en-01", 204),
        ("POST", "jhsc-en-01", 400),
        ("POST", None, 400),
        ("PATCH", "jhsc-en-01", 204),
        ("PATCH", None, 404),
        ("DELETE", "none", 404),
    ]


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from([*body(), "colour"])
_NEAR = st.dictionaries(_NAMES, _JSON_VALUES, max_size=4).map(lambda changes: {**body(), **changes})
_IDS = st.text(st.characters(codec="utf-8"), max_size=8) | st.just("jhsc-en-01")
_BODIES = st.binary(max_size=200) | (_JSON_VALUES | _NEAR).map(lambda value: json.dumps(value).encode())


@pytest.mark.deep
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(["POST", "PATCH", "DELETE"]), content=_BODIES, offering_id=_IDS)
def test_any_body(api: Api, method: str, content: bytes, offering_id: str) -> None:
    """No body is a server error; what is not executed is refused with a documented code."""
    path = "" if method == "POST" else f"/{quote(offering_id, safe='')}"
    answer = raw(api, method, path, content)
    if answer.status_code != 204:
        assert said(answer)[:2] in {(400, "invalid"), (400, "general"), (404, "notFound"), (403, "forbidden")}
