"""The table of mutations fits the code; whether each turns the suite red is run by hand and every week."""

from __future__ import annotations

import re
from pathlib import Path

from mutation.rules import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
NOT_HERE = {"15"}
"""Rebuilding from git is shown by tests of its own."""


def test_every_mutation_still_takes_something_out() -> None:
    """Each text stands exactly once where the table says, and the tests that are to turn red exist."""
    for mutation in MUTATIONS:
        text = (ROOT / "src" / "offerctl" / mutation.file).read_text("utf-8")
        assert text.count(mutation.old) == 1, f"{mutation.what}: {mutation.file}"
        assert mutation.old != mutation.new
        assert (ROOT / mutation.tests.split(" -k ")[0]).exists(), mutation.tests


def test_every_rule_is_taken_out_once() -> None:
    """All of the protocol's table, but for what is shown elsewhere."""
    rules = set(re.findall(r"^\| (\d+) \|", (ROOT / ".github/PROTOCOL.md").read_text("utf-8"), re.MULTILINE))
    assert rules - {mutation.rule for mutation in MUTATIONS} == NOT_HERE
