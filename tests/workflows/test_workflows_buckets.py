"""The steps of workflows whose state is in a bucket: GitHub's token, the cloud's session for it, and no key."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.scaffold.reach import Reach, reaching
from support.cli import environ, start
from support.cloud import Relay, make_bucket, relay, s3_environ, s3_server
from support.hosting import Hosting, hosting
from support.identity import Identity, identity
from support.plans import offering
from support.runner import Job
from support.scenario import SECRETS, finish, sent
from support.workflows import text_of

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="the steps need curl and jq"),
]
READER, WRITER = (f"arn:aws:iam::123456789012:role/offerctl-{name}" for name in ("plan", "apply"))
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """A repository on a host, the relay before its bucket, and who its jobs are."""

    host: Hosting
    between: Relay
    who: Identity

    def reach(self) -> None:
        """The workflows are those of a bucket, and the host has what they ask for."""
        runner = self.host.runner
        runner.workflow = lambda name: reaching(text_of(name), Reach(clouds=("s3",), git=False))
        runner.tokens, runner.more = self.who.tokens, self.who.cloud
        runner.variables = {"AWS_REGION": "ca-central-1", "AWS_ROLE_ARN": READER}
        runner.pinned = {"AWS_ROLE_ARN": WRITER}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """S3 and STS for all."""
    with s3_server() as url:
        yield url


@pytest.fixture
def it(tmp_path: Path, server: str) -> Iterator[Cloud]:
    """As `init --state s3://…` leaves it, with the variables that GITOPS asks for: a role for each environment."""
    with (
        relay(server) as between,
        identity(tmp_path, server) as who,
        hosting(tmp_path, **in_a_bucket(between)) as host,
    ):
        cloud = Cloud(host=host, between=between, who=who)
        cloud.reach()
        yield cloud


@pytest.fixture
def in_git(tmp_path: Path, server: str) -> Iterator[Cloud]:
    """Two listings, and a state on the branch of the repository."""
    with relay(server) as between, identity(tmp_path, server) as who, hosting(tmp_path) as host:
        host.begin(offering("en-01"), offering("en-02"))
        yield Cloud(host=host, between=between, who=who)


def in_a_bucket(between: Relay) -> dict[str, object]:
    """The settings of a home that is new."""
    home = f"s3://{make_bucket(between.server)}/offerctl/"
    return {"state": home, "endpoint": between.url, "allow_http": True}


def temporary(job: Job) -> Path:
    """A job's `$RUNNER_TEMP`, as it was left."""
    return job.workspace.parent / "temp"


def test_a_price_goes_from_pull_request_to_marketplace(it: Cloud) -> None:
    """Plan reads as one role, apply and reassert write as another, each step with a token of its own."""
    host, who = it.host, it.who
    host.write(offering("en-01"))
    number, planned = host.pull_request("course")
    assert planned.succeeded, planned
    assert "**Merging this will**" in host.comment(number)
    assert {role for role, _ in who.roles} == {READER}
    assert {asked.method for asked in it.between.seen} == {"GET"}, "plan writes nothing"

    who.roles.clear()
    merged = host.merge(number)
    assert merged.succeeded, merged
    assert host.listings()["en-01"].price == offering("en-01").price
    assert "1 done" in host.comment(number)
    assert f"#{number}" in merged.step("What the state holds").log
    assert {role for role, _ in who.roles} == {WRITER}
    assert [token for _, token in who.roles] == [f"token-{n}-for-{AUDIENCE}" for n in (2, 3)]
    assert "PUT" in {asked.method for asked in it.between.seen}

    host.write(offering("en-01", price=Decimal(249)))
    number, planned = host.pull_request("price")
    assert "from $199.00 to $249.00" in host.comment(number)
    host.merge(number)
    assert host.listings()["en-01"].price == Decimal(249)
    again = host.reassert()
    assert again.succeeded, again
    assert sent(host.wire.seen) == [("POST", "en-01"), ("PATCH", "en-01"), ("PATCH", "en-01")]

    assert set(who.audiences) == {AUDIENCE}
    assert all(
        "X-Amz-Security-Token" in asked.headers or "x-amz-security-token" in asked.headers
        for asked in it.between.seen
    ), "a session's every request, and no key's"
    for job in (planned, merged, again):
        assert [path.name for path in temporary(job).iterdir() if path.is_file()] == ["aws.token"]
        assert (temporary(job) / "aws.token").stat().st_mode & 0o077 == 0
        assert not re.search(r"token-\d|request-s-own", job.log + job.summary)


def test_a_fork_gets_no_token_and_is_validated(it: Cloud) -> None:
    """It is told why no change is shown, nothing is asked of the bucket, and that is no error."""
    it.host.write(offering("en-01"))
    _, job = it.host.pull_request("stranger", fork=True)
    assert job.succeeded, job
    assert "There is none for the pull request of a fork" in job.step("Token for AWS").log
    assert "1 file" in job.summary
    assert "Changes cannot be shown here: the state is not readable from a fork." in job.summary
    assert it.host.api.comments == {}
    assert (it.between.seen, it.who.roles, it.who.audiences) == ([], [], [])

    it.host.file("offerings/en-01.yaml", "price: cheap\n")
    wrong = it.host.push(1, fork=True)
    assert not wrong.succeeded
    assert "offerings/en-01.yaml" in wrong.log


def test_a_role_that_nobody_named_is_told(it: Cloud) -> None:
    """For this repository's own pull request it is an error, with the variables that are to be set."""
    it.host.runner.variables = {"AWS_REGION": "ca-central-1"}
    it.host.write(offering("en-01"))
    number, job = it.host.pull_request("course")
    assert job.step("Plan").code == 1
    assert "AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE" in job.log
    assert "**There is no plan:**" in it.host.comment(number)
    assert not re.search(r"token-\d|request-s-own", job.log + job.summary + it.host.comment(number))


def test_a_token_that_is_not_given_ends_the_job_before_anything_is_sent(it: Cloud) -> None:
    """GitHub's service is down, say: apply is left out, and the report still tells what can be told."""
    it.host.write(offering("en-01"))
    number, _ = it.host.pull_request("course")
    it.host.runner.tokens = {**it.who.tokens, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "another"}
    job = it.host.merge(number)
    assert job.step("Token for AWS").code == 22, job
    assert job.step("Apply").code is None
    assert it.host.wire.seen == []


def test_a_state_moves_to_a_bucket_by_a_pull_request(in_git: Cloud) -> None:
    """The comment opens with the move; once a person has brought the state there, its plan is as it was."""
    host = in_git.host
    host.configure(**in_a_bucket(in_git.between))
    in_git.reach()
    number, job = host.pull_request("home")
    assert not job.succeeded, "there is no plan before the state is there"
    assert "This moves where offerctl writes" in host.comment(number)
    assert "offerctl state move --from git" in host.comment(number)

    env = environ(host.work, **SECRETS, **s3_environ(in_git.between.url))
    moved = finish(start("state", "move", "--from", "git", cwd=host.work, env=env))
    assert moved.code == 0, moved
    host.runner.workflow = text_of  # main's own, whose state is still said to be on the branch
    refused = host.apply(host.main())
    in_git.reach()
    assert "it is kept at s3://" in refused.step("Apply").log
    host.file("offerings/README.md", "One file for each course.\n")
    job = host.push(number)
    assert job.succeeded, job
    assert "2 to settle" in job.log
    applied = host.merge(number)
    assert applied.succeeded, applied
    assert sorted(sent(host.wire.seen)) == [("PATCH", "en-01"), ("PATCH", "en-02")]


def test_a_merge_without_the_move_is_refused(in_git: Cloud) -> None:
    """The job sees the branch, and says which command brings the state; nothing is sent and none is begun."""
    host = in_git.host
    host.configure(**in_a_bucket(in_git.between))
    in_git.reach()
    number, _ = host.pull_request("home")
    job = host.merge(number)
    assert job.step("Apply").code == 1
    assert "but one at git:offerctl-state" in job.log
    assert "offerctl state move --from git:offerctl-state" in job.log
    assert host.wire.seen == []
    assert "PUT" not in {asked.method for asked in in_git.between.seen}
