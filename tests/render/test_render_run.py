"""What a run tells while it goes on and at its end, as text and as JSON lines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offerctl.plan import Action, Change
from offerctl.render import progress, summary
from offerctl.render.style import COLOR
from offerctl.run import INTERRUPTED, Cause, Ended, Event, Report, Result, Started, StillGoing, Verdict, Waiting
from offerctl.state import Home, Intent
from support.plans import HOME, NOW, offering, planned, wanted

LOCAL = Home("local", "local:", "local")


def change(action: Action = Action.ADD, offering_id: str = "jhsc-en-01") -> Change:
    intent = {Action.DELETE: Intent.DELETE, Action.REPLACE: Intent.REPLACE}.get(action, Intent.PUT)
    body = None if intent is Intent.DELETE else offering(offering_id)
    return Change(offering_id=offering_id, action=action, intent=intent, before=None, after=body, reason="x")


def result(
    offering_id: str, verdict: Verdict = Verdict.DONE, reason: str = "", action: Action = Action.ADD, **more: Any
) -> Result:
    return Result(change=change(action, offering_id), verdict=verdict, reason=reason, **more)


def ended(verdict: Verdict, reason: str = "", **more: Any) -> Ended:
    return Ended(result=result("jhsc-en-01", verdict, reason, **more), seconds=1.2)


@pytest.mark.parametrize(
    ("action", "begun", "going", "done"),
    [
        (Action.ADD, "Adding", "adding", "Added"),
        (Action.CHANGE, "Changing", "changing", "Changed"),
        (Action.SETTLE, "Settling", "settling", "Settled"),
        (Action.REPLACE, "Replacing", "replacing", "Replaced"),
        (Action.REASSERT, "Re-asserting", "re-asserting", "Re-asserted"),
        (Action.DELETE, "Deleting", "deleting", "Deleted"),
    ],
)
def test_each_change_has_its_words(action: Action, begun: str, going: str, done: str) -> None:
    """When it starts, while it lasts, and when it is done."""
    one = change(action)
    over = Ended(result=Result(change=one, verdict=Verdict.DONE), seconds=1.2)
    assert progress.line(Started(change=one)) == f"jhsc-en-01: {begun}..."
    assert progress.line(StillGoing(change=one, seconds=2.04)) == f"jhsc-en-01: Still {going}... [2s elapsed]"
    assert progress.line(over) == f"jhsc-en-01: {done} after 1s"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (ended(Verdict.FAILED, "refused."), "jhsc-en-01: Adding failed after 1s: refused."),
        (ended(Verdict.IN_DOUBT, "no answer"), "jhsc-en-01: In doubt after 1s: no answer"),
        (ended(Verdict.NOT_STARTED, "stopped"), None),
        (
            ended(Verdict.DONE, note="was removed outside offerctl; added again"),
            "jhsc-en-01: Added after 1s (was removed outside offerctl; added again)",
        ),
        (ended(Verdict.FAILED, "\x1b[2J\n"), r"jhsc-en-01: Adding failed after 1s: \x1b[2J\n"),
        (
            Waiting(offering_ids=("a", "b"), until=NOW, seconds=79.2, reason="it may still arrive"),
            "Waiting until 14:30:00 UTC for a, b: it may still arrive [80s left]",
        ),
        (
            Waiting(offering_ids=(), until=NOW, seconds=2, reason="the Marketplace asked to wait (429)"),
            "Waiting until 14:30:00 UTC: the Marketplace asked to wait (429) [2s left]",
        ),
    ],
)
def test_lines_of_progress(event: Event, line: str | None) -> None:
    """Ends, notes and waits; what the Marketplace says is inert."""
    assert progress.line(event) == line


def loaded(line: str | None) -> dict[str, Any]:
    assert line is not None
    assert "\n" not in line
    value: dict[str, Any] = json.loads(line)
    return value


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (Started(change=change()), {"type": "change_start", "offering_id": "jhsc-en-01", "action": "add"}),
        (
            StillGoing(change=change(), seconds=2.04),
            {"type": "change_progress", "offering_id": "jhsc-en-01", "action": "add", "elapsed_s": 2.0},
        ),
        (
            ended(Verdict.FAILED, "no", status=400, code="invalid"),
            {
                "type": "change_failed",
                "offering_id": "jhsc-en-01",
                "action": "add",
                "status": "failed",
                "reason": "no",
                "http_status": 400,
                "code": "invalid",
                "elapsed_s": 1.2,
            },
        ),
        (
            Waiting(offering_ids=("a",), until=NOW + timedelta(seconds=80), seconds=80, reason="quiet"),
            {
                "type": "change_progress",
                "offering_ids": ["a"],
                "until": "2026-09-02T14:31:20Z",
                "wait_s": 80,
                "reason": "quiet",
            },
        ),
    ],
)
def test_events_as_json(event: Event, expected: dict[str, Any]) -> None:
    """One object a line, with its type and time."""
    assert loaded(progress.event_json(event, NOW)) == {"@timestamp": "2026-09-02T14:30:00Z", **expected}


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Verdict.DONE, "change_done"),
        (Verdict.FAILED, "change_failed"),
        (Verdict.IN_DOUBT, "change_in_doubt"),
    ],
)
def test_each_end_has_its_type(verdict: Verdict, kind: str) -> None:
    """What never started is told by the summary."""
    assert loaded(progress.event_json(ended(verdict), NOW))["type"] == kind
    assert progress.event_json(ended(Verdict.NOT_STARTED), NOW) is None


def test_the_plan_opens_the_lines() -> None:
    """As `plan --format json` has it."""
    line = loaded(progress.plan_json_line(planned(wanted(offering()), None), NOW))
    assert line["type"] == "plan"
    assert line["plan"]["summary"]["add"] == 1


INCOMPLETE = Report(
    run="run-1",
    results=(
        result("a"),
        result("b"),
        result("c"),
        result(
            "jhsc-en-03",
            Verdict.FAILED,
            "refused by the Marketplace (400 invalid): no such page. Not changed.",
            status=400,
            code="invalid",
        ),
        result("jhsc-fr-02", Verdict.IN_DOUBT, "no answer in 30 s: it may or may not be listed"),
        result("jhsc-old", Verdict.NOT_STARTED, "deletions wait until every change has succeeded", Action.DELETE),
        result(
            "jhsc-old-2", Verdict.NOT_STARTED, "deletions wait until every change has succeeded", Action.DELETE
        ),
    ),
)


def test_the_summary_as_json() -> None:
    """Counts, the exit code, and each change that is not done."""
    report = replace(INCOMPLETE, contested=("theirs",))
    line = loaded(progress.summary_json(report, 4, NOW))
    assert (line["type"], line["exit_code"], line["complete"], line["run"]) == ("summary", 4, False, "run-1")
    counts = line["counts"]
    assert (counts["done"], counts["failed"], counts["in_doubt"], counts["not_started"]) == (3, 2, 1, 2)
    assert counts["by_action"] == {
        "add": 3, "change": 0, "replace": 0, "settle": 0, "reassert": 0, "delete": 0,
    }  # fmt: skip
    assert [(one["offering_id"], one["status"]) for one in line["not_done"]] == [
        ("jhsc-en-03", "failed"),
        ("jhsc-fr-02", "in doubt"),
        ("jhsc-old", "not started"),
        ("jhsc-old-2", "not started"),
        ("theirs", "failed"),
    ]
    assert line["not_done"][0]["reason"].startswith("refused by the Marketplace (400 invalid)")


def test_complete() -> None:
    """What was done, by kind."""
    done = tuple(
        result(action.value, action=action) for action in (Action.ADD, Action.CHANGE, Action.SETTLE, Action.DELETE)
    )
    report = Report(run="run-1", results=done)
    assert summary.text(report, HOME) == "Apply complete! 1 added, 1 changed, 1 settled, 1 deleted."
    assert summary.text(report, LOCAL).endswith("\n\nSee the page: offerctl marketplace")
    again = Report(run="run-1", results=(result("a", action=Action.REASSERT),), protections=2)
    assert summary.text(again, HOME) == (
        "Apply complete! 0 added, 0 changed, 1 re-asserted, 0 deleted. 2 protections noted."
    )


def test_incomplete() -> None:
    """A row for each that is not done, and the way on."""
    assert (
        summary.text(INCOMPLETE, HOME)
        == """\
Apply incomplete: 3 done, 1 failed, 1 in doubt, 2 not started.

  failed       jhsc-en-03   refused by the Marketplace (400 invalid): no such page. Not changed.
  in doubt     jhsc-fr-02   no answer in 30 s: it may or may not be listed
  not started  jhsc-old, jhsc-old-2: deletions wait until every change has succeeded

What was done is recorded. Correct jhsc-en-03, then run it again (from a saved plan: make a new one); it settles \
jhsc-fr-02 first."""
    )


@pytest.mark.parametrize(
    ("results", "end"),
    [
        (
            (result("a"), result("b", Verdict.IN_DOUBT, "x")),
            "What was done is recorded. Run it again (from a saved plan: make a new one); it settles b first.",
        ),
        (
            (result("b", Verdict.FAILED, "x"),),
            "Nothing was done. Correct b, then run it again (from a saved plan: make a new one).",
        ),
    ],
)
def test_the_way_on_names_what_there_is(results: tuple[Result, ...], end: str) -> None:
    """Nothing to correct, or nothing that was done."""
    assert summary.text(Report(run="run-1", results=results), HOME).endswith(f"\n\n{end}")


@pytest.mark.parametrize(
    ("results", "end"),
    [
        (
            [("b", Cause.NETWORK)],
            "The Marketplace could not be reached at https://marketplace.example: check base_url and the network",
        ),
        ([("b", Cause.CREDENTIALS)], "Check the credentials (OFFERCTL_BEARER_TOKEN), then run it again"),
        ([("b", Cause.ADDRESS)], "Check base_url, collection and network_key, then run it again"),
        ([("b", Cause.FORM)], "Check base_url, collection and the table api (or what stands before the Market"),
        ([("b", Cause.STOPPED)], "Run it again (from a saved plan: make a new one)."),
        (
            [("a", Cause.CREDENTIALS), ("b", None)],
            "Check the credentials (OFFERCTL_BEARER_TOKEN), correct b, then",
        ),
    ],
)
def test_no_file_is_to_be_corrected_for_what_is_no_fault_of_it(
    results: list[tuple[str, Cause | None]], end: str
) -> None:
    """What could not be reached, and who may not enter, is looked at elsewhere."""
    failed = tuple(result(id_, Verdict.FAILED, "x", cause=cause) for id_, cause in results)
    said = summary.text(Report(run="r", results=failed), HOME, variables=("OFFERCTL_BEARER_TOKEN",))
    assert said.partition("Nothing was done. ")[2].startswith(end)


def test_what_is_contested_is_not_run_again_but_decided() -> None:
    """The three ways on come last, and once; what else is open is run again."""
    contested = result("a", Verdict.FAILED, "it exists already, and nobody here added it", contested=True)
    alone = summary.text(Report(run="r", results=(contested,)), HOME)
    assert "\n\nNothing was done.\n\na: If it is yours, take it over:" in alone
    assert alone.endswith("give the offering a new offeringId.")
    beside = summary.text(Report(run="r", results=(contested, result("b", Verdict.FAILED, "x"))), HOME)
    assert "\n\nNothing was done. Correct b, then run it again" in beside
    assert beside.count("offerctl import") == 1


def test_a_contested_listing_is_a_failure_with_three_ways_on() -> None:
    """Nothing was sent for it, so nothing is recorded of it."""
    said = summary.text(Report(run="run-1", results=(result("a"),), contested=("theirs",)), HOME)
    assert said.startswith(
        "Apply incomplete: 1 done, 1 failed.\n\n  failed       theirs   exists in the Marketplace"
    )
    for way in ("offerctl import FILE -e prod", "offerctl state forget theirs -e prod", "a new offeringId"):
        assert way in said


def test_what_was_removed_by_others_is_told() -> None:
    """It is done, and worth knowing."""
    noted = result("jhsc-en-01", note="was removed outside offerctl; added again")
    assert summary.text(Report(run="run-1", results=(noted,)), HOME) == (
        "Apply complete! 1 added, 0 changed, 0 deleted.\n\njhsc-en-01 was removed outside offerctl; added again"
    )


def test_interrupted() -> None:
    """Before or after everything was done."""
    left = Report(
        run="r",
        results=(result("a"), result("b", Verdict.NOT_STARTED, INTERRUPTED)),
        halted=INTERRUPTED,
        interrupted=True,
    )
    assert "Sending was stopped" not in summary.text(left, HOME)
    assert "Sending was stopped: 401." in summary.text(replace(left, halted="401"), HOME)
    assert summary.text(left, HOME).startswith("Apply interrupted: 1 done, 1 not started.\n")
    whole = Report(run="r", results=(result("a"),), interrupted=True)
    assert summary.text(whole, HOME) == (
        "Apply interrupted, after everything was done: 1 added, 0 changed, 0 deleted."
    )


def test_not_recorded() -> None:
    """It never claims that what was done is recorded."""
    report = Report(run="r", results=(result("a"),), unrecorded="the disk is full. The next run settles all of it")
    said = summary.text(report, HOME)
    assert said.startswith("Apply incomplete: 1 done.\n")
    assert said.endswith("\n\nNot recorded: the disk is full. The next run settles all of it.")
    until = datetime(2026, 9, 2, 14, 5, 10, tzinfo=UTC)
    said = summary.text(replace(report, run="7f3c91ab", remedy="Make room", held_until=until), HOME)
    assert said.endswith(
        "Make room.\nThe state shows this run at work until 14:05:10 UTC, though it has ended. Where the next "
        "one is refused until then: offerctl state unlock 7f3c -e prod"
    )
    assert "is recorded" not in said


def test_why_sending_was_stopped() -> None:
    """In the words of whoever stopped it, made inert."""
    report = Report(
        run="r", results=(result("a", Verdict.NOT_STARTED, "stopped"),), halted="401 \x1b[31munauthorized"
    )
    assert "\n\nSending was stopped: 401 \\x1b[31munauthorized.\n\n" in summary.text(report, HOME)


def test_rows_end_at_twenty() -> None:
    """A thousand refusals are counted."""
    failed = tuple(result(f"id-{i:04}", Verdict.FAILED, "no") for i in range(1000))
    said = summary.text(Report(run="r", results=failed), HOME)
    assert said.count("\n  failed       id-") == 20
    assert "\n  failed       +980 more\n" in said
    assert "id-0019, +980 more, then run it again" in said


def test_colour_is_only_paint() -> None:
    """The columns stand as they stand without it."""
    import re  # noqa: PLC0415 - only here

    painted = summary.text(INCOMPLETE, HOME, COLOR)
    assert painted != summary.text(INCOMPLETE, HOME)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == summary.text(INCOMPLETE, HOME)


def test_times_are_passed_in() -> None:
    """No function here looks at a clock: the same event at another time differs by its time alone."""
    later: datetime = NOW + timedelta(days=1)
    first, second = (loaded(progress.event_json(Started(change=change()), at)) for at in (NOW, later))
    assert {name for name in first if first[name] != second[name]} == {"@timestamp"}
