"""No configuration gets into force that no comment showed and nobody accepted, whatever is merged after it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support.gitops import Job, Loop, accepted, comment, toml
from support.plans import offering
from support.scenario import sent
from support.wire import WireServer

ONE, TWO = offering("en-01"), offering("en-02")
DEARER = offering("en-01", price=Decimal(249))
BEHIND = "**What the configuration of the branch that this merges into says was not taken up yet**"
FIRST = "**No configuration of this environment was taken up yet**, so this is all of it: "


def unseen(it: Loop, *, files: dict[str, str]) -> Job:
    """What a fork changes of the configuration alone is merged; how `apply` ends."""
    it.propose(8, ONE, TWO, files=files)
    it.plan(8, fork=True)
    it.merge(8)
    return it.apply()


@pytest.mark.deep
def test_a_configuration_alone_is_held_too(listed: Loop) -> None:
    """With nothing else to do it is taken up no more than with something: what moved is named, nothing is sent."""
    job = unseen(listed, files=toml(listed, max_deletes="1000", settle_window="0"))
    assert job.code == 1, job
    for place in (job.log, job.summary.replace("\\", "")):
        assert (
            "no review showed that: `max_deletes` from `3` to `1000`; `settle_window` from `0.3` to `0.0`" in place
        )
    job = listed.reassert()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert accepted(listed, listed.apply()).code == 0
    assert listed.apply().code == 0
    assert listed.reassert().code == 0


@pytest.mark.deep
def test_the_next_comment_opens_with_what_was_not_taken_up(listed: Loop) -> None:
    """Though that pull request changes only a price; as its comment showed it in full, merging approves it."""
    unseen(listed, files=toml(listed, max_deletes="1000"))
    listed.propose(9, DEARER, TWO)
    assert listed.plan(9).code == 0
    said = comment(listed, 9)
    assert said.startswith(BEHIND)
    assert "**This changes what is refused**: `max_deletes` from `3` to `1000`." in said.partition("**Merging")[0]
    listed.merge(9)
    assert listed.apply().code == 0
    assert sent(listed.wire.seen) == [("PATCH", "en-01")]
    listed.propose(10, ONE, TWO)
    listed.plan(10)
    assert comment(listed, 10).startswith("**Merging this will**")


@pytest.mark.deep
def test_what_a_comment_cannot_show_in_full_it_never_approves(listed: Loop) -> None:
    """Neither that of the pull request itself, nor that of the one after it."""
    unseen(listed, files=toml(listed, max_deletes="1000", api=f'{{headers={{X-A="{"a" * 400}"}}}}'))
    listed.propose(9, DEARER, TWO)
    listed.plan(9)
    listed.merge(9)
    job = listed.apply()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "`max_deletes` from `3` to `1000`" in job.log


@pytest.mark.deep
def test_a_review_from_another_configuration_shows_no_way_back(listed: Loop) -> None:
    """It showed no change, as there was none then; the return from what was accepted since was shown to nobody."""
    before = toml(listed)
    listed.propose(9, DEARER, TWO)
    listed.plan(9)
    listed.push_main(ONE, TWO, files=toml(listed, max_deletes="1"))
    assert accepted(listed, listed.apply()).code == 0
    listed.push_main(ONE, TWO, files=before)
    listed.merge(9)
    job = listed.apply()
    assert (job.code, listed.wire.seen) == (1, []), job
    assert "`max_deletes` from `1` to `3`" in job.log


@pytest.mark.deep
def test_an_environment_of_another_name_is_no_silent_first_run(listed: Loop) -> None:
    """No state contradicts it. All of it is told, by the next comment too, and is in what is accepted."""
    with WireServer() as elsewhere, WireServer() as another:
        held = []
        for url in (another.url, elsewhere.url):
            text = toml(listed, base_url=f'"{url}"')["offerctl.toml"].replace("trial", "next")
            listed.push_main(ONE, TWO, files={"offerctl.toml": text})
            held.append(listed.apply())
        assert [job.code for job in held] == [1, 1], held[1]
        assert (
            f"no review showed this one: `environment` is `next`; `base_url` is `{elsewhere.url}`" in held[1].log
        )
        assert held[0].outputs["accept"] != held[1].outputs["accept"]
        listed.propose(9, DEARER, TWO)
        listed.plan(9)
        assert comment(listed, 9).startswith(f"{FIRST}`environment` is `next`; `base_url` is `{elsewhere.url}`;")
        assert accepted(listed, held[0]).code == 3, "the plan is no longer the one that was accepted"
        assert (elsewhere.seen, another.seen, listed.wire.seen) == ([], [], [])


@pytest.mark.deep
def test_the_first_run_is_reviewed_whole_and_needs_no_digest(it: Loop) -> None:
    """With nothing to do before it, nothing is taken up and nobody is asked; the first comment says all of it."""
    job = it.apply()
    assert job.code == 0, job
    assert "::notice::No configuration was taken up yet" in job.log
    assert it.project.state() is None
    it.propose(1, ONE)
    it.plan(1)
    said = f"`environment` is `trial`; `base_url` is `{it.wire.url}`; `network_key` is `pro-1`; `state` is `git`; "
    assert comment(it, 1).startswith(f"{FIRST}{said}")
    it.merge(1)
    assert it.apply().code == 0
    assert sent(it.wire.seen) == [("POST", "en-01")]
