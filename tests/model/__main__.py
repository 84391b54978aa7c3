"""Explores by hand, from the folder `tests`: `python -m model`, with `--large` for some minutes more."""

from __future__ import annotations

import sys

from model.explorer import Explorer
from model.families import FAMILIES, LARGE
from model.variants import VARIANTS


def main() -> int:
    """Prints a row a family and a row a variant; 1 when a promise breaks, or a variant does not."""
    failed = 0
    print(f"{'family':<52} {'worlds':>8} {'steps':>9} {'machines':>9} {'last runs':>9} {'seconds':>8}")
    for name, rules in {**FAMILIES, **(LARGE if "--large" in sys.argv else {})}.items():
        explorer = Explorer(rules)
        found = explorer.explore()
        counts = f"{explorer.worlds:>8} {explorer.steps:>9} {explorer.machines.count:>9} {explorer.clean:>9}"
        print(f"{name:<52} {counts} {explorer.seconds:>8.1f}", flush=True)
        if found:
            failed += 1
            print(found)
    print(f"\n{'left out':<58} {'breaks':<16} {'steps':>6} {'protocol':>9}")
    for variant in VARIANTS:
        with variant.weaken():
            found = Explorer(variant.rules).explore()
        broken = found.promise if found else "NOTHING"
        failed += broken != variant.promise
        length = len(found.steps) - 1 if found else "-"
        print(f"{variant.name:<58} {broken:<16} {length:>6} {variant.steps or '-':>9}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
