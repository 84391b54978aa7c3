"""`plan --why ID`."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import offerctl.run
from offerctl import api
from offerctl.api import content
from offerctl.offering import Offering
from offerctl.plan import Guards, Options, Origin, make
from offerctl.render.why import why
from offerctl.run import Author, Run, RunSpec, Settings
from offerctl.state import Belief, RecordedChange, RunRecord
from support.plans import APPLIED, CONTESTED, FRENCH, HOME, NOW, gone, live, maybe, offering, state, wanted

DEARER = offering("a", price=Decimal(249))


def explained(
    belief: Belief | None,
    want: Offering | None,
    *,
    reassert: bool = False,
    last_run: RunRecord | None = None,
    guards: Guards = Guards(),  # noqa: B008 - frozen
) -> str:
    """Why the plan does what it does with the listing `a`."""
    files = wanted(want) if want else {}
    beliefs = {"a": belief} if belief else {}
    options = Options(reassert=reassert)
    plan = make(files, state(beliefs), home=HOME, options=options, guards=guards, origin=Origin())
    return why("a", plan, files.get("a"), belief, dialect=api.DEFAULT, now=NOW, last_run=last_run)


@pytest.mark.parametrize(
    ("belief", "want", "rule", "sent"),
    [
        (None, offering("a"), "added by a POST", "POST /api-v2/online-offerings\n"),
        (
            live(offering("a")),
            DEARER,
            "patch",
            'PATCH /api-v2/online-offerings/a\n  {"networkKey":"pro-34616","price":249}',
        ),
        (maybe(offering("a"), DEARER), DEARER, "settle", "PATCH /api-v2/online-offerings/a\n"),
        (
            gone(offering("a")),
            offering("a"),
            "brought back is adopted",
            "PATCH /api-v2/online-offerings/a\n",
        ),
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


@pytest.mark.parametrize(
    ("last_run", "said"),
    [
        (None, "As far as offerctl knows, nothing of ours is listed."),
        (("put", "failed"), "The last run (run-9, 14:03 UTC) wanted it, without effect: failed."),
        (("put", "not started"), "The last run (run-9, 14:03 UTC) wanted it, without effect: not started."),
        (("forget", "done"), "It was forgotten by hand (14:03 UTC)."),
    ],
)
def test_without_a_belief_it_tells_what_was_tried(last_run: tuple[str, str] | None, said: str) -> None:
    """It does not say 'never' right after a try that failed."""
    record = None
    if last_run:
        change = RecordedChange(offering_id="a", intent=last_run[0], outcome=last_run[1])
        record = RunRecord(id="run-9", who="a test", started=APPLIED, finished=APPLIED, changes=(change,))
    assert f"Belief: none. {said}\n" in explained(None, offering("a"), last_run=record)


@pytest.mark.parametrize("belief", [None, live(offering("a")), maybe(offering("a"), None), gone(offering("a"))])
def test_rules_are_said_in_words(belief: Belief | None) -> None:
    """And by the name that the page about the protocol has for them, not by its number."""
    rule = next(part for part in explained(belief, DEARER).split("\n\n") if part.startswith("Rule: "))
    found = re.search(r" \(protocol: ([a-z ]+)\)\.$", rule)
    assert found is not None
    assert re.search(rf"^    \d+ +{found[1]} ", offerctl.run.__doc__ or "", re.MULTILINE)


def test_a_quiet_period_is_told() -> None:
    """When the request can go out at the earliest."""
    waiting = maybe(offering("a"), None, quiet_until=NOW + timedelta(seconds=70))
    assert "First request, not before 14:31:10:" in explained(waiting, offering("a"))


@pytest.mark.parametrize(
    "how", [{"reassert": True}, {"guards": Guards(ephemeral=True)}], ids=["asked", "ephemeral"]
)
def test_the_request_that_is_shown_is_the_one_that_is_sent(how: Any) -> None:
    """With every attribute where the run re-asserts, asked for or because the environment is ephemeral."""
    options, guards = Options(reassert="reassert" in how), how.get("guards", Guards())
    read = state({"a": live(offering("a"))})
    plan = make(wanted(DEARER), read, home=HOME, options=options, guards=guards, origin=Origin())
    settings = Settings(lease=120, settle_window=120)
    run = Run(RunSpec(plan=plan, read=read, settings=settings, author=Author(run="r", who="w"), started=NOW))
    (due,) = run.due(NOW)
    body = (content(due.request, HOME.network_key) or b"").decode()
    assert "courseName" in body
    assert f"  {body}" in explained(live(offering("a")), DEARER, **how)
