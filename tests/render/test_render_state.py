"""What is believed of the listings, as text and as JSON."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal

from hypothesis import given

from offerctl.render import state_text
from offerctl.render.style import COLOR
from offerctl.state import State
from support.plans import CONTESTED, NOW, gone, live, maybe, offering, state
from support.states import states

DOUBT = maybe(offering("b"), offering("b", price=Decimal(249)), quiet_until=NOW + timedelta(seconds=10))
FOUND = state(
    {
        "jhsc-en-01": live(offering(), protect=True),
        "old": gone(offering("old")),
        "b": DOUBT,
        "theirs": CONTESTED,
    }
)


def test_the_table() -> None:
    """One row for every listing that ever was, sorted, and the counts."""
    assert (
        state_text.table(FOUND, now=NOW)
        == """\
ID           STATUS      STANDARD          PRICE    LAST CONFIRMED                  REMARKS
b            in doubt    JHSC-2014-1-E-O            2026-09-02 14:03 UTC, 3f2a9c1   in doubt since 2026-09-02 \
14:09 UTC, quiet until 14:30:10 UTC
jhsc-en-01   live        JHSC-2014-1-E-O   199.00   2026-09-02 14:03 UTC, 3f2a9c1   protected
old          deleted     JHSC-2014-1-E-O            2026-09-02 14:03 UTC, 3f2a9c1
theirs       contested   unknown                    never

4 listings: 1 live, 1 in doubt, 1 deleted, 1 contested."""
    )


def test_a_quiet_period_that_is_over_is_not_told() -> None:
    """Nobody waits for it."""
    assert "quiet until" not in state_text.table(FOUND, now=NOW + timedelta(hours=1))


def test_what_no_run_vouches_for_is_told() -> None:
    """It came by a push or an import."""
    assert ", brought by hand" in state_text.table(state({"b": DOUBT.by_hand()}), now=NOW)
    assert "brought by hand" not in state_text.table(FOUND, now=NOW)


def test_an_empty_state() -> None:
    """A sentence instead of a heading above nothing."""
    assert state_text.table(state({}), now=NOW) == "The state of prod has no listings."


def test_one_listing() -> None:
    """All that is believed of it; in doubt, what was confirmed last is marked as that."""
    assert (
        state_text.one("b", DOUBT, now=NOW)
        == """\
b: in doubt
  standard:         JHSC-2014-1-E-O
  name:             JHSC Certification Part One (as last confirmed)
  price:            199.00 CAD
  duration:         19.5 hours
  registration:     https://safety-training.example/b
  last confirmed:   2026-09-02 14:03 UTC, 3f2a9c1, offerings/x.yaml
  last attempt:     2026-09-02 14:09 UTC: put, run run-2
  remarks:          in doubt since 2026-09-02 14:09 UTC, quiet until 14:30:10 UTC"""
    )


def test_a_contested_listing() -> None:
    """Next to nothing is known."""
    assert state_text.one("theirs", CONTESTED, now=NOW) == (
        "theirs: contested\n  standard:         unknown\n  last confirmed:   never"
    )


def test_one_listing_as_json() -> None:
    """The belief as the state document has it."""
    document = json.loads(state_text.one_json("b", DOUBT))
    assert document["offering_id"] == "b"
    assert (document["status"], document["body"]) == ("maybe", None)
    assert document["last_attempt"]["body"]["price"] == 249
    assert document["quiet_until"] == "2026-09-02T14:30:10Z"


@given(states())
def test_any_state_can_be_shown(found: State) -> None:
    """In lines of its own, whatever stands in it; painted, it is the same text."""
    table = state_text.table(found, now=NOW)
    assert len(table.splitlines()) == (len(found.listings) + 3 if found.listings else 1)
    assert re.sub(r"\x1b\[[0-9;]*m", "", state_text.table(found, now=NOW, style=COLOR)) == table
    for id_, belief in found.listings.items():
        one = state_text.one(id_, belief, now=NOW)
        assert one.startswith(f"{id_}: ")
        assert all(line.startswith("  ") for line in one.splitlines()[1:])
