"""A run as a machine: its order, its brakes, its waits, and what is told and written at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from offerctl import api
from offerctl.api import Kind, Outcome
from offerctl.offering import Offering
from offerctl.plan import Options, Origin, make
from offerctl.run import Author, Cause, Run, RunSpec, Settings, Verdict
from offerctl.state import Belief, State, Status
from support.plans import CONTESTED, ENGLISH, FREE, FRENCH, HOME, NOW, live, maybe, offering, state, wanted

OK = Outcome(kind=Kind.OK, status=204)
ABSENT = Outcome(kind=Kind.ABSENT, status=404, code="notFound")
EXISTS = Outcome(kind=Kind.EXISTS, status=409)
REFUSED = Outcome(kind=Kind.REJECTED, status=400, code="invalid", message="no such course.")
FORBIDDEN = Outcome(kind=Kind.REJECTED, status=403, code="forbidden")
UNSURE = Outcome(kind=Kind.UNSURE, status=500)
UNSENT = Outcome(kind=Kind.NOT_SENT, message="connection refused")
DENIED = Outcome(kind=Kind.STOP, status=401)
SLOW_DOWN = Outcome(kind=Kind.THROTTLED, status=429)


@dataclass
class Desk:
    """A machine, the clock that it is told, and everything that it sent."""

    machine: Run
    now: datetime = NOW
    sent: list[tuple[str, str]] = field(default_factory=list)

    def due(self) -> list[tuple[str, str]]:
        """What goes out now."""
        found = [(due.request.action.value, due.offering_id) for due in self.machine.due(self.now)]
        self.sent += found
        return found

    def answer(self, offering_id: str, outcome: Outcome = OK) -> None:
        """One answer."""
        self.machine.answered(offering_id, outcome, self.now)

    def held_back(self) -> tuple[tuple[str, ...], str]:
        """For whom nothing goes out now, and why."""
        waiting = self.machine.waiting(self.now)
        assert waiting is not None
        return waiting.offering_ids, waiting.reason

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    def settle(self, outcomes: Mapping[str, Outcome] | None = None) -> None:
        """Everything that is sent gets its outcome (by id, else OK), and every wait passes, to the end."""
        while not self.machine.over:
            if ids := self.machine.to_save():
                self.machine.begin_save(ids)
                self.sent.append(("write", ",".join(ids)))
                self.machine.saved(ids, self.now)
            elif found := self.due():
                for _, id_ in found:
                    self.answer(id_, (outcomes or {}).get(id_, OK))
            elif not self.machine.to_save() and not self.machine.over:
                wake = self.machine.wake_at(self.now)
                assert wake is not None, "it neither sends, waits nor ends"
                self.now = wake

    def final(self) -> State:
        """The state after the final write."""
        self.machine.close()
        intent = self.machine.writes.claim(self.machine.spec.read, self.now)
        return self.machine.writes.final(intent, self.now)


def desk(beliefs: Mapping[str, Belief], *files: Offering, parallelism: int = 1, **options: Any) -> Desk:
    """A run of what these files ask of these beliefs."""
    read = state(beliefs)
    plan = make(
        wanted(*files),
        read,
        home=HOME,
        options=Options(allow_replace=True, allow_deletes="all", **options),
        guards=FREE,
        origin=Origin(),
    )
    return Desk(
        Run(
            RunSpec(
                plan=plan,
                read=read,
                settings=Settings(lease=120, settle_window=120, parallelism=parallelism),
                author=Author(run="run-9", who="a test"),
                started=NOW,
            )
        )
    )


def dearer(id_: str) -> Offering:
    return offering(id_, price=Decimal(249))


def french(id_: str) -> Offering:
    return offering(id_, training_standard_key=FRENCH)


def test_settles_and_patches_then_adds_then_replacements_then_deletes() -> None:
    """The order in which they start, whatever the ids."""
    beliefs = {
        "a-gone": live(offering("a-gone")),
        "b-repl": live(offering("b-repl")),
        "y-patch": live(offering("y-patch")),
        "z-settle": maybe(offering("z-settle"), None),
    }
    it = desk(beliefs, offering("c-new"), french("b-repl"), dearer("y-patch"), offering("z-settle"))
    it.settle()
    assert it.sent == [
        ("PATCH", "z-settle"),
        ("PATCH", "y-patch"),
        ("POST", "c-new"),
        ("DELETE", "b-repl"),
        ("write", "b-repl"),
        ("POST", "b-repl"),
        ("DELETE", "a-gone"),
    ]


def test_replacements_run_together() -> None:
    """All DELETEs, one wait, one write, all POSTs."""
    ids = ("a", "b", "c")
    it = desk({i: live(offering(i)) for i in ids}, *(french(i) for i in ids), parallelism=3)
    it.settle()
    deletes, write, posts = it.sent[:3], it.sent[3], it.sent[4:]
    assert deletes == [("DELETE", i) for i in ids]
    assert write == ("write", "a,b,c")
    assert posts == [("POST", i) for i in ids]
    assert it.now == NOW + timedelta(seconds=120)


def test_never_more_at_once_than_the_parallelism() -> None:
    """One that is answered makes room for one."""
    it = desk({}, *(offering(f"n-{n}") for n in range(9)), parallelism=4)
    assert len(it.due()) == 4
    assert it.due() == []
    it.answer("n-0")
    assert len(it.due()) == 1


def test_deletes_wait_until_every_put_has_its_answer() -> None:
    """However much room there is."""
    it = desk({"old": live(offering("old"))}, offering("new"), parallelism=8)
    assert it.due() == [("POST", "new")]
    assert it.due() == []
    it.answer("new")
    assert it.due() == [("DELETE", "old")]


@pytest.mark.parametrize("outcome", [REFUSED, UNSENT, EXISTS])
def test_no_delete_while_a_put_failed(outcome: Outcome) -> None:
    """A course that moves to a new id never disappears."""
    it = desk({"old": live(offering("old"))}, offering("new"))
    it.settle({"new": outcome})
    assert ("DELETE", "old") not in it.sent
    results = {r.change.offering_id: r for r in it.machine.report().results}
    assert results["old"].verdict is Verdict.NOT_STARTED
    assert "deletions wait until new succeeds" in results["old"].reason
    assert it.final().listings["old"] == it.machine.spec.read.listings["old"]


def test_one_that_waits_delays_no_other() -> None:
    """A quiet period holds back its own id alone."""
    quiet = maybe(offering("a"), None, quiet_until=NOW + timedelta(seconds=50))
    it = desk({"a": quiet}, offering("a"), offering("b"))
    assert it.due() == [("POST", "b")]
    it.answer("b")
    assert it.due() == []
    assert it.held_back() == (("a",), "a request of unknown fate may still arrive")
    assert it.machine.wake_at(it.now) == NOW + timedelta(seconds=50)
    it.later(50)
    assert it.due() == [("PATCH", "a")]


def test_a_quiet_period_of_a_wrong_clock_is_clamped() -> None:
    """Never longer than a lease and a window from now."""
    far = maybe(offering("a"), None, quiet_until=NOW + timedelta(days=900))
    it = desk({"a": far}, offering("a"))
    assert it.due() == []
    assert it.machine.wake_at(NOW) == NOW + timedelta(seconds=240)


def test_only_a_doubt_or_a_delete_leaves_a_quiet_period() -> None:
    """Fixing a typo right after an add or a patch never waits."""
    beliefs = {"gone": live(offering("gone")), "patched": live(offering("patched"))}
    it = desk(beliefs, offering("new"), dearer("patched"))
    it.settle()
    after = it.final().listings
    assert (after["new"].quiet_until, after["patched"].quiet_until) == (None, None)
    assert after["gone"].status is Status.GONE
    assert after["gone"].quiet_until == it.now + timedelta(seconds=120)


def test_an_add_without_an_answer_is_asked_about_and_never_repeated_blindly() -> None:
    """PATCH at once; absent: one window later PATCH again, and only then POST."""
    it = desk({}, offering("a"))
    assert it.due() == [("POST", "a")]
    it.answer("a", UNSURE)
    assert it.due() == [("PATCH", "a")]
    it.answer("a", ABSENT)
    assert it.due() == []
    it.later(120)
    assert it.due() == [("PATCH", "a")]
    it.answer("a", ABSENT)
    assert it.due() == [("POST", "a")]
    it.answer("a", UNSURE)
    assert it.machine.over
    assert it.final().listings["a"].status is Status.MAYBE


def test_what_was_certainly_without_effect_restores_the_former_belief() -> None:
    """Refused at once: the very same belief, its quiet period too; an add leaves none."""
    it = desk({"a": live(offering("a"))}, dearer("a"), offering("b"))
    it.settle({"a": REFUSED, "b": REFUSED})
    assert it.final().listings == it.machine.spec.read.listings
    assert [r.reason for r in it.machine.report().results] == [
        "refused by the Marketplace (400 invalid): no such course. Not changed."
    ] * 2


def test_a_refusal_after_a_doubt_stays_a_doubt() -> None:
    """The unsure attempt may still take effect."""
    it = desk({}, offering("a"))
    it.due()
    it.answer("a", UNSURE)
    it.due()
    it.answer("a", REFUSED)
    belief = it.final().listings["a"]
    assert belief.status is Status.MAYBE
    assert belief.quiet_until == it.now + timedelta(seconds=120)


def test_a_replacement_that_ends_half_way_is_told() -> None:
    """Deleted, not added yet."""
    it = desk({"a": live(offering("a"))}, french("a"))
    it.due()
    it.answer("a")
    it.machine.halt("interrupted")
    assert it.machine.over
    assert it.machine.report().results[0].reason == "deleted, not added yet"
    assert it.final().listings["a"].status is Status.MAYBE


def test_three_attempts_in_all() -> None:
    """Half a second and a second apart; then it is in doubt."""
    it = desk({"a": live(offering("a"))}, dearer("a"))
    moments = []
    while not it.machine.over:
        if it.due():
            moments.append((it.now - NOW).total_seconds())
            it.answer("a", UNSURE)
        elif wake := it.machine.wake_at(it.now):
            it.now = wake
    assert moments == [0, 0.5, 1.5]
    assert it.machine.report().results[0].verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (UNSENT, "no connection yet; trying again"),
        (replace(UNSURE, status=503), "the Marketplace answered 503; trying again"),
        (replace(UNSURE, status=None), "no usable answer; trying again"),
        (replace(SLOW_DOWN, retry_after=0.2), "the Marketplace asked to wait (429)"),
    ],
)
def test_a_pause_between_attempts_is_no_quiet_period(outcome: Outcome, reason: str) -> None:
    """It says what it is, of whom; one that is quiet is told of when its own time comes first."""
    quiet = maybe(offering("b"), None, quiet_until=NOW + timedelta(seconds=0.7))
    it = desk({"a": live(offering("a")), "b": quiet}, dearer("a"), offering("b"))
    assert it.due() == [("PATCH", "a")]
    it.answer("a", outcome)
    assert it.held_back() == (() if outcome.kind is Kind.THROTTLED else ("a",), reason)
    it.later(0.5)
    assert it.due() == [("PATCH", "a")]
    it.answer("a", outcome)
    if outcome.kind is not Kind.THROTTLED:
        assert it.held_back() == (("b",), "a request of unknown fate may still arrive")


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (UNSENT, Cause.NETWORK),
        (DENIED, Cause.CREDENTIALS),
        (FORBIDDEN, Cause.CREDENTIALS),
        (ABSENT, Cause.ADDRESS),
        (replace(UNSURE, status=404), Cause.ADDRESS),
        (replace(UNSURE, status=302), Cause.ADDRESS),
        (replace(REFUSED, status=405), Cause.FORM),
        (replace(REFUSED, status=413), Cause.FORM),
        (UNSURE, None),
        (REFUSED, None),
        (OK, None),
    ],
)
def test_what_is_not_done_says_where_to_look(outcome: Outcome, cause: Cause | None) -> None:
    """Only what the Marketplace refuses is in the offering's file."""
    it = desk({}, offering("a"))
    it.settle({"a": outcome})
    [result] = it.machine.report().results
    assert result.cause is cause


def test_one_answer_has_one_hint_whatever_was_asked() -> None:
    """A page that answers 404 to a Patch and to a Post: both may have gone to a wrong address."""
    there = offering("a")
    it = desk({"a": live(there)}, replace(there, price=there.price + 1), offering("b"))
    page = replace(UNSURE, status=404, message="<html>")
    it.settle({"a": page, "b": page})
    reasons = [result.reason for result in it.machine.report().results]
    assert len(reasons) == 2
    assert all("Is base_url right?" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (
            replace(UNSURE, message="oops"),
            "the Marketplace answered 500 (oops): it may or may not be listed as wanted",
        ),
        (UNSURE, "the Marketplace answered 500: it may or may not be listed as wanted"),
        (replace(UNSURE, status=None, message="cut"), "cut: it may or may not be listed as wanted"),
        (
            replace(UNSURE, status=404, message="nope"),
            "the Marketplace answered 404 (nope). Is base_url right? It may or may not be listed as wanted.",
        ),
        (
            replace(UNSURE, status=200, message="<p>"),
            "the Marketplace answered 200 (<p>). Is base_url right? It may or may not be listed as wanted.",
        ),
        (
            replace(UNSURE, status=None, message="Server disconnected without sending a response."),
            "Server disconnected without sending a response: it may or may not be listed as wanted",
        ),
        (
            replace(UNSURE, status=302),
            "the Marketplace answered 302. Is base_url right? It may or may not be listed as wanted.",
        ),
        (ABSENT, "refused by the Marketplace (404 notFound). Is base_url right? Not changed."),
    ],
)
def test_the_fact_comes_before_the_words_of_the_marketplace(outcome: Outcome, reason: str) -> None:
    """What it answered, what it said, and where to look when nothing of ours may be there."""
    it = desk({}, offering("a"))
    it.settle({"a": outcome})
    assert it.machine.report().results[0].reason == reason


def test_what_our_own_halt_kept_from_being_sent_is_no_trouble_of_the_network() -> None:
    """It says why."""
    it = desk({}, offering("a"))
    it.due()
    it.machine.halt("the lease was lost")
    it.answer("a", api.withheld("the lease was lost"))
    [result] = it.machine.report().results
    assert (result.reason, result.cause) == ("not sent: the lease was lost. Not changed.", Cause.STOPPED)


def test_401_stops_everything() -> None:
    """Nothing more goes out; what was not tried is as before."""
    it = desk({}, *(offering(f"n-{n}") for n in range(3)))
    it.due()
    it.answer("n-0", DENIED)
    assert it.machine.over
    assert it.due() == []
    assert [r.verdict for r in it.machine.report().results] == [
        Verdict.FAILED,
        Verdict.NOT_STARTED,
        Verdict.NOT_STARTED,
    ]
    assert it.final().listings == {}


def test_the_first_403_is_a_refusal_and_the_second_stops() -> None:
    """One may be about a listing; two are about us."""
    it = desk({}, *(offering(f"n-{n}") for n in range(4)))
    it.due()
    it.answer("n-0", FORBIDDEN)
    assert it.due() == [("POST", "n-1")]
    it.answer("n-1", FORBIDDEN)
    assert it.machine.over
    assert "twice (403)" in str(it.machine.halted)


def test_ten_silent_requests_in_a_row_stop() -> None:
    """A dead Marketplace is not asked a thousand times."""
    it = desk({}, *(offering(f"n-{n:02}") for n in range(30)))
    it.settle({f"n-{n:02}": UNSENT for n in range(30)})
    assert len(it.sent) == 10
    assert "10 requests in a row" in str(it.machine.halted)


@pytest.mark.parametrize(("reassert", "most"), [(False, 9), (True, 24)])
def test_confirmed_listings_that_are_not_there_stop_unless_it_was_asked_for(reassert: bool, most: int) -> None:  # noqa: FBT001
    """Five in a row: another Marketplace, or a wiped one. `--reassert` lifts this brake."""
    ids = [f"n-{n:02}" for n in range(12)]
    it = desk({i: live(offering(i)) for i in ids}, *(dearer(i) for i in ids), reassert=reassert)
    while not it.machine.over:
        for method, id_ in it.due():
            it.answer(id_, ABSENT if method == "PATCH" else OK)
    assert len(it.sent) == most
    assert ("not there" in str(it.machine.halted)) is not reassert


def test_429_pauses_the_whole_run() -> None:
    """For as long as the Marketplace says; then the same request again."""
    it = desk({}, offering("a"), offering("b"), parallelism=2)
    assert len(it.due()) == 2
    it.answer("a", replace(SLOW_DOWN, retry_after=30.0))
    it.answer("b")
    assert it.due() == []
    assert it.machine.wake_at(it.now) == NOW + timedelta(seconds=30)
    it.later(30)
    assert it.due() == [("POST", "a")]


BUSY = Outcome(kind=Kind.THROTTLED, status=503, retry_after=30.0)


def test_503_with_a_time_pauses_the_whole_run_and_leaves_a_doubt() -> None:
    """The same request goes out again; as the first may have been executed, the id stays quiet afterwards."""
    it = desk({"a": live(offering("a"))}, dearer("a"))
    assert it.due() == [("PATCH", "a")]
    it.answer("a", BUSY)
    assert it.due() == []
    it.later(30)
    assert it.due() == [("PATCH", "a")]
    it.answer("a")
    belief = it.final().listings["a"]
    assert (belief.status, belief.body) == (Status.LIVE, dearer("a"))
    assert belief.quiet_until == it.now + timedelta(seconds=120)


def test_what_a_503_put_off_is_never_as_before() -> None:
    """Refused, or stopped, after a request that may have been executed: in doubt, for a delete too."""
    for ending in (REFUSED, Outcome(kind=Kind.THROTTLED, status=503, retry_after=999.0)):
        for want in ((dearer("a"), offering("b")), (offering("b"),)):
            it = desk({"a": live(offering("a")), "b": live(offering("b"))}, *want)
            it.due()
            it.answer("a", BUSY)
            it.later(30)
            it.due()
            it.answer("a", ending)
            belief = it.final().listings["a"]
            assert (belief.status, belief.body, belief.key) == (Status.MAYBE, None, ENGLISH)
            assert it.machine.report().results[0].verdict is Verdict.IN_DOUBT


def test_a_loss_of_the_credentials_is_told_in_its_own_words() -> None:
    """Nothing was sent, so nothing was refused with a 401."""
    it = desk({}, offering("a"), offering("b"))
    it.due()
    it.answer("a", Outcome(kind=Kind.STOP, message="the access token has run out"))
    assert it.machine.halted == "the access token has run out"
    assert it.final().listings == {}


def test_429_without_a_time_doubles_and_ends() -> None:
    """Half a second, doubled, ten times."""
    it = desk({}, offering("a"))
    pauses = []
    while not it.machine.over:
        if it.due():
            it.answer("a", SLOW_DOWN)
        elif wake := it.machine.wake_at(it.now):
            pauses.append((wake - it.now).total_seconds())
            it.now = wake
    assert pauses == [0.5 * 2**n for n in range(10)]
    assert it.machine.report().results[0].verdict is Verdict.NOT_STARTED


def test_a_marketplace_that_always_asks_to_wait_is_not_waited_for_for_ever() -> None:
    """Ten pauses of the length that it names, however short; then nothing more is sent."""
    it = desk({}, offering("a"), offering("b"), parallelism=2)
    slow_down = replace(SLOW_DOWN, retry_after=2.0)
    while not it.machine.over:
        for _, id_ in it.due():
            it.answer(id_, slow_down)
        if wake := it.machine.wake_at(it.now):
            it.now = wake
        assert it.now < NOW + timedelta(hours=1)
    assert it.now == NOW + timedelta(seconds=20), "answers of the same moment are one pause"
    assert it.machine.halted == "the Marketplace asked to wait 10 times in a row (429)"
    assert {r.verdict for r in it.machine.report().results} == {Verdict.NOT_STARTED}
    assert it.final().listings == {}


def test_another_answer_in_between_begins_the_count_of_pauses_anew() -> None:
    """A Marketplace that is slow, and works, is waited for."""
    it = desk({}, *(offering(f"n-{n}") for n in range(3)))
    asked = 0
    while not it.machine.over:
        for _, id_ in it.due():
            asked += 1
            it.answer(id_, OK if asked % 10 == 0 else replace(SLOW_DOWN, retry_after=2.0))
        if wake := it.machine.wake_at(it.now):
            it.now = wake
    assert it.machine.report().complete
    assert it.now == NOW + timedelta(seconds=2 * 27)


def test_a_pause_of_more_than_five_minutes_is_not_waited_for() -> None:
    """It stops, and nothing is in doubt."""
    it = desk({}, offering("a"))
    it.due()
    it.answer("a", replace(SLOW_DOWN, retry_after=301.0))
    assert it.machine.over
    assert it.final().listings == {}


def test_a_wrong_collection_stops_at_once() -> None:
    """A POST can find nothing absent but the collection itself."""
    it = desk({}, offering("a"), offering("b"))
    it.due()
    it.answer("a", ABSENT)
    assert it.machine.over
    assert "no such collection" in str(it.machine.halted)


def test_after_a_halt_what_is_under_way_still_gets_its_answer() -> None:
    """Its outcome is recorded; its steps go no further."""
    it = desk({}, offering("a"), offering("b"), parallelism=2)
    it.due()
    it.machine.halt("interrupted")
    before = it.machine.over
    assert not before
    it.answer("a")
    it.answer("b", UNSURE)
    assert it.machine.over
    after = it.final().listings
    assert (after["a"].status, after["b"].status) == (Status.LIVE, Status.MAYBE)


def test_the_intent_puts_every_planned_id_in_doubt_and_no_other() -> None:
    """Before the first request; with the lease, and a quiet period behind it."""
    beliefs = {"a": live(offering("a")), "b": live(offering("b")), "c": CONTESTED}
    it = desk(beliefs, dearer("a"), offering("b"), offering("n"))
    intent = it.machine.writes.claim(it.machine.spec.read, NOW)
    statuses = {id_: belief.status for id_, belief in intent.listings.items()}
    assert statuses == {"a": Status.MAYBE, "b": Status.LIVE, "c": Status.CONTESTED, "n": Status.MAYBE}
    assert intent.listings["a"].body is None
    assert intent.run is not None
    assert intent.run.lease_until == NOW + timedelta(seconds=120)
    assert intent.listings["n"].quiet_until == NOW + timedelta(seconds=240)
    moved = it.machine.writes.claim(intent, NOW + timedelta(seconds=30))
    assert moved.listings["n"].quiet_until == NOW + timedelta(seconds=270)
    assert moved.serial == intent.serial + 1


def test_contested_listings_are_never_sent_and_hold_nobody_up() -> None:
    """The rest runs, deletions too; the report names them."""
    it = desk({"c": CONTESTED, "old": live(offering("old"))}, offering("c"), offering("n"))
    it.settle()
    assert it.sent == [("POST", "n"), ("DELETE", "old")]
    report = it.machine.report()
    assert report.contested == ("c",)
    assert not report.complete


def test_an_unsent_patch_of_what_was_removed_by_others_is_noted() -> None:
    """Absent though confirmed: added again, and told."""
    it = desk({"a": live(offering("a"))}, dearer("a"))
    it.due()
    it.answer("a", ABSENT)
    it.due()
    it.answer("a")
    assert it.machine.report().results[0].note == "was removed outside offerctl; added again"


def _calls(work: Callable[[], None]) -> int:
    """How many functions of the interpreter's a piece of work calls: its cost, whatever the machine is doing."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", ["new", "quiet", "deleted"])
def test_a_long_run_costs_what_it_changes(kind: str) -> None:
    """Twice the changes, twice the work; after a crash too, when every one is quiet until the same moment."""

    def cost(number: int) -> int:
        bodies = [offering(f"n-{n:05}") for n in range(number)]
        quiet = NOW + timedelta(seconds=50)
        found = {
            "new": {},
            "quiet": {body.offering_id: maybe(body, None, quiet_until=quiet) for body in bodies},
            "deleted": {body.offering_id: live(body) for body in bodies},
        }[kind]
        wants = () if kind == "deleted" else bodies
        return _calls(desk(found, *wants, parallelism=4).settle)

    assert cost(800) <= 2.3 * cost(400)


def test_those_that_wake_come_first_and_in_the_plan_s_order() -> None:
    """Whenever their quiet periods ended, and before what was not looked at yet."""
    ends = {"a": 60, "b": 50, "c": None, "d": 55, "e": None}
    beliefs = {
        i: maybe(offering(i), None, quiet_until=None if end is None else NOW + timedelta(seconds=end))
        for i, end in ends.items()
    }
    it = desk(beliefs, *(offering(i) for i in ends))
    assert it.due() == [("PATCH", "c")]
    assert it.held_back() == (("b", "a"), "a request of unknown fate may still arrive")
    assert it.machine.wake_at(it.now) == NOW + timedelta(seconds=50)
    it.later(70)
    it.answer("c")
    order = []
    while found := it.due():
        order += found
        it.answer(found[0][1])
    assert order == [("PATCH", i) for i in ("a", "b", "d", "e")]
