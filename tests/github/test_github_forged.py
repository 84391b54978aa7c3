"""What looks like a review and is none: each forgery against the real reader, by HTTP, approves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import pytest

from offerctl.app.ci.reviews import find
from offerctl.github import record as records
from offerctl.github import texts
from offerctl.github.approvals import Approvals, approvals_of
from offerctl.github.checks import check_run, conclude
from offerctl.github.record import Record
from offerctl.github.rest import GitHub
from offerctl.github.result import JobResult
from offerctl.github.texts import Around
from support import github as fake
from support.github import BOT, REPOSITORY, WRITE
from support.plans import FREE, NOW, offering, planned, wanted

HEAD, OTHER, MERGE = "a" * 40, "b" * 40, "c" * 40
SOMEBODY = {"login": "octo-admin", "type": "User"}
PLAN = planned(wanted(offering("en-01"), offering("en-02")), {}, guards=FREE)
APPROVED = {change.offering_id: change.digest for change in PLAN.changes}


@dataclass(slots=True, kw_only=True)
class Merged:
    """Pull request 7, planned and merged as it should be; `api` is GitHub, `client` offerctl's way to it."""

    api: fake.GitHub
    client: GitHub

    def publish(self, head: str, environment: str = "prod", number: int = 7) -> dict[str, Any]:
        """What the plan's job writes for a push: the comment, and the check run that records it."""
        page = texts.plan_page(PLAN, NOW, Around())
        body = texts.comment(environment, page.text)
        record = Record(
            environment=environment,
            pull_request=number,
            commit=head,
            comment=texts.shown(body),
            approvals=approvals_of(PLAN, page),
        )
        self.client.put_comment(number, self.client.comment(number, environment), body)
        self.client.put_check_run(head, check_run(record, conclude(PLAN, page)), None)
        return self.api.checks[-1]

    def approvals(self) -> Approvals:
        """What was reviewed of all that came in with the merge; nothing where nothing came in."""
        found = find(self.client, [MERGE], branch="main", environment="prod")
        return found[0].approvals if found else Approvals()


@pytest.fixture
def merged() -> Iterator[Merged]:
    with fake.github() as api, closing(GitHub(api.url, REPOSITORY, WRITE)) as client:
        it = Merged(api=api, client=client)
        api.open(7, HEAD)
        it.publish(HEAD)
        api.merge(7, MERGE)
        yield it


def test_a_record_and_its_comment_approve(merged: Merged) -> None:
    """So that what follows shows what is missing."""
    assert merged.approvals() == Approvals(listings=APPROVED)


def edit_comment(it: Merged) -> None:
    """A maintainer edits the bot's comment."""
    [comment] = it.api.comments[7]
    comment["body"] = comment["body"].replace("$199.00", "$1.00")


def delete_comment(it: Merged) -> None:
    """A maintainer deletes it."""
    it.api.comments[7] = []


def quote_comment(it: Merged) -> None:
    """The bot quotes the comment in another one."""
    [comment] = it.api.comments[7]
    comment["body"] = f"Somebody said:\n{comment['body']}"


def copy_comment(it: Merged) -> None:
    """Somebody else wrote it, to the letter."""
    [comment] = it.api.comments[7]
    comment["user"] = SOMEBODY


def no_record(it: Merged) -> None:
    """A comment of the bot alone, as any workflow can write one."""
    it.api.checks.clear()


def edit_record(it: Merged) -> None:
    """A record that is no record any more: GitHub lets nobody edit one, and a text that was cut is none."""
    [check] = it.api.checks
    check["output"]["text"] = check["output"]["text"][:-20]


def widen_record(it: Merged) -> None:
    """A record of another version, as a later offerctl might write it."""
    [check] = it.api.checks
    check["output"]["text"] = check["output"]["text"].replace('"1.1"', '"2.0"')


def another_app(it: Merged) -> None:
    """Another app's check run, to the letter."""
    [check] = it.api.checks
    check["app"] = {"id": 7, "slug": "somebody-elses", "name": "GitHub Actions"}


def echo(it: Merged) -> None:
    """Another workflow echoes the record under a name or an id of its own."""
    [check] = it.api.checks
    check["external_id"] = "tests/7"
    it.api.check(HEAD, {**check, "name": "tests", "external_id": records.external_id("prod", 7)})


def unfinished(it: Merged) -> None:
    """A check run that has not ended."""
    [check] = it.api.checks
    check["status"] = "in_progress"


def withdrawn(it: Merged) -> None:
    """The plan was made again for the same push, and approves nothing now."""
    [check] = it.api.checks
    text = check["output"]["text"]
    read = records.read(text, environment="prod", pull_request=7, commit=HEAD)
    assert read is not None
    output = {**check["output"], "text": records.write(replace(read, approvals=Approvals()))}
    it.api.check(HEAD, {**{name: check[name] for name in check if name != "id"}, "output": output})


def newer_nonsense(it: Merged) -> None:
    """The newest check run of that name holds no record: an older one does not stand in for it."""
    [check] = it.api.checks
    output = {**check["output"], "text": "…"}
    it.api.check(HEAD, {**{name: check[name] for name in check if name != "id"}, "output": output})


def older_head(it: Merged) -> None:
    """Pushed to after the plan: what came in was never planned."""
    it.api.pulls[7].head = OTHER


def moved_record(it: Merged) -> None:
    """The older push's record, made again for the newer one."""
    [check] = it.api.checks
    it.api.pulls[7].head = OTHER
    it.api.check(OTHER, {name: check[name] for name in check if name not in {"id", "head_sha"}})


def forced_back(it: Merged) -> None:
    """Force-pushed to something else, planned, and back: the comment shows the other plan."""
    it.api.open(7, OTHER)
    body = texts.comment("prod", "**Merging this changes nothing in the Marketplace.**")
    it.client.put_comment(7, it.client.comment(7, "prod"), body)
    it.api.open(7, HEAD)
    it.api.merge(7, MERGE)


def another_environment(it: Merged) -> None:
    """Planned for another environment."""
    it.api.checks.clear()
    it.api.comments[7] = []
    it.publish(HEAD, environment="sandbox")


def another_environments_record(it: Merged) -> None:
    """Its record under this environment's name."""
    another_environment(it)
    [check] = it.api.checks
    check["name"], check["external_id"] = records.name("prod"), records.external_id("prod", 7)
    it.api.comments[7][0]["body"] = it.api.comments[7][0]["body"].replace("sandbox", "prod")


def another_pull_request(it: Merged) -> None:
    """Another pull request of the same commit was planned, upon another branch."""
    it.api.checks.clear()
    it.publish(HEAD, number=8)


def closed(it: Merged) -> None:
    """Closed without a merge, and its commit pushed to main by somebody."""
    it.api.pulls[7].merged = None


def another_branch(it: Merged) -> None:
    """Merged into another branch, which came to main later."""
    it.api.pulls[7].base = "next"


@pytest.mark.parametrize(
    "forge",
    [
        edit_comment,
        delete_comment,
        quote_comment,
        copy_comment,
        no_record,
        edit_record,
        widen_record,
        another_app,
        echo,
        unfinished,
        withdrawn,
        newer_nonsense,
        older_head,
        moved_record,
        forced_back,
        another_environment,
        another_environments_record,
        another_pull_request,
        closed,
        another_branch,
    ],
)
def test_what_is_no_review_approves_nothing(merged: Merged, forge: Callable[[Merged], None]) -> None:
    """Whatever it looks like: edited, echoed, older, of something else, or never merged."""
    forge(merged)
    assert merged.approvals() == Approvals()


def test_the_record_is_found_behind_many_others(merged: Merged) -> None:
    """On whatever page it stands; the newest counts, in whatever order they come."""
    [check] = merged.api.checks
    for number in range(250):
        other = {name: check[name] for name in check if name != "id"}
        merged.api.check(HEAD, {**other, "external_id": f"tests/{number}"})
    merged.api.checks.reverse()
    assert merged.approvals() == Approvals(listings=APPROVED)


def test_a_comment_that_tells_what_happened_still_shows_what_was_reviewed(merged: Merged) -> None:
    """So a job that is run again finds the same review."""
    [comment] = merged.api.comments[7]
    assert comment["user"] == BOT
    comment["body"] = texts.after(comment["body"], "prod", JobResult(environment="prod", reasons=("x",)))
    assert merged.approvals() == Approvals(listings=APPROVED)
