"""What a dialect changes of requests, and of what an answer means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import api
from offerctl.api import DEFAULT, Action, Dialect, Header, KeyPlaces, Kind, Reply, Signs
from offerctl.offering import PATCHABLE
from support.plans import offering

EVERYWHERE = KeyPlaces(add="query", patch="query", delete="query")
NOWHERE = KeyPlaces(add="none", patch="none", delete="none")


def answer(status: int, body: Any = b"") -> Reply:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status=status, headers={}, body=data)


def kind(dialect: Dialect, action: Action, status: int, body: Any = b"") -> Kind:
    return api.outcome(action, answer(status, body), dialect).kind


REQUESTS = (api.add(offering()), api.patch(offering(), ("price",)), api.delete("jhsc-en-01"))


@pytest.mark.parametrize("request_", REQUESTS)
def test_the_network_key_stands_where_the_dialect_has_it(request_: api.Request) -> None:
    """In the body, in the query, or nowhere; a Delete that has nothing to say has no body."""
    body = json.loads(api.content(request_, "pro-1") or b"")
    assert body.pop("networkKey") == "pro-1"
    assert api.query(request_, "pro-1") == ""
    for places, query in ((EVERYWHERE, "networkKey=pro-1"), (NOWHERE, "")):
        dialect = Dialect(network_key_in=places)
        assert api.query(request_, "pro-1", dialect) == query
        content = api.content(request_, "pro-1", dialect)
        assert (content is None) if request_.action is Action.DELETE else (json.loads(content or b"") == body)


def test_a_full_patch_carries_all_that_can_be_patched() -> None:
    """And the key of the provider; the plan's own patch names what changed alone."""
    request = api.patch(offering(), ("price",))
    assert json.loads(api.content(request, "k") or b"").keys() == {"price", "networkKey"}
    whole = json.loads(api.content(request, "k", Dialect(patch="full")) or b"")
    assert whole.keys() == {*PATCHABLE, "networkKey"}
    assert whole["courseName"] == offering().course_name


WORDS = Dialect(absent=Signs(status=(404,), messages=("offering  NOT found",)))
ANY_404 = Dialect(absent=Signs(status=(404,)))
GONE = Dialect(absent=Signs(status=(410,), codes=("E_GONE",)))


@pytest.mark.parametrize(
    ("dialect", "status", "body", "wanted"),
    [
        (WORDS, 404, {"error": "Not Found", "message": "The Offering not found."}, Kind.ABSENT),
        (WORDS, 404, b"<p>offering not found</p>", Kind.ABSENT),
        (WORDS, 404, {"error": "Not Found", "message": "Cannot DELETE /x"}, Kind.UNSURE),
        (WORDS, 404, {"error": {"code": "notFound"}}, Kind.ABSENT),
        (WORDS, 400, {"message": "offering not found"}, Kind.REJECTED),
        (ANY_404, 404, b"<html>", Kind.ABSENT),
        (ANY_404, 404, {"message": "Cannot DELETE /x"}, Kind.ABSENT),
        (GONE, 410, {"code": "e-gone"}, Kind.ABSENT),
        (GONE, 410, {"code": "other"}, Kind.REJECTED),
        (GONE, 404, b"", Kind.UNSURE),
        (Dialect(absent=Signs()), 401, b"", Kind.STOP),
        (Dialect(absent=Signs()), 429, b"", Kind.THROTTLED),
        (Dialect(absent=Signs()), 500, {"code": "notFound"}, Kind.UNSURE),
        (Dialect(absent=Signs()), 400, b"", Kind.ABSENT),
    ],
)
def test_what_means_absent(dialect: Dialect, status: int, body: Any, wanted: Kind) -> None:
    """The documented code always, and what the configuration adds; an empty list asks nothing."""
    assert kind(dialect, Action.DELETE, status, body) is wanted
    assert kind(dialect, Action.PATCH, status, body) is wanted


def test_what_is_to_be_added_is_absent_with_404_alone() -> None:
    """Any other refusal of a POST is one, whatever else means absent: the collection is there."""
    everything = Dialect(absent=Signs())
    assert kind(everything, Action.ADD, 400, {"code": "invalid"}) is Kind.REJECTED
    assert kind(everything, Action.ADD, 404) is Kind.ABSENT


@pytest.mark.parametrize(
    ("dialect", "status", "body", "wanted"),
    [
        (Dialect(exists=Signs(status=(422,))), 422, {"code": "general"}, Kind.EXISTS),
        (Dialect(exists=Signs(status=(422,))), 422, {"code": "invalid", "message": "price"}, Kind.REJECTED),
        (Dialect(exists=Signs(status=(422,), codes=("invalid",), messages=("taken",))), 422,
         {"code": "invalid", "message": "offeringId has been taken"}, Kind.EXISTS),
        (Dialect(exists=Signs(status=(422,))), 409, b"", Kind.REJECTED),
        (Dialect(exists=Signs(status=(422,))), 400, {"code": "general", "message": "duplicate"}, Kind.REJECTED),
        (DEFAULT, 400, {"code": "general", "message": "already exists"}, Kind.EXISTS),
        (Dialect(exists=Signs()), 401, b"", Kind.STOP),
        (Dialect(exists=Signs()), 503, b"", Kind.UNSURE),
        (Dialect(exists=Signs()), 201, b"", Kind.OK),
    ],
)  # fmt: skip
def test_what_means_that_it_exists(dialect: Dialect, status: int, body: Any, wanted: Kind) -> None:
    """What is configured stands in the place of the default, the guess from words included."""
    assert kind(dialect, Action.ADD, status, body) is wanted
    assert kind(dialect, Action.PATCH, status, body) is not Kind.EXISTS


_TEXTS = st.lists(st.sampled_from(["notFound", "general", "gone", "x"]), max_size=2).map(tuple)
_SIGNS = st.builds(
    Signs,
    status=st.lists(st.sampled_from([400, 404, 409, 410, 422]), max_size=2).map(tuple),
    codes=_TEXTS,
    messages=_TEXTS,
)


@given(
    absent=_SIGNS,
    exists=_SIGNS,
    action=st.sampled_from(Action),
    status=st.integers(100, 599),
    body=st.sampled_from([b"", b"<html>", b'{"code": "general"}', b'{"error": "x"}', b'{"message": "gone"}']),
)
def test_no_setting_turns_an_open_question_into_an_answer(
    absent: Signs, exists: Signs, action: Action, status: int, body: bytes
) -> None:
    """Whatever is configured, only a 2xx is OK, and only a 4xx can say absent, exists or rejected."""
    found = kind(Dialect(absent=absent, exists=exists), action, status, body)
    if found is Kind.OK:
        assert 200 <= status < 300
    if found in {Kind.ABSENT, Kind.EXISTS, Kind.REJECTED}:
        assert 400 <= status < 500
        assert status not in {401, 408, 429}
    if status >= 500:
        assert found is Kind.UNSURE


def test_a_dialect_is_told_without_secrets() -> None:
    """Its document names the variable, and equal dialects have equal digests."""
    dialect = Dialect(headers=(Header(name="key", variable="OFFERCTL_FACADE_KEY"), Header(name="x", value="1")))
    assert dialect.document()["headers"] == {"key": "env:OFFERCTL_FACADE_KEY", "x": "1"}
    assert dialect.digest == Dialect(headers=dialect.headers).digest != DEFAULT.digest
