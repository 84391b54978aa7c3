"""Offerings become the requests of the API's reference."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from offerctl import api
from offerctl.errors import InvalidOffering
from offerctl.offering import ATTRIBUTES, ID_PATTERN, PATCHABLE, Offering
from offerctl.standards import JHSC_FRENCH

COLLECTION = "/api-v2/online-offerings"
OFFERING = Offering(
    offering_id="jhsc-fr-01",
    training_standard_key=JHSC_FRENCH,
    course_name="CMSST, certification partie 1 « santé »",
    price=Decimal("199.00"),
    course_duration=Decimal("19.50"),
    external_registration_url="https://provider.example/inscription?langue=fr",
)


def test_an_add_carries_everything() -> None:
    """POST to the collection: all six attributes, plain numbers, the networkKey."""
    request = api.add(OFFERING)
    assert (request.action, api.target(request, COLLECTION)) == (api.Action.ADD, COLLECTION)
    body = json.loads(api.content(request, "pro-34616") or b"")
    assert set(body) == {*ATTRIBUTES, "networkKey"}
    assert (body["price"], body["courseDuration"], body["courseName"]) == (199, 19.5, OFFERING.course_name)


def test_a_patch_carries_what_it_is_told() -> None:
    """PATCH of one listing: the named attributes and the networkKey."""
    request = api.patch(OFFERING, ("price", "courseName"))
    assert (request.action, api.target(request, COLLECTION)) == (api.Action.PATCH, f"{COLLECTION}/jhsc-fr-01")
    assert set(json.loads(api.content(request, "pro-34616") or b"")) == {"price", "courseName", "networkKey"}
    assert set(json.loads(api.content(api.patch(OFFERING, PATCHABLE), "k") or b"")) == {*PATCHABLE, "networkKey"}


def test_a_delete_carries_the_network_key_alone() -> None:
    """DELETE of one listing, with a JSON body."""
    request = api.delete("jhsc-fr-01")
    assert (request.action, api.target(request, COLLECTION)) == (api.Action.DELETE, f"{COLLECTION}/jhsc-fr-01")
    assert api.content(request, "pro-34616") == b'{"networkKey":"pro-34616"}'


@given(st.from_regex(ID_PATTERN, fullmatch=True))
def test_an_id_is_one_segment_of_the_path(offering_id: str) -> None:
    """Whatever an id may be, it neither ends the segment nor climbs out of the collection."""
    path = api.target(api.delete(offering_id), COLLECTION)
    assert path == f"{COLLECTION}/{offering_id}"


@given(st.text(st.characters(exclude_categories=())) | st.text("a./%\\ "))
@example(".")
@example("..")
@example("a/../b")
@example("")
def test_what_can_be_no_id_gets_no_path(text: str) -> None:
    """Whichever way it came round the bounds it is no request: `..` would be the collection's parent."""
    if ID_PATTERN.fullmatch(text):
        assert api.target(api.delete(text), COLLECTION) == f"{COLLECTION}/{text}"
        return
    for action in api.Action:
        with pytest.raises(InvalidOffering):
            api.target(api.Request(action=action, offering_id=text), COLLECTION)
