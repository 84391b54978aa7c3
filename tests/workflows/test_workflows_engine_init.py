"""What `init` writes, in a real engine, `act`, as it was written: from a pull request to the Marketplace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.act import APPLIED, PLANNED, Act, acting, codes
from support.cli import offerctl
from support.cloud import make_bucket, s3_server
from support.homes import git
from support.hosting import Hosting
from support.identity import identity
from support.plans import offering
from support.wheels import own_wheel

NEXT = "refs/heads/next"
ONE, TWO = offering("en-01"), offering("en-02")
DEARER = offering("en-01", price=Decimal(249))


def initialise(it: Hosting) -> None:
    """`offerctl init` in the clone, with a wheel of what is tested here; nothing that it writes is edited."""
    done = offerctl("init", "--wheel", own_wheel(), cwd=it.work)
    assert done.code == 0, done


@pytest.fixture
def it(tmp_path: Path) -> Iterator[Hosting]:
    """A repository as `init` makes it, with an environment of the provider's own, and two listings."""
    with acting(tmp_path, {"OFFERCTL_ENV": "trial"}) as host:
        initialise(host)
        host.begin(ONE, TWO)
        yield host


@pytest.mark.deep
def test_what_init_wrote_works_as_it_was_written(tmp_path: Path) -> None:
    """Nothing configured, nothing edited: the first push, a pull request and its merge, all in a rehearsal."""
    with acting(tmp_path) as it:
        (it.work / "offerctl.toml").unlink()
        initialise(it)
        it.write(ONE)
        first = it.apply(it.push_to_main())
        assert codes(first) == APPLIED, first
        assert it.issue() is None
        it.write(DEARER)
        number, planned = it.pull_request("price")
        assert planned.succeeded, planned
        shown = [line for line in it.comment(number).splitlines() if not line.startswith("<!--")]
        assert shown[0] == "**Rehearsal: nothing goes to the real Marketplace.**"
        merged = it.merge(number)
        assert merged.succeeded, merged
        assert "**Applied to local:" in it.comment(number)
        assert it.issue() is None


@pytest.mark.deep
def test_a_state_in_a_bucket_is_reached_as_a_role(tmp_path: Path) -> None:
    """A pull request's job reads as one role and the merge's writes as another; neither has a key."""
    reader, writer = (f"arn:aws:iam::123456789012:role/offerctl-{name}" for name in ("plan", "apply"))
    variables = {"OFFERCTL_ENV": "trial", "AWS_REGION": "ca-central-1", "AWS_ROLE_ARN": reader}
    cloud = tmp_path / "cloud"
    cloud.mkdir()
    with s3_server() as server, identity(cloud, server) as who:
        home = {"state": f"s3://{make_bucket(server)}/offerctl/", "endpoint": server, "allow_http": True}
        with acting(tmp_path, variables, **home) as it:
            assert isinstance(it.runner, Act)
            trusted = cloud / "trusted.pem"
            trusted.write_bytes(it.runner.certificate.read_bytes() + Path(who.cloud["SSL_CERT_FILE"]).read_bytes())
            it.runner.more = {**who.cloud, "SSL_CERT_FILE": str(trusted)}
            it.runner.tokens, it.runner.pinned = who.tokens, {"AWS_ROLE_ARN": writer}
            initialise(it)
            it.write(ONE)
            number, planned = it.pull_request("course")
            assert planned.succeeded, planned
            assert "**Merging this will**" in it.comment(number)
            assert {role for role, _ in who.roles} == {reader}
            who.roles.clear()
            merged = it.merge(number)
            assert merged.succeeded, merged
            assert it.listings() == {"en-01": ONE}
            assert "**Applied to trial: 1 done.**" in it.comment(number)
            assert {role for role, _ in who.roles} == {writer}


@pytest.mark.deep
def test_a_price_comes_from_a_pull_request_to_the_marketplace(it: Hosting) -> None:
    """An invalid file, its correction, the merge; then an old job is run again, and everything written again."""
    before = it.main()
    it.write(DEARER, TWO)
    valid = (it.work / "offerings" / "en-01.yaml").read_text("utf-8")
    it.file("offerings/en-01.yaml", valid.replace("249", "249 $"))
    number, job = it.pull_request("price")
    assert codes(job) == {"Install offerctl": 0, "Plan": 1}, job
    assert "This cannot be merged yet: 1 error" in it.comment(number)
    assert re.search(r"::error file=offerings/en-01.yaml,line=\d+,col=\d+,title=OFR\d+::", job.log), job.log

    it.file("offerings/en-01.yaml", valid)
    job = it.push(number)
    assert codes(job) == PLANNED, job
    assert "from $199.00 to $249.00" in it.comment(number)
    assert (job.outputs["valid"], job.outputs["changes"]) == ("true", "1")
    assert it.wire.seen == []

    job = it.merge(number)
    assert codes(job) == APPLIED, job
    assert it.listings() == {"en-01": DEARER, "en-02": TWO}
    assert "**Applied to trial: 1 done.**" in it.comment(number)
    assert "1 changed" in job.step("What the state holds").log
    it.wire.seen.clear()

    job = it.apply(before)
    assert codes(job) == APPLIED, job
    assert "superseded" in job.log.lower()
    assert it.wire.seen == []

    job = it.reassert()
    assert codes(job) == {"Install offerctl": 0, "Reassert": 0, "What the state holds": 0}, job
    assert sorted(call.path.rpartition("/")[2] for call in it.wire.seen) == ["en-01", "en-02"]
    assert it.issue() is None


@pytest.mark.deep
def test_what_a_fork_proposes_waits_for_a_human(it: Hosting) -> None:
    """Its plan is in the summary alone; the merge holds it, and a dispatch that names the digest makes it."""
    it.write(DEARER, TWO)
    number, job = it.pull_request("fork", fork=True)
    assert codes(job) == PLANNED, job
    assert "the token of a fork may only read" in job.log
    assert "from $199.00 to $249.00" in job.summary
    assert it.api.comments == {}

    merged = it.merge_only(number)
    held = it.apply(merged)
    assert codes(held) == {"Install offerctl": 0, "Apply": 1, "What the state holds": 0}, held
    assert it.listings() == {"en-01": ONE, "en-02": TWO}

    accept = held.outputs["accept"]
    git(it.work, "push", "--quiet", "origin", f"main:{NEXT}")
    dispatched = it.on_main(merged, accept=accept)
    elsewhere = replace(dispatched, ref=NEXT, payload={**dispatched.payload, "ref": NEXT})
    assert it.runner.job("apply", elsewhere).skipped
    job = it.apply(merged, accept=accept)
    assert job.succeeded, job
    assert it.listings() == {"en-01": DEARER, "en-02": TWO}


@pytest.mark.deep
def test_a_refused_plan_is_made_only_on_purpose(it: Hosting) -> None:
    """Everything is to be deleted: the merge alone changes nothing, whatever a reviewer thought of the comment."""
    it.write()
    it.file("offerings/README.md", "One file for each course.\n")
    number, job = it.pull_request("nothing")
    assert codes(job) == PLANNED, job
    assert "This plan is refused" in it.comment(number)
    assert [check["conclusion"] for check in it.api.checks] == ["neutral"]
    merged = it.merge_only(number)
    refused = it.apply(merged)
    assert codes(refused) == {"Install offerctl": 0, "Apply": 1, "What the state holds": 0}, refused
    assert it.listings() == {"en-01": ONE, "en-02": TWO}
    assert it.issue() is not None

    job = it.apply(merged, accept=refused.outputs["accept"])
    assert job.succeeded, job
    assert it.listings() == {}
    assert it.issue() is None
