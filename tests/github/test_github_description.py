"""The API that the tests run against is GitHub's: both sides are held to what GitHub describes, and loudly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from offerctl.client import Service
from support import excerpt
from support.description import API, EVENTS, Undescribed, described, event
from support.github import BOT, REPOSITORY, WRITE, GitHub, github

COMMIT = "5d1c0a" + "0" * 34
AT = f"/repos/{REPOSITORY}"


def ask(api: GitHub, method: str, path: str, body: Any = None) -> int:
    """The status that a request gets."""
    headers = {"Authorization": f"Bearer {WRITE}", "Content-Type": "application/json"}
    service = Service(api.url, headers=headers, timeout=10)
    try:
        return service.call(method, AT + path, None if body is None else json.dumps(body).encode()).status
    finally:
        service.close()


@pytest.mark.node
@pytest.mark.parametrize(("place", "cut"), [(API, excerpt.cut_api), (EVENTS, excerpt.cut_events)])
def test_the_excerpts_are_what_github_says(place: Path, cut: Callable[[], Any]) -> None:
    """Cut again from the packages they are the same; `python -m support.excerpt` writes them."""
    if not excerpt.PACKAGES.is_dir():
        pytest.skip("GitHub's descriptions are not installed (npm ci in .ci/node)")
    assert json.loads(place.read_bytes()) == cut()


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/issues/7/remarks", None, "none of the requests"),
        ("PUT", "/issues/7", {"body": "x"}, "none of the requests"),
        ("GET", "/issues/seven/comments", None, "{issue_number}"),
        ("GET", "/issues/7/comments?size=100", None, "no parameter 'size'"),
        ("GET", "/issues/7/comments?issue_number=7", None, "no parameter 'issue_number'"),
        ("GET", "/pulls?state=merged", None, "'merged' is not one of"),
        ("GET", "/issues/7/comments", {"body": "x"}, "takes no body"),
        ("POST", "/issues/7/comments", {"body": "x", "text": "y"}, "'text' was unexpected"),
        ("POST", "/issues/7/comments", {"body": 7}, "7 is not of type 'string'"),
        ("POST", "/issues", {"body": "x"}, "'title' is a required property"),
        ("PATCH", "/issues/7", {"state": "done"}, "'done' is not one of"),
    ],
)
def test_a_request_that_github_does_not_describe_fails_its_test(
    method: str, path: str, body: Any, said: str
) -> None:
    """At once with a 500, and loudly when the API ends, whatever its client made of the answer."""
    api = GitHub()
    with pytest.raises(AssertionError, match=re.escape(said)), github(api):
        assert ask(api, method, path, body) == 500


def an_unknown_field(api: GitHub) -> None:
    api.say(7, "x", BOT)["surprise"] = 1


def a_field_of_another_type(api: GitHub) -> None:
    api.say(7, "x", BOT)["id"] = "1001"


def a_status_that_nobody_documents(api: GitHub) -> None:
    api.failing["GET"] = 418


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (an_unknown_field, "'surprise' was unexpected"),
        (a_field_of_another_type, "'1001' is not of type 'integer'"),
        (a_status_that_nobody_documents, "never answered 418"),
    ],
)
def test_an_answer_that_github_does_not_describe_fails_its_test(
    spoil: Callable[[GitHub], None], said: str
) -> None:
    """A fake that answers what GitHub never would proves nothing."""
    api = GitHub()
    spoil(api)
    with pytest.raises(AssertionError, match=re.escape(said)), github(api):
        assert ask(api, "GET", "/issues/7/comments") == 500


def test_a_described_exchange_passes() -> None:
    """With the status that GitHub gives, and every field that it always has."""
    with github() as api:
        assert ask(api, "POST", "/issues/7/comments", {"body": "x"}) == 201
        assert ask(api, "GET", "/issues/7/comments?per_page=100&page=1") == 200
        assert api.undescribed == []
    [whole] = described("GET", f"{AT}/issues/7/comments").answer(200, [{"id": 7}])
    assert {"id": 7, "user": None}.items() <= whole.items()


def test_a_payload_that_no_webhook_has_is_refused() -> None:
    """Unknown fields and unknown events; what is left out is there, with the least that it may be."""
    with pytest.raises(Undescribed, match="'numbers' was unexpected"):
        event("pull_request$opened", {"numbers": 7})
    with pytest.raises(KeyError):
        event("pull_request$invented", {})
    payload = event("pull_request$opened", {"pull_request": {"head": {"sha": COMMIT}}})
    assert payload["pull_request"]["head"]["sha"] == COMMIT
    assert payload["action"] == "opened"
