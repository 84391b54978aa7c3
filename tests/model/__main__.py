"""Takes the production protocol through every order of faults in bounded worlds."""

from __future__ import annotations

import argparse
import sys

from model.families import FAMILIES, LARGE, MOVES
from model.moves import explorer
from model.variants import VARIANTS

HELP = """\
Prints a row a family of worlds and a row a weakened protocol. Exits with 1 when a promise breaks, and shows the
shortest way there, or when a weakened protocol breaks none. Some two minutes; from the folder `tests`.
"""


def main() -> int:
    """Every family, then every variant."""
    options = argparse.ArgumentParser(prog="python -m model", description=__doc__, epilog=HELP)
    options.add_argument("--large", action="store_true", help="larger worlds too; half an hour more")
    given = options.parse_args()
    failed = 0
    print(f"{'family':<52} {'worlds':>8} {'steps':>9} {'machines':>9} {'last runs':>9} {'seconds':>8}")
    for name, rules in {**FAMILIES, **MOVES, **(LARGE if given.large else {})}.items():
        at_work = explorer(rules)
        found = at_work.explore()
        counts = f"{at_work.worlds:>8} {at_work.steps:>9} {at_work.machines.count:>9} {at_work.clean:>9}"
        print(f"{name:<52} {counts} {at_work.seconds:>8.1f}", flush=True)
        if found:
            failed += 1
            print(found)
    print(f"\n{'left out':<58} {'breaks':<16} {'steps':>6} {'protocol':>9}")
    for variant in VARIANTS:
        with variant.weaken():
            found = explorer(variant.rules).explore()
        broken = found.promise if found else "NOTHING"
        failed += broken != variant.promise
        length = len(found.steps) - 1 if found else "-"
        print(f"{variant.name:<58} {broken:<16} {length:>6} {variant.steps or '-':>9}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
