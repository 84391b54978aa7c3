"""What was reviewed and nothing else: approvals that end, are replaced, come late, or were never given."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl import canon
from offerctl.offering import Offering
from offerctl.state import Status, document
from support.gitops import RUN, Job, Loop, loop
from support.homes import BRANCH, git
from support.plans import offering
from support.scenario import SECRETS, finish, for_ids, sent
from support.wire import always, answer, error, respond, silence

ONE, TWO, THREE = offering("en-01"), offering("en-02"), offering("en-03")
DEARER = offering("en-01", price=Decimal(249))
CHEAPER = offering("en-01", price=Decimal(219))
MANY = tuple(offering(f"en-{number:02}") for number in range(8))
LARGE = tuple(offering(f"new-{number:03}-with-a-long-name") for number in range(200))
"""So many that one comment cannot show them all."""
DOCUMENTATION = {"README.md": "Another word.\n"}
INVALID = respond(400, error("invalid", "no"))


def reviewed(it: Loop, number: int, *offerings: Offering) -> str:
    """Proposed, planned and merged; the commit on main, whose job has not run."""
    it.propose(number, *offerings)
    assert it.plan(number).code == 0
    return it.merge(number)


def price(it: Loop) -> Decimal:
    return it.marketplace.listings()["en-01"].price


def requests(it: Loop) -> list[tuple[str, str]]:
    """What was sent since this was asked last."""
    found = sent(it.wire.seen)
    it.wire.seen.clear()
    return found


def held(it: Loop, job: Job) -> None:
    """It sent nothing, and says what waits for a review."""
    assert job.code == 1, job
    assert "not in the reviewed plan" in job.log
    assert requests(it) == []


# Approvals end


@pytest.mark.deep
@pytest.mark.parametrize("beside", [(), (THREE,)], ids=["alone", "beside another change"])
def test_an_approval_ends_with_what_it_was_for(listed: Loop, beside: tuple[Offering, ...]) -> None:
    """A deletion that was approved, not started, and taken back by a review, is no longer approved."""
    reviewed(listed, 7, offering("en-02", price=Decimal(249)))
    listed.wire.script = for_ids({"en-02": INVALID})
    assert listed.apply().code == 1
    listed.wire.script = always(answer)
    reviewed(listed, 8, ONE, TWO, *beside)
    assert listed.apply().code == 0
    state = listed.project.state()
    assert state is not None
    assert state.approved == {}
    requests(listed)
    listed.push_main(TWO, *beside)
    held(listed, listed.apply())
    assert "en-01" in listed.marketplace.listings()


@pytest.mark.deep
def test_a_newer_approval_replaces_an_older_one(listed: Loop) -> None:
    """Also where main went back to what was approved before it."""
    reviewed(listed, 8, CHEAPER, TWO)
    listed.wire.script = for_ids({"en-01": INVALID})
    assert listed.apply().code == 1
    listed.wire.script = always(answer)
    requests(listed)
    reviewed(listed, 9, DEARER, TWO)
    listed.push_main(CHEAPER, TWO)
    held(listed, listed.apply())
    assert price(listed) == Decimal(199)


@pytest.mark.deep
def test_an_approval_outlasts_the_time_in_which_its_listing_is_contested(it: Loop) -> None:
    """Taken over by import, it is written as it was reviewed, without another review."""
    it.marketplace.store.put_foreign(offering("en-01", price=Decimal(9)), "pro-1")
    reviewed(it, 7, ONE)
    assert it.apply().code == 1
    it.push_main(ONE, files=DOCUMENTATION)
    assert it.apply().code == 1
    done = finish(it.project.start("import", "offerings/en-01.yaml"))
    assert done.code == 0, done
    assert it.apply().code == 0
    assert price(it) == Decimal(199)


@pytest.mark.deep
@pytest.mark.parametrize("last", ["apply", "reassert"])
def test_an_approval_that_a_review_took_back_is_none_even_if_its_job_did_not_finish(
    listed: Loop, last: str
) -> None:
    """A record says what the files come to, also where that is no change at present."""
    reviewed(listed, 7, DEARER, TWO)
    listed.wire.script = for_ids({"en-01": INVALID})
    assert listed.apply().code == 1
    listed.wire.script = always(answer)
    reviewed(listed, 8, ONE, TWO)
    listed.api.failing = {"/commits/": 502}
    assert listed.apply().code == 1
    listed.api.failing = {}
    requests(listed)
    listed.push_main(DEARER, TWO)
    if last == "apply":
        held(listed, listed.apply())
    else:
        listed.reassert()
    assert price(listed) == Decimal(199)


@pytest.mark.deep
def test_a_deletion_that_a_review_took_back_is_not_made(listed: Loop) -> None:
    """Neither of the two jobs ran."""
    reviewed(listed, 7, ONE)
    reviewed(listed, 8, ONE, TWO)
    listed.push_main(ONE)
    held(listed, listed.apply())
    assert "en-02" in listed.marketplace.listings()


@pytest.mark.deep
def test_a_reviewed_return_is_made_though_its_plan_showed_no_change(listed: Loop) -> None:
    """It was planned before what it takes back was applied."""
    first = reviewed(listed, 7, DEARER, TWO)
    listed.propose(8, ONE, TWO)
    assert listed.plan(8).code == 0
    assert listed.apply(first).code == 0
    listed.merge(8)
    assert listed.apply().code == 0
    listed.check_in_sync()


@pytest.mark.deep
def test_a_comment_of_an_older_push_approves_nothing(listed: Loop) -> None:
    """A deletion that its author withdrew before the merge."""
    listed.propose(7, DEARER)
    assert listed.plan(7).code == 0
    listed.propose(7, DEARER, TWO)
    listed.merge(7)
    listed.push_main(DEARER)
    held(listed, listed.apply())


@pytest.mark.deep
def test_what_others_have_pending_is_not_displaced_by_a_newer_review(listed: Loop) -> None:
    """A pull request shows it, but only speaks for its own files."""
    reviewed(listed, 7, CHEAPER, TWO)
    listed.wire.script = for_ids({"en-01": INVALID})
    assert listed.apply().code == 1
    listed.propose(9, CHEAPER, TWO, THREE)
    assert listed.plan(9).code == 0
    reviewed(listed, 8, DEARER, TWO)
    assert listed.apply().code == 1
    listed.merge(9)
    listed.wire.script = always(answer)
    listed.marketplace.desired = {wanted.offering_id: wanted for wanted in (DEARER, TWO, THREE)}
    assert listed.apply().code == 0
    listed.check_in_sync()


@pytest.mark.deep
def test_what_a_large_plan_did_not_show_waits_for_the_digest_that_its_comment_names(it: Loop) -> None:
    """Deletions and changes first, then as many additions as there is room for; the others are held."""
    it.deliver(1, ONE, TWO)
    requests(it)
    head = it.propose(7, DEARER, TWO, *LARGE)
    planned = it.plan(7)
    assert planned.code == 0, planned
    [check] = it.api.records(head)
    assert check["conclusion"] == "neutral"
    [comment] = it.api.ours(7)
    assert f"/actions/runs/{RUN})" in comment
    told = re.search(r"\*\*(\d+) changes have no room .* `accept` set to\s+```text\s+([0-9a-f]{64})", comment)
    assert told
    left = int(told[1])
    it.merge(7)
    job = it.apply()
    assert job.code == 4, job
    assert f"{left} of {len(LARGE) + 1} changes were not in the reviewed plan" in job.log
    assert len(requests(it)) == len(LARGE) + 1 - left
    assert price(it) == Decimal(249)
    assert LARGE[-1].offering_id not in it.marketplace.listings()
    assert job.outputs["accept"] == told[2]
    assert it.apply(None, "--accept", told[2]).code == 0
    assert len(requests(it)) == left
    it.check_in_sync()


@pytest.mark.deep
@pytest.mark.parametrize("then", ["the same commit", "a newer one"])
def test_a_large_plan_that_was_killed_needs_no_new_review(tmp_path: Path, then: str) -> None:
    """What was done of it by then is confirmed; the state knows the rest one by one."""
    with loop(tmp_path, lease=5.0) as it:
        it.deliver(1, ONE, TWO)
        reviewed(it, 7, ONE, TWO, *LARGE[:100])
        number = len(it.wire.seen)
        it.wire.script = lambda seen: answer if seen.number < number + 60 else silence
        process, _ = it.begin_apply()
        reader = threading.Thread(target=process.communicate)
        reader.start()
        try:
            while live(it) < 30:
                assert process.poll() is None
                time.sleep(0.2)
        finally:
            process.kill()
            reader.join()
        it.wire.script = always(answer)
        if then == "a newer one":
            it.push_main(ONE, TWO, *LARGE[:100], files=DOCUMENTATION)
        done = it.apply()
        assert done.code == 0, done
        it.check_in_sync()


def live(it: Loop) -> int:
    """How many listings are confirmed."""
    state = it.project.state()
    assert state is not None
    return sum(belief.status is Status.LIVE for belief in state.listings.values())


@pytest.mark.deep
def test_credentials_that_come_late_need_no_new_review(it: Loop) -> None:
    """What the first job could not do, the next one does."""
    first = reviewed(it, 7, ONE)
    folder = it.clone(first)
    job = it.finish(it.start(folder, "apply", environment=it.variables(folder, {})), folder)
    assert job.code == 1, job
    it.push_main(ONE, files=DOCUMENTATION)
    assert it.apply().code == 0
    it.check_in_sync()


@pytest.mark.deep
def test_an_apply_by_hand_of_a_part_forgets_no_review(listed: Loop) -> None:
    """What it left out is found by the next job."""
    reviewed(listed, 7, DEARER, TWO, THREE)
    listed.push_main(DEARER, TWO, THREE, files=DOCUMENTATION)
    done = finish(listed.project.start("apply", "--auto-approve", "--target", "en-03"))
    assert done.code == 0, done
    assert listed.apply().code == 0
    listed.check_in_sync()


@pytest.mark.deep
def test_what_somebody_pushed_into_the_state_is_not_settled_without_a_review(listed: Loop) -> None:
    """It says of itself that this price was confirmed; no run of this environment had it confirmed."""
    cheap = offering("en-01", price=Decimal(1))
    state = listed.project.state()
    assert state is not None
    belief = state.listings["en-01"]
    assert belief.last_confirmed is not None
    told = belief.last_confirmed._replace(body=cheap, at=belief.last_confirmed.at + timedelta(seconds=1))
    edited = state.with_beliefs({"en-01": replace(belief, body=cheap, last_confirmed=told)})
    (listed.project.root / "edited.json").write_bytes(document.encode(edited))
    done = finish(listed.project.start("state", "push", "edited.json"))
    assert done.code == 0, done
    (listed.project.root / "edited.json").unlink()
    requests(listed)
    listed.push_main(cheap, TWO)
    job = listed.apply()
    assert job.code == 4, job
    assert requests(listed) == [("PATCH", "en-02")]
    assert price(listed) == Decimal(199)
    assert listed.apply(None, "--accept", job.outputs["accept"]).code == 0
    assert price(listed) == Decimal(1)


# What is accepted


@pytest.mark.deep
def test_accepting_what_is_held_lifts_no_rail(it: Loop) -> None:
    """The digest of an addition permits no deletions that came in beside it; nor does that of nothing."""
    it.deliver(1, *MANY)
    requests(it)
    for number, kept in ((7, MANY[3:]), (8, (*MANY[:3], *MANY[6:]))):
        it.propose(number, *kept)
        assert it.plan(number).code == 0
    new = offering("new-01")
    it.push_main(*MANY, new)
    addition = it.apply().outputs["accept"]
    it.merge(7)
    it.merge(8)
    it.marketplace.desired = {wanted.offering_id: wanted for wanted in (*MANY[6:], new)}
    refused = it.apply()
    assert "This would delete 6 listings" in refused.log
    job = it.apply(None, "--accept", addition)
    assert (job.code, job.outputs["accept"]) == (1, refused.outputs["accept"])
    assert it.apply(None, "--accept", canon.digest({"changes": []})).code == 3
    assert requests(it) == []
    assert it.apply(None, "--accept", refused.outputs["accept"]).code == 0
    it.check_in_sync()


# Old jobs, old histories, old states


@pytest.mark.deep
def test_an_old_job_is_superseded_before_there_is_a_state(it: Loop) -> None:
    """The first run notes its commit too, where its configuration was shown."""
    old = reviewed(it, 1, ONE)
    reviewed(it, 2)
    assert it.apply().code == 0
    assert "Superseded, nothing done" in it.apply(old).log
    assert it.apply(old, "--accept", "0" * 64).code == 3
    assert requests(it) == []


@pytest.mark.deep
def test_a_job_that_is_run_again_leaves_what_it_told(listed: Loop) -> None:
    """That nothing is left to do replaces no report of what was done."""
    reviewed(listed, 7, DEARER, TWO)
    assert listed.apply().code == 0
    told = listed.api.ours(7)
    assert "**Applied to trial: 1 done.**" in told[0]
    assert listed.apply().code == 0
    assert listed.api.ours(7) == told


@pytest.mark.deep
@pytest.mark.parametrize("newer", ["held", "refused"])
def test_an_old_job_is_superseded_by_one_that_did_nothing(it: Loop, newer: str) -> None:
    """The newer commit waits for a human; the older one must not come back meanwhile."""
    it.deliver(1, *MANY)
    dearer = offering("en-00", price=Decimal(249))
    old = reviewed(it, 7, dearer, *MANY[1:])
    if newer == "held":
        it.push_main(*MANY, offering("new-01"))
    else:
        it.push_main(*MANY[:2])
    requests(it)
    assert it.apply().code == 1
    job = it.apply(old)
    assert "Superseded, nothing done" in job.log
    assert requests(it) == []


@pytest.mark.deep
def test_what_was_reviewed_is_not_forgotten_by_a_plan_that_is_refused(it: Loop) -> None:
    """A later commit that needs no exception finds it approved."""
    it.deliver(1, *MANY)
    dearer = offering("en-00", price=Decimal(249))
    reviewed(it, 7, dearer, *MANY[1:])
    it.push_main(dearer, MANY[1])
    assert it.apply().code == 1
    it.push_main(dearer, *MANY[1:])
    requests(it)
    assert it.apply().code == 0
    assert requests(it) == [("PATCH", "en-00")]


@pytest.mark.deep
def test_a_rewritten_main_needs_a_human(listed: Loop) -> None:
    """A job of a history that main no longer has does nothing; nor does the new main, unless it is accepted."""
    base = listed.tip()
    old = reviewed(listed, 7, DEARER, TWO)
    assert listed.apply().code == 0
    root = listed.project.root
    git(root, "push", "-q", "origin", f"{old}:refs/heads/kept")  # GitHub keeps it; a checkout fetches it by its id
    git(root, "checkout", "-q", "-B", "work", base)
    listed.write(CHEAPER, TWO)
    listed.push("main")
    requests(listed)
    job = listed.apply()
    assert job.code == 1, job
    assert "is not in the history of" in job.log
    assert requests(listed) == []
    assert listed.apply(None, "--accept", job.outputs["accept"]).code == 0
    requests(listed)
    again = listed.apply(old)
    assert again.code == 1, again
    assert requests(listed) == []
    assert price(listed) == Decimal(219)


@pytest.mark.deep
def test_git_that_gives_no_answer_is_no_answer(listed: Loop, tmp_path: Path) -> None:
    """Nothing is taken for newer or older because a command failed."""
    old = listed.tip()
    reviewed(listed, 7, DEARER, TWO)
    listed.apply()
    requests(listed)
    program = tmp_path / "programs" / "git"
    program.parent.mkdir()
    refuse = 'for word; do test "$word" = --first-parent && { echo "fatal: no answer" >&2; exit 128; }; done'
    program.write_text(f'#!/bin/sh\n{refuse}\nexec {shutil.which("git")} "$@"\n', "utf-8")
    program.chmod(0o755)
    folder = listed.clone(old)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**listed.variables(folder, {}), **SECRETS, "PATH": path}
    job = listed.finish(listed.start(folder, "apply", environment=environment), folder)
    assert job.code == 1, job
    assert "git cannot tell" in job.log
    assert requests(listed) == []


@pytest.mark.deep
@pytest.mark.parametrize("how", ["gone", "older"])
def test_a_state_that_is_not_the_reviewed_one_is_noticed(listed: Loop, how: str) -> None:
    """A fresh clone knows no former state; but the record knows its serial."""
    before = listed.tip(BRANCH)
    listed.deliver(2, ONE, TWO, THREE)
    reviewed(listed, 7, DEARER, TWO)
    if how == "gone":
        git(listed.bare, "update-ref", "-d", f"refs/heads/{BRANCH}")
    else:
        git(listed.bare, "update-ref", f"refs/heads/{BRANCH}", before)
    requests(listed)
    job = listed.apply()
    assert job.code == 1, job
    assert "the state is older than its plan in #7" in job.log
    assert requests(listed) == []


# Reviews that are found late, and old ones that are none


@pytest.mark.deep
@pytest.mark.parametrize("status", [None, 404, 422])
def test_a_review_counts_before_github_has_joined_its_commit(listed: Loop, status: int | None) -> None:
    """For some seconds the commit leads to no pull request; the pull request leads to the commit."""
    reviewed(listed, 7, DEARER, TWO)
    if status:
        listed.api.failing = {"/commits/.*/pulls": status}
    else:
        listed.api.pulls[7].joined = False
    job = listed.apply()
    assert job.code == 0, job
    assert price(listed) == Decimal(249)
    assert "**Applied to trial: 1 done.**" in listed.api.ours(7)[0]


@pytest.mark.deep
@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "not joined yet"])
def test_a_review_counts_however_it_is_merged(listed: Loop, how: str, *, joined: bool) -> None:
    """Also when main has moved on since, with a commit that changes no listing."""
    listed.propose(7, DEARER, TWO)
    assert listed.plan(7).code == 0
    listed.push_main(ONE, TWO, files=DOCUMENTATION)
    listed.marketplace.desired = {wanted.offering_id: wanted for wanted in (DEARER, TWO)}
    listed.merge(7, how)
    listed.api.pulls[7].joined = joined
    assert listed.apply().code == 0
    listed.check_in_sync()
    assert "**Applied to trial: 1 done.**" in listed.api.ours(7)[0]


@pytest.mark.deep
def test_a_first_run_leaves_old_pull_requests_alone(it: Loop) -> None:
    """They were merged before there were plans; only the newest says what is reviewed."""
    for number in range(1, 4):
        it.propose(number, files=DOCUMENTATION)
        it.merge(number)
    reviewed(it, 7, ONE)
    it.api.seen.clear()
    assert it.apply().code == 0
    assert [call for call in it.api.seen if not call.startswith("GET")] == [
        f"PATCH /repos/provider/listings/issues/comments/{it.api.comments[7][0]['id']}"
    ]
    assert set(it.api.comments) == {7}


@pytest.mark.deep
def test_many_commits_of_one_merge_are_one(listed: Loop) -> None:
    """What a branch was made of costs no request, and hides no review."""
    listed.propose(7, DEARER, TWO)
    root = listed.project.root
    for _ in range(120):
        git(root, "commit", "-q", "--allow-empty", "-m", "A step")
    listed.api.open(7, listed.push("pull-7"))
    assert listed.plan(7).code == 0
    listed.merge(7)
    listed.api.seen.clear()
    assert listed.apply().code == 0
    assert sum(call.endswith("/pulls") and "/commits/" in call for call in listed.api.seen) == 1


# What repeats


@pytest.mark.deep
@pytest.mark.parametrize("how", ["killed", "in doubt"])
def test_what_reassert_leaves_in_doubt_needs_no_review(tmp_path: Path, how: str) -> None:
    """It only repeated what was confirmed: the next run, whichever it is, finishes that."""
    with loop(tmp_path, lease=2.0) as it:
        it.deliver(1, ONE, TWO, THREE)
        it.push_main(ONE, TWO, files=DOCUMENTATION)
        accept = it.apply().outputs["accept"]
        assert it.apply(None, "--accept", accept).code == 0
        if how == "killed":
            it.wire.script = always(silence)
            folder = it.clone(it.tip())
            process = it.start(folder, "reassert", environment={**it.variables(folder, {}), **SECRETS})
            number = len(it.wire.seen)
            while len(it.wire.seen) == number:
                assert process.poll() is None
            process.kill()
            process.communicate()
        else:
            it.wire.script = for_ids({"en-01": respond(500, error("general", "x"))})
            assert it.reassert().code == 4
        it.wire.script = always(answer)
        done = it.reassert() if how == "killed" else it.apply()
        assert done.code == 0, done
        it.check_in_sync()
        assert it.api.open_issues() == []


@pytest.mark.deep
def test_reassert_says_what_waits_for_apply(listed: Loop) -> None:
    """And does not claim that everything is confirmed."""
    listed.push_main(DEARER, TWO)
    job = listed.reassert()
    assert job.code == 0, job
    assert "1 other change waits for *apply*" in job.summary
    assert "Everything" not in job.summary


@pytest.mark.deep
def test_an_ephemeral_marketplace_repeats_without_a_review(tmp_path: Path) -> None:
    """Whatever is pushed: what was confirmed is written again, and what is new is still held."""
    with loop(tmp_path, ephemeral=True) as it:
        it.deliver(1, ONE, TWO)
        requests(it)
        it.push_main(ONE, TWO, files=DOCUMENTATION)
        assert it.apply().code == 0
        assert requests(it) == [("PATCH", "en-01"), ("PATCH", "en-02")]
        it.push_main(ONE, TWO, THREE)
        job = it.apply()
        assert job.code == 4, job
        assert "1 of 3 changes was not in the reviewed plan" in job.log
        assert requests(it) == [("PATCH", "en-01"), ("PATCH", "en-02")]


# Protection


@pytest.fixture
def protected(it: Loop) -> Loop:
    """A listing that is protected, and another one."""
    text = file_of(it, "en-01")
    it.propose(1, ONE, TWO, files={"offerings/en-01.yaml": f"{text}protect: true\n"})
    assert it.plan(1).code == 0
    it.merge(1)
    assert it.apply().code == 0
    assert is_protected(it)
    requests(it)
    return it


def file_of(it: Loop, id_: str) -> str:
    """Its offering file, without protection."""
    it.write(ONE, TWO)
    return (it.project.root / "offerings" / f"{id_}.yaml").read_text("utf-8")


def is_protected(it: Loop) -> bool:
    state = it.project.state()
    assert state is not None
    assert state.listings["en-01"].status is Status.LIVE
    return state.listings["en-01"].protect


@pytest.mark.deep
def test_protection_is_not_taken_away_without_a_review(protected: Loop) -> None:
    """Neither alone nor beside a reviewed price; a review or a digest does it."""
    reviewed(protected, 7, DEARER, TWO)
    comment = protected.api.ours(7)[0]
    assert "no longer protect en-01 against deletion" in comment
    [check] = protected.api.records(protected.api.pulls[7].head)
    check["output"]["text"] = check["output"]["text"].replace('"unprotected":["en-01"]', '"unprotected":["other"]')
    job = protected.apply()
    assert job.code == 4, job
    assert requests(protected) == [("PATCH", "en-01")]
    assert is_protected(protected)
    assert "no longer protect `en-01`: never reviewed" in job.summary
    assert protected.apply(None, "--accept", job.outputs["accept"]).code == 0
    assert not is_protected(protected)


@pytest.mark.deep
def test_a_review_takes_protection_away(protected: Loop) -> None:
    """With the price that it came with."""
    reviewed(protected, 7, DEARER, TWO)
    assert protected.apply().code == 0
    assert (price(protected), is_protected(protected)) == (Decimal(249), False)


@pytest.mark.deep
def test_reassert_leaves_protection_alone(protected: Loop) -> None:
    """It only repeats: what waits for a review stays open, and an old job brings nothing back."""
    old = protected.tip()
    protected.push_main(ONE, TWO)
    assert protected.apply().code == 1
    assert len(protected.api.open_issues()) == 1
    assert protected.reassert().code == 0
    assert is_protected(protected)
    assert len(protected.api.open_issues()) == 1
    text = file_of(protected, "en-01")
    protected.push_main(ONE, TWO, files={"offerings/en-01.yaml": f"{text}protect: true\n"})
    assert protected.apply().code == 0
    reviewed(protected, 7, ONE, TWO)
    assert protected.apply().code == 0
    assert not is_protected(protected)
    folder = protected.clone(old)
    environment = {**protected.variables(folder, {}), **SECRETS}
    protected.finish(protected.start(folder, "reassert", environment=environment), folder)
    assert not is_protected(protected)


@pytest.mark.deep
def test_a_reviewed_loss_of_protection_is_made_though_its_change_is_refused(protected: Loop) -> None:
    """It sends nothing; later its review is not found any more."""
    reviewed(protected, 7, DEARER, TWO)
    protected.wire.script = for_ids({"en-01": INVALID})
    assert protected.apply().code == 1
    protected.wire.script = always(answer)
    assert not is_protected(protected)
    protected.push_main(DEARER, TWO, files=DOCUMENTATION)
    assert protected.apply().code == 0
    protected.check_in_sync()


@pytest.mark.deep
def test_credentials_that_come_late_lose_no_reviewed_loss_of_protection(protected: Loop) -> None:
    """The first job notes it, the next one finds it made."""
    first = reviewed(protected, 7, DEARER, TWO)
    folder = protected.clone(first)
    process = protected.start(folder, "apply", environment=protected.variables(folder, {}))
    assert protected.finish(process, folder).code == 1
    assert protected.apply().code == 0
    assert (price(protected), is_protected(protected)) == (Decimal(249), False)


@pytest.mark.deep
def test_a_protection_that_a_review_kept_is_not_lost_to_an_older_one(protected: Loop) -> None:
    """The newest review of the file decides."""
    text = file_of(protected, "en-01")
    reviewed(protected, 7, ONE, TWO)
    protected.propose(8, ONE, TWO, files={"offerings/en-01.yaml": f"{text}protect: true\n"})
    assert protected.plan(8).code == 0
    protected.merge(8)
    protected.push_main(ONE, TWO)
    held(protected, protected.apply())
    assert is_protected(protected)


@pytest.mark.deep
def test_a_protection_beside_it_keeps_the_approval_of_what_is_contested(it: Loop) -> None:
    """A run that sends nothing keeps approvals too."""
    reviewed(it, 1, TWO)
    assert it.apply().code == 0
    it.marketplace.store.put_foreign(offering("en-01", price=Decimal(9)), "pro-1")
    reviewed(it, 7, ONE, TWO)
    assert it.apply().code == 1
    text = file_of(it, "en-02")
    it.push_main(ONE, TWO, files={"offerings/en-02.yaml": f"{text}protect: true\n"})
    it.apply()
    done = finish(it.project.start("import", "offerings/en-01.yaml"))
    assert done.code == 0, done
    assert it.apply().code == 0
    assert price(it) == Decimal(199)
