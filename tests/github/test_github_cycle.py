"""Pull request, plan, merge, apply: every job is the real executable in a fresh clone, by git and HTTP."""

from __future__ import annotations

import re
import shutil
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.app.commits import MOST
from offerctl.github import marker
from offerctl.github.approvals import Approvals
from offerctl.github.texts import ISSUE_TITLE
from support.cli import Done, offerctl
from support.description import event
from support.github import READ, WRITE, Hiccup, pull_request_event
from support.gitops import ACTOR, RUN, Job, Loop, loop
from support.homes import git
from support.plans import offering
from support.scenario import SECRETS, for_ids, sent
from support.wire import always, answer, error, respond, silence

ONE, TWO = offering("en-01"), offering("en-02")
DEARER = offering("en-01", price=Decimal(249))
WRONG = "trainingStandardKey: JHSC-2014-1-E-O\ncourseName: Part One\nprice: free\ncourseDuration: 19.5\n"


def history(it: Loop, *args: str) -> Done:
    """`offerctl history` in a fresh clone."""
    return offerctl("history", *args, cwd=it.clone(it.tip()))


def only(found: list[str]) -> str:
    """The one there is."""
    [one] = found
    return one


def accepted(it: Loop, job: Job) -> Job:
    """The dispatched job with the digest that a job named."""
    return it.apply(None, "--accept", job.outputs["accept"])


# The pull request


def test_a_pull_request_has_one_comment_that_is_edited_in_place(listed: Loop) -> None:
    """It says in plain words what merging does, and what it was made from; the summary says the same."""
    listed.propose(7, DEARER, TWO)
    first = listed.plan(7)
    assert first.code == 0, first
    text = only(listed.api.ours(7))
    assert "**Merging this will** change the price of *JHSC Certification Part One* (English)" in text
    assert "from $199.00 to $249.00 (`en-01`). Nothing else changes." in text
    assert "from $199.00 to $249.00 (`en-01`). Nothing else changes." in first.summary
    head = listed.propose(7, offering("en-01", price=Decimal(219)), TWO)
    second = listed.plan(7)
    text = only(listed.api.ours(7))
    assert "to $219.00" in text
    assert "$249.00" not in text
    assert marker.read(text) == "trial"
    record = listed.record(7)
    assert record is not None
    assert (record.environment, record.pull_request, record.serial, record.commit) == ("trial", 7, 2, head)
    assert list(record.approvals.listings) == ["en-01"]
    [check] = listed.api.records(head)
    assert (check["name"], check["conclusion"]) == ("offerctl (trial)", "success")
    assert check["output"]["title"] == "Merging approves 1 change"
    assert check["details_url"] == f"https://github.example/provider/listings/actions/runs/{RUN}"
    assert second.outputs == {
        "valid": "true",
        "changes": "1",
        "digest": second.outputs["digest"],
        "refused": "false",
    }
    assert listed.wire.seen == []


@pytest.mark.deep
def test_the_page_as_it_will_be_is_written_for_the_workflow(listed: Loop, tmp_path: Path) -> None:
    """Outside of the checkout, with an output that says where; what stands in the way of it fails no plan."""
    listed.propose(7, DEARER, TWO)
    target = tmp_path / "runner" / "preview"
    job = listed.plan(7, "--preview", str(target))
    assert job.code == 0, job
    assert job.outputs["preview"] == str(target)
    assert "$249.00" in (target / "en.html").read_text("utf-8")
    assert (target / "fr.html").is_file()
    assert f"/actions/runs/{RUN}#artifacts)." in only(listed.api.ours(7))
    (target / "en.html").write_text("somebody's own")
    job = listed.plan(7, "--preview", str(target))
    assert job.code == 0, job
    assert "preview" not in job.outputs
    assert "#artifacts" not in only(listed.api.ours(7))
    assert "::notice::There is no preview: " in job.log


@pytest.mark.deep
@pytest.mark.parametrize("name", ["x blob", "notes/my blob 12"])
def test_any_name_of_a_file_beside_the_offerings_is_read_over(listed: Loop, name: str) -> None:
    """What git says of files that the base branch lacks is no answer about one that it has."""
    listed.propose(7, DEARER, TWO, files={f"offerings/{name}": "A note.\n"})
    assert listed.plan(7).code == 0
    assert "to $249.00" in only(listed.api.ours(7))


@pytest.mark.deep
def test_a_folder_that_becomes_a_file_is_read_over(listed: Loop) -> None:
    """Its entries are no answers either, whatever they are called."""
    listed.push_main(ONE, TWO, files={"offerings/a/b\nc blob d\ne": "A note.\n"})
    listed.apply()
    root = listed.project.root
    git(root, "checkout", "-q", "-B", "pull-7", listed.tip())
    shutil.rmtree(root / "offerings" / "a")
    (root / "offerings" / "a").write_text("A note.\n", "utf-8")
    listed.api.open(7, listed.push("pull-7"))
    assert listed.plan(7).code == 0


@pytest.mark.deep
def test_a_plan_that_did_not_change_is_not_written_again(listed: Loop) -> None:
    """Nobody is told twice."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.api.seen.clear()
    listed.plan(7)
    assert [request for request in listed.api.seen if not request.startswith("GET")] == []
    assert len(listed.api.seen) == 3


@pytest.mark.deep
def test_a_plan_that_ends_after_the_merge_writes_nothing(listed: Loop) -> None:
    """What happened stands in the comment, and stays; a plan of now would approve what nobody reviewed."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.merge(7)
    listed.apply()
    told = only(listed.api.ours(7))
    assert "1 done" in told
    job = listed.plan(7)
    assert job.code == 0, job
    assert "::notice::This pull request was merged meanwhile; its comment stays as it is." in job.log
    assert listed.api.ours(7) == [told]


@pytest.mark.deep
def test_a_plan_of_an_older_push_writes_nothing(listed: Loop) -> None:
    """Neither comment nor suggestion: the newer one does, whichever ends first. The check says what it found."""
    wrong = {"offerings/en-01.yaml": "price: 249 $\n"}
    older = listed.propose(7, ONE, TWO, files=wrong)
    listed.push("older")  # no server forgets it at once
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    told = listed.api.ours(7)
    job = listed.plan(7, head=older)
    assert job.code == 1, job
    assert "::notice::This pull request was pushed to meanwhile; the newer plan writes the comment." in job.log
    assert listed.api.ours(7) == told
    assert listed.api.beside == {}


@pytest.mark.deep
def test_the_comment_is_found_behind_a_long_discussion(it: Loop) -> None:
    """On whatever page it stands."""
    it.propose(7, ONE)
    for number in range(230):
        it.api.say(7, f"remark {number}", {"login": "somebody", "type": "User"})
    it.plan(7)
    it.propose(7, ONE, TWO)
    it.plan(7)
    assert "en-02" in only(it.api.ours(7))


@pytest.mark.deep
def test_a_wrong_file_turns_the_comment_into_its_problems_and_suggests_what_is_certain_once(listed: Loop) -> None:
    """Nothing of it is approved; each fix is suggested once, however often somebody pushes."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    text = (
        (listed.project.root / "offerings" / "en-01.yaml").read_text("utf-8").replace("price: 249", "price: 249 $")
    )
    for extra in ("", "# pushed again\n"):
        listed.propose(7, ONE, TWO, files={"offerings/en-01.yaml": text + extra})
        job = listed.plan(7)
        assert job.code == 1, job
        assert re.search(
            r"^::error file=offerings/en-01\.yaml,line=\d+,col=\d+,title=OFR\d+::", job.log, re.MULTILINE
        )
        assert job.outputs == {"valid": "false"}
    comment = only(listed.api.ours(7))
    assert "**This cannot be merged yet: 1 error in 2 offering files.**" in comment
    assert "offerings/en-01.yaml" in comment
    record = listed.record(7)
    assert record is not None
    assert record.approvals == Approvals()
    assert listed.api.records(record.commit)[-1]["conclusion"] == "failure"
    [suggestion] = listed.api.beside[7]
    assert "```suggestion\nprice: 249\n```" in suggestion["body"]
    assert (suggestion["path"], suggestion["line"]) == ("offerings/en-01.yaml", 4)
    listed.propose(7, DEARER, TWO)
    assert listed.plan(7).code == 0
    assert "to $249.00" in only(listed.api.ours(7))


def test_a_fix_of_a_line_that_the_pull_request_does_not_touch_is_left_out(it: Loop) -> None:
    """GitHub refuses it, and the plan goes on telling."""
    it.write(ONE)
    text = (it.project.root / "offerings" / "en-01.yaml").read_text("utf-8").replace("price: 199", "price: 199 $")
    it.propose(7, ONE, files={"offerings/en-01.yaml": text}, lines={})
    job = it.plan(7)
    assert job.code == 1
    assert it.api.beside == {}
    assert "This cannot be merged yet" in only(it.api.ours(7))


@pytest.mark.deep
def test_a_refused_plan_approves_nothing(listed: Loop) -> None:
    """It says so in the comment; as its digest can be accepted, the check is neutral and holds no merge up."""
    head = listed.propose(7)
    job = listed.plan(7)
    assert job.code == 0, job
    assert job.outputs["refused"] == "true"
    assert "::warning::This plan is refused by a rail" in job.log
    assert "**This plan is refused" in only(listed.api.ours(7))
    record = listed.record(7)
    assert record is not None
    assert record.approvals == Approvals(unshown=frozenset({"en-01", "en-02"}))
    [check] = listed.api.records(head)
    assert check["conclusion"] == "neutral"


@pytest.mark.deep
def test_a_plan_that_no_digest_lifts_is_red(it: Loop) -> None:
    """A protected listing that disappears: neither the check nor the job lets it through."""
    it.write(ONE, TWO)
    text = (it.project.root / "offerings" / "en-01.yaml").read_text("utf-8")
    it.propose(1, ONE, TWO, files={"offerings/en-01.yaml": f"{text}protect: true\n"})
    it.plan(1)
    it.merge(1)
    assert it.apply().code == 0
    head = it.propose(7, TWO)
    job = it.plan(7)
    assert job.code == 1, job
    assert "It can be merged on purpose" not in only(it.api.ours(7))
    [check] = it.api.records(head)
    assert check["conclusion"] == "failure"


@pytest.mark.deep
def test_a_fork_has_no_comment_and_no_secret_but_its_summary(it: Loop) -> None:
    """403 becomes a notice. After the merge nobody has reviewed it, so it is accepted by its digest."""
    it.propose(7, ONE)
    job = it.plan(7, fork=True)
    assert job.code == 0, job
    assert "::notice::No comment was written: the token of a fork may only read." in job.log
    assert "list *JHSC Certification Part One* (English) at $199.00" in job.summary
    assert it.api.comments == {}
    it.merge(7)
    held = it.apply()
    assert held.code == 1, held
    assert it.wire.seen == []
    assert "no configuration was taken up yet, and no review showed this one" in only(it.api.ours(7))
    assert held.outputs["accept"] in held.summary
    assert accepted(it, held).code == 0
    assert "1 done" in only(it.api.ours(7))
    it.check_in_sync()


def test_a_run_of_dependabot_has_no_comment_either(it: Loop) -> None:
    """GitHub gives it a fork's token, and the notice says whose it is."""
    it.propose(7, ONE)
    job = it.plan(7, GITHUB_ACTOR="dependabot[bot]", GITHUB_TOKEN=READ)
    assert job.code == 0, job
    assert "::notice::No comment was written: the token of Dependabot may only read." in job.log
    assert it.api.comments == {}


@pytest.mark.deep
def test_a_fork_that_cannot_read_the_state_is_validated_all_the_same(it: Loop) -> None:
    """And says why no change is shown, Dependabot's too; for anybody else it is an error."""
    it.propose(7, ONE)
    moved = it.bare.with_name("moved.git")
    folder = it.clone(it.api.pulls[7].head)
    shutil.move(it.bare, moved)
    for whose, code in (("a fork", 0), ("Dependabot", 0), ("somebody", 1)):
        payload = pull_request_event(7, it.api.pulls[7].head, fork=whose == "a fork")
        environment = it.variables(folder, payload, WRITE if code else READ)
        if whose == "Dependabot":
            environment["GITHUB_ACTOR"] = "dependabot[bot]"
        job = it.finish(it.start(folder, "plan", environment=environment), folder)
        assert job.code == code, job
        if code == 0:
            assert f"Changes cannot be shown here: the state is not readable from {whose}." in job.summary
            assert it.api.comments == {}
    comment = only(it.api.ours(7))
    assert "**There is no plan:** the state of trial on git branch" in comment
    record = it.record(7)
    assert record is not None
    assert record.approvals == Approvals()


def test_a_merge_group_is_planned_without_a_comment(it: Loop) -> None:
    """It has no pull request to write to."""
    it.propose(7, ONE)
    folder = it.clone(it.api.pulls[7].head)
    payload = event("merge_group$checks_requested", {"merge_group": {"head_sha": it.api.pulls[7].head}})
    job = it.finish(it.start(folder, "plan", environment=it.variables(folder, payload)), folder)
    assert job.code == 0, job
    assert "Merging this will" in job.summary
    assert it.api.seen == []


@pytest.mark.deep
@pytest.mark.parametrize("status", [403, 404, 429, 502])
def test_a_comment_that_cannot_be_written_fails_the_check(it: Loop, status: int) -> None:
    """Otherwise what an older push was planned as would go on approving: 403 is a limit and a locked one too."""
    it.propose(7, ONE)
    assert it.plan(7).code == 0
    it.propose(7, DEARER)
    it.api.failing = {"PATCH": status}
    job = it.plan(7)
    assert job.code == 1, job
    assert re.search(rf"GitHub refuses PATCH /repos/provider/listings/issues/comments/\d+ \({status}\)", job.log)


@pytest.mark.deep
def test_a_record_that_cannot_be_written_fails_the_check_and_approves_nothing(it: Loop) -> None:
    """As with a `plan.yml` of before, whose token may not: the log says which permission to look at."""
    it.propose(7, ONE)
    it.api.failing = {"POST .*/check-runs": 403}
    job = it.plan(7)
    assert job.code == 1, job
    assert "GitHub refuses POST /repos/provider/listings/check-runs (403)" in job.log
    assert "See the job's `permissions:`" in job.log
    it.api.failing = {}
    it.merge(7)
    held = it.apply()
    assert held.code == 1, held
    assert "::notice::#7 has a comment but no record of its newest commit: it approves nothing." in held.log
    assert it.wire.seen == []


@pytest.mark.parametrize("status", [429, 502])
def test_a_fork_is_no_excuse_for_other_failures(it: Loop, status: int) -> None:
    """Its token is answered 403."""
    it.propose(7, ONE)
    it.api.failing = {"POST": status}
    assert it.plan(7, fork=True).code == 1


@pytest.mark.deep
def test_a_moment_of_trouble_at_github_is_no_failure(it: Loop) -> None:
    """A plan reads again what was not answered, and its comment is written once."""
    it.propose(7, ONE)
    it.api.hiccups["GET"] = [Hiccup(status=503)]
    it.api.hiccups["POST"] = [Hiccup(status=403, retry_after="1")]
    job = it.plan(7)
    assert job.code == 0, job
    assert it.api.hiccups == {"GET": [], "POST": []}
    assert len(it.api.ours(7)) == 1


# The merge


def test_what_was_reviewed_is_applied_and_told(it: Loop) -> None:
    """The comment says what happened above what was reviewed; the state is pushed, and the receipt tells who."""
    job = it.deliver(7, ONE, TWO)
    assert job.code == 0, job
    it.check_in_sync()
    comment = only(it.api.ours(7))
    assert comment.index("**Applied to trial: 2 done.**") < comment.index("**Merging this will**")
    assert "**Applied to trial: 2 done.** Everything that the files say is confirmed." in job.summary
    assert it.api.issues == []
    shown = history(it)
    assert f"GitHub run {RUN}, by {ACTOR}" in shown.out
    one = history(it, "en-01")
    assert "pull request 7" in one.out
    assert it.tip()[:7] in one.out


@pytest.mark.deep
def test_a_failing_call_opens_the_issue_and_the_next_run_finishes_and_closes_it(listed: Loop) -> None:
    """What was approved stays approved until it is confirmed: no new review."""
    listed.propose(7, DEARER, TWO, offering("en-03"))
    listed.plan(7)
    listed.merge(7)
    listed.wire.script = for_ids({"en-01": respond(403, error("forbidden", "no access"))})
    job = listed.apply()
    assert job.code == 4, job
    comment = only(listed.api.ours(7))
    assert "**Applied to trial: 1 done, 1 failed: 403 forbidden.**" in comment
    [issue] = listed.api.open_issues()
    assert issue["title"] == ISSUE_TITLE
    assert "Not everything that the files on the main branch say is confirmed" in issue["body"]
    assert "1 failed: 403 forbidden" in issue["body"]
    listed.wire.script = for_ids({"en-01": respond(409, error("conflict", "not now"))})
    assert listed.apply().code == 1
    assert "409" in only([issue["body"] for issue in listed.api.issues])
    listed.wire.script = always(answer)
    listed.push_main(DEARER, TWO, offering("en-03"), files={"README.md": "Another word.\n"})
    done = listed.apply()
    assert done.code == 0, done
    assert listed.api.open_issues() == []
    assert "Everything that the files on the main branch say is confirmed again" in only(
        [issue["body"] for issue in listed.api.issues]
    )
    listed.check_in_sync()


@pytest.mark.deep
def test_a_job_that_is_run_again_after_a_newer_one_does_nothing(listed: Loop) -> None:
    """An old commit would bring old prices back."""
    old = listed.tip()
    listed.deliver(7, DEARER, TWO)
    listed.wire.seen.clear()
    before = listed.tip("offerctl-state")
    job = listed.apply(old)
    assert job.code == 0, job
    assert "Superseded, nothing done" in job.log
    assert "Superseded, nothing done" in job.summary
    assert listed.wire.seen == []
    assert listed.tip("offerctl-state") == before


@pytest.mark.deep
def test_a_commit_that_changes_no_listing_supersedes_older_ones_too(listed: Loop) -> None:
    """An approved change whose job never ran, reverted since, does not come back with that job."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    never_run = listed.merge(7)
    listed.push_main(ONE, TWO, files={"README.md": "Reverted.\n"})
    job = listed.apply()
    assert job.code == 0, job
    assert "Superseded" in listed.apply(never_run).log
    assert listed.wire.seen == []
    listed.check_in_sync()


@pytest.mark.deep
def test_the_commit_that_was_applied_last_can_be_run_again(listed: Loop) -> None:
    """It finishes, or does nothing."""
    before = listed.tip("offerctl-state")
    assert listed.apply().code == 0
    assert listed.tip("offerctl-state") == before


@pytest.mark.deep
@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_is_refused_with_the_way_on(listed: Loop, depth: int) -> None:
    """Where nobody can tell whether a newer commit was applied, nothing is."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    commit = listed.merge(7)
    folder = listed.clone(commit, f"--depth={depth}", "--branch=main")
    environment = {**listed.variables(folder, {}), **SECRETS}
    job = listed.finish(listed.start(folder, "apply", environment=environment), folder)
    assert job.code == 1, job
    assert "fetch-depth: 0" in job.log
    assert "fetch-depth: 0" in listed.api.open_issues()[0]["body"]
    assert listed.wire.seen == []


@pytest.mark.deep
def test_after_a_rewritten_history_an_accepted_plan_goes_ahead(listed: Loop) -> None:
    """The commit last applied is nowhere any more; a human decides."""
    root = listed.project.root
    git(root, "checkout", "-q", "--orphan", "anew")
    listed.write(DEARER, TWO)
    commit = listed.push("main")
    git(listed.bare, "update-ref", "-d", "refs/heads/pull-1")
    git(listed.bare, "gc", "-q", "--prune=now")
    job = listed.apply(commit)
    assert job.code == 1, job
    assert "is not in this clone" in job.log
    assert listed.wire.seen == []
    assert accepted(listed, job).code == 0
    listed.check_in_sync()


@pytest.mark.deep
def test_changes_that_were_not_reviewed_are_held_and_named(listed: Loop) -> None:
    """3 of 5 were reviewed and are made; 2 are not, with both digests and the one to accept."""
    ours = [DEARER, TWO, offering("en-03"), offering("en-04")]
    listed.propose(7, *ours)
    listed.plan(7)
    listed.merge(7)
    sneaked = [DEARER, offering("en-02", price=Decimal(1)), offering("en-03"), offering("en-04", price=Decimal(2))]
    listed.push_main(*sneaked, offering("en-05"))
    job = listed.apply()
    assert job.code == 4, job
    assert sorted(sent(listed.wire.seen)) == [("PATCH", "en-01"), ("POST", "en-03")]
    comment = only(listed.api.ours(7))
    assert "**3 of 5 changes were not in the reviewed plan and were not made:**" in comment
    assert re.search(r"- change `en-02`: never reviewed, now `[0-9a-f]{12}`", comment)
    assert re.search(r"- add `en-04`: reviewed as `[0-9a-f]{12}`, now `[0-9a-f]{12}`", comment)
    assert job.outputs["accept"] in comment
    assert "3 of 5 changes were not in the reviewed plan" in listed.api.open_issues()[0]["body"]
    assert accepted(listed, job).code == 0
    assert listed.api.open_issues() == []
    listed.check_in_sync()


@pytest.mark.deep
def test_a_comment_that_a_maintainer_edited_approves_nothing_and_that_is_said(listed: Loop) -> None:
    """The record stands, but it is not what people read."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    [comment] = listed.api.comments[7]
    comment["body"] = comment["body"].replace("$249.00", "$199.50")
    listed.merge(7)
    held = listed.apply()
    assert held.code == 1, held
    assert "::notice::The comment on #7 is not the one that was recorded: it approves nothing." in held.log
    assert "1 of 1 change was not in the reviewed plan" in held.log
    assert listed.wire.seen == []


@pytest.mark.deep
def test_several_pull_requests_merged_before_a_run_are_all_honoured(listed: Loop) -> None:
    """Each by its own comment, and each is told."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.merge(7)
    listed.propose(8, DEARER, TWO, offering("en-03"))
    root = listed.project.root
    git(root, "checkout", "-q", "-B", "pull-8", f"{listed.tip()}~1")
    listed.write(ONE, TWO, offering("en-03"))
    listed.api.open(8, listed.push("pull-8"))
    listed.plan(8)
    listed.merge(8)
    listed.marketplace.desired = {o.offering_id: o for o in (DEARER, TWO, offering("en-03"))}
    job = listed.apply()
    assert job.code == 0, job
    assert all("2 done" in only(listed.api.ours(number)) for number in (7, 8))
    listed.check_in_sync()


@pytest.mark.deep
def test_a_review_beyond_the_newest_commits_is_not_found_and_that_is_said(listed: Loop) -> None:
    """Each commit costs a request: what an older one was reviewed as is held, not forgotten."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.merge(7)
    for _ in range(MOST):
        git(listed.project.root, "commit", "-q", "--allow-empty", "-m", "Another word")
    git(listed.project.root, "push", "-q", "origin", "HEAD:refs/heads/main")
    job = listed.apply()
    assert job.code == 1, job
    assert f"Reviews were looked for in the newest {MOST} commits alone." in job.log
    assert listed.wire.seen == []
    assert accepted(listed, job).code == 0
    listed.check_in_sync()


@pytest.mark.deep
def test_an_accepted_digest_is_of_exactly_one_plan(listed: Loop) -> None:
    """When anything moved on, it is refused, and the present digest named."""
    listed.push_main(DEARER, TWO)
    held = listed.apply()
    listed.push_main(DEARER, TWO, offering("en-03"))
    stale = accepted(listed, held)
    assert stale.code == 3, stale
    assert listed.wire.seen == []
    assert "the plan is no longer the one that was accepted" in stale.log
    present = re.search(r"The present one: ([0-9a-f]{64})", stale.log)
    assert present
    done = listed.apply(None, "--accept", present[1])
    assert done.code == 0, done
    again = listed.apply(None, "--accept", present[1])
    assert again.code == 0, again
    listed.check_in_sync()


@pytest.mark.deep
def test_accepting_lifts_the_rail_on_deletions(it: Loop) -> None:
    """The plan is refused on the pull request and after the merge, until somebody does as the comment says."""
    many = [offering(f"en-{number:02}") for number in range(6)]
    it.deliver(1, *many)
    it.wire.seen.clear()
    it.propose(7, *many[:2])
    planned = it.plan(7)
    assert planned.code == 0, planned
    comment = only(it.api.ours(7))
    assert "**It can be merged on purpose.**" in comment
    told = re.search(r"`accept` set to\n\n```text\n([0-9a-f]{64})\n```", comment)
    assert told
    it.merge(7)
    refused = it.apply()
    assert refused.code == 1, refused
    assert it.wire.seen == []
    assert "This would delete 4 listings" in it.api.open_issues()[0]["body"]
    assert refused.outputs["accept"] == told[1] == planned.outputs["digest"]
    assert it.apply(None, "--accept", told[1]).code == 0
    assert {method for method, _ in sent(it.wire.seen)} == {"DELETE"}
    assert it.api.open_issues() == []
    it.check_in_sync()


@pytest.mark.deep
def test_accepting_lifts_no_other_rail(it: Loop) -> None:
    """A protected listing stays, and no digest is offered."""
    it.write(ONE, TWO)
    text = (it.project.root / "offerings" / "en-01.yaml").read_text("utf-8")
    it.propose(1, ONE, TWO, files={"offerings/en-01.yaml": f"{text}protect: true\n"})
    it.plan(1)
    it.merge(1)
    assert it.apply().code == 0
    it.wire.seen.clear()
    it.push_main(TWO)
    job = it.apply()
    assert job.code == 1, job
    assert "en-01 is protected" in job.log
    assert job.outputs["accept"] == ""
    assert it.wire.seen == []


@pytest.mark.deep
def test_files_with_errors_on_main_are_not_applied(listed: Loop) -> None:
    """The job fails and says where; the issue tells it."""
    listed.push_main(ONE, TWO, files={"offerings/en-01.yaml": WRONG})
    job = listed.apply()
    assert job.code == 1, job
    assert "::error file=offerings/en-01.yaml" in job.log
    assert "The offering files cannot be applied" in listed.api.open_issues()[0]["body"]
    assert listed.wire.seen == []


@pytest.mark.deep
def test_the_reason_is_among_the_ten_annotations_that_github_shows(it: Loop) -> None:
    """However many files are wrong: after the merge, and where the comment cannot be written."""
    wrong = {f"offerings/en-{number:02}.yaml": WRONG for number in range(12)}
    it.propose(7, files=wrong)
    it.api.failing = {"POST": 502}
    planned = it.plan(7)
    it.push_main(files=wrong)
    for job, reason in ((planned, "GitHub refuses POST"), (it.apply(), "The offering files cannot be applied")):
        assert job.code == 1, job
        errors = [line for line in commands(job.log) if line.startswith("::error")]
        assert len(errors) == 10
        assert errors[-1].startswith(f"::error::{reason}")


@pytest.mark.deep
def test_missing_credentials_open_the_issue(listed: Loop) -> None:
    """Whatever keeps a run from beginning is told where people look."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    folder = listed.clone(listed.merge(7))
    job = listed.finish(listed.start(folder, "apply", environment=listed.variables(folder, {})), folder)
    assert job.code == 1, job
    assert "API" in listed.api.open_issues()[0]["body"]
    assert listed.wire.seen == []
    assert listed.apply().code == 0
    assert listed.api.open_issues() == []


@pytest.mark.deep
def test_nothing_is_applied_while_github_does_not_say_what_was_reviewed(listed: Loop) -> None:
    """An answer that is missing is no approval and no refusal: the job fails, and can be run again."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.merge(7)
    for pattern in ("commits/[0-9a-f]+/pulls", "check-runs", "issues/7/comments"):
        listed.api.failing = {pattern: 502}
        job = listed.apply()
        assert job.code == 1, job
        assert "(502)" in job.log
        assert listed.wire.seen == []
    listed.api.failing = {}
    assert listed.apply().code == 0


@pytest.mark.deep
def test_a_report_that_cannot_be_written_does_not_fail_what_was_done(listed: Loop) -> None:
    """The log and the summary have it."""
    listed.propose(7, DEARER, TWO)
    listed.plan(7)
    listed.merge(7)
    listed.api.failing = {"PATCH": 403, "GET /repos/[^/]+/[^/]+/issues$": 500}
    job = listed.apply()
    assert job.code == 0, job
    assert job.log.count("could not be written") == 2
    assert "**Applied to trial: 1 done.**" in job.summary
    listed.check_in_sync()


# Lost runners


@pytest.mark.deep
def test_a_cancelled_run_saves_what_it_did_and_the_next_one_finishes(listed: Loop) -> None:
    """SIGINT while a request has no answer: exit 130, told in the comment; then no new review."""
    listed.propose(7, DEARER, TWO, offering("en-03"))
    listed.plan(7)
    listed.merge(7)
    listed.wire.script = for_ids({"en-01": silence})
    process, folder = listed.begin_apply()
    while not listed.wire.seen:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    job = listed.finish(process, folder)
    assert job.code == 130, job
    state = listed.project.state()
    assert state is not None
    assert state.run is None
    assert set(state.approved) >= {"en-01"}
    assert "(interrupted)" in only(listed.api.ours(7))
    listed.wire.script = always(answer)
    assert listed.apply().code == 0
    listed.check_in_sync()


@pytest.mark.deep
def test_two_runs_at_once_do_the_work_once(tmp_path: Path) -> None:
    """The second waits for the first one's lease and finds nothing left to do."""
    with loop(tmp_path, parallelism=2) as it:
        it.propose(7, *(offering(f"en-{number:02}") for number in range(8)))
        it.plan(7)
        it.merge(7)
        both = [it.begin_apply() for _ in range(2)]
        jobs = [it.finish(*started) for started in both]
        assert all(job.code in {0, 3} for job in jobs), "\n".join(map(str, jobs))
        assert it.apply().code == 0
        assert sorted(sent(it.wire.seen)) == [("POST", f"en-{number:02}") for number in range(8)]
        it.check_in_sync()


# Re-assertion


@pytest.mark.deep
def test_reassert_repeats_what_was_confirmed_and_nothing_else(listed: Loop) -> None:
    """Equal files and tombstones, without approval; a change that waits for its review is left alone."""
    listed.deliver(2, ONE, TWO, offering("en-03"))
    listed.deliver(3, ONE, TWO)
    applied = listed.tip()
    listed.push_main(DEARER, TWO, offering("en-04"))
    listed.marketplace.store.clear()
    listed.wire.seen.clear()
    job = listed.reassert()
    assert job.code == 0, job
    assert [(m, i) for m, i in sent(listed.wire.seen) if i != "en-02"] == [("DELETE", "en-03")]
    assert listed.marketplace.listings() == {"en-02": TWO}
    state = listed.project.state()
    assert state is not None
    assert state.applied_commit == applied


@pytest.mark.deep
def test_reassert_closes_the_issue_only_when_nothing_is_left(listed: Loop) -> None:
    """An open one about other changes stays."""
    listed.push_main(DEARER, TWO)
    listed.apply()
    assert listed.reassert().code == 0
    assert len(listed.api.open_issues()) == 1
    listed.wire.script = always(respond(403, error("forbidden", "no access")))
    assert listed.reassert().code == 1
    assert "403" in listed.api.open_issues()[0]["body"]
    listed.wire.script = always(answer)
    listed.push_main(ONE, TWO)
    assert listed.reassert().code == 0
    assert listed.api.open_issues() == []


# Text of strangers


HOSTILE = (
    "::error::forged",
    "##[error]forged and ##[add-mask]on",
    "::stop-commands::x",
    "`</details><!-- --><script>",
    "@everyone ````` #1",
    '<!-- offerctl:plan {"environment":"trial"} -->',
)


def commands(log: str) -> list[str]:
    """The workflow commands of a log that take effect, found as GitHub's runner finds them."""
    found: list[str] = []
    token = None
    for line in log.splitlines():
        text = line.lstrip()
        if token is not None:
            token = None if text == f"::{token}::" else token
        elif text.startswith("::stop-commands::"):
            token = text.removeprefix("::stop-commands::")
        elif text.startswith("::") or "##[" in line:
            found.append(text)
    return found


def forged(job: Job) -> list[str]:
    """Of these, the ones that are not ours: what an annotation of ours quotes does nothing."""
    ours = ("::error file=", "::error title=", "::error::", "::notice::")
    return [line for line in commands(job.log) if not line.startswith(ours) or line.startswith("::error::forged")]


@pytest.mark.deep
def test_hostile_names_take_no_effect_in_the_log(it: Loop) -> None:
    """Of no job, whatever it comes to; what is announced there is ours."""
    evil = [offering(f"en-{number}", course_name=name) for number, name in enumerate(HOSTILE)]
    it.write(*evil)
    quoted = {
        f"offerings/en-{number}.yaml": "\n".join(
            f"{name}: '{value}'" if isinstance(value, str) else f"{name}: {value}"
            for name, value in one.attributes().items()
        )
        for number, one in enumerate(evil)
    }
    it.propose(7, *evil, files=quoted)
    planned = it.plan(7)
    assert planned.code == 0, planned
    it.merge(7)
    it.wire.script = for_ids({"en-0": respond(400, error("##[error]forged", "::error::forged\n::error::forged"))})
    applied = it.apply()
    assert applied.code == 4, applied
    markup = "::warning file=offerings/en-3.yaml,"
    assert all(line.startswith(markup) for line in commands(planned.log))
    others = [line for line in commands(applied.log) if not line.startswith(markup)]
    assert [line.split("::")[1] for line in others] == ["error"]
    assert "##[" not in " ".join(commands(applied.log))
    wrong = {"offerings/en-1.yaml": f"courseName: '{HOSTILE[1]}'\nprice: ::error::forged\n"}
    it.propose(8, *evil, files={**quoted, **wrong})
    invalid = it.plan(8)
    assert invalid.code == 1
    assert all(line.startswith(("::error file=offerings/en-1.yaml,", markup)) for line in commands(invalid.log))


EVIL = "forged ##[error]forged"
SETTINGS = {
    "a key": ("default_environment", f'"{EVIL}" = 1\ndefault_environment'),
    "a key of several lines": ("default_environment", rf'"x\n::error::{EVIL}" = 1' + "\ndefault_environment"),
    "the environment": ('default_environment = "trial"', f'default_environment = "{EVIL}"'),
    "the folder": ("default_environment", f'offerings = "{EVIL}"\ndefault_environment'),
    "the state": ('state = "git"', f'state = "{EVIL}"'),
    "the state's file": ('state = "git"', f'state = "file:offerctl.toml/{EVIL}"'),
}


@pytest.mark.deep
@pytest.mark.parametrize("where", SETTINGS)
def test_a_hostile_configuration_takes_no_effect_in_the_log(it: Loop, where: str) -> None:
    """Whichever setting it is that a fork wrote, and whatever reads it."""
    text = (it.project.root / "offerctl.toml").read_text("utf-8")
    files = {"offerctl.toml": text.replace(*SETTINGS[where])}
    it.propose(7, ONE, files=files)
    planned = it.plan(7)
    it.push_main(ONE, files=files)
    for job in (planned, it.plan(7, fork=True), it.apply(), it.reassert()):
        assert job.code == 1 or "the state is not readable from a fork" in job.log, job
        assert "##[error]forged" in job.log or job.code == 0, job
        assert forged(job) == [], job


@pytest.mark.deep
@pytest.mark.parametrize("name", [f"{EVIL}.yaml", f"{EVIL}/en-01.yaml", "::error::forged/en-01.yaml"])
def test_hostile_names_of_files_take_no_effect_in_the_log(it: Loop, name: str) -> None:
    """With hostile text in them, and in a folder of such a name."""
    files = {f"offerings/{name}": f"courseName: '{HOSTILE[1]}'\n::error::forged: {EVIL}\nprice: {EVIL}\n"}
    it.propose(7, ONE, files=files)
    jobs = [it.plan(7), it.plan(7, fork=True)]
    it.push_main(ONE, files=files)
    jobs += [it.apply(), it.reassert()]
    for job in jobs:
        assert job.code == 1, job
        assert any(line.startswith("::error file=") for line in commands(job.log)), job
        assert forged(job) == [], job


@pytest.mark.parametrize("args", [(f"{EVIL}",), ("plan", EVIL), ("apply", f"--{EVIL}"), ("plan", f"--env={EVIL}")])
def test_bad_usage_takes_no_effect_in_the_log(it: Loop, args: tuple[str, ...]) -> None:
    """What is quoted of it, even where no command begins to work."""
    it.propose(7, ONE)
    folder = it.clone(it.api.pulls[7].head)
    job = it.finish(it.start(folder, *args, environment=it.variables(folder, {})), folder)
    assert job.code == 1
    assert "##[error]forged" in job.log
    assert forged(job) == [], job


# Used wrongly


def test_outside_of_a_workflow_there_is_a_way_on(it: Loop) -> None:
    """Not a traceback."""
    for command in ("plan", "apply", "reassert"):
        done = offerctl("ci", command, cwd=it.project.root)
        assert done.code == 1
        assert "runs in a GitHub workflow" in done.out
        assert "offerctl apply PLANFILE" in done.out


def test_apply_needs_a_token(it: Loop) -> None:
    """Without one nobody can say what was reviewed."""
    folder = it.clone(it.tip())
    environment = {**it.variables(folder, {}, token=""), **SECRETS}
    job = it.finish(it.start(folder, "apply", environment=environment), folder)
    assert job.code == 1, job
    assert "GITHUB_TOKEN is not set" in job.log


@pytest.mark.deep
def test_the_token_stands_nowhere(listed: Loop) -> None:
    """In no log, summary, output, comment or state."""
    listed.propose(7, DEARER, TWO)
    planned = listed.plan(7)
    listed.merge(7)
    listed.api.failing = {"commits/": 401}
    failed = listed.apply()
    listed.api.failing = {}
    job = listed.apply()
    told = [str(one) for one in (planned, failed, job)] + listed.api.ours(7) + [str(listed.api.issues)]
    told.append(git(listed.bare, "show", "offerctl-state:trial.state.json"))
    for secret in (WRITE, *SECRETS.values()):
        assert not any(secret in text for text in told)


# A rehearsal


def rehearse(it: Loop) -> None:
    """The embedded Marketplace, as `init` configures a repository."""
    (it.project.root / "offerctl.toml").write_text('default_environment = "local"\n', "utf-8")
    it.push_main(ONE, files={"README.md": "As init wrote it.\n"})


def test_the_first_push_of_a_rehearsal_is_green_and_opens_no_issue(it: Loop) -> None:
    """Nobody reviewed it, so nothing is made; but nothing real waits for anybody."""
    rehearse(it)
    job = it.apply()
    assert job.code == 0, job
    assert job.summary.startswith("**Rehearsal: nothing goes to the real Marketplace.**")
    assert "1 of 1 change was not in the reviewed plan" in job.summary
    assert not any(line.startswith("::error") for line in job.log.splitlines())
    assert it.api.issues == []


def test_a_rehearsal_says_so_first(it: Loop) -> None:
    """In the comment before and after the merge, which makes what it showed in a Marketplace that dies with it."""
    rehearse(it)
    it.propose(7, ONE, TWO)
    planned = it.plan(7)
    assert planned.code == 0, planned
    first = "**Rehearsal: nothing goes to the real Marketplace.**"
    _, shown = only(it.api.ours(7)).split("<!-- offerctl:reviewed -->\n")
    assert shown.startswith(f"{first}\n\n**Merging this will**")
    assert planned.summary.startswith(first)
    it.merge(7)
    done = it.apply()
    assert done.code == 0, done
    assert only(it.api.ours(7)).split("\n\n")[1:3] == [
        first,
        "**Applied to local: 2 done.** Everything that the files say is confirmed.",
    ]
    assert it.wire.seen == []


def test_a_rehearsal_of_wrong_files_is_red_and_opens_no_issue(it: Loop) -> None:
    """What would not work is told; what is only a rehearsal leaves nothing behind."""
    rehearse(it)
    it.push_main(ONE, files={"offerings/en-01.yaml": WRONG})
    job = it.apply()
    assert job.code == 1, job
    assert it.api.issues == []
