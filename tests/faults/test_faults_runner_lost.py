"""The runner dies, its disk too: a second one with nothing but the git branch finishes what was approved.

`FAULTS=all` in the environment runs the larger set: every request at every moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from support.gitops import Loop, loop
from support.homes import BRANCH, git
from support.kills import KILLED, Killer, Moment
from support.scenario import AFTER, BEFORE, REQUESTS
from support.tiers import mostly_deep
from support.wire import always, answer

MERGED = 7
EVERYTHING = os.environ.get("FAULTS") == "all"
SPREAD = {Moment.BEFORE: {2, 4, 6, 8}, Moment.AFTER: {1, 3, 5, 7, 9}, Moment.LATE: {3, 8}}
"""The requests for each moment, where not every combination runs."""
TRIALS = [(m, n) for m, n in product(SPREAD, range(1, REQUESTS + 1)) if EVERYTHING or n in SPREAD[m]]


@dataclass(frozen=True, slots=True)
class Merged:
    """A loop just after the merge, and what it was then."""

    it: Loop
    state: str
    comments: list[str]

    def again(self) -> None:
        """Everything is as it was then."""
        it = self.it
        git(it.bare, "update-ref", f"refs/heads/{BRANCH}", self.state)
        it.marketplace.reset({wanted.offering_id: wanted for wanted in BEFORE})
        for comment, body in zip(it.api.comments[MERGED], self.comments, strict=True):
            comment["body"] = body
        it.api.issues.clear()
        it.wire.seen.clear()
        it.wire.script = always(answer)


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Merged]:
    with loop(tmp_path_factory.mktemp("lost"), lease=3.0) as it:
        it.deliver(1, *BEFORE)
        it.propose(MERGED, *AFTER)
        assert it.plan(MERGED).code == 0
        it.merge(MERGED)
        yield Merged(it, it.tip(BRANCH), it.api.ours(MERGED))


@pytest.mark.deep
@pytest.mark.parametrize(("moment", "number"), mostly_deep(TRIALS, [(Moment.LATE, 3)]))
def test_a_second_runner_finishes_without_a_new_review(
    merged: Merged, moment: Moment, number: int, note: Callable[[str], None]
) -> None:
    """Whichever request was the last one: nothing is unknown, deleted for nothing, or asked again."""
    note("runners lost")
    merged.again()
    it = merged.it
    killer = Killer(number, moment)
    it.wire.script = killer
    process, _ = it.begin_apply()
    assert killer.execute(process).code == KILLED
    it.wire.script = always(answer)
    process, folder = it.begin_apply()
    for call in killer.late:
        call.execute()
    job = it.finish(process, folder)
    assert job.code == 0, job
    it.check_in_sync()
    assert it.api.open_issues() == []
    assert "**Applied to trial:" in it.api.ours(MERGED)[0]
    seen = len(it.wire.seen)
    assert it.apply().code == 0
    assert len(it.wire.seen) == seen


@pytest.mark.deep
def test_an_undisturbed_run_sends_what_the_trials_count_on(merged: Merged) -> None:
    """As many requests as there are kills."""
    merged.again()
    assert merged.it.apply().code == 0
    assert len(merged.it.wire.seen) == REQUESTS
