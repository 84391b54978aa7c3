"""A probe that is cut off or refused: what is left of it, and who clears it away.

`FAULTS=all` in the environment kills it at every request in every dialect.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from offerctl.embedded.dialects import DIALECTS
from offerctl.errors import Exit
from offerctl.state import LISTED
from support.cli import environ, start
from support.plans import offering
from support.rehearsals import (
    SECRETS,
    Door,
    Fault,
    Message,
    Receive,
    Rehearsal,
    Send,
    cut,
    execute_and_cut,
    methods,
    rehearsal,
    unprobed,
)
from support.tiers import mostly_deep

MOST = 25
FAST = {("D0", 6, False), ("D0", 13, True)}
"""Killed at the Add, and while the listing is there."""
ALL = os.environ.get("FAULTS") == "all"
EVERY = [
    (name, number, knows)
    for name, number, knows in product(DIALECTS, range(1, 21), (False, True))
    if ALL or (name in {"D0", "D7", "D10"} and knows == number % 2 and number <= 18)
]
THEIRS = offering("theirs", course_name="The course of another provider")


def sandbox(name: str) -> str:
    """A sandbox whose dialect is known, so that an apply can clear away too."""
    settings = "ephemeral = true\n" + DIALECTS[name].settings("trial", "URL")
    return settings.replace("{", "{{").replace("}", "}}").replace("URL", "{url}")


def killing(process: Callable[[], subprocess.Popen[str]], *, executed: bool) -> Fault:
    """Kills the caller at its request, before or after the Marketplace has done what it asks."""

    async def fault(door: Door, scope: Message, receive: Receive, send: Send) -> None:
        if executed:
            await execute_and_cut(door, scope, receive, send)
        os.kill(process().pid, signal.SIGKILL)
        process().wait()

    return fault


def left(it: Rehearsal) -> list[str]:
    """Ids that may be listed, by the state."""
    return [id_ for id_, belief in it.state().listings.items() if belief.status in LISTED]


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize(("name", "number", "knows"), mostly_deep(EVERY, FAST))
def test_whatever_a_killed_probe_left_the_next_probe_or_apply_clears_away(
    name: str, number: int, *, knows: bool, executed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kill -9` at a request: the state knows the listing, and then the Marketplace is as it was found.

    Where the dialect is known it is an apply that comes next, and adds its own; elsewhere another probe.
    """
    spoken = DIALECTS[name]
    settings = sandbox(name) if knows else unprobed(spoken)
    with rehearsal(tmp_path, spoken, monkeypatch, settings=settings) as it:
        a = offering("a", training_standard_key=_standard(name))
        it.want(a)
        it.store.put_foreign(THEIRS, "pro-2")
        processes: list[subprocess.Popen[str]] = []
        it.door.spoil[number] = killing(lambda: processes[0], executed=executed)
        processes.append(start("probe", cwd=tmp_path, env=environ(tmp_path, **SECRETS)))
        processes[0].communicate()
        if processes[0].returncode != -signal.SIGKILL:
            assert number > len(it.door.seen), "it ended before that request"
            assert (it.listed(), left(it)) == ({"theirs": THEIRS}, [])
            return
        assert set(it.listed()) <= {"theirs", *left(it)}
        it.door.spoil.clear()
        assert (it.apply() if knows else it.run("probe")) == Exit.OK
        applied = {"a": a} if knows else {}
        assert it.listed() == {"theirs": THEIRS, **applied}
        assert left(it) == [*applied]


@pytest.mark.deep
@pytest.mark.parametrize("fault", [cut, execute_and_cut])
@pytest.mark.parametrize("name", mostly_deep(["D0", "D7", "D10"], ["D0"]))
def test_an_answer_that_breaks_off_leaves_nothing_behind(
    name: str, fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each request in turn: waited out, and what it may have listed deleted; an unsure Add teaches nothing."""
    with rehearsal(tmp_path, DIALECTS[name], monkeypatch, settings=sandbox(name)) as it:
        assert it.run("probe") == Exit.OK
        adds = methods(it.door).index("POST") + 1
        for number in range(2, len(it.door.seen) + 1):
            it.door.seen.clear()
            it.door.spoil = {number: fault}
            code = it.run("probe")
            expected = Exit.ERROR if number == adds else Exit.OK
            assert (code, it.listed(), left(it)) == (expected, {}, []), number


def test_a_probe_that_is_interrupted_says_what_may_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C: exit 130, the listing is in the state, and the next apply deletes it."""
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch, settings=sandbox("D0")) as it:
        processes: list[subprocess.Popen[str]] = []

        async def interrupt(door: Door, scope: Message, receive: Receive, send: Send) -> None:
            processes[0].send_signal(signal.SIGINT)
            await door.app(scope, receive, send)

        it.door.spoil[7] = interrupt
        processes.append(start("probe", cwd=tmp_path, env=environ(tmp_path, **SECRETS)))
        _, err = processes[0].communicate()
        assert processes[0].returncode == Exit.INTERRUPTED, err
        assert "The next probe or apply deletes it: offerctl apply -e trial" in err
        assert [*it.listed()] == left(it) != []
        it.want(offering("a"))
        assert it.apply() == Exit.OK
        assert [*it.listed()] == ["a"]


@pytest.mark.deep
def test_what_an_earlier_probe_left_is_named_and_no_outcome_of_one_that_is_not_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It did nothing and left nothing, which is exit 1; the other one's listing is named."""
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch, settings=sandbox("D0")) as it:
        processes: list[subprocess.Popen[str]] = []
        it.door.spoil[7] = killing(lambda: processes[0], executed=True)
        processes.append(start("probe", cwd=tmp_path, env=environ(tmp_path, **SECRETS)))
        processes[0].communicate()
        [earlier] = left(it)

        async def denied(_door: Door, _scope: Message, _receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b'{"code": "unauthorized"}'})

        it.door.seen.clear()
        it.door.spoil = dict.fromkeys(range(1, 60), denied)
        capsys.readouterr()
        assert it.run("probe") == Exit.ERROR
        assert f"{earlier} may be left in the Marketplace; the state knows it." in capsys.readouterr().err
        assert left(it) == [earlier]


def test_whoever_is_not_let_in_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the Marketplace's own words; nothing is listed, and nothing is believed to be."""
    with rehearsal(tmp_path, DIALECTS["D6"], monkeypatch, settings="ephemeral = true\n") as it:
        assert it.run("probe", "--report", "report.json") == Exit.ERROR
        assert "not let in: denied (403 forbidden): the header training-provider-id is missing" in (
            capsys.readouterr().err
        )
        assert it.listed() == {}
        assert it.state().listings == {}
        assert '"let_in": false' in (tmp_path / "report.json").read_text("utf-8")


def test_a_wrong_address_teaches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page answers everything: exit 1, and nobody is told that this Marketplace was probed."""
    settings = 'ephemeral = true\ncollection = "/elsewhere"\n'
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch, settings=settings) as it:
        before = (tmp_path / "offerctl.toml").read_text("utf-8")
        assert it.run("probe", "--write") == Exit.ERROR
        assert "no Add was certainly done: 404" in capsys.readouterr().err
        assert (tmp_path / "offerctl.toml").read_text("utf-8") == before
        assert it.state().listings == {}


def test_a_report_takes_the_place_of_a_report_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any other file stays, and nothing is sent."""
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch, settings="ephemeral = true\n") as it:
        for name in ("offerctl.toml", "notes.json"):
            (tmp_path / "notes.json").write_text("{}", "utf-8")
            assert it.run("probe", "--report", name) == Exit.ERROR
        assert it.door.seen == []
        assert "notes.json exists and is no report of a probe" in capsys.readouterr().err
        assert [it.run("probe", "--report", "report.json") for _ in range(2)] == [Exit.OK, Exit.OK]


@pytest.mark.parametrize(
    ("settings", "words"),
    [("", "--yes-this-creates-a-listing"), ("ephemeral = false\n", "may be the real Marketplace")],
)
def test_a_marketplace_that_is_not_there_for_trials_is_not_touched(
    settings: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is sent and no state is written, unless somebody says that it may create a listing."""
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch, settings=settings) as it:
        assert it.run("probe") == Exit.ERROR
        assert words in capsys.readouterr().err
        assert it.door.seen == []
        assert not (tmp_path / ".offerctl").exists()
        assert it.run("probe", "--yes-this-creates-a-listing") == Exit.OK
        assert len(it.door.seen) <= MOST


def test_the_embedded_marketplace_is_not_probed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is known; the way to try a probe is told."""
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch) as it:
        assert it.run("probe", "-e", "local", "--yes-this-creates-a-listing") == Exit.ERROR
    assert "offerctl marketplace --dialect" in capsys.readouterr().err


def test_a_plan_says_that_nobody_has_probed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, until the table is there: also one that says nothing but the day."""
    with rehearsal(tmp_path, DIALECTS["D0"], monkeypatch, settings="ephemeral = true\n") as it:
        it.want(offering("a"))
        it.run("plan")
        assert "nobody has found out yet how this Marketplace speaks" in capsys.readouterr().err
        assert it.run("probe", "--write") == Exit.OK
        capsys.readouterr()
        it.run("plan")
        assert "found out" not in capsys.readouterr().err


def _standard(name: str) -> str:
    return next((str(standard.key) for standard in DIALECTS[name].further), "JHSC-2014-1-E-O")
