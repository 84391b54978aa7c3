"""The real executable over real HTTP, killed by SIGKILL at every request of a plan.

`FAULTS=all` in the environment runs the larger set: every request, every moment, one and four at a time, and runs
that are killed again while they recover.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product

import pytest

from support.kills import Moment, killed, recover
from support.scenario import AFTER, BEFORE, REQUESTS, Trial, trial
from support.tiers import mostly_deep

EVERYTHING = os.environ.get("FAULTS") == "all"
SPREAD = {Moment.BEFORE: 1, Moment.MIDDLE: 4, Moment.AFTER: 1, Moment.LATE: 4}
"""How many requests are under way at once, where not every combination runs."""
TRIALS = [
    (moment, number, parallelism)
    for moment, number, parallelism in product(Moment, range(1, REQUESTS + 1), (1, 4))
    if EVERYTHING or parallelism == SPREAD[moment]
]
FAST = [(Moment.BEFORE, 4, 1), (Moment.MIDDLE, 6, 4), (Moment.AFTER, 1, 1), (Moment.LATE, 3, 4)]
TWICE = [(1, 1), (4, 3), (7, 1), (9, 2)] if not EVERYTHING else list(product(range(1, REQUESTS + 1), (1, 2, 3)))


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial(tmp_path_factory.mktemp("kills"), BEFORE) as it:
        it.want(*AFTER)
        yield it


@pytest.mark.parametrize(("moment", "number", "parallelism"), mostly_deep(TRIALS, FAST))
def test_one_clean_run_recovers_from_a_kill_at_any_request(
    applied: Trial, moment: Moment, number: int, parallelism: int, note: Callable[[str], None]
) -> None:
    """Marketplace, files and state are equal, nothing is unknown or deleted for nothing, and then all is quiet."""
    note("kills")
    applied.begin_again()
    killer = killed(applied, number, moment, "--parallelism", str(parallelism))
    recover(applied, killer)


@pytest.mark.parametrize(("first", "second"), mostly_deep(TWICE, [(4, 3)]))
def test_a_run_that_recovers_can_be_killed_too(
    applied: Trial, first: int, second: int, note: Callable[[str], None]
) -> None:
    """The third run settles what two dead ones left."""
    note("kills")
    applied.begin_again()
    killed(applied, first, Moment.AFTER)
    killed(applied, second, Moment.BEFORE)
    applied.settle()


def test_an_undisturbed_run_sends_what_the_trials_count_on(applied: Trial, note: Callable[[str], None]) -> None:
    """As many requests as there are kills, each once."""
    note("kills")
    applied.begin_again()
    applied.settle()
    assert len(applied.wire.seen) == REQUESTS
