"""The real executable over real HTTP: what each edit of the files sends, and what is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.state import Status, document
from support.cli import environ, offerctl
from support.homes import git
from support.ingit import in_git
from support.plans import FRENCH, offering
from support.scenario import SECRETS, Project, Trial, finish, sent, trial
from support.terminal import begin, end, shown_until
from support.wire import Call, always, answer, at, respond

EN, FR = offering("en-01"), offering("fr-01", training_standard_key=FRENCH, course_name="CMSST, partie 1")


def bodies(it: Trial) -> list[dict[str, object]]:
    return [json.loads(seen.body) for seen in it.wire.seen]


def test_a_second_run_sends_and_writes_nothing(tmp_path: Path) -> None:
    """After an apply there is nothing to do."""
    with trial(tmp_path, [EN, FR]) as it:
        it.check_equal()
        it.check_quiet()


def test_a_price_change_is_one_patch_of_what_changed(tmp_path: Path) -> None:
    """Exactly the changed attributes and the networkKey."""
    with trial(tmp_path, [EN, FR]) as it:
        it.wire.seen.clear()
        it.want(EN, replace(FR, price=Decimal("249.50")))
        done = it.apply()
        assert "~ price                   = 199.00 -> 249.50   # CAD, +25%" in done.out
        assert sent(it.wire.seen) == [("PATCH", "fr-01")]
        assert bodies(it) == [{"price": 249.5, "networkKey": "pro-1"}]
        it.check_equal()


def test_a_removed_file_is_one_delete_that_carries_the_network_key(tmp_path: Path) -> None:
    """Nothing but the networkKey stands in the body; the tombstone stays."""
    with trial(tmp_path, [EN, FR]) as it:
        it.wire.seen.clear()
        it.want(EN)
        done = it.apply()
        assert "Will disappear from the Marketplace: fr-01" in done.out
        assert sent(it.wire.seen) == [("DELETE", "fr-01")]
        assert bodies(it) == [{"networkKey": "pro-1"}]
        state = it.project.state()
        assert state is not None
        assert state.listings["fr-01"].status is Status.GONE


def test_a_tombstone_that_is_wanted_again_is_an_add(tmp_path: Path) -> None:
    """A late ghost would be adopted: PATCH comes first."""
    with trial(tmp_path, [EN, FR]) as it:
        it.want(EN)
        it.apply()
        it.wire.seen.clear()
        it.want(EN, FR)
        done = it.apply()
        assert "1 added" in done.out
        assert sent(it.wire.seen) == [("PATCH", "fr-01"), ("POST", "fr-01")]
        it.check_equal()


def test_a_changed_standard_is_refused_with_the_advice(tmp_path: Path) -> None:
    """The plan is printed, then why it may not run; nothing is sent, and `--exclude` runs the rest."""
    with trial(tmp_path, [EN, FR], allow_replace=False) as it:
        it.wire.seen.clear()
        it.want(replace(EN, training_standard_key=FRENCH), replace(FR, price=Decimal(1)))
        done = it.apply()
        assert done.code == 1
        assert "en-01 was last applied as JHSC-2014-1-E-O and cannot become JHSC-2014-1-F-O." in done.err
        assert "an offeringId of its own" in done.err
        assert "fr-01 will be changed" in done.out
        assert it.wire.seen == []
        assert it.apply("--exclude", "en-01").code == 0
        assert sent(it.wire.seen) == [("PATCH", "fr-01")]


def test_an_allowed_replacement_is_a_delete_then_an_add(tmp_path: Path) -> None:
    """In this order, and confirmed under the new standard."""
    with trial(tmp_path, [EN], allow_replace=False) as it:
        it.wire.seen.clear()
        it.want(replace(EN, training_standard_key=FRENCH))
        done = it.apply("--allow-replace")
        assert "# forces replacement" in done.out
        assert sent(it.wire.seen) == [("DELETE", "en-01"), ("POST", "en-01")]
        it.check_equal()


def test_a_renamed_file_is_no_change(tmp_path: Path) -> None:
    """The offeringId names the listing, not the file."""
    with trial(tmp_path, [EN, FR]) as it:
        folder = it.project.root / "offerings"
        (folder / "deeper").mkdir()
        (folder / "en-01.yaml").rename(folder / "deeper" / "other.yml")
        it.check_quiet()


def test_a_listing_removed_by_others_is_added_again_and_told(tmp_path: Path) -> None:
    """A PATCH of a confirmed listing is answered that there is none."""
    with trial(tmp_path, [EN]) as it:
        it.marketplace.store.clear()
        it.want(replace(EN, price=Decimal(5)))
        done = it.apply()
        assert done.code == 0
        assert "en-01 was removed outside offerctl; added again" in done.out
        it.check_equal()


def test_a_listing_of_somebody_else_is_contested_and_never_touched(tmp_path: Path) -> None:
    """One POST is refused; after that nothing is sent until somebody decides."""
    with trial(tmp_path, []) as it:
        it.marketplace.store.put_foreign(replace(EN, price=Decimal(7)), "pro-2")
        it.want(EN, FR)
        done = it.apply()
        assert done.code == 4
        assert "it exists already, and nobody here added it" in done.out
        it.wire.seen.clear()
        again = it.apply()
        assert again.code == 1
        assert "offerctl import" in again.out + again.err
        assert it.wire.seen == []
        assert it.marketplace.listings()["en-01"].price == Decimal(7)


@pytest.mark.deep
def test_after_a_try_that_failed_why_does_not_say_never(tmp_path: Path) -> None:
    """Nothing is believed of it, and the receipt of the run knows of the try."""
    with trial(tmp_path, []) as it:
        it.want(EN)
        it.wire.script = always(respond(400))
        assert it.apply().code == 1
        told = offerctl("plan", "--why", "en-01", cwd=tmp_path).out
        assert "Belief: none. The last run (" in told
        assert "wanted it, without effect: failed." in told


def test_a_protection_alone_is_one_write_and_no_gap(tmp_path: Path) -> None:
    """Nothing is sent, and one blank line stands between plan and end."""
    with trial(tmp_path, [EN]) as it:
        it.wire.seen.clear()
        with (tmp_path / "offerings" / "en-01.yaml").open("a") as file:
            file.write("protect: true\n")
        done = it.apply()
        assert (done.code, it.wire.seen) == (0, [])
        assert done.out.endswith(
            "(noted in the state alone; nothing is sent for it)\n\n"
            "Apply complete! 0 added, 0 changed, 0 deleted. 1 protection noted.\n"
        )


@pytest.mark.deep
def test_401_stops_all_sending(tmp_path: Path) -> None:
    """What was done is told, the rest is not started; exit 4, or 1 when nothing was done."""
    with trial(tmp_path, []) as it:
        it.want(*(offering(f"en-{n}") for n in range(6)))
        refuse = respond(401, b'{"error": {"code": "unauthorized", "message": "no"}}')
        it.wire.script = always(refuse)
        done = it.apply()
        assert (done.code, len(it.wire.seen)) == (1, 1)
        assert "0 done, 1 failed, 5 not started" in done.out
        it.wire.seen.clear()
        it.wire.script = lambda _seen: answer if len(it.wire.seen) < 3 else refuse
        done = it.apply()
        assert (done.code, len(it.wire.seen)) == (4, 3)
        assert "2 done, 1 failed, 3 not started" in done.out
        it.settle()


@pytest.mark.deep
def test_what_no_file_is_to_blame_for_is_not_blamed_on_one(tmp_path: Path) -> None:
    """A closed port, a host of no name, credentials that are refused: where to look, and no value of any."""
    with trial(tmp_path, []) as it:
        it.want(EN)
        it.wire.script = always(respond(401))
        denied = it.apply()
        assert f"Check the credentials ({', '.join(SECRETS)}), then run it again" in denied.out
        with socket.create_server(("127.0.0.1", 0)) as listener:
            closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for url in (closed, "https://no-such-host.internal"):
            it.project.configure(url)
            shutil.rmtree(it.project.state_file.parent)
            unsent = it.apply()
            assert unsent.code == 1
            assert "no connection yet; trying again" in unsent.out
            assert f"Nothing was done. The Marketplace could not be reached at {url}: check base_url" in unsent.out
            assert "Correct" not in denied.out + unsent.out


def test_the_ways_on_for_what_is_contested_stand_at_the_end_and_once(tmp_path: Path) -> None:
    """When it is met, and ever after."""
    with trial(tmp_path, []) as it:
        it.marketplace.store.put_foreign(EN, "pro-2")
        it.want(EN)
        for done in (it.apply(), it.apply()):
            assert done.out.count("offerctl import FILE") == 1
            assert done.out.endswith("give the offering a new offeringId.\n")
        assert "offerctl import FILE" in offerctl("plan", cwd=tmp_path).out


def test_a_plan_and_an_apply_know_whether_a_run_of_this_machine_lives(tmp_path: Path) -> None:
    """Beside it, and after it was killed: what is told of it, what is left of it, and the ways on that work."""
    arrived, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> None:
        arrived.set()
        go_on.wait()
        answer(call)

    with trial(tmp_path, [EN, FR], lease=60.0) as it:
        it.want(replace(EN, price=Decimal(5)), FR)
        it.wire.script = always(hold)
        run = it.start()
        try:
            assert arrived.wait(60)
            before = it.project.files()
            beside = offerctl("plan", cwd=tmp_path)
            refused = it.apply()
            run.kill()
            finish(run)
            after = offerctl("plan", cwd=tmp_path)
        finally:
            go_on.set()
        assert "Warning: another run is applying to trial" in beside.err
        assert "en-01 will be settled: another run is at work on it (" in beside.out
        assert "cut off" not in beside.out + beside.err
        assert refused.code == 3
        assert "It lives: a process of this machine has the state locked. Nothing was sent." in refused.err
        assert "unlock" not in refused.err
        assert "Warning: a run that was applying to trial was cut off" in after.err
        assert "apply takes over at once" in after.err
        assert "en-01 will be settled: a run was cut off while changing it (" in after.out
        assert it.project.files() == before
        it.settle()


@pytest.mark.deep
@pytest.mark.parametrize("in_a_branch", [False, True], ids=["lock", "lease"])
def test_a_run_that_waited_works_from_the_files_as_they_are_then(tmp_path: Path, in_a_branch: bool) -> None:  # noqa: FBT001 - a parameter
    """It reads them, and the commit that it names, when the other run is over; what it sends is of then."""
    project = in_git(tmp_path) if in_a_branch else Project(root=tmp_path)
    with trial(tmp_path, [EN, FR], project=project, lease=60.0) as it, another_run_at_work(it) as go_on:
        waiting = it.start("--lock-timeout", "60s")
        try:
            assert waiting.stderr is not None
            told = waiting.stderr.readline()
            assert told.startswith("Waiting: another run is applying to trial (")
            it.want(replace(EN, price=Decimal(7)), FR)
            commit = committed(it.project.root)
            go_on()
        finally:
            done = finish(waiting)
        assert done.code == 0, done
        assert "5.00 -> 7.00" in done.out
        it.check_equal()
        state = it.project.state()
        assert state is not None
        assert state.listings["en-01"].last_confirmed is not None
        assert state.listings["en-01"].last_confirmed.commit == commit


def test_a_saved_plan_is_compared_after_the_wait(tmp_path: Path) -> None:
    """The other run wrote the state meanwhile: the plan is stale, and nothing is sent."""
    with trial(tmp_path, [EN, FR], lease=60.0) as it:
        it.want(replace(EN, price=Decimal(5)), FR)
        assert offerctl("plan", "--out", "p.json", cwd=tmp_path).code == 0
        with another_run_at_work(it) as go_on:
            waiting = it.project.start("apply", "p.json", "--lock-timeout", "60s")
            assert waiting.stderr is not None
            assert waiting.stderr.readline().startswith("Waiting: ")
            go_on()
            number = len(it.wire.seen)
            done = finish(waiting)
        assert done.code == 3, done
        assert "The saved plan is stale: the state changed since it was made. Nothing was sent." in done.err
        assert len(it.wire.seen) == number


@contextmanager
def another_run_at_work(it: Trial) -> Iterator[Callable[[], None]]:
    """A process that makes en-01 cost 5.00 and waits for its answer, until it is told to go on and has ended."""
    arrived, released = threading.Event(), threading.Event()

    def hold(call: Call) -> None:
        arrived.set()
        released.wait()
        answer(call)

    it.want(replace(EN, price=Decimal(5)), FR)
    it.wire.script = always(hold)
    first = it.start()

    def go_on() -> None:
        released.set()
        assert finish(first).code == 0

    try:
        assert arrived.wait(60)
        yield go_on
    finally:
        released.set()
        if first.poll() is None:
            finish(first)


def committed(root: Path) -> str:
    """A commit of all files in a folder, which is a repository from then on."""
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "offerings")
    git(root, "commit", "-q", "-m", "Prices")
    return git(root, "rev-parse", "HEAD")


@pytest.mark.deep
def test_a_slow_call_is_told_meanwhile(tmp_path: Path) -> None:
    """The vendor's calls take up to four seconds."""

    def slowly(call: Call) -> None:
        call.pause(4.0)
        answer(call)

    with trial(tmp_path, [], timeout=10.0) as it:
        it.want(EN)
        it.wire.script = always(slowly)
        done = it.apply()
        assert done.code == 0
        assert "en-01: Still adding... [2s elapsed]" in done.out
        assert "en-01: Added after 4s" in done.out


def test_credentials_appear_nowhere(tmp_path: Path) -> None:
    """No output at any verbosity, no state, plan or error holds them, even when the server repeats them."""

    def echo(call: Call) -> None:
        said = call.seen.headers["authorization"]
        call.answer(400, json.dumps({"error": {"code": "invalid", "message": f"bad: {said}"}}).encode())

    with trial(tmp_path, [EN]) as it:
        it.want(EN, FR, replace(offering("en-02"), price=Decimal(3)))
        it.wire.script = at({2: echo, 3: echo})
        env = {**SECRETS, "PYTHONWARNINGS": "default"}
        plan = offerctl("plan", "--out", "p.json", cwd=tmp_path, env=env)
        done = offerctl("-v", "apply", "--auto-approve", cwd=tmp_path, env=env)
        listed = offerctl("state", "pull", cwd=tmp_path, env=env)
        told = plan.out + plan.err + done.out + done.err + listed.out + (tmp_path / "p.json").read_text()
        told += "".join(data.decode("utf-8", "replace") for data in it.project.files().values())
        assert "PATCH" in done.err or "POST" in done.err
        assert it.wire.seen[-1].headers["authorization"].count(SECRETS["OFFERCTL_API_SECRET"]) == 1
        for secret in SECRETS.values():
            assert secret not in told


def test_missing_credentials_are_named_and_nothing_is_sent(tmp_path: Path) -> None:
    """Only the names of the variables are told."""
    with trial(tmp_path, []) as it:
        it.want(EN)
        done = offerctl("apply", "--auto-approve", cwd=tmp_path, env={"OFFERCTL_API_KEY": "k-1"})
        assert done.code == 1
        assert "OFFERCTL_API_TOKEN and OFFERCTL_API_SECRET" in done.err
        assert it.wire.seen == []


def test_a_saved_plan_runs_exactly_or_not_at_all(tmp_path: Path) -> None:
    """Changed files and a changed state are exit 3, with nothing sent; options beside it are usage errors."""
    with trial(tmp_path, [EN]) as it:
        it.want(EN, FR)
        assert offerctl("plan", "--out", "p.json", cwd=tmp_path).code == 0
        other = offerctl("apply", "p.json", "--reassert", cwd=tmp_path, env=SECRETS)
        assert (other.code, "carries its own options" in other.err) == (1, True)
        wrong = offerctl("apply", "p.json", "-e", "local", cwd=tmp_path, env=SECRETS)
        assert (wrong.code, "is a plan for trial" in wrong.err) == (1, True)
        it.want(EN, replace(FR, price=Decimal(2)))
        it.wire.seen.clear()
        stale = offerctl("apply", "p.json", cwd=tmp_path, env=SECRETS)
        assert (stale.code, "the offering files changed" in stale.err, it.wire.seen) == (3, True, [])
        it.want(EN, FR)
        assert offerctl("apply", "p.json", cwd=tmp_path, env=SECRETS).code == 0
        again = offerctl("apply", "p.json", cwd=tmp_path, env=SECRETS)
        assert (again.code, "the state changed" in again.err) == (3, True)
        it.check_equal()


def test_json_lines_of_a_refused_plan_end_with_a_summary(tmp_path: Path) -> None:
    """A program reads the exit code from the last line, as of every run; no change of the plan was begun."""
    with trial(tmp_path, [EN, FR], allow_replace=False) as it:
        it.wire.seen.clear()
        it.want(replace(EN, training_standard_key=FRENCH), replace(FR, price=Decimal(1)))
        done = it.apply("--json")
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert (done.code, it.wire.seen) == (1, [])
        assert "cannot become JHSC-2014-1-F-O" in done.err
        assert [line["type"] for line in lines] == ["plan", "summary"]
        summary = lines[-1]
        assert (summary["exit_code"], summary["complete"], summary["halted"]) == (1, False, "this plan is refused")
        assert summary["counts"]["not_started"] == 2
        assert {(one["offering_id"], one["status"]) for one in summary["not_done"]} == {
            ("en-01", "not started"),
            ("fr-01", "not started"),
        }


def test_json_lines_tell_the_whole_run(tmp_path: Path) -> None:
    """One object a line, the summary last, each with its time."""
    with trial(tmp_path, []) as it:
        it.want(EN, FR)
        done = it.apply("--json")
        lines = [json.loads(line) for line in done.out.splitlines()]
        kinds = [line["type"] for line in lines]
        assert kinds[0] == "plan"
        assert kinds[-1] == "summary"
        assert kinds.count("change_start") == kinds.count("change_done") == 2
        assert all("@timestamp" in line for line in lines)
        assert lines[-1]["exit_code"] == 0
        quiet = [json.loads(line) for line in it.apply("--json").out.splitlines()]
        assert [line["type"] for line in quiet] == ["plan", "summary"]


def test_without_a_terminal_nothing_runs_unapproved(tmp_path: Path) -> None:
    """The error comes before anything else is printed, warnings about the files included."""
    with trial(tmp_path, []) as it:
        it.want(replace(EN, price=Decimal(0)))
        done = offerctl("apply", cwd=tmp_path, env=SECRETS)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("Error: There is no terminal to ask at")
        assert "--auto-approve" in done.err
        assert it.wire.seen == []


def test_without_a_terminal_nothing_to_ask_needs_nobody(tmp_path: Path) -> None:
    """No changes is a success as the exit codes have it, and a refused plan is told as anywhere."""
    with trial(tmp_path, [EN, FR], allow_replace=False) as it:
        it.wire.seen.clear()
        done = offerctl("apply", cwd=tmp_path, env=SECRETS)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("No changes. The 2 files match")
        it.want(replace(EN, training_standard_key=FRENCH), FR)
        refused = offerctl("apply", cwd=tmp_path, env=SECRETS)
        assert (refused.code, "cannot become JHSC-2014-1-F-O" in refused.err) == (1, True)
        assert "Plan: 0 to add" in refused.out
        assert it.wire.seen == []


@pytest.mark.parametrize(
    ("typed", "code", "requests", "told"),
    [
        ("yes\n", 0, 1, "Apply complete!"),
        ("y\n", 1, 0, "\nNothing was approved, nothing was sent."),
        ("\n", 1, 0, "\nNothing was approved, nothing was sent."),
        ("\x04", 1, 0, "\nNothing was approved, nothing was sent."),
        (None, 130, 0, "\nError: interrupted. Nothing was sent."),
    ],
    ids=["yes", "y", "return", "ctrl-d", "ctrl-c"],
)
def test_only_yes_goes_ahead(tmp_path: Path, typed: str | None, code: int, requests: int, told: str) -> None:
    """On a terminal the plan is printed and asked about; what is told then stands on a line of its own."""
    with trial(tmp_path, []) as it:
        it.want(EN)
        process, terminal = begin("apply", cwd=tmp_path, env=environ(tmp_path, **SECRETS, TERM="dumb"))
        shown_until(terminal, b"goes ahead")
        if typed is None:
            process.send_signal(signal.SIGINT)
        else:
            os.write(terminal, typed.encode())
        ended, shown = end(process, terminal)
        assert (ended, len(it.wire.seen)) == (code, requests)
        assert told in shown


def test_too_many_deletions_are_refused_after_the_plan(tmp_path: Path) -> None:
    """With `--allow-deletes` they run."""
    many = [offering(f"en-{n}") for n in range(9)]
    with trial(tmp_path, many, max_deletes=3) as it:
        it.wire.seen.clear()
        it.want(*many[4:])
        refused = offerctl("apply", "--auto-approve", cwd=tmp_path, env=SECRETS)
        assert refused.code == 1
        assert "This would delete 4 listings; max_deletes allows 3." in refused.err
        assert "en-0 will be deleted" in refused.out
        assert it.wire.seen == []
        allowed = offerctl("apply", "--auto-approve", "--allow-deletes", "4", cwd=tmp_path, env=SECRETS)
        assert allowed.code == 0, allowed
        it.check_equal()


def test_an_empty_folder_never_empties_the_marketplace(tmp_path: Path) -> None:
    """Not without `--allow-deletes all`; a missing folder never does."""
    with trial(tmp_path, [EN]) as it:
        it.wire.seen.clear()
        it.want()
        refused = offerctl("apply", "--auto-approve", cwd=tmp_path, env=SECRETS)
        assert (refused.code, "--allow-deletes all" in refused.err) == (1, True)
        (tmp_path / "offerings").rmdir()
        missing = offerctl("apply", "--auto-approve", "--allow-deletes", "all", cwd=tmp_path, env=SECRETS)
        assert missing.code == 1
        assert "offerings" in missing.err
        assert it.wire.seen == []


def test_bad_files_send_nothing_and_are_placed(tmp_path: Path) -> None:
    """File, line and column; exit 1; no traceback."""
    with trial(tmp_path, [EN]) as it:
        it.wire.seen.clear()
        (tmp_path / "offerings" / "bad.yaml").write_text("offeringId: bad\nprise: 199\n", "utf-8")
        done = it.apply()
        assert done.code == 1
        assert "offerings/bad.yaml:2:1" in done.err
        assert "Traceback" not in done.err
        assert it.wire.seen == []


@pytest.mark.deep
def test_a_first_apply_to_a_wrong_address_ties_nothing_to_it(tmp_path: Path) -> None:
    """Where the state believes no listing there is nothing to lose: the corrected address is simply taken."""
    with trial(tmp_path) as it:
        it.want(EN)
        it.project.configure("http://127.0.0.1:9")
        wrong = it.apply()
        assert (wrong.code, "check base_url" in wrong.out) == (1, True)
        it.project.configure(it.wire.url)
        assert it.apply().code == 0
        assert it.marketplace.store.listings().keys() == {EN.offering_id}
        it.project.configure("http://127.0.0.1:9")
        assert "belongs to base_url" in it.apply().err


@pytest.mark.parametrize("damage", ["torn", "empty", "edited", "foreign", "gone", "newer"])
def test_a_state_that_cannot_be_trusted_is_refused_and_left_alone(tmp_path: Path, damage: str) -> None:
    """Nothing is sent and nothing overwritten; the message says what to do."""
    with trial(tmp_path, [EN]) as it:
        path, whole = it.project.state_file, it.project.state_file.read_bytes()
        damaged = {
            "torn": whole[: len(whole) // 2],
            "empty": b"",
            "edited": whole.replace(b"199", b"299"),
            "foreign": whole,
            "gone": None,
            "newer": whole.replace(b'"format_version": "1.', b'"format_version": "9.'),
        }[damage]
        if damaged is None:
            path.unlink()
        else:
            path.write_bytes(damaged)
        if damage == "foreign":
            it.project.configure(it.wire.url, network_key="pro-9")
        it.want(EN, FR)
        it.wire.seen.clear()
        before = it.project.files()
        done = it.apply()
        assert done.code == 1, done
        assert done.err.startswith("Error: the state at "), done
        assert ".offerctl/trial.state.json" in done.err
        serial = document.parse(whole).serial
        way = {"foreign": "Correct the configuration", "newer": "Use the offerctl that wrote it"}
        assert way.get(damage, f"offerctl state restore {serial} -e trial") in done.err
        assert "Traceback" not in done.err
        assert it.wire.seen == []
        after = it.project.files()
        assert {name: data for name, data in after.items() if not name.endswith("lock")} == {
            name: data for name, data in before.items() if not name.endswith("lock")
        }


def test_messages_of_the_marketplace_are_inert(tmp_path: Path) -> None:
    """Escape sequences, bidirectional characters and new lines in an answer are spelled out, never obeyed."""
    hostile = "\x1b[2J\u202egone\r\n::error::pwned\x07"
    body = json.dumps({"error": {"code": "invalid", "message": hostile}}).encode()
    with trial(tmp_path, []) as it:
        it.want(EN)
        it.wire.script = always(respond(400, body))
        for done in (it.apply(), it.apply("--json")):
            assert done.code == 1
            told = done.out + done.err
            assert "gone" in told
            assert not any(c in told for c in "\x1b\u202e\x07\r")
            assert not any(line.startswith("::") for line in told.splitlines())
