"""Everything that a wire can do to an apply of the real executable: what it says of it, and what it does next."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from support.cli import Done
from support.scenario import AFTER, BEFORE, SECRETS, Project, Trial, finish, for_ids, sent, trial
from support.tiers import mostly_deep
from support.wire import (
    Call,
    Fault,
    Seen,
    WireServer,
    answer,
    answer_then_close_after,
    close,
    cut,
    drip,
    endless_headers,
    error,
    execute_and_close,
    execute_and_reset,
    execute_in_silence,
    flood,
    latency,
    raw,
    redirect,
    reset,
    respond,
    silence,
)

TIMEOUT = 0.8
PATCHED, ADDED, DELETED = "en-02", "new-08", "old-05"
HTML = b"<!doctype html><title>404 Not Found</title>"
ORDER = [
    ("PATCH", "en-02"),
    ("PATCH", "en-03"),
    ("POST", "new-07"),
    ("POST", "new-08"),
    ("POST", "new-09"),
    ("DELETE", "en-04"),
    ("POST", "en-04"),
    ("DELETE", "old-05"),
    ("DELETE", "old-06"),
]
"""What an undisturbed run sends, one at a time."""

UNSURE: Mapping[str, Fault] = {
    "close": close,
    "execute-and-close": execute_and_close,
    "rst": reset,
    "execute-and-rst": execute_and_reset,
    "cut-answer": cut,
    "drip": drip(TIMEOUT / 10),
    "silence": silence,
    "execute-in-silence": execute_in_silence,
    "endless-headers": endless_headers,
    "500": respond(500, error("internal", "an unexpected internal error")),
    "500-executed": respond(500, error("internal", "an unexpected internal error"), execute=True),
    "502-html": respond(502, HTML, {"Content-Type": "text/html"}, execute=True),
    "503-retry-after": respond(503, headers={"Retry-After": "0"}),
    "408": respond(408, execute=True),
    "404-html": respond(404, HTML, {"Content-Type": "text/html"}),
    "404-html-executed": respond(404, HTML, {"Content-Type": "text/html"}, execute=True),
    "garbled-200": respond(200, b"\x1f\x8b\x00garbled", execute=True),
    "garbled-200-not-executed": respond(200, b"<html>Welcome</html>"),
    "no-http": raw(b"\x16\x03\x01\x00\x00nonsense", execute=True),
    "half-a-status-line": raw(b"HTTP/1.1 2"),
    "redirect": redirect("/elsewhere"),
    "redirect-executed": respond(303, headers={"Location": "/elsewhere"}, execute=True),
    "flood": flood(4 * 1024 * 1024),
}
"""Faults after which nobody knows what happened."""
FAST = ("execute-and-close", "cut-answer", "500-executed", "404-html", "garbled-200")
LASTING = ("close", "execute-and-close", "500", "404-html", "garbled-200")


class Told(NamedTuple):
    """What `apply --json` said at its end."""

    code: int
    summary: dict[str, Any]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Done, failed, in doubt, not started."""
        counts = self.summary["counts"]
        return counts["done"], counts["failed"], counts["in_doubt"], counts["not_started"]

    def of(self, verdict: str) -> list[str]:
        """Ids of what is not done, by how it came out."""
        return [row["offering_id"] for row in self.summary["not_done"] if row["status"] == verdict]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial(tmp_path_factory.mktemp("wire"), BEFORE, timeout=TIMEOUT) as it:
        it.want(*AFTER)
        yield it


@pytest.fixture
def it(applied: Trial, note: Callable[[str], None]) -> Trial:
    note("wire")
    applied.begin_again()
    return applied


def told(done: Done) -> Told:
    """The summary of a run that nothing threw off."""
    assert done.err == "", done
    summary = json.loads(done.out.splitlines()[-1])
    assert (summary["type"], summary["exit_code"]) == ("summary", done.code), done
    assert (summary["complete"], done.code) in {(True, 0), (False, 1), (False, 4)}, done
    return Told(done.code, summary)


def check_honest(it: Trial, said: Told) -> None:
    """What is called done is done, and what is called failed is as it was."""
    listed, undone = it.marketplace.listings(), {row["offering_id"] for row in said.summary["not_done"]}
    for want in AFTER:
        if want.offering_id not in undone:
            assert listed[want.offering_id] == want
    assert {"old-05", "old-06"} & listed.keys() <= undone
    former = {want.offering_id: want for want in BEFORE}
    for id_ in said.of("failed"):
        assert listed.get(id_) == former.get(id_)
    it.check_known()


@pytest.mark.parametrize("name", mostly_deep(UNSURE, FAST))
def test_a_fault_that_passes_is_overcome_within_the_run(it: Trial, name: str) -> None:
    """Met once by a patch, an add and a delete: the run finds out what happened and ends complete."""
    fault = UNSURE[name]
    it.wire.script = for_ids({PATCHED: fault, ADDED: fault, DELETED: fault}, times=1)
    said = told(it.apply("--json", "--parallelism", "4"))
    assert (said.code, said.counts) == (0, (8, 0, 0, 0))
    it.check_equal()


@pytest.mark.deep
@pytest.mark.parametrize("name", mostly_deep(LASTING, ["execute-and-close"]))
def test_a_fault_that_stays_is_told_as_doubt(it: Trial, name: str) -> None:
    """The patch and the add it hits are in doubt, the deletes wait, the rest is done; one clean run mends it."""
    it.wire.script = for_ids({PATCHED: UNSURE[name], ADDED: UNSURE[name]})
    said = told(it.apply("--json", "--parallelism", "4"))
    assert (said.code, said.counts) == (4, (4, 0, 2, 2))
    assert said.of("in doubt") == [PATCHED, ADDED]
    assert said.of("not started") == ["old-05", "old-06"]
    check_honest(it, said)
    it.settle(quiet=False)


@pytest.mark.parametrize("seconds", mostly_deep([0.0, 0.002], [0.002]))
def test_an_answer_that_closes_the_connection_is_an_answer(it: Trial, seconds: float) -> None:
    """Unannounced, at once or 2 ms later: an Add never meets it, a Patch or Delete that does is sent again."""
    it.wire.script = lambda _seen: answer_then_close_after(seconds)
    said = told(it.apply("--json"))
    assert (said.code, said.counts) == (0, (8, 0, 0, 0)), said
    check_honest(it, said)
    it.settle(quiet=False)


@pytest.mark.parametrize("number", mostly_deep(range(1, len(ORDER) + 1), [7]))
def test_nothing_is_sent_after_a_401(it: Trial, number: int) -> None:
    """Whatever the request was: exit 4, or 1 where nothing was done; the rest is told as not started."""
    it.wire.script = at_count({number: respond(401, error("unauthorized", "not logged in"))})
    said = told(it.apply("--json"))
    assert sent(it.wire.seen) == ORDER[:number]
    assert said.code == (1 if number == 1 else 4)
    done, failed, in_doubt, not_started = said.counts
    changes = len({id_ for _, id_ in ORDER[:number]})
    assert (done, failed + in_doubt, not_started) == (changes - 1, 1, 8 - changes)
    assert in_doubt == (number == 7), "a replacement between its delete and its add"
    assert "credentials" in said.summary["halted"]
    check_honest(it, said)
    it.settle(quiet=False)


def test_nothing_is_sent_after_the_second_403(it: Trial) -> None:
    """The first is the listing's own trouble, the second the run's."""
    it.wire.script = for_ids(dict.fromkeys([PATCHED, ADDED], respond(403, error("forbidden", "no"))))
    said = told(it.apply("--json"))
    assert sent(it.wire.seen) == ORDER[:4]
    assert (said.code, said.counts) == (4, (2, 2, 0, 4))
    assert said.of("failed") == [PATCHED, ADDED]
    check_honest(it, said)
    it.settle(quiet=False)


def test_a_refused_listing_holds_up_only_deletes(it: Trial) -> None:
    """400 invalid: told with the Marketplace's words, not changed, the rest done."""
    refusal = respond(400, error("invalid", "price is too high"))
    it.wire.script = for_ids({PATCHED: refusal})
    said = told(it.apply("--json"))
    assert (said.code, said.counts) == (4, (5, 1, 0, 2))
    [failed] = [row for row in said.summary["not_done"] if row["status"] == "failed"]
    assert (failed["http_status"], failed["code"]) == (400, "invalid")
    assert "price is too high" in failed["reason"]
    check_honest(it, said)
    it.settle(quiet=False)


def test_a_429_pauses_the_whole_run(it: Trial) -> None:
    """Once one request is told to come back in a second, no other goes out before that."""
    arrivals: list[float] = []
    throttled: list[float] = []

    def later(call: Call) -> None:
        throttled.append(time.monotonic())
        call.answer(429, headers={"Retry-After": "1"})

    def script(seen: Seen) -> Fault:
        arrivals.append(time.monotonic())
        return later if seen.number == 1 else answer

    it.wire.script = script
    assert told(it.apply("--json")).counts == (8, 0, 0, 0)
    assert len(it.wire.seen) == len(ORDER) + 1
    assert all(moment >= throttled[0] + 1 for moment in arrivals[1:])
    it.check_equal()


def test_a_429_that_asks_for_too_much_ends_the_run(it: Trial) -> None:
    """More than five minutes: nothing more is sent, and nothing is in doubt."""
    it.wire.script = at_count({3: respond(429, headers={"Retry-After": "301"})})
    said = told(it.apply("--json"))
    assert sent(it.wire.seen) == ORDER[:3]
    assert (said.code, said.counts) == (4, (2, 0, 0, 6))
    check_honest(it, said)
    it.settle(quiet=False)


def test_credentials_never_follow_a_redirect(it: Trial) -> None:
    """Every request is sent to another host, by every kind of redirect: that host never hears of us."""
    with WireServer() as elsewhere:
        kinds = [
            redirect(f"{elsewhere.url}/api-v2/online-offerings", status) for status in (301, 302, 303, 307, 308)
        ]
        it.wire.script = lambda seen: kinds[seen.number % len(kinds)]
        said = told(it.apply("--json"))
        assert (elsewhere.seen, elsewhere.connections) == ([], 0)
    assert said.code == 4
    assert said.counts[0] == 0
    assert all(SECRETS["OFFERCTL_API_SECRET"] in seen.headers["authorization"] for seen in it.wire.seen)
    check_honest(it, said)
    it.settle(quiet=False)


def test_nobody_there_is_nothing_done(tmp_path: Path, note: Callable[[str], None]) -> None:
    """A Marketplace that cannot be reached: exit 1, nothing is in doubt, and nothing is believed afterwards."""
    note("wire")
    with WireServer() as gone:
        url = gone.url
    project = Project(root=tmp_path)
    project.configure(url, timeout=TIMEOUT)
    project.want(*AFTER[:2])
    said = told(finish(project.start("apply", "--auto-approve", "--json")))
    assert (said.code, said.counts) == (1, (0, 2, 0, 0))
    state = project.state()
    assert state is not None
    assert (state.run, dict(state.listings)) == (None, {})


@pytest.mark.deep
def test_a_slow_marketplace_is_waited_for_aloud(tmp_path_factory: pytest.TempPathFactory, note: Any) -> None:
    """Four seconds, as the documentation allows: told every two seconds, and done."""
    note("wire")
    with trial(tmp_path_factory.mktemp("slow"), timeout=10.0) as it:
        it.want(*AFTER[:1])
        it.wire.script = lambda _seen: latency(4.0)
        done = it.apply()
        assert done.code == 0, done
        assert re.search(r"en-01: Still adding\.\.\. \[\d+s elapsed\]", done.out), done
        assert re.search(r"en-01: Added after ([4-9]|\d\d)s", done.out), done
        it.check_equal()


def at_count(faults: Mapping[int, Fault]) -> Callable[[Seen], Fault]:
    """Faults by the number of the request in this run."""
    count = iter(range(1, 10**6))
    return lambda _seen: faults.get(next(count), answer)
