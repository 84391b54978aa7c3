"""The workflows' own steps, from the pull request to the Marketplace, with all that may go wrong between."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.state import Status
from support import github
from support.homes import BRANCH, git
from support.hosting import Hosting, hosting
from support.plans import FRENCH, offering
from support.runner import Job, Trigger, cancel
from support.scenario import SECRETS, sent
from support.wire import Call, Fault, Script, always, answer, error, respond

BEFORE = (offering("en-01"), offering("en-02"), offering("en-03"), offering("old-04"))
AFTER = (
    offering("en-01"),
    offering("en-02", price=Decimal(249)),
    offering("en-03", training_standard_key=FRENCH, course_name="CMSST, certification partie 1"),
    offering("new-05"),
)
REQUESTS = 5
"""What BEFORE to AFTER takes: a patch, an add, a replacement (2), a delete."""


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Hosting]:
    """A repository with two courses that are listed."""
    with hosting(tmp_path) as host:
        host.begin(offering("en-01"), offering("en-02"))
        yield host


def is_settled(it: Hosting, *ids: str) -> None:
    """Marketplace and state agree, nothing is in doubt, nobody holds the state, and nothing bad happened."""
    state = it.state()
    live = {id_ for id_, belief in state.listings.items() if belief.status is Status.LIVE}
    assert set(it.listings()) == live == set(ids)
    assert state.run is None
    assert (it.marketplace.needless, it.marketplace.unknown) == ([], [])


def first(number: int, fault: Fault) -> Script:
    """A fault for the request of that number; the others are answered."""
    return lambda seen: fault if seen.number == number else answer


@contextmanager
def at_request(it: Hosting, number: int, *, executed: bool) -> Iterator[threading.Event]:
    """An event that is set once the request of that number came in; it is never answered."""
    reached = threading.Event()

    def hang(call: Call) -> None:
        if executed:
            call.execute()
        reached.set()
        call.wait_for_hangup()

    already = len(it.wire.seen)
    it.wire.script = first(already + number, hang)
    try:
        yield reached
    finally:
        it.wire.script = always(answer)


def lose_runner(it: Hosting, sha: str, number: int, *, executed: bool) -> Job:
    """The job that applies, whose machine is gone at that request."""
    with at_request(it, number, executed=executed) as reached, it.applying(sha) as (job, process):
        assert process is not None
        assert reached.wait(60)
        os.killpg(process.pid, signal.SIGKILL)
    return job


# The cycle


def test_a_price_goes_from_pull_request_to_marketplace(it: Hosting) -> None:
    """Opened: a comment. Pushed again: the same one. Merged: applied, told there, recorded, read by history."""
    it.write(offering("en-01", price=Decimal(225)), offering("en-02"))
    number, job = it.pull_request("price")
    assert job.succeeded, job
    assert "**Merging this will** change the price of" in it.comment(number)
    assert "from $199.00 to $225.00" in it.comment(number)
    assert it.wire.seen == []

    it.write(offering("en-01", price=Decimal(249)), offering("en-02"))
    assert it.push(number).succeeded
    assert "from $199.00 to $249.00" in it.comment(number)
    assert "$225.00" not in it.comment(number)

    before = git(it.bare, "rev-parse", BRANCH)
    applied = it.merge(number)
    assert applied.succeeded, applied
    assert it.listings()["en-01"].price == Decimal(249)
    assert sent(it.wire.seen) == [("PATCH", "en-01")]
    assert "1 done" in it.comment(number)
    assert "1 done" in applied.summary
    assert git(it.bare, "rev-parse", BRANCH) != before
    assert it.issue() is None
    guard, _, newest, *_ = applied.step("What the state holds").log.splitlines()
    assert guard.startswith("::stop-commands::")
    assert f"#{number}" in newest
    assert it.main()[:7] in newest
    assert "octocat" in newest
    is_settled(it, "en-01", "en-02")


@pytest.mark.deep
def test_the_page_as_it_will_be_is_kept_with_the_run(it: Hosting) -> None:
    """Where the comment says; of a refused plan too, and none of files with errors."""
    it.write(offering("en-01", price=Decimal(225)), offering("en-02"))
    number, job = it.pull_request("price")
    kept = job.workspace.parent / "artifacts" / "preview"
    assert sorted(path.name for path in kept.iterdir()) == ["en.html", "fr.html"]
    assert "$225.00" in (kept / "en.html").read_text("utf-8")
    assert "/actions/runs/1" in it.comment(number)
    assert "#artifacts)." in it.comment(number)
    it.configure(max_deletes=0)
    it.write(offering("en-01"))
    _, refused = it.pull_request("refused")
    assert refused.succeeded, "a digest can lift it, so the check is neutral"
    kept = refused.workspace.parent / "artifacts" / "preview"
    assert "This plan is refused" in (kept / "en.html").read_text("utf-8")
    it.file("offerings/en-01.yaml", "price: free\n")
    _, wrong = it.pull_request("wrong")
    assert not (wrong.workspace.parent / "artifacts").exists()


def test_what_is_installed_is_hashed_and_comes_first(it: Hosting) -> None:
    """Every job installs from the lock before offerctl runs."""
    it.write(offering("en-01"))
    _, job = it.pull_request("less")
    installed = (job.workspace.parent / "installed").read_text("utf-8").splitlines()
    assert installed == [
        "-I -m pip install --require-hashes --only-binary :all: --requirement .github/requirements.txt",
        "-I -m pip install --no-index --no-deps --no-build-isolation .",
    ]
    assert job.steps[0].name == "Install offerctl"


@pytest.mark.deep
def test_a_wrong_file_is_told_where_it_is_wrong_and_the_fix_once(it: Hosting) -> None:
    """The comment becomes the list of problems and approves nothing; the suggestion is posted once."""
    it.file("offerings/en-01.yaml", (it.work / "offerings" / "en-01.yaml").read_text().replace("price", "prise"))
    number, job = it.pull_request("wrong")
    assert job.step("Plan").code == 1
    assert "OFR104" in it.comment(number)
    assert "prise" in it.comment(number)
    assert "::error file=offerings/en-01.yaml" in job.log
    it.file("offerings/notes.md", "Pushed again, and still wrong.\n")
    it.push(number)
    [beside] = it.api.beside[number]
    assert beside["path"] == "offerings/en-01.yaml"
    assert "```suggestion\nprice: 199\n```" in beside["body"]

    refused = it.merge(number)
    assert refused.step("Apply").code == 1
    assert it.wire.seen == []
    assert it.issue() is not None

    it.write(offering("en-01", price=Decimal(210)), offering("en-02"))
    mended, job = it.pull_request("mended")
    assert job.succeeded, job
    assert it.merge(mended).succeeded
    assert it.listings()["en-01"].price == Decimal(210)
    assert it.issue() is None


@pytest.mark.deep
def test_a_fix_is_suggested_for_its_line_of_the_pull_request(it: Hosting) -> None:
    """The check sees the trial merge, where lines stand elsewhere; what is replaced stands in the pull request."""
    name = "offerings/en-01.yaml"
    text = (it.work / name).read_text("utf-8")
    it.write(offering("en-01", price=Decimal(210)), offering("en-02"))
    number, _ = it.pull_request("price")
    git(it.work, "checkout", "--quiet", "main")
    it.file(name, f"# Above\n# the others\n{text}")
    it.push_to_main()
    git(it.work, "checkout", "--quiet", "price")
    it.file(name, text.replace("price: 199", "price: 210 $"))
    job = it.push(number)
    assert job.step("Plan").code == 1, job
    [beside] = it.api.beside[number]
    theirs = git(it.bare, "show", f"{beside['commit_id']}:{beside['path']}").splitlines()
    assert theirs[beside["line"] - 1] == "price: 210 $"
    assert "```suggestion\nprice: 210\n```" in beside["body"]
    assert f"::error file={name},line={beside['line'] + 2}," in job.log


# What was not reviewed


@pytest.mark.deep
def test_a_fork_gets_no_secret_and_no_comment_but_its_plan(it: Hosting) -> None:
    """The summary has it. After the merge nothing runs until somebody accepts exactly that plan."""
    it.write(offering("en-01"), offering("en-02"), offering("en-03"))
    number, job = it.pull_request("stranger", fork=True)
    assert job.succeeded, job
    assert it.api.ours(number) == []
    assert "en-03" in job.summary
    assert "No comment was written" in job.log

    held = it.merge(number)
    assert held.step("Apply").code == 1
    assert it.wire.seen == []
    digest = held.outputs["accept"]
    assert digest in held.summary
    assert it.issue() is not None

    assert it.apply(it.main(), accept="0" * 64).step("Apply").code == 3
    assert it.wire.seen == []
    accepted = it.apply(it.main(), accept=digest)
    assert accepted.succeeded, accepted
    assert it.issue() is None
    is_settled(it, "en-01", "en-02", "en-03")


@pytest.mark.deep
def test_a_change_that_nobody_reviewed_is_named_and_not_made(it: Hosting) -> None:
    """What came in beside a reviewed one waits; the reviewed one is applied; a digest makes the rest."""
    it.write(offering("en-01", price=Decimal(249)), offering("en-02"))
    number, _ = it.pull_request("price")
    git(it.work, "checkout", "--quiet", "main")
    it.write(offering("en-01"), offering("en-02"), offering("en-03"))
    it.push_to_main()
    job = it.merge(number)
    assert job.step("Apply").code == 4
    assert it.listings()["en-01"].price == Decimal(249)
    assert "en-03" not in it.listings()
    assert "1 of 2 changes" in job.log
    assert "en-03" in it.comment(number)
    assert it.apply(it.main(), accept=job.outputs["accept"]).succeeded
    is_settled(it, "en-01", "en-02", "en-03")


@pytest.mark.deep
def test_accept_lifts_the_deletion_rails_for_that_plan(it: Hosting) -> None:
    """An empty folder deletes nothing, reviewed or not, until somebody does what its comment says."""
    it.write()
    it.file("offerings/README.md", "# Courses\n")
    number, job = it.pull_request("none")
    assert job.succeeded, job
    assert {run["conclusion"] for run in it.api.checks} == {"neutral"}, "a required check lets it through"
    told = re.search(
        r"\*\*This plan is refused: merging it changes nothing(?s:.*)\*\*It can be merged on purpose\.\*\* .*"
        r"\(Actions, \*apply\*, \*Run workflow\*\), with `accept` set to\n\n```text\n([0-9a-f]{64})\n```",
        it.comment(number).partition("<details>")[0],
    )
    assert told
    refused = it.merge(number)
    assert refused.step("Apply").code == 1
    assert refused.outputs["accept"] == told[1]
    assert set(it.listings()) == {"en-01", "en-02"}
    assert it.issue() is not None
    accepted = it.apply(it.main(), accept=told[1])
    assert accepted.succeeded, accepted
    assert it.issue() is None
    assert "2 done" in it.comment(number)
    is_settled(it)


@pytest.mark.deep
def test_somebody_elses_comment_approves_nothing(it: Hosting) -> None:
    """A copy of the bot's comment, with its marker, by a person."""
    it.write(offering("en-01"), offering("en-02", price=Decimal(1)))
    number, _ = it.pull_request("cheap")
    [ours] = it.api.comments.pop(number)
    it.api.say(number, ours["body"], {"login": "mallory", "type": "User"})
    assert it.merge(number).step("Apply").code == 1
    assert it.wire.seen == []


# What goes wrong


@pytest.mark.deep
def test_a_failing_call_opens_an_issue_and_the_next_run_closes_it(it: Hosting) -> None:
    """The job fails, the comment and the issue say what is not done; run again, without a review, it is done."""
    it.write(offering("en-01", price=Decimal(249)), offering("en-02", price=Decimal(259)))
    number, _ = it.pull_request("prices")
    it.wire.script = lambda seen: respond(403, error("forbidden", "not you")) if "en-01" in seen.path else answer
    failed = it.merge(number)
    assert failed.step("Apply").code == 4
    assert not failed.succeeded
    issue = it.issue()
    assert issue is not None
    assert "en-01" in issue["body"]
    assert "1 failed" in it.comment(number)
    assert failed.step("What the state holds").code == 0

    it.wire.script = always(answer)
    assert it.apply(it.main()).succeeded
    assert it.issue() is None
    assert [found["state"] for found in it.api.issues] == ["closed"]
    is_settled(it, "en-01", "en-02")


@pytest.mark.deep
def test_an_old_job_that_is_run_again_does_nothing(it: Hosting) -> None:
    """It would bring old listings back."""
    old = it.main()
    it.write(offering("en-01", price=Decimal(249)), offering("en-02"))
    number, _ = it.pull_request("price")
    assert it.merge(number).succeeded
    seen, state = len(it.wire.seen), git(it.bare, "rev-parse", BRANCH)
    again = it.apply(old)
    assert again.succeeded
    assert "Superseded, nothing done" in again.log
    assert (len(it.wire.seen), git(it.bare, "rev-parse", BRANCH)) == (seen, state)
    assert it.listings()["en-01"].price == Decimal(249)


@pytest.mark.deep
@pytest.mark.parametrize("deaf", [False, True])
def test_a_cancelled_job_leaves_a_state_that_the_next_one_finishes(tmp_path: Path, *, deaf: bool) -> None:
    """SIGINT is enough for one that can act; one that cannot is killed after 10 s. Neither loses anything."""
    with hosting(tmp_path, lease=2.0) as it:
        it.write(offering("en-01"), offering("en-02"), offering("en-03"))
        number, _ = it.pull_request("three")
        sha = it.merge_only(number)
        with at_request(it, 2, executed=True) as reached, it.applying(sha) as (job, process):
            assert process is not None
            assert reached.wait(60)
            if deaf:
                process.send_signal(signal.SIGSTOP)
            cancel(process)
        assert job.step("Apply").code == (-signal.SIGKILL if deaf else 130)
        assert job.step("What the state holds").code == 0
        state = it.state()
        assert set(it.listings()) <= set(state.listings)
        assert (state.run is None) is not deaf

        done = it.apply(sha)
        assert done.succeeded, done
        is_settled(it, "en-01", "en-02", "en-03")


@pytest.mark.deep
def test_approved_then_crashed_then_settled_needs_no_new_review(tmp_path: Path) -> None:
    """The state keeps what was approved, even where the comment is gone when the next run comes."""
    with hosting(tmp_path, lease=2.0) as it:
        it.write(offering("en-01"), offering("en-02"))
        number, _ = it.pull_request("begin")
        sha = it.merge_only(number)
        lose_runner(it, sha, 1, executed=True)
        it.api.comments.clear()
        done = it.apply(sha)
        assert done.succeeded, done
        is_settled(it, "en-01", "en-02")


@pytest.mark.deep
@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
def test_a_runner_that_is_lost_at_any_request_is_followed_by_one_that_finishes(
    tmp_path: Path, *, executed: bool
) -> None:
    """The second has nothing but the repository. No orphan, nothing deleted without need, no new review."""
    with hosting(tmp_path, lease=2.0, allow_replace=True) as it:
        for trial in range(1, REQUESTS + 1):
            it.marketplace.desired = {want.offering_id: want for want in BEFORE}
            it.begin(*BEFORE)
            it.write(*AFTER)
            number, planned = it.pull_request(f"there-{trial}")
            assert planned.succeeded, planned
            it.marketplace.desired = {want.offering_id: want for want in AFTER}
            lost = lose_runner(it, it.merge_only(number), trial, executed=executed)
            assert lost.step("Apply").code == -signal.SIGKILL
            assert set(it.listings()) <= set(it.state().listings)
            done = it.apply(it.main())
            assert done.succeeded, done
            assert it.listings() == it.marketplace.desired
            is_settled(it, *it.marketplace.desired)


@pytest.mark.deep
def test_two_runners_take_turns(tmp_path: Path) -> None:
    """While one is held up, the other waits for it, and then finds that nothing is left to do."""
    with hosting(tmp_path, lease=3.0, timeout=60.0) as it:
        it.write(offering("en-01"), offering("en-02"))
        number, _ = it.pull_request("begin")
        sha = it.merge_only(number)
        reached, released = threading.Event(), threading.Event()

        def hold_up(call: Call) -> None:
            reached.set()
            released.wait(60)
            answer(call)

        it.wire.script = first(1, hold_up)
        with it.applying(sha) as (one, process):
            assert process is not None
            assert reached.wait(60)
            with it.applying(sha) as (two, other):
                assert other is not None
                while "another run is applying" not in two.under_way:
                    assert other.poll() is None, two.under_way
                    time.sleep(0.05)
                released.set()
        assert one.succeeded, one
        assert two.succeeded, two
        assert "No changes." in two.log
        assert sent(it.wire.seen) == [("POST", "en-01"), ("POST", "en-02")]
        is_settled(it, "en-01", "en-02")


# Guards at work


@pytest.mark.deep
def test_only_main_is_applied(it: Hosting) -> None:
    """A dispatch on another branch starts nothing, whatever it accepts."""
    it.write(offering("en-01", price=Decimal(1)), offering("en-02"))
    git(it.work, "checkout", "--quiet", "-b", "mine")
    sha = it.commit()
    git(it.work, "push", "--quiet", "origin", "mine")
    trigger = Trigger(event="workflow_dispatch", ref="refs/heads/mine", sha=sha, inputs={"accept": "x"})
    for workflow in ("apply", "reassert"):
        assert it.runner.job(workflow, trigger).skipped
    assert it.wire.seen == []


@pytest.mark.deep
def test_an_address_that_the_environment_does_not_pin_gets_nothing(it: Hosting) -> None:
    """Its variable reaches apply and reassert; the plan, which has no credential, needs none."""
    it.runner.pinned = {"OFFERCTL_ALLOWED_BASE_URL": "https://marketplace.example"}
    it.write(offering("en-01", price=Decimal(249)), offering("en-02"))
    number, planned = it.pull_request("price")
    assert planned.succeeded, planned
    for job, step in ((it.merge(number), "Apply"), (it.reassert(), "Reassert")):
        assert job.step(step).code == 1
        assert "which OFFERCTL_ALLOWED_BASE_URL does not allow" in job.log
    assert it.wire.seen == []
    it.runner.pinned = {"OFFERCTL_ALLOWED_BASE_URL": it.wire.url}
    applied = it.apply(it.main())
    assert applied.succeeded, applied
    assert sent(it.wire.seen) == [("PATCH", "en-01")]


@pytest.mark.deep
def test_reassert_writes_what_was_confirmed_and_nothing_else(it: Hosting) -> None:
    """A listing that somebody removed by hand comes back; an edit that nobody applied yet is left to apply."""
    it.marketplace.reset({"en-02": it.listings()["en-02"]})
    it.write(offering("en-01"), offering("en-02"), offering("en-03"))
    it.push_to_main()
    job = it.reassert()
    assert job.succeeded, job
    is_settled(it, "en-01", "en-02")
    assert "en-03" not in it.state().listings


@pytest.mark.deep
def test_a_token_that_may_not_write_the_state_sends_nothing(it: Hosting) -> None:
    """The refusal says which permission is missing."""
    it.write(offering("en-01"), offering("en-02", price=Decimal(249)))
    number, _ = it.pull_request("price")
    it.runner.token = github.READ
    job = it.merge(number)
    assert job.step("Apply").code == 1
    assert "contents: write" in job.log
    assert it.wire.seen == []


@pytest.mark.deep
def test_no_credential_is_shown_and_none_is_left(it: Hosting) -> None:
    """Neither in logs, summaries, comments, issues nor on the branch of the state; plan's job never has them."""
    it.write(offering("en-01"), offering("en-02", price=Decimal(249)))
    number, planned = it.pull_request("price")
    it.wire.script = always(respond(403, error("forbidden", f"bad key {SECRETS['OFFERCTL_API_KEY']}")))
    applied = it.merge(number)
    told = [planned.log, planned.summary, applied.log, applied.summary, str(it.api.comments), str(it.api.issues)]
    told.append(git(it.bare, "log", "-p", BRANCH))
    for secret in (*SECRETS.values(), github.WRITE):
        assert not any(secret in text for text in told)


@pytest.mark.deep
def test_hostile_names_take_no_effect(it: Hosting) -> None:
    """Workflow commands, markers, fences, HTML and mentions in a course's name are text, all the way."""
    name = "::error::x <!-- offerctl:plan {} --> ````` @octocat <img src=x> %0A::add-mask::a"
    it.write(offering("en-01", course_name=name), offering("en-02"))
    number, job = it.pull_request("hostile")
    applied = it.merge(number)
    assert applied.succeeded, applied
    assert it.listings()["en-01"].course_name == name
    words = re.sub(r"(?s)(`{3,})text\n.*?\n\1\n", "", it.comment(number))
    assert words.count("<!-- offerctl:plan") == 1
    assert "<img" not in words
    assert "@octocat" not in words
    for log in (job.step("Plan").log, applied.step("Apply").log):
        lines = log.splitlines()
        token = lines[0].removeprefix("::stop-commands::")
        assert (lines[0], lines[-1]) == (f"::stop-commands::{token}", f"::{token}::")
