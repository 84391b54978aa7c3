"""All environments at once: `environments`, and `--all` of plan, apply and status."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.app.fleet.whole import WORST
from offerctl.errors import Exit
from support.cli import Done, offerctl, start
from support.fleet import Fleet, fleet
from support.homes import git
from support.plans import offering
from support.terminal import typed
from support.wire import Call, answer, respond

NAMES = ("pro-1", "pro-2", "pro-3")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Fleet]:
    """Three networks with a course each, none of which is listed."""
    with fleet(tmp_path, NAMES) as made:
        for name in NAMES:
            made.want(name, offering(f"a-{name}"))
        yield made


def ends(done: Done, *lines: str) -> None:
    """The last lines of standard output, spaces in a row as one."""
    shown = [" ".join(line.split()) for line in done.out.splitlines() if line.strip()]
    assert shown[-len(lines) :] == [*lines], str(done)


def broken(made: Fleet, name: str) -> None:
    """A file of this network has an error."""
    (made.root / "offerings" / name / "b.yaml").write_text("price: -1\n", "utf-8")


ADDS = "Plan: 1 to add, 0 to change, 0 to delete; 0 unchanged."


def test_every_plan_stands_by_itself_and_a_table_at_the_end(three: Fleet) -> None:
    """In the order of the configuration; an environment that fails stops no other, and nothing is sent."""
    broken(three, "pro-2")
    done = three.run("plan", "--all")
    assert done.code == 1
    assert re.findall(r"^(?:pro-\d:|Plan for pro-\d|  # \S+|Plan:)", done.out, re.MULTILINE) == [
        *("pro-1:", "Plan for pro-1", "  # a-pro-1", "Plan:"),
        *("pro-3:", "Plan for pro-3", "  # a-pro-3", "Plan:"),
    ]
    assert done.err.startswith("pro-2:\nerror[OFR")
    ends(
        done,
        f"pro-1 changes {ADDS}",
        "pro-2 failed 6 errors in 2 files.",
        f"pro-3 changes {ADDS}",
        "3 environments: changes 2, failed 1.",
    )
    assert three.server.seen == []


@pytest.mark.deep
def test_changes_are_an_exit_code_only_when_asked(three: Fleet) -> None:
    """As of one plan; without any, all stand in the table alone."""
    assert three.run("plan", "--all").code == 0
    assert three.run("plan", "--all", "--detailed-exitcode").code == 2
    assert three.run("apply", "--all", "--auto-approve").code == 0
    done = three.run("plan", "--all", "--detailed-exitcode")
    assert done.code == 0
    assert done.out.split() == [
        *(word for name in NAMES for word in (name, "no", "changes", "No", "changes.")),
        *("3", "environments:", "no", "changes", "3."),
    ]


@pytest.mark.deep
def test_plans_come_as_one_document(three: Fleet) -> None:
    """Each as `plan` gives it, with its exit code and what was said of it."""
    broken(three, "pro-2")
    done = three.run("plan", "--all", "--format", "json")
    document = json.loads(done.out)
    assert (done.code, document["exit_code"], document["format_version"]) == (1, 1, "1.0")
    found = {one["environment"]: one for one in document["environments"]}
    assert [*found] == [*NAMES]
    single = json.loads(three.run("plan", "-e", "pro-3", "--format", "json").out)
    assert (found["pro-3"]["exit_code"], found["pro-3"]["plan"]) == (2, single)
    assert (found["pro-2"]["exit_code"], found["pro-2"]["plan"]) == (1, None)
    assert "error[OFR" in found["pro-2"]["errors"]
    assert "|---|---|---|\n| pro-1 | changes | " in three.run("plan", "--all", "--format", "markdown").out


@pytest.mark.deep
def test_marketplaces_that_nobody_probed_are_told_once(three: Fleet) -> None:
    """With how many there are; an environment that has its table is none of them."""
    file = three.root / "offerctl.toml"
    file.write_text(file.read_text("utf-8").replace('[environments."pro-*".api]', ""), "utf-8")
    (three.root / "environments" / "pro-2.toml").write_text("[api]\n", "utf-8")
    done = three.run("plan", "--all")
    assert done.code == 0
    assert done.err == (
        "Warning: nobody has found out yet how the Marketplace of 2 environments speaks (there is no "
        "[environments.NAME.api]): offerctl probe -e NAME, on its sandbox, writes that table\n"
    )


@pytest.mark.deep
def test_apply_goes_to_every_network_that_can_be(three: Fleet) -> None:
    """Each listing to its own; the worst exit code; another run finds nothing to do there."""
    broken(three, "pro-2")
    done = three.run("apply", "--all", "--auto-approve")
    assert done.code == 1
    assert sorted(three.listed) == [("pro-1", "a-pro-1"), ("pro-3", "a-pro-3")]
    added = "Apply complete! 1 added, 0 changed, 0 deleted."
    ends(
        done,
        f"pro-1 done {added}",
        "pro-2 failed 6 errors in 2 files.",
        f"pro-3 done {added}",
        "3 environments: done 2, failed 1.",
    )
    seen = len(three.server.seen)
    three.want("pro-2", offering("a-pro-2"))
    assert three.run("apply", "--all", "--auto-approve").code == 0
    assert len(three.server.seen) == seen + 1


@pytest.mark.deep
def test_one_marketplace_that_refuses_stops_no_other(tmp_path: Path) -> None:
    """What is in doubt in one environment shows before what merely failed in another."""

    def script(call: Call) -> None:
        fault = respond(500, b"") if b'"pro-2"' in call.seen.body else answer
        fault(call)

    with fleet(tmp_path, NAMES, script=lambda _: script) as made:
        for name in NAMES:
            made.want(name, offering("a-1"))
        broken(made, "pro-3")
        done = made.run("apply", "--all", "--auto-approve", "--json")
        assert done.code == 4
        events = [json.loads(line) for line in done.out.splitlines()]
        assert [event["environment"] for event in events[:-1] if event["type"] == "summary"] == ["pro-1", "pro-2"]
        assert {event["environment"] for event in events[:-1]} == {"pro-1", "pro-2"}
        last = events[-1]
        assert (last["type"], last["exit_code"]) == ("fleet", 4)
        assert [(one["environment"], one["exit_code"]) for one in last["environments"]] == [
            ("pro-1", 0),
            ("pro-2", 4),
            ("pro-3", 1),
        ]
        assert "error[OFR" in last["environments"][2]["errors"]


def test_a_failure_is_told_by_its_first_error(tmp_path: Path) -> None:
    """Beside which the plan that was printed before it tells nothing."""
    with fleet(tmp_path, ["pro-1"]) as made:
        made.want("pro-1", offering("a-1"))
        done = offerctl("apply", "--all", "--auto-approve", cwd=tmp_path)
        assert done.code == 1
        missing = "credentials are missing: set OFFERCTL_API_KEY, OFFERCTL_API_TOKEN and OFFERCTL_API_SECRET"
        ends(done, f"pro-1 failed {missing}", "1 environment: failed 1.")


def answered(made: Fleet, *args: str, answer: str) -> tuple[int, str]:
    """Exit code and terminal of a command at a terminal where somebody types an answer."""
    env = made.environ(TERM="dumb", OFFERCTL_ENV="pro-3")
    code, shown = typed(*args, answer=answer, cwd=made.root, env=env)
    return code, shown.replace("\r\n", "\n")


@pytest.mark.deep
def test_it_asks_once_for_all(three: Fleet) -> None:
    """After the plans and their table; a no sends nothing, a yes runs exactly what was shown."""
    three.want("pro-1", offering("a-1"), offering("b-1"))
    assert three.run("apply", "--all", "--auto-approve").code == 0
    three.want("pro-1", offering("a-1"))
    three.want("pro-2", offering("a-pro-2", price=Decimal(249)))
    seen = len(three.server.seen)
    code, shown = answered(three, "apply", "--all", answer="no")
    asked = 'Apply these 2 changes to 2 environments? 1 listing will disappear.\nOnly "yes" goes ahead:'
    assert code == 1, shown
    assert shown.count(asked) == 1
    assert shown.endswith("Nothing was approved, nothing was sent.\n")
    assert "pro-3   no changes   No changes." in shown
    assert len(three.server.seen) == seen
    code, shown = answered(three, "-v", "apply", "--all", answer="yes")
    assert code == 0, shown
    assert "3 environments: done 3." in shown
    assert three.listed["pro-2", "a-pro-2"]["price"] == 249
    assert ("pro-1", "b-1") not in three.listed
    assert len(three.server.seen) == seen + 2


def test_nothing_is_asked_where_nobody_is(three: Fleet) -> None:
    """Before anything is planned."""
    done = three.run("apply", "--all")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "Error: There is no terminal to ask at, and nothing was approved.\nRun it with --auto-approve.\n"
    )  # no plan file: `plan --all` writes none
    assert three.run("apply", "--all", "--json").err.startswith("Error: --json needs --auto-approve")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("plan", "--all", "-e", "pro-1"), "-e cannot stand beside it"),
        (("plan", "--all", "--out", "x", "--why", "y"), "--out and --why cannot stand beside it"),
        (("apply", "--all", "x.json"), "PLANFILE cannot stand beside it"),
        (("state", "status", "--all", "-e", "pro-1"), "-e cannot stand beside it"),
    ],
)
def test_what_is_for_one_environment_contradicts_all(three: Fleet, args: tuple[str, ...], told: str) -> None:
    """Nothing is done; a variable that names an environment is no word of the call."""
    done = three.run(*args)
    assert (done.code, done.out) == (1, "")
    assert f"--all is for every environment: {told}" in done.err
    told_of_all = three.run("state", "status", "--all", OFFERCTL_ENV="pro-2").out
    assert "\n3 environments: no state yet 3. " in told_of_all


def test_one_network_key_is_never_given_to_all(three: Fleet) -> None:
    """A variable that wins over every file would send all catalogues to one network."""
    done = three.run("apply", "--all", "--auto-approve", OFFERCTL_NETWORK_KEY="pro-9")
    assert done.code == 1
    assert "OFFERCTL_NETWORK_KEY would give one network's key to 3 environments. Nothing was sent." in done.err
    assert three.server.seen == []


def test_there_is_no_fleet_without_an_environment(tmp_path: Path) -> None:
    """The embedded Marketplace is none of it."""
    done = offerctl("plan", "--all", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "there is no environment but the embedded Marketplace" in done.err


@pytest.mark.deep
def test_the_options_of_a_plan_reach_every_environment(three: Fleet) -> None:
    """Each is judged with them."""
    for name in NAMES:
        three.want(name, *(offering(f"a-{number}") for number in range(6)))
    assert three.run("apply", "--all", "--auto-approve", "--exclude", "a-5").code == 0
    assert len(three.listed) == 15
    for name in NAMES:
        three.want(name, offering("a-0"), offering("a-5"))
    done = three.run("apply", "--all", "--auto-approve", "--exclude", "a-5")
    ends(done, "3 environments: failed 3.")
    assert len(three.listed) == 15
    options = ("--exclude=a-5", "--allow-deletes", "4", "--parallelism", "2", "--lock-timeout", "1m")
    assert three.run("apply", "--all", "--auto-approve", *options).code == 0
    assert sorted(three.listed) == [(name, "a-0") for name in NAMES]


@pytest.mark.deep
def test_states_are_told_in_one_table(three: Fleet) -> None:
    """Those that are not there yet too; a state that cannot be read is an error beside the others."""
    assert three.run("apply", "-e", "pro-1", "--auto-approve").code == 0
    (three.root / ".offerctl" / "pro-3.state.json").write_text("{}", "utf-8")
    done = three.run("state", "status", "--all")
    assert done.code == 1
    rows = [line.split() for line in done.out.splitlines()]
    single = three.run("state", "status", "-e", "pro-3")
    assert single.err.count("\n") == 2  # what is wrong, and the way on
    assert done.err == f"pro-3:\n{single.err}\n"
    assert rows[0][:2] == ["ENVIRONMENT", "SERIAL"]
    assert re.search(r"^pro-1 .* nobody +\d{4}-\d\d-\d\d \d\d:\d\d UTC ", done.out, re.MULTILINE)
    assert rows[1][0] == "pro-1"
    assert rows[1][2:3] == ["nobody"]
    assert rows[1][-3:] == ["1", "0", "0"]
    assert rows[2] == ["pro-2", *"------", "no", "state", "yet"]
    assert " ".join(rows[3]).startswith("pro-3 - - - - - - the state at .offerctl/pro-3.state.json cannot be used")
    totals = (
        "3 environments: held by nobody 1, no state yet 1, unknown 1. Listings: 1 live, 0 in doubt, 0 contested."
    )
    ends(done, totals)
    document = json.loads(three.run("state", "status", "--all", "--json").out)
    assert [one["exit_code"] for one in document["environments"]] == [0, 0, 1]
    document_of_one = json.loads(three.run("state", "status", "-e", "pro-1", "--json").out)
    assert document["environments"][0]["status"] == document_of_one


def test_environments_are_listed(three: Fleet) -> None:
    """For people with the embedded one; for a matrix on one line without it."""
    done = three.run("environments")
    rows = [line.split() for line in done.out.splitlines()]
    assert [row[0] for row in rows] == ["ENVIRONMENT", "local", *NAMES]
    assert rows[1][-1] == "default"
    assert rows[2] == [
        *("pro-1", three.server.url, "pro-1", "file:.offerctl/pro-1.state.json", "offerings/pro-1"),
    ]
    done = three.run("environments", "--json")
    assert done.out.count("\n") == 1
    assert json.loads(done.out) == {
        "include": [
            {
                "environment": name,
                "base_url": three.server.url,
                "network_key": name,
                "state": f"file:.offerctl/{name}.state.json",
                "offerings": f"offerings/{name}",
                "default": False,
            }
            for name in NAMES
        ]
    }


@pytest.mark.deep
def test_a_change_concerns_the_environments_whose_files_it_touches(three: Fleet) -> None:
    """Its offerings, or its settings; what all share concerns all; a commit that is not there is an error."""

    def changed() -> list[str]:
        git(three.root, "add", "-A")
        git(three.root, "commit", "-q", "--allow-empty", "-m", "a change")
        found = json.loads(three.run("environments", "--json", "--changed", "HEAD^1").out)
        return [one["environment"] for one in found["include"]]

    git(three.root, "init", "-q", "--initial-branch=main")
    git(three.root, "commit", "-q", "--allow-empty", "-m", "nothing")
    assert changed() == [*NAMES]
    three.want("pro-2", offering("b"))
    assert changed() == ["pro-2"]
    (three.root / "environments" / "pro-3.toml").write_text("max_deletes = 1\n", "utf-8")
    assert changed() == ["pro-3"]
    (three.root / "README.md").write_text("hello\n", "utf-8")
    assert changed() == []
    assert three.run("environments", "--changed", "HEAD^1").out == "No environment changes.\n"
    with (three.root / "offerctl.toml").open("a", encoding="utf-8") as file:
        file.write("# a note\n")
    assert changed() == [*NAMES]
    done = three.run("environments", "--json", "--changed", "nowhere")
    assert (done.code, done.out) == (1, "")
    assert "git cannot say what changed since nowhere" in done.err
    assert "fetch-depth: 0" in done.err


@pytest.mark.parametrize("digits", [40, 64])
def test_a_new_branch_concerns_all(three: Fleet, digits: int) -> None:
    """Of which a workflow gets zeros as the commit before it; git is not asked."""
    found = json.loads(three.run("environments", "--json", "--changed", "0" * digits).out)
    assert [one["environment"] for one in found["include"]] == [*NAMES]


def test_the_worst_exit_code_is_defined_for_all() -> None:
    """None is forgotten, and being interrupted tells more than anything else."""
    assert {*WORST} == {*Exit}
    assert WORST[-1] is Exit.INTERRUPTED


@pytest.mark.deep
def test_an_interrupt_ends_all_in_order(tmp_path: Path) -> None:
    """Those at work end in order, and record it; those not begun are not; the table tells; exit 130."""
    names = [f"pro-{number:02}" for number in range(10)]
    waiting: list[Call] = []

    def script(call: Call) -> None:
        waiting.append(call)
        if len(waiting) == 8:  # as many as are at work at once
            process.send_signal(signal.SIGINT)
        while not interrupted():
            call.pause(0.02)
        answer(call)

    def interrupted() -> bool:
        return len(waiting) >= 8

    with fleet(tmp_path, names, script=lambda _: script) as made:
        for name in names:
            made.want(name, offering("a-1"))
        process = start("apply", "--all", "--auto-approve", cwd=tmp_path, env=made.environ())
        out, err = process.communicate(timeout=60)
        done = Done(code=process.returncode, out=out, err=err)
        assert done.code == 130, str(done)
        assert err.count("no further environment is begun") == 1
        assert len(made.listed) == 8
        assert out.count("not started: interrupted") == 2
        assert "not started" not in err  # the table has it
        status = json.loads(made.run("state", "status", "--all", "--json").out)
        assert [one["status"]["run"] for one in status["environments"]] == [None] * 10
        assert made.run("apply", "--all", "--auto-approve").code == 0
        assert len(made.listed) == 10


@pytest.mark.deep
def test_what_has_no_time_left_is_not_begun(tmp_path: Path) -> None:
    """`--max-time` is that of all together; the rest is for the next run, which exit 4 tells."""
    names = [f"pro-{number:02}" for number in range(9)]
    with fleet(tmp_path, names) as made:
        for name in names:
            made.want(name, offering("a-1"))
        done = made.run("apply", "--all", "--auto-approve", "--max-time", "1ms")
        assert done.code == 4
        assert "not started: no time was left" in done.out
        assert made.run("apply", "--all", "--auto-approve").code == 0
        assert len(made.listed) == 9
