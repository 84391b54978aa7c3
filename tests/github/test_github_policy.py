"""A policy from pull request to merge: it refuses before the merge, and an accepted digest lifts that."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest

from support.gitops import Loop
from support.plans import offering

DEARER = offering("en-01", price=Decimal(1990))
TWO = offering("en-02")
POLICY = '\n[policy]\nmax_price_change = 30\nrefuse = ["max_price_change"]\n'


@pytest.mark.deep
def test_an_accepted_digest_lifts_what_the_policy_refuses(listed: Loop) -> None:
    """Before the merge the plan is refused; after it nothing is sent until somebody accepts it."""
    settings = (listed.project.root / "offerctl.toml").read_text("utf-8") + POLICY
    assert tomllib.loads(settings)["policy"]
    listed.propose(7, DEARER, TWO, files={"offerctl.toml": settings})
    planned = listed.plan(7)
    assert planned.code == 0
    assert planned.outputs["refused"] == "true"
    assert "max\\_price\\_change is 30%" in planned.summary
    assert "It can be merged on purpose" in listed.api.ours(7)[0]
    listed.merge(7)
    refused = listed.apply()
    assert refused.code == 1
    assert "The price of en-01 changes from 199.00 to 1990.00" in refused.log
    assert listed.marketplace.listings()["en-01"].price == 199
    assert listed.apply(None, "--accept", refused.outputs["accept"]).code == 0
    listed.check_in_sync()
