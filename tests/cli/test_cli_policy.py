"""`[policy]` at the command line: warnings, refusals, and the option that permits them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from support.desk import Desk
from support.plans import live, offering

POLICY = """
[policy]
max_price_change = 30
{refuse}
"""
REFUSED = "Error: The price of jhsc-en-01 changes from 199.00 to 1990.00 (+900%); max_price_change is 30%.\n"


def desk(folder: Path, refuse: str = "") -> Desk:
    """A listing whose price became ten times as much, under a policy."""
    made = Desk(root=folder)
    made.configure()
    with (folder / "offerctl.toml").open("a", encoding="utf-8") as file:
        file.write(POLICY.format(refuse=refuse))
    made.want(offering(price=Decimal(1990)))
    made.keep({"jhsc-en-01": live(offering())})
    return made


def test_a_breach_is_a_warning(tmp_path: Path) -> None:
    """In the text and in the document, and the plan may run."""
    at = desk(tmp_path)
    done = at.run("plan")
    assert done.code == 0
    assert "\nWarning: The price of jhsc-en-01 changes from 199.00 to 1990.00" in done.out
    [breach] = json.loads(at.run("plan", "--format", "json").out)["policy"]
    assert (breach["rule"], breach["offering_ids"]) == ("max_price_change", ["jhsc-en-01"])


@pytest.mark.deep
def test_a_policy_refuses_until_it_is_said(tmp_path: Path) -> None:
    """Nothing is sent and no plan saved; a saved one carries what was permitted."""
    at = desk(tmp_path, 'refuse = ["max_price_change"]')
    before = at.files()
    for command in (("plan", "--out", "plan.json"), ("apply", "--auto-approve")):
        done = at.run(*command)
        assert done.code == 1
        assert done.err.startswith(REFUSED)
        assert "--allow-policy max_price_change" in done.err
    assert REFUSED in at.run("plan", "--allow-policy", "free_allowed").err
    assert "It is refused: The price of jhsc-en-01" in at.run("plan", "--why", "jhsc-en-01").out
    assert not (tmp_path / "plan.json").exists()
    assert at.files() == before
    assert at.run("plan", "--allow-policy", "max_price_change", "--out", "plan.json").code == 0
    beside = at.run("apply", "plan.json", "--allow-policy", "all")
    assert "A saved plan carries its own options" in beside.err
    toml = tmp_path / "offerctl.toml"
    text = toml.read_text("utf-8")
    toml.write_text(f"{text}free_allowed = false\n".replace('refuse = ["', 'refuse = ["free_allowed", "'), "utf-8")
    assert at.run("apply", "plan.json").code == 0
