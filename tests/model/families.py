"""The families of worlds that are explored: what a run of CI sees, and the larger ones by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from model.explorer import Rules
from model.variants import ONE_KEY, TWO, rules
from model.worlds import Budget

BOTH = (("x", "A1"), ("y", "A1"))
KEYS_AND_TWO = {"x": ("A1", "A2", "B1", None), "y": ("A1", None)}


def _wiped(**budget: int) -> Rules:
    return replace(rules(), budget=Budget(wipes=1, reasserts=2, **budget))


FAMILIES: Mapping[str, Rules] = {
    "one id: crashes, lost, late and refused requests, edits": rules(faults=2, crashes=2, edits=2),
    "two ids, two keys": rules(faults=1, crashes=1, edits=1, forms=KEYS_AND_TWO, start=BOTH, parallelism=2),
    "two ids: order and deletions": rules(faults=1, crashes=1, edits=2, forms=TWO, parallelism=2),
    "late for ever, then --reassert": rules(
        faults=1, crashes=1, edits=2, bounded=False, reasserts=1, forms=ONE_KEY
    ),
    "late for ever, keys that change": rules(crashes=1, edits=2, bounded=False, reasserts=1),
    "a zombie and a second run": rules(crashes=1, edits=2, zombies=1),
    "a wiped sandbox": _wiped(faults=1, crashes=1, edits=1),
    "somebody else's listing, clean answers": rules(edits=3, foreign=(("x", "A9"),)),
}
LARGE: Mapping[str, Rules] = {
    "one id, large": rules(faults=3, crashes=2, edits=2),
    "one id, more edits": rules(faults=2, crashes=2, edits=3),
    "two ids, large": rules(faults=2, crashes=1, edits=2, forms=KEYS_AND_TWO, start=BOTH, parallelism=2),
    "late for ever, large": rules(faults=2, crashes=2, edits=2, bounded=False, reasserts=1, forms=ONE_KEY),
    "zombie, large": rules(faults=1, crashes=2, edits=2, zombies=1),
    "wiped, large": _wiped(faults=2, crashes=1, edits=2),
}
