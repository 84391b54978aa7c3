"""What it takes when many environments write their states at once: `python bench/fleet.py --help`.

Each environment is a runner with a clone of its own, and writes as a run does. The ideal is what the same number
of writes takes one after the other, by the only writer there is. Every write is looked for afterwards.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from offerctl.backends import git as backend
from offerctl.git import Git, GitFailed
from support.fleet import WRITES, branch_of, write_states
from support.homes import GitHome


def main() -> int:
    """Measure, and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=0, help="runners at work at the same time; 0: all")
    parser.add_argument("--home", choices=["file", "http"], default="file")
    parser.add_argument("--branch", choices=["one", "each"], default="one")
    parser.add_argument("--patience", type=float, default=backend.PATIENCE)
    chosen = parser.parse_args()
    backend.PATIENCE = chosen.patience
    pushes: Counter[str] = Counter()
    run = Git.run

    def counted(git: Git, *arguments: str, data: bytes = b"") -> bytes:
        pushes[arguments[0]] += 1
        try:
            return run(git, *arguments, data=data)
        except GitFailed:
            pushes[f"{arguments[0]} lost"] += 1
            raise

    Git.run = counted  # type: ignore[method-assign,assignment]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        alone = GitHome(Path(folder) / "alone", chosen.home, stack)
        began = time.perf_counter()
        write_states(alone, ["pro-0"] * 1, at_once=1)
        each = (time.perf_counter() - began) / WRITES
        pushes.clear()
        home = GitHome(Path(folder) / "fleet", chosen.home, stack)
        names = [f"pro-{number}" for number in range(chosen.environments)]
        for number in range(len(names)):
            home.root(number)
        began = time.perf_counter()
        outcome = write_states(
            home, names, at_once=chosen.at_once or len(names), own_branches=chosen.branch == "each"
        )
        took = time.perf_counter() - began
    failed = [name for name, told in outcome.items() if told]
    writes = WRITES * (len(names) - len(failed))
    print(
        f"{len(names)} environments, {chosen.home}, branch {branch_of(names[0], own=chosen.branch == 'each')}: "
        f"{writes} writes in {took:.1f} s, ideal {each * WRITES * len(names):.1f} s; "
        f"{pushes['push']} pushes, {pushes['push lost']} lost; {len(failed)} environments failed"
    )
    for told in [*Counter(told for told in outcome.values() if told)][:3]:
        print(f"  {told}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
