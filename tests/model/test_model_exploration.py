"""The protocol's promises hold in every order of faults of bounded worlds, and the exploration can see."""

from __future__ import annotations

import pytest

from model.families import FAMILIES, MOVES
from model.moves import explorer
from model.variants import VARIANTS, Variant
from support.tiers import mostly_deep

EVERY = {**FAMILIES, **MOVES}
FAST = (
    "a state that is moved by two at once, beside runs that live",
    "somebody else's listing, clean answers",
    "somebody else's listing",
)


@pytest.mark.parametrize("family", mostly_deep(EVERY, FAST))
def test_every_order_of_faults_keeps_every_promise(family: str) -> None:
    """T1 at every moment; T2 or T3 from the end of the last run on; OWN, order and no needless DELETE."""
    at_work = explorer(EVERY[family])
    found = at_work.explore()
    print(f"{family}: {at_work.worlds} worlds, {at_work.steps} steps, {at_work.seconds:.1f} s")
    assert found is None, str(found)
    assert at_work.clean > 0


@pytest.mark.parametrize("variant", mostly_deep(VARIANTS, VARIANTS[:5]), ids=lambda variant: variant.name)
def test_a_weaker_protocol_breaks(variant: Variant) -> None:
    """Each rule that is left out yields its counterexample: the promise that the rule keeps."""
    with variant.weaken():
        found = explorer(variant.rules).explore()
    assert found is not None, "the exploration cannot see what this rule is for"
    assert found.promise == variant.promise, str(found)


@pytest.mark.deep
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_the_same_worlds_are_sound_with_the_rule(variant: Variant) -> None:
    """It is the missing rule that breaks them, not the worlds."""
    found = explorer(variant.sound()).explore()
    assert found is None, str(found)
