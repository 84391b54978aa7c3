"""`plan --why ID`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from offerctl.offering import Offering
from offerctl.plan import Options, Origin, Rails, make
from offerctl.render.why import why
from offerctl.state import Belief
from support.plans import CONTESTED, FRENCH, HOME, NOW, gone, live, maybe, offering, state, wanted

DEARER = offering("a", price=Decimal(249))


def explained(belief: Belief | None, want: Offering | None, *, reassert: bool = False) -> str:
    """Why the plan does what it does with the listing `a`."""
    files = wanted(want) if want else {}
    beliefs = {"a": belief} if belief else {}
    options = Options(reassert=reassert)
    plan = make(files, state(beliefs), home=HOME, options=options, rails=Rails(), origin=Origin())
    return why("a", plan, files.get("a"), belief, collection="/api-v2/online-offerings", now=NOW)


@pytest.mark.parametrize(
    ("belief", "want", "rule", "sent"),
    [
        (None, offering("a"), "rules 2 and 8", "POST /api-v2/online-offerings\n"),
        (
            live(offering("a")),
            DEARER,
            "patch",
            'PATCH /api-v2/online-offerings/a\n  {"networkKey":"pro-34616","price":249}',
        ),
        (maybe(offering("a"), DEARER), DEARER, "settle", "PATCH /api-v2/online-offerings/a\n"),
        (gone(offering("a")), offering("a"), "a late ghost is adopted", "PATCH /api-v2/online-offerings/a\n"),
        (
            live(offering("a")),
            None,
            "tombstone",
            'DELETE /api-v2/online-offerings/a\n  {"networkKey":"pro-34616"}',
        ),
        (live(offering("a")), offering("a", training_standard_key=FRENCH), "It is refused", "DELETE "),
    ],
)
def test_file_belief_rule_and_request(belief: Belief | None, want: Offering | None, rule: str, sent: str) -> None:
    """All four, for each kind of change."""
    said = explained(belief, want)
    assert "File: " in said
    assert "Belief: " in said
    assert rule in said
    assert sent in f"{said}\n"


@pytest.mark.parametrize(
    ("belief", "want", "rule"),
    [
        (live(offering("a")), offering("a"), "Confirmed with this very body"),
        (gone(offering("a")), None, "Confirmed deleted"),
        (CONTESTED, offering("a"), "nobody here added it"),
    ],
)
def test_where_nothing_is_sent_it_says_why(belief: Belief, want: Offering | None, rule: str) -> None:
    """No request is shown."""
    said = explained(belief, want)
    assert rule in said
    assert "First request" not in said


def test_a_quiet_period_is_told() -> None:
    """When the request can go out at the earliest."""
    waiting = maybe(offering("a"), None, quiet_until=NOW + timedelta(seconds=70))
    assert "First request, not before 14:31:10:" in explained(waiting, offering("a"))
