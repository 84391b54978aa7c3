"""Explores by hand, from the folder `tests`: `python -m model`, with `--large` for some minutes more."""

from __future__ import annotations

import sys

from model.explorer import Explorer
from model.families import FAMILIES, LARGE
from model.variants import VARIANTS


def main() -> int:
    """Prints a row a family and a row a variant; 1 when a promise breaks, or a variant does not."""
    broken = 0
    families = {**FAMILIES, **(LARGE if "--large" in sys.argv else {})}
    print(f"{'worlds':<58} {'states':>9} {'runs':>8} {'clean':>8} {'seconds':>8}")
    for name, rules in families.items():
        explorer = Explorer(rules)
        trace = explorer.explore()
        row = f"{explorer.states:>9} {explorer.runs:>8} {explorer.ended_clean:>8} {explorer.seconds:>8.1f}"
        print(f"{name:<58} {row}", flush=True)
        if trace:
            broken += 1
            print("\n".join(f"    {step}" for step in trace))
    print(f"\n{'left out':<58} {'breaks':<16} {'steps':>6} {'protocol':>9}")
    for variant in VARIANTS:
        with variant.weaken():
            trace = Explorer(variant.rules).explore()
        found = trace is not None and trace[-1].startswith(variant.promise)
        broken += not found
        length = str(len(trace) - 2) if trace else "none"
        print(f"{variant.name:<58} {variant.promise if found else 'NOTHING':<16} {length:>6} {variant.steps:>9}")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
