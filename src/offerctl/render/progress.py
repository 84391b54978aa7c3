"""What a run tells while it goes on: lines for people, and objects for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from math import ceil
from typing import assert_never

from offerctl import canon
from offerctl.plan import Change, Plan
from offerctl.plan.document import as_json
from offerctl.render import documents
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.words import VERBS, capital, ids
from offerctl.run.report import Ended, Event, Report, Result, Started, StillGoing, Verdict, Waiting

CONTESTED = "exists in the Marketplace though nobody here added it; nothing was sent for it"
_ENDS = {
    Verdict.DONE: "change_done",
    Verdict.FAILED: "change_failed",
    Verdict.IN_DOUBT: "change_in_doubt",
}


def line(event: Event, style: Style = PLAIN) -> str | None:
    """One line of progress; none where the summary tells it early enough (a change that never started)."""
    match event:
        case Started(change=change):
            return f"{sanitize(change.offering_id)}: {capital(VERBS[change.action].doing)}..."
        case StillGoing(change=change, seconds=seconds):
            doing = VERBS[change.action].doing
            return f"{sanitize(change.offering_id)}: Still {doing}... [{_whole(seconds)} elapsed]"
        case Ended(result=result, seconds=seconds):
            return _ended(result, seconds, style)
        case Waiting():
            whom = f" for {ids(event.offering_ids)}" if event.offering_ids else ""
            return (
                f"Waiting until {event.until:%H:%M:%S} UTC{whom}: {sanitize(event.reason)} "
                f"[{ceil(event.seconds)}s left]"
            )
        case _:
            assert_never(event)


def event_json(event: Event, at: datetime) -> str | None:
    """The same as one line of JSON, which carries its time."""
    match event:
        case Started(change=change):
            return _object("change_start", at, _named(change))
        case StillGoing(change=change, seconds=seconds):
            return _object("change_progress", at, {**_named(change), "elapsed_s": round(seconds, 1)})
        case Ended(result=result, seconds=seconds):
            kind = _ENDS.get(result.verdict)
            return kind and _object(kind, at, {**_result(result), "elapsed_s": round(seconds, 1)})
        case Waiting():
            wait = {
                "offering_ids": event.offering_ids,
                "until": canon.timestamp(event.until),
                "wait_s": round(event.seconds, 1),
                "reason": event.reason,
            }
            return _object("change_progress", at, wait)
        case _:
            assert_never(event)


def plan_json_line(plan: Plan, at: datetime) -> str:
    """The first line of `apply --json`: the whole plan."""
    return _object("plan", at, {"plan": as_json(plan)})


def summary_json(report: Report, exit_code: int, at: datetime) -> str:
    """The last line of `apply --json`: the counts, the exit code, and what is not done."""
    undone = [_result(result) for result in report.results if result.verdict is not Verdict.DONE]
    undone += [
        {"offering_id": id_, "status": Verdict.FAILED.value, "reason": CONTESTED} for id_ in report.contested
    ]
    counts = {verdict.name.lower(): len(report.of(verdict)) for verdict in Verdict}
    counts["failed"] += len(report.contested)
    value = {
        "run": report.run,
        "exit_code": exit_code,
        "complete": report.complete,
        "counts": {
            **counts,
            "contested": len(report.contested),
            "by_action": {action.value: report.done(action) for action in VERBS},
        },
        "not_done": undone,
        "protections": report.protections,
        "halted": report.halted,
        "interrupted": report.interrupted,
        "unrecorded": report.unrecorded,
        "taken_over": report.taken_over,
    }
    return _object("summary", at, value)


def _ended(result: Result, seconds: float, style: Style) -> str | None:
    id_, verb, after = sanitize(result.change.offering_id), VERBS[result.change.action], _whole(seconds)
    match result.verdict:
        case Verdict.DONE:
            note = f" ({sanitize(result.note)})" if result.note else ""
            return f"{id_}: {style(capital(verb.done), Tone.GOOD)} after {after}{note}"
        case Verdict.FAILED:
            failed = style(f"{capital(verb.doing)} failed", Tone.ERROR)
            return f"{id_}: {failed} after {after}: {sanitize(result.reason)}"
        case Verdict.IN_DOUBT:
            return f"{id_}: {style('In doubt', Tone.WARNING)} after {after}: {sanitize(result.reason)}"
        case Verdict.NOT_STARTED:
            return None
        case _:
            assert_never(result.verdict)


def _whole(seconds: float) -> str:
    return f"{seconds:.0f}s"


def _named(change: Change) -> dict[str, object]:
    return {"offering_id": change.offering_id, "action": change.action.value}


def _result(result: Result) -> dict[str, object]:
    value = {**_named(result.change), "status": result.verdict.value, "reason": result.reason or None}
    extra = {"note": result.note or None, "http_status": result.status, "code": result.code}
    return {**value, **{name: found for name, found in extra.items() if found is not None}}


def _object(kind: str, at: datetime, value: Mapping[str, object]) -> str:
    return documents.line({"type": kind, "@timestamp": canon.timestamp(at), **value})


def bar(done: int, total: int, elapsed: float, columns: int) -> str:
    """`[#####     ] 120/500  48/s  8 s left`, in at most so many columns; `elapsed` in seconds."""
    rate = done / elapsed if elapsed > 0 else 0.0
    left = f"{_whole((total - done) / rate)} left" if rate else "starting"
    numbers = f" {done}/{total}  {rate:.0f}/s  {left}"
    room = max(columns - len(numbers) - 2, 0)
    filled = room * done // total if total else room
    return f"[{'#' * filled}{' ' * (room - filled)}]{numbers}" if room else numbers.strip()[: max(columns, 0)]
