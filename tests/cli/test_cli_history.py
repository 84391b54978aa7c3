"""`offerctl history`: what the kept versions of a real state tell."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from offerctl.offering import Offering
from offerctl.state import Attempt, Claim, Confirmed, Intent, RecordedChange, RunRecord, State
from offerctl.state.document import seal
from offerctl.state.history import runs as past_runs
from support import plans
from support.desk import LOCAL, Desk
from support.homes import git
from support.plans import APPLIED, COMMIT, gone, live, maybe, offering

A, B = offering("a"), offering("b")
DEARER = replace(A, price=Decimal("249.5"), course_name="Première partie")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A configured folder without a state."""
    it = Desk(root=tmp_path)
    it.configure(lease=0.2, settle_window=0.0)
    return it


def run(
    id_: str, minutes: int, *changes: RecordedChange, ended: bool = True, pull: int | None = None
) -> RunRecord:
    at = APPLIED + timedelta(minutes=minutes)
    who = "GitHub run 12" if pull else "a test"
    return RunRecord(
        id=id_,
        who=who,
        started=at,
        finished=at if ended else None,
        commit=COMMIT,
        pull_request=pull,
        changes=changes,
    )


def change(id_: str, intent: str, outcome: str = "done", **bodies: object) -> RecordedChange:
    return RecordedChange(offering_id=id_, intent=intent, outcome=outcome, **bodies)  # type: ignore[arg-type]


@pytest.fixture
def lived(desk: Desk) -> Desk:
    """Three runs: two adds; a change with what failed beside it; one that was cut off."""
    first = run("run-a", 0, change("a", "put", after=A), change("b", "put", after=B))
    desk.keep({"a": live(A), "b": live(B)}, serial=2, last_run=first)
    second = run(
        "run-b",
        10,
        change("a", "put", before=A, after=DEARER),
        change("b", "delete", "failed", before=B),
        change("c", "put", "in doubt", after=offering("c")),
        pull=41,
    )
    desk.keep({"a": live(DEARER), "b": live(B), "c": maybe(None, offering("c"))}, serial=4, last_run=second)
    attempt = Attempt(intent=Intent.DELETE, body=None, at=APPLIED, run="run-c")
    desk.keep(
        {"a": maybe(DEARER, None, last_attempt=attempt), "b": live(B), "c": maybe(None, offering("c"))},
        serial=5,
        last_run=run("run-c", 20, ended=False),
        run=Claim(id="run-c", who="a test", boot_id=None, lease_until=APPLIED),
    )
    return desk


def test_runs_stand_newest_first(lived: Desk) -> None:
    """When, who, commit, review, what was done and what was not."""
    assert lived.ok("history") == (
        "SERIAL   WHEN                   RUN     WHO             COMMIT    REVIEW   WHAT\n"
        "5        2026-09-02 14:23 UTC   run-c   a test          3f2a9c1            "
        "not ended: at work, or cut off; 1 in doubt\n"
        "4        2026-09-02 14:13 UTC   run-b   GitHub run 12   3f2a9c1   #41      "
        "1 changed; 1 failed, 1 in doubt\n"
        "2        2026-09-02 14:03 UTC   run-a   a test          3f2a9c1            2 added\n"
    )


def test_runs_as_json_have_every_change(lived: Desk) -> None:
    """With the fields of the state's receipts."""
    found = lived.json("history")
    assert (found["format_version"], found["environment"]) == ("1.1", "local")
    assert [(one["serial"], one["id"], one["pull_request"]) for one in found["runs"]] == [
        (5, "run-c", None), (4, "run-b", 41), (2, "run-a", None),
    ]  # fmt: skip
    assert [(c["id"], c["outcome"]) for c in found["runs"][1]["changes"]] == [
        ("a", "done"), ("b", "failed"), ("c", "in doubt"),
    ]  # fmt: skip
    assert found["runs"][2]["changes"][0]["to"]["price"] == 199


def test_a_listing_has_a_life(lived: Desk) -> None:
    """From its add to the run that was cut off; of a change only what changed."""
    assert lived.ok("history", "a") == (
        "a in local (the embedded Marketplace)\n"
        "\n"
        "2026-09-02 14:23 UTC   To be deleted: cut off\n"
        "    run run-c by a test, commit 3f2a9c1, serial 5\n"
        '    trainingStandardKey      "JHSC-2014-1-E-O"\n'
        '    courseName               "Première partie"\n'
        "    price                    249.50\n"
        "    courseDuration           19.5\n"
        '    externalRegistrationUrl  "https://safety-training.example/a"\n'
        "\n"
        "2026-09-02 14:13 UTC   Changed: confirmed\n"
        "    run run-b by GitHub run 12, commit 3f2a9c1, pull request 41, serial 4\n"
        '    courseName               "JHSC Certification Part One" -> "Première partie"\n'
        "    price                    199.00 -> 249.50\n"
        "\n"
        "2026-09-02 14:03 UTC   Added: confirmed\n"
        "    run run-a by a test, commit 3f2a9c1, serial 2\n"
        '    trainingStandardKey      "JHSC-2014-1-E-O"\n'
        '    courseName               "JHSC Certification Part One"\n'
        "    price                    199.00\n"
        "    courseDuration           19.5\n"
        '    externalRegistrationUrl  "https://safety-training.example/a"\n'
    )


def test_a_life_as_json(lived: Desk) -> None:
    """Each moment with its run, and the names of what changed."""
    found = lived.json("history", "a")
    assert found["offering_id"] == "a"
    assert [(c["run"], c["serial"], c["intent"], c["outcome"], c["changed"]) for c in found["changes"][:2]] == [
        ("run-c", 5, "delete", "cut off", [
            "trainingStandardKey", "courseName", "price", "courseDuration", "externalRegistrationUrl",
        ]),
        ("run-b", 4, "put", "done", ["courseName", "price"]),
    ]  # fmt: skip
    assert (found["changes"][1]["from"]["price"], found["changes"][1]["to"]["price"]) == (199, 249.5)


@pytest.mark.parametrize(("id_", "said"), [("b", "To be deleted: failed"), ("c", "To be added: in doubt")])
def test_what_was_not_done_is_said_to_be_to_do(lived: Desk, id_: str, said: str) -> None:
    """And not as if it had happened."""
    assert f"14:13 UTC   {said}\n" in lived.ok("history", id_)


def test_what_was_done_by_hand_stands_there_too(desk: Desk) -> None:
    """After a real apply: a forget, an import and a restore, each with its own words."""
    desk.want(A, B)
    desk.ok("apply", "--auto-approve")
    desk.ok("state", "forget", "a", "--yes")
    desk.ok("import", "offerings/a.yaml")
    desk.ok("state", "restore", "2")
    whats = [line.split("   ")[-1] for line in desk.ok("history").splitlines()[1:]]
    assert whats == ["2 restored", "1 imported", "1 forgotten", "2 added"]
    firsts = [block.splitlines()[0].split("   ")[-1] for block in desk.ok("history", "a").split("\n\n")[1:]]
    assert firsts == ["Restored: in doubt", "Imported: in doubt", "Forgotten: done", "Added: confirmed"]
    ids = [one["id"] for one in desk.json("history")["runs"]]
    assert len(set(ids)) == 4


@pytest.mark.deep
def test_what_was_settled_is_not_said_to_be_added_or_changed(desk: Desk) -> None:
    """After an import and after a restore apply makes certain what was in doubt; --reassert writes it again."""
    desk.want(A, B)
    desk.ok("import", "offerings/a.yaml")
    desk.ok("apply", "--auto-approve")
    desk.ok("state", "restore", "2")
    desk.ok("apply", "--auto-approve")
    desk.want(DEARER)
    (desk.root / "offerings" / "b.yaml").unlink()
    desk.ok("apply", "--auto-approve")
    desk.ok("apply", "--auto-approve", "--reassert")
    whats = [line.split("   ")[-1] for line in desk.ok("history").splitlines()[1:]]
    assert whats == [
        "2 re-asserted",
        "1 changed, 1 deleted",
        "2 settled",
        "2 restored",
        "1 settled, 1 added",
        "1 imported",
    ]
    firsts = [block.splitlines()[0].split("   ")[-1] for block in desk.ok("history", "a").split("\n\n")[1:]]
    assert firsts[2] == firsts[4] == "Settled: confirmed"


def test_a_protection_is_part_of_history(desk: Desk) -> None:
    """Alone and beside a change; nothing was sent for it."""
    desk.want(A, B)
    desk.ok("apply", "--auto-approve")
    _protect(desk, "a")
    desk.ok("apply", "--auto-approve")
    desk.want(A, replace(B, price=Decimal(1)))
    desk.ok("apply", "--auto-approve")
    whats = [line.split("   ")[-1] for line in desk.ok("history").splitlines()[1:]]
    assert whats == ["1 changed, 1 protection noted", "1 protection noted", "2 added"]
    firsts = [block.splitlines()[0].split("   ")[-1] for block in desk.ok("history", "a").split("\n\n")[1:]]
    assert firsts == ["No longer protected: noted", "Protected: noted", "Added: confirmed"]


def _protect(desk: Desk, id_: str) -> None:
    with (desk.root / "offerings" / f"{id_}.yaml").open("a") as file:
        file.write("protect: true\n")


def test_only_the_newest_run_without_an_end_may_be_at_work(lived: Desk) -> None:
    """Once another run has written, it was cut off."""
    lived.keep({"a": live(A)}, serial=6, last_run=run("run-d", 30, change("a", "put", after=A)))
    whats = [line.split("   ")[-1] for line in lived.ok("history").splitlines()[1:]]
    assert whats[:2] == ["1 settled", "cut off; 1 in doubt"]


@pytest.mark.parametrize("is_followed", [False, True])
def test_what_a_run_did_before_it_was_cut_off_is_told(lived: Desk, *, is_followed: bool) -> None:
    """Its renewals recorded a change, an add and a deletion; what it announced beside them is in doubt."""
    lived.keep({"a": live(DEARER), "b": live(B), "d": live(offering("d"))}, serial=6, last_run=run("run-d", 30))
    dear, new = replace(DEARER, price=Decimal(300)), offering("new")
    tried = {
        "a": (Intent.PUT, dear),
        "b": (Intent.PUT, None),
        "d": (Intent.DELETE, None),
        "new": (Intent.PUT, new),
    }
    attempts = {
        id_: Attempt(intent=intent, body=body or replace(B, price=Decimal(1)), at=APPLIED, run="run-e")
        for id_, (intent, body) in tried.items()
    }
    attempts["d"] = attempts["d"]._replace(body=None)
    known = {"a": DEARER, "b": B, "d": offering("d"), "new": None}
    announced = {id_: maybe(body, None, last_attempt=attempts[id_]) for id_, body in known.items()}
    its = Claim(id="run-e", who="a test", boot_id=None, lease_until=APPLIED)
    lived.keep(announced, serial=7, last_run=run("run-e", 40, ended=False), run=its)
    done: dict[str, Offering | None] = {"a": dear, "d": None, "new": new}
    recorded = {
        id_: replace(
            gone(offering(id_)) if body is None else live(body),
            last_confirmed=Confirmed(body=body, at=APPLIED, run="run-e"),
            last_attempt=attempts[id_],
        )
        for id_, body in done.items()
    }
    lived.keep({**announced, **recorded}, serial=8, last_run=run("run-e", 40, ended=False), run=its)
    if is_followed:
        lived.keep({"a": live(dear)}, serial=9, last_run=run("run-f", 50))
    row = next(line for line in lived.ok("history").splitlines() if "run-e" in line)
    head = "cut off" if is_followed else "not ended: at work, or cut off"
    assert row.endswith(f"   {head}; 1 changed, 1 deleted, 1 added, 1 in doubt")
    told = {id_: lived.ok("history", id_).split("\n\n") for id_ in tried}
    said = {id_: next(part for part in parts if "run run-e" in part) for id_, parts in told.items()}
    firsts = {id_: part.splitlines()[0].split("   ")[-1] for id_, part in said.items()}
    assert firsts == {
        "a": "Changed: confirmed",
        "b": "To be changed: cut off",
        "d": "Deleted: confirmed",
        "new": "Added: confirmed",
    }
    assert "249.50 -> 300.00" in said["a"]
    assert "199.00 -> 1.00" in said["b"]
    [moment] = [one for one in lived.json("history", "a")["changes"] if one["run"] == "run-e"]
    assert (moment["outcome"], moment["from"]["price"], moment["to"]["price"]) == ("done", 249.5, 300)


def test_a_run_stands_there_once(desk: Desk) -> None:
    """Although its first and its last write are kept."""
    desk.want(A)
    desk.ok("apply", "--auto-approve")
    assert len(list(desk.backend.history())) == 2
    [one] = desk.json("history")["runs"]
    assert (one["serial"], one["changes"][0]["outcome"]) == (2, "done")


def test_without_versions_there_is_no_history(desk: Desk) -> None:
    """That is no error; an id that nobody knows is one."""
    assert desk.ok("history") == "Nothing was applied to local yet, as far as versions of its state are kept.\n"
    assert desk.json("history")["runs"] == []
    assert "no kept version of the state of local knows a listing x" in desk.refused("history", "x")


def test_a_listing_without_a_receipt_is_said_to_have_none(desk: Desk) -> None:
    """It is known, but what was done to it is no longer kept."""
    desk.keep({"a": live(A)})
    assert desk.ok("history", "a").endswith("\n\nNo kept version tells what was done to it.\n")


def test_history_works_where_the_state_does_not(lived: Desk) -> None:
    """It is what restore is chosen from; a version that is damaged is told and left out."""
    lived.state_file.unlink()
    kept = lived.state_file.with_name(f"{lived.state_file.name}.versions") / "00000004.json"
    kept.write_bytes(b"{")
    done = lived.run("history")
    assert (done.code, done.err) == (0, "Warning: The version with serial 4 cannot be read.\n")
    assert [line.split()[0] for line in done.out.splitlines()] == ["SERIAL", "5", "2"]


def test_history_of_a_branch(tmp_path: Path) -> None:
    """A state in git keeps every run as a commit."""
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "work")
    desk = Desk(root=tmp_path / "work", location="git")
    desk.configure()
    desk.keep({"a": live(A)}, last_run=run("run-a", 0, change("a", "put", after=A)))
    desk.ok("state", "forget", "a", "--yes")
    assert [one["serial"] for one in desk.json("history")["runs"]] == [8, 7]


MANY = 70
"""Runs on a branch, each with one version."""


@pytest.fixture
def busy(tmp_path: Path) -> Desk:
    """A branch on which many runs changed a listing, one a minute."""
    git(tmp_path, "init", "-q", "--bare", "origin.git")
    git(tmp_path, "clone", "-q", str(tmp_path / "origin.git"), "work")
    desk = Desk(root=tmp_path / "work", location="git")
    desk.configure()
    versions, former = [], None
    for number in range(1, MANY + 1):
        record = run(f"run-{number}", number, change("a", "put", before=A if former else None, after=A))
        state = replace(plans.state({"a": live(A)}, home=LOCAL, serial=number, last_run=record), previous=former)
        sealed = seal(state)
        former = sealed.heading.checksum
        versions.append(sealed.data)
    lines = []
    for number, data in enumerate(versions, 1):
        lines.append(b"commit refs/heads/offerctl-state\ncommitter t <t@t.example> %d +0000\n" % (10**9 + number))
        message = b"local: serial %d of run run-%d" % (number, number)
        lines.append(b"data %d\n%s\n" % (len(message), message))
        lines.append(b"M 100644 inline local.state.json\ndata %d\n%s\n" % (len(data), data))
    git(tmp_path / "origin.git", "fast-import", "--quiet", data=b"".join(lines))
    return desk


def rows(told: str) -> list[str]:
    return [line.split()[0] for line in told.splitlines()[1:]]


def test_the_newest_thirty_are_shown(busy: Desk) -> None:
    """And that there are more, with the ways to see them; a script is told too."""
    told = busy.ok("history")
    assert rows(told) == [*(str(number) for number in range(MANY, MANY - 30, -1)), "There"]
    assert told.endswith("\nThere is more: --limit N, --since DATE, or --all.\n")
    assert busy.json("history")["more"] is True
    assert rows(busy.ok("history", "--limit", "2")) == ["70", "69", "There"]
    assert len(rows(busy.ok("history", "--all"))) == MANY
    assert busy.json("history", "--limit", str(MANY))["more"] is False
    assert busy.ok("history", "a", "--limit", "3").count("Re-asserted") == 3
    assert len(busy.json("history", "a", "--all")["changes"]) == MANY


def test_what_is_older_than_a_date_is_not_shown(busy: Desk) -> None:
    """A day or a time; however many are newer."""
    last = APPLIED + timedelta(minutes=MANY - 1)
    assert rows(busy.ok("history", "--since", last.isoformat())) == ["70", "69"]
    assert len(rows(busy.ok("history", "--since", f"{APPLIED:%Y-%m-%d}"))) == MANY
    for args, what in (([], ""), (["a"], " to a")):
        assert busy.ok("history", *args, "--since", "2031-01-01") == (
            f"Nothing was done{what} in local since 2031-01-01 00:00 UTC.\n"
        )
    assert "knows a listing x" in busy.refused("history", "x", "--since", "2031-01-01")
    assert "is no date such as 2026-09-02" in busy.refused("history", "--since", "yesterday")
    assert "--all cannot stand beside --limit or --since." in busy.refused("history", "--all", "--limit", "3")


def test_a_clock_that_was_set_hides_no_run(lived: Desk) -> None:
    """Runs stand as they were written; each is as new as its own time, whatever stands above it."""
    late = run("run-x", 60 * 24, change("a", "put", after=A))
    lived.keep({"a": live(A)}, serial=6, last_run=late)
    lived.keep({"a": live(A)}, serial=7, last_run=run("run-y", 30, change("a", "put", after=A)))
    since = (APPLIED + timedelta(hours=1)).isoformat()
    assert rows(lived.ok("history", "--since", since)) == ["6"]
    assert "run run-x" in lived.ok("history", "a", "--since", since)


def test_versions_are_read_by_few_processes(busy: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are: one for what is shown by default, as the blobs of a process double.

    One more looks whether the newest version follows the one before it, where this clone has not seen it.
    """
    real, log = shutil.which("git"), tmp_path / "log"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    backend = busy.backend
    read = [kept.serial for kept in islice(backend.history(), 61)]
    assert read == [*range(MANY, MANY - 61, -1)]
    assert len([line for line in log.read_text().splitlines() if " cat-file --batch\n" in f"{line}\n"]) == 2
    log.unlink()
    assert [kept.serial for kept in busy.backend.history()] == [*range(MANY, 0, -1)]
    calls = log.read_text().splitlines()
    assert len([line for line in calls if line.endswith(" cat-file --batch")]) == 3
    assert len(calls) < 20


def test_no_more_versions_are_parsed_than_are_shown() -> None:
    """For a run its own and the one before it."""
    states = [
        plans.state({"a": live(A)}, serial=number, last_run=run(f"run-{number // 2}", number))
        for number in range(100, 0, -1)
    ]
    taken: list[int] = []

    def one_by_one() -> Iterator[State]:
        for state in states:
            taken.append(state.serial)
            yield state

    assert [past.serial for past in islice(past_runs(one_by_one()), 3)] == [100, 99, 97]
    assert taken == [100, 99, 98, 97, 96, 95]


def test_text_of_others_does_a_terminal_no_harm(desk: Desk) -> None:
    """Names and runs are shown spelled out; French stays French."""
    evil = offering("a", course_name="Été \x1b[2J\u202e")
    record = run("run-a", 0, change("a", "put", after=evil))._replace(who="evil\x1b[2J\nforged")
    desk.keep({"a": live(evil)}, last_run=record)
    for told in (desk.ok("history"), desk.ok("history", "a")):
        assert r"evil\x1b[2J\nforged" in told
        assert "\x1b" not in told
    assert r'"Été \x1b[2J\u202e"' in desk.ok("history", "a")
    coloured = desk.run("--color", "always", "history", "a").out
    assert "\x1b[1;32mconfirmed\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured
    assert "\x1b" not in desk.run("history", "a", FORCE_COLOR="1", NO_COLOR="1").out
