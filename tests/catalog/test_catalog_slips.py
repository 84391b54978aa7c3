"""Files with the slips that people make, by the hundred: a short run of `support.slips`."""

from __future__ import annotations

from itertools import islice

import pytest

from offerctl.catalog.load import Examiner
from support.slips import amiss, files


@pytest.mark.parametrize("seed", range(4))
def test_whatever_people_slip_the_report_helps_and_no_fix_harms(seed: int) -> None:
    """No traceback, no hang, no parser's words; every fix mends its problem, and leaves all other lines alone."""
    examine = Examiner(None, frozenset())
    found = [(amiss(data, examine), data) for data in islice(files(seed), 40)]
    assert [one for one in found if one[0] is not None] == []


def test_the_same_seed_gives_the_same_files() -> None:
    """What was found once is found again."""
    assert [*islice(files(7), 20)] == [*islice(files(7), 20)] != [*islice(files(8), 20)]
