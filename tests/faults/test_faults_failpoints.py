"""The real apply, killed by SIGKILL inside each of its writes of the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from support.driver import STEPS, command
from support.kills import KILLED
from support.scenario import AFTER, BEFORE, Trial, trial
from support.tiers import mostly_deep

INTENT, INSIDE_REPLACEMENT, FINAL = WRITES = (1, 2, 3)
"""The writes of a run that replaces something, where no renewal falls in between."""
FAST = [(INTENT, "before-rename"), (INSIDE_REPLACEMENT, "after-rename"), (FINAL, "before-fsync")]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with trial(tmp_path_factory.mktemp("failpoints"), BEFORE, lease=60.0) as it:
        it.want(*AFTER)
        yield it


@pytest.mark.parametrize(("write", "step"), mostly_deep(product(WRITES, STEPS), FAST))
def test_one_clean_run_recovers_from_a_kill_inside_any_write(
    applied: Trial, write: int, step: str, note: Callable[[str], None]
) -> None:
    """Before its temporary file, fsync and rename, and after it: the document is whole, and nothing is lost."""
    note("failpoints")
    applied.begin_again()
    before = applied.project.state()
    done = applied.apply(command=command(kill=[step, write]))
    assert done.code == KILLED, done
    after = applied.project.state()
    assert before is not None
    assert after is not None
    assert after.serial == before.serial + (write if step == "after-rename" else write - 1)
    if write == INTENT:
        assert applied.wire.seen == []
    applied.check_known()
    applied.settle()
