"""The life of a listing in each dialect that the API may turn out to have: one clean run ends right in all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.embedded.dialects import DIALECTS
from offerctl.errors import Exit
from offerctl.offering import Offering
from offerctl.state import Status
from support.plans import offering
from support.rehearsals import NETWORK_KEY, Fault, Rehearsal, cut, execute_and_cut, methods, rehearsal

A, B = offering("a"), offering("b", price=Decimal("249.5"))
DEARER = replace(A, price=Decimal(299))


FAST = ("D0", "D7", "D10")
EACH = [pytest.param(name, marks=() if name in FAST else pytest.mark.deep) for name in DIALECTS]


@pytest.fixture(params=EACH)
def it(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    """A rehearsal in each of the thirteen."""
    with rehearsal(tmp_path, DIALECTS[request.param], monkeypatch) as opened:
        yield opened


def ended(it: Rehearsal, *wanted: Offering) -> None:
    """Marketplace, files and beliefs are equal, and the next run sends nothing."""
    desired = {want.offering_id: want for want in wanted}
    assert it.listed() == desired
    beliefs = it.state().listings
    assert {id_: belief.body for id_, belief in beliefs.items() if belief.status is not Status.GONE} == desired
    sent = len(it.door.seen)
    assert it.apply() == Exit.OK
    assert len(it.door.seen) == sent


@pytest.mark.parametrize("it", DIALECTS, indirect=True)
def test_add_change_delete(it: Rehearsal) -> None:
    """A first apply lists, an edit changes one attribute, a file that is gone takes the listing out."""
    it.want(A, B)
    assert it.apply() == Exit.OK
    ended(it, A, B)
    it.want(DEARER, B)
    assert it.apply() == Exit.OK
    ended(it, DEARER, B)
    it.want(DEARER)
    assert it.apply() == Exit.OK
    ended(it, DEARER)
    assert methods(it.door) == ["POST", "POST", "PATCH", "DELETE"]


@pytest.mark.parametrize("fault", [execute_and_cut, cut])
def test_the_answer_to_an_add_is_lost(it: Rehearsal, fault: Fault) -> None:
    """Whether it was executed or not, the same run finds out and lists it once."""
    it.door.spoil[1] = fault
    it.want(A)
    assert it.apply() == Exit.OK
    ended(it, A)
    assert methods(it.door)[:2] == ["POST", "PATCH"]


@pytest.mark.parametrize("fault", [execute_and_cut, cut])
@pytest.mark.parametrize("after", [(DEARER,), ()], ids=["change", "delete"])
def test_the_answer_to_a_change_or_a_delete_is_lost(
    it: Rehearsal, fault: Fault, after: tuple[Offering, ...]
) -> None:
    """The same request goes out again, and a delete of what is gone already is done."""
    it.want(A)
    assert it.apply() == Exit.OK
    it.door.spoil[2] = fault
    it.want(*after)
    assert it.apply() == Exit.OK
    ended(it, *after)


def test_a_listing_that_somebody_took_out_is_deleted_or_added_again(it: Rehearsal) -> None:
    """Absent is read as absent: a delete is done, and a change adds what is not there."""
    it.want(A, B)
    assert it.apply() == Exit.OK
    it.store.delete("a", NETWORK_KEY)
    it.store.delete("b", NETWORK_KEY)
    dearer = replace(B, price=Decimal(1))
    it.want(dearer)
    assert it.apply() == Exit.OK
    ended(it, dearer)
    assert methods(it.door)[2:] == ["PATCH", "POST", "DELETE"]


def test_somebody_elses_id_is_left_alone(it: Rehearsal) -> None:
    """It exists, and nobody here added it: contested, never changed, and told."""
    it.store.put_foreign(DEARER, "pro-2")
    it.want(A, B)
    assert it.apply() == Exit.INCOMPLETE
    assert it.store.listings()["a"] == (DEARER, "pro-2")
    assert it.state().listings["a"].status is Status.CONTESTED
    assert it.state().listings["b"].status is Status.LIVE


def test_a_replacement(it: Rehearsal) -> None:
    """Another standard course under the same id: deleted, waited for, added."""
    it.want(A)
    assert it.apply() == Exit.OK
    french = offering("a", training_standard_key="JHSC-2014-1-F-O")
    it.want(french)
    assert it.apply() == Exit.OK
    ended(it, french)
