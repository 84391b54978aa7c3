"""The table of mutations fits the code; whether each turns the suite red is run by hand and every week."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mutation.__main__ import misfits
from mutation.anchor import Adrift, Place, find
from mutation.rules import MUTATIONS

ROOT = Path(__file__).resolve().parents[2]
NOT_HERE = {"state lost"}
"""Rebuilding from git is shown by tests of its own."""

LEASE = """
class Lease:
    def holds(self, now):  # rule 6
        if now > self.until and not self.lost:
            return False
        return self.renewed(at=now, force=True)
"""


@pytest.mark.deep
def test_every_mutation_still_takes_something_out() -> None:
    """Each anchor holds in exactly one place, and the tests that are to turn red exist."""
    assert misfits() == []


def test_every_rule_is_taken_out_once() -> None:
    """All of the protocol's table, but for what is shown elsewhere."""
    text = (ROOT / ".github" / "PROTOCOL.md").read_text("utf-8")
    rules = {name.lower() for name in re.findall(r"^\| \d+ \| \*\*(.+?)\*\*", text, re.MULTILINE)}
    others = {"outcomes", "reviews", "policy", "unread", "turns", "checkout", "buckets"}
    assert {mutation.rule for mutation in MUTATIONS} == rules - NOT_HERE | others


def changed(
    module: str, old: str, new: str, within: str | None = "Lease.holds", name: str = "apply/lease.py"
) -> Place:
    """The mutation of a package of this module and an empty one."""
    return find(old, new, within, {Path("errors.py"): "", Path(name): module})


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("now > self.until", "False", "if (False) and not self.lost:"),
        ("not  self.lost", "True", "if now > self.until and (True):"),
        ("force = True", "force = False", "return self.renewed(at=now, force = False)"),
        ("return False", "pass", "            pass"),
        (
            "if now > self.until and not self.lost:\n    return False",
            "if now:\n    return False",
            "        if now:\n            return False\n",
        ),
    ],
    ids=["expression", "layout", "argument", "statement", "statements"],
)
def test_an_anchor_names_a_piece_of_syntax(old: str, new: str, line: str) -> None:
    """And nothing around it changes."""
    place = changed(LEASE, old, new)
    assert line in place.text
    assert place.note == ""
    assert len(place.text.splitlines()) == len(LEASE.splitlines())


@pytest.mark.parametrize(
    ("module", "name", "note"),
    [
        (LEASE, "state/claims.py", ""),
        (LEASE.replace("Lease", "Claim").replace("holds", "lives"), "apply/lease.py", "called otherwise"),
        (LEASE.replace("until", "ends"), "apply/lease.py", "until is now ends"),
        (LEASE.replace("  # rule 6", "").replace("if now", "if  now"), "apply/lease.py", ""),
    ],
    ids=["module", "function", "attribute", "layout"],
)
def test_a_rename_leaves_an_anchor_fast(module: str, name: str, note: str) -> None:
    """Whatever is renamed: the module, the function and its class, or a name in the piece itself."""
    place = changed(module, "now > self.until", "now > self.until + 1", name=name)
    assert re.search(r"if +\(now > self\.(until|ends) \+ 1\) and not self\.lost:", place.text)
    assert note in place.note
    assert place.path == Path(name)


@pytest.mark.parametrize(
    ("module", "old", "says"),
    [
        (LEASE, "now < self.until", "stands nowhere in Lease.holds"),
        (LEASE, "then > self.start", "stands nowhere in Lease.holds"),
        (LEASE.replace("until", "ends").replace("now", "then"), "now > self.until", "stands nowhere"),
        (
            LEASE.replace("not self.lost", "now > self.until"),
            "now > self.until",
            "stands more than once (lease.py:4, lease.py:4)",
        ),
    ],
    ids=["another operator", "two names", "two renames", "twice"],
)
def test_an_anchor_that_is_adrift_is_told(module: str, old: str, says: str) -> None:
    """What is no rename, or stands twice, is never taken for it."""
    with pytest.raises(Adrift, match=re.escape(says)):
        changed(module, old, "False")


def test_a_mutation_that_changes_nothing_is_none() -> None:
    """It would survive, and say nothing."""
    with pytest.raises(Adrift, match="changes nothing"):
        changed(LEASE, "not self.lost", "(not self.lost)")
