"""Whatever others wrote, in every field that holds it: no output does anything but say it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import api
from offerctl.catalog.codes import Code
from offerctl.catalog.problem import Fix, Position, Problem, Span
from offerctl.characters import first_harmful
from offerctl.github import texts
from offerctl.github.page import Page
from offerctl.github.result import JobResult, UnapprovedChange
from offerctl.github.texts import Around
from offerctl.offering import Desired, Offering
from offerctl.plan import Action, Change, Options, Origin, Plan, Refusal
from offerctl.render import (
    documents,
    history,
    liveness,
    markdown,
    plan_markdown,
    plan_text,
    problems,
    progress,
    state_text,
    status_text,
    summary,
)
from offerctl.render.why import why
from offerctl.run import Report, Verdict
from offerctl.run.report import Ended, Result, Started, StillGoing, Waiting
from offerctl.state import (
    Attempt,
    Belief,
    Claim,
    Confirmed,
    Home,
    Intent,
    RecordedChange,
    RunRecord,
    State,
    Status,
)
from offerctl.state.claims import Liveness
from offerctl.state.history import CUT_OFF, Moment, PastRun
from offerctl.state.listings import Listings
from support.plans import ENGLISH, NOW, offering

FORGED = "FORGED"
NASTY = (
    "\x00\x07\x1b[31m\r\n\t\x7f\x85\x9b2J\u00ad\u034f\u061c\u115f\u2028\u202e\u2066"
    "\u200b\u200d\u3164\ufe0f\ufeff\U000e0041\U000e0101"
)
HOSTILE = st.lists(
    st.sampled_from(
        [
            *NASTY,
            f"\n{FORGED}",
            f"\r{FORGED}",
            f"\u2028{FORGED}",
            "::stop-commands::x",
            "##[add-mask]x",
            "`",
            "](x)",
        ]
    )
    | st.characters(exclude_categories=["Cs"]),
    min_size=1,
    max_size=12,
).map("".join)


def body(name: str) -> Offering:
    """An offering with that name and a registration page that hides something."""
    return offering(
        course_name=f"x{name}"[:255], external_registration_url="https://x.example/\u202e\x9b\U000e0101"
    )


def belief(text: str, status: Status = Status.MAYBE) -> Belief:
    """One whose every text is that."""
    return Belief(
        status=status,
        key=ENGLISH,
        body=body(text) if status is Status.LIVE else None,
        quiet_until=NOW + timedelta(seconds=9),
        protect=True,
        last_confirmed=Confirmed(body=body(text), at=NOW, run=text, commit=text, file=text),
        last_attempt=Attempt(intent=Intent.PUT, body=body(text), at=NOW, run=text),
    )


def home(text: str) -> Home:
    """Of a plan or state that somebody made."""
    return Home(text, text, text)


def record(text: str, **more: Any) -> RunRecord:
    """Of a run that anybody can have written into a state; the number of its pull request is no number."""
    changes = tuple(
        RecordedChange(offering_id=text, intent=intent, outcome=text, before=body(text), after=body(f"y{text}"))
        for intent in ("put", "delete", "replace", text)
    )
    given = {"id": text, "who": text, "started": NOW, "commit": text, "pull_request": text, "changes": changes}
    return RunRecord(**{**given, **more})


def state(text: str) -> State:
    """With a belief of each kind."""
    listings = {f"{text}{status}": belief(text, status) for status in Status}
    claim = Claim(id=text, who=text, boot_id=text, lease_until=NOW + timedelta(seconds=9))
    return State(lineage=text, home=home(text), run=claim, last_run=record(text), listings=Listings(listings))


def changes(text: str) -> tuple[Change, ...]:
    """One of each kind, and a tombstone."""
    intents = {Action.DELETE: Intent.DELETE, Action.REPLACE: Intent.REPLACE}
    found = [
        Change(
            offering_id=f"{text}{action}",
            action=action,
            intent=intents.get(action, Intent.PUT),
            before=None if action is Action.ADD else body(text),
            after=None if action is Action.DELETE else body(f"y{text}"),
            attempted=body(text),
            attempted_at=NOW,
            reason=text,
            file=text,
            quiet_until=NOW + timedelta(seconds=9),
            counts_as_delete=action is Action.DELETE,
        )
        for action in Action
    ]
    unknown = [
        replace(change, before=None) for change in found if change.action in {Action.DELETE, Action.REPLACE}
    ]
    return (*found, *unknown, replace(found[0], action=Action.REASSERT, intent=Intent.DELETE, after=None))


def plan(text: str, **more: Any) -> Plan:
    """One that refuses, waits, protects and contests."""
    given: dict[str, Any] = {
        "home": home(text),
        "lineage": text,
        "serial": 3,
        "origin": Origin(commit=text),
        "options": Options(target=(text,)),
        "desired_digest": text,
        "changes": changes(text),
        "unchanged": 1,
        "files": 2,
        "protections": {text: True, f"{text}2": False},
        "contested": {text: True, f"{text}2": False},
        "refusals": (Refusal(code="empty", offering_ids=(text,), message=text, hint=text),),
        "applied_at": NOW,
        "confirmed_commit": text,
    }
    return Plan(**{**given, **more})


def report(text: str, **more: Any) -> Report:
    """With a result of each verdict."""
    change = changes(text)[0]
    results = tuple(
        Result(change=change, verdict=verdict, reason=text, note=text, code=text, status=400)
        for verdict in Verdict
    )
    given: dict[str, Any] = {"run": text, "results": results, "contested": (text,), "halted": text}
    return Report(**{**given, **more})


def problem(text: str) -> Problem:
    """In a line of a file whose name is no better."""
    source = f"name: {text}".replace("\n", "").replace("\r", "")
    span = Span(Position(1, 1), Position(1, len(source) + 1))
    fix = Fix(start=span.start, end=span.end, text=text)
    return Problem(
        code=Code.TEXT, file=text, message=text, span=span, hint=text, pointer=text, fix=fix, source=source
    )


def plans(text: str) -> Iterator[str]:
    """Everything that is said of a plan."""
    for made in (
        plan(text),
        plan(text, changes=(), protections={}),
        plan(text, serial=None, changes=(), protections={}),
    ):
        yield plan_text.text(made, now=NOW, at_work=frozenset({text}))
        yield plan_text.brief(made)
        yield plan_text.question(made)
        yield "\n".join(part for refusal in plan_text.refusals(made) for part in refusal if part)
        yield plan_markdown.text(made, now=NOW)
    for found in (Liveness.LIVES, Liveness.DEAD, Liveness.UNKNOWN):
        yield liveness.warning(state(text), found, NOW, lease=10.0) or ""
        yield liveness.refusal(state(text), found, NOW, lease=10.0, nothing="Nothing was sent.")
        yield liveness.way_on(state(text), found, waits=True)


def states(text: str) -> Iterator[str]:
    """Everything that is said of a state and of its past."""
    yield state_text.table(state(text), now=NOW)
    yield state_text.table(State(lineage=text, home=home(text)), now=NOW)
    yield status_text.text(state(text), Liveness.UNKNOWN, text, now=NOW)
    for status in Status:
        yield state_text.one(text, belief(text, status), now=NOW)
    former = {text: Status.LIVE}
    runs = [
        PastRun(
            serial=3,
            record=record(text, finished=finished),
            newest=newest,
            former=former,
            protections={text: True},
        )
        for finished in (NOW, None)
        for newest in (True, False)
    ]
    moments = [Moment(run=run, change=change) for run in runs for change in run.record.changes]
    moments += [replace(moments[0], change=moments[0].change._replace(outcome=CUT_OFF, before=None))]
    for found in (runs, []):
        yield history.runs_text(found, home(text))
    for lived in (moments, []):
        yield history.life_text(lived, text, home(text))


def events(text: str) -> list[Any]:
    """Everything that a run tells."""
    results = report(text).results
    waiting = Waiting(offering_ids=(text,), until=NOW, seconds=3.0, reason=text)
    change = results[0].change
    return [
        Started(change=change),
        StillGoing(change=change, seconds=2.0),
        waiting,
        *(Ended(result=r, seconds=1.0) for r in results),
    ]


def outcomes(text: str) -> Iterator[str]:
    """Everything that is said while and after a plan is run."""
    yield from (progress.line(event) or "" for event in events(text))
    for found in (
        report(text),
        report(text, unrecorded=text, interrupted=True),
        report(text, results=(), contested=()),
    ):
        yield summary.text(found, home(text), variables=("OFFERCTL_BEARER_TOKEN",))


def reasons(text: str) -> Iterator[str]:
    """Everything that is said of problems, and why a plan does what it does."""
    found = [problem(text), replace(problem(text), span=None, source=None, fix=None)]
    yield problems.text(found, 2)
    yield problems.concise(found, 2)
    yield problems.github(found, 2)
    yield problems.fixed(found[:1])
    made = plan(text, home=Home("prod", text, "pro-1"))
    shown = replace(made, changes=tuple(replace(change, offering_id="a") for change in made.changes))
    for want, held in ((None, belief(text)), (Desired(offering=body(text), file=text), None)):
        yield why("a", shown, want, held, dialect=api.DEFAULT, now=NOW, last_run=record(text))


@pytest.mark.parametrize("said", [plans, states, outcomes, reasons])
@given(text=HOSTILE)
def test_no_output_does_anything(said: Callable[[str], Iterator[str]], text: str) -> None:
    """It holds no character that acts or hides, and no line begins where another's text wants it to."""
    for shown in said(text):
        assert first_harmful(shown) is None
        assert not {"\t", "\r"} & set(shown)
        assert not [line for line in shown.split("\n") if line.startswith(FORGED)]


@given(text=HOSTILE)
def test_no_json_does_anything(text: str) -> None:
    """A program gets the very text; whoever looks at the bytes sees every character of it."""
    past = [PastRun(serial=3, record=record(text, pull_request=7))]
    written = [
        documents.plan(plan(text)),
        state_text.table_json(state(text), home(text)),
        state_text.one_json(text, belief(text)),
        status_text.json(state(text), Liveness.UNKNOWN, home(text), text),
        history.runs_json(past, home(text)),
        history.life_json([Moment(run=past[0], change=past[0].record.changes[0])], text, home(text)),
        problems.json([problem(text)]),
        progress.plan_json_line(plan(text), NOW),
        progress.summary_json(report(text), 4, NOW),
        *(line for event in events(text) if (line := progress.event_json(event, NOW))),
    ]
    for shown in written:
        assert first_harmful(shown) is None
        assert "##[" not in shown
        assert any(text in found for found in strings(json.loads(shown)))


def strings(value: object) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield key
            yield from strings(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from strings(inside)


@given(text=HOSTILE)
def test_nothing_that_goes_to_github_does_anything(text: str) -> None:
    """Comments, issues, summaries and annotations."""
    held = (UnapprovedChange(offering_id=text, do="change", digest="0" * 64, reviewed=text),)
    result = JobResult(
        environment="prod", report=report(text), held=held, total=2, accept="0" * 64, reasons=(text,)
    )
    for shown in (
        texts.after(texts.comment("prod", texts.plan_page(plan(text), NOW, Around()).text), "prod", result),
        texts.issue(result),
        texts.plan_summary(plan(text), NOW, Page()),
        texts.result_summary(result, plan(text), NOW),
        texts.problems_text([problem(text)], 1),
        texts.annotation("error", text),
    ):
        assert first_harmful(shown) is None
        assert not {"\t", "\r"} & set(shown)
        assert not [line for line in shown.split("\n") if line.startswith(FORGED)]


@pytest.mark.parametrize(
    "id_", ["a`b", "a``b", "`![](https://x.example)`", "@everyone", "<!-- -->", "a|b", "\n# x"]
)
def test_an_id_is_code_that_nothing_in_it_ends(id_: str) -> None:
    """It stands between fences that are longer than any in it, on one line."""
    shown = markdown.code(id_)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    inside = shown.removeprefix(fence).removesuffix(fence)
    assert fence
    assert fence not in inside
    assert not inside.startswith("`")
    assert not inside.endswith("`")
    assert "\n" not in inside


def test_ids_are_escaped_in_a_comment_as_names_are() -> None:
    """Wherever they stand: a removal, a replacement, a protection, what is contested, what was not made."""
    id_ = "a`![x](https://x.example)`@everyone"
    made = plan(id_, home=Home("prod", "https://m.example", "pro-1"), refusals=())
    held = (UnapprovedChange(offering_id=id_, do="change", digest=""),)
    result = JobResult(environment="prod", report=report(id_), held=held, total=1)
    for shown in (plan_markdown.text(made, now=NOW).partition("<details>")[0], texts.issue(result)):
        live = "".join(piece for n, piece in enumerate(shown.split("``")) if n % 2 == 0)
        assert "![x]" not in live
        assert "@everyone" not in live
