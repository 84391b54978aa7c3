"""What it takes when many environments write their states at once: `python bench/fleet.py --help`, from `tests/`.

Each environment is a runner with a clone or a folder of its own, and writes as a run does. The ideal is what the
same number of writes takes one after the other, by the only writer there is. Every write is looked for afterwards.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from offerctl.git import Git, GitFailed
from support.cloud import make_bucket, s3_environ, s3_server
from support.fleet import WRITES, write_states
from support.homes import BucketHome, GitHome, Home


def main() -> int:
    """Measure, and print one row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=0, help="runners at work at the same time; 0: all")
    parser.add_argument(
        "--home", choices=["file", "http", "s3"], default="file", help="git over either, or a bucket"
    )
    parser.add_argument("--branch", choices=["one", "each"], default="one")
    chosen = parser.parse_args()
    pushes = _counted()
    waits: list[float] = []
    own = chosen.branch == "each"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        alone, home = (_home(Path(folder) / name, chosen.home, stack) for name in ("alone", "fleet"))
        names = [f"pro-{number}" for number in range(chosen.environments)]
        for number in range(len(names)):
            home.root(number)
        for number in range(3):
            alone.root(number)
        began = time.perf_counter()
        write_states(alone, names[:3], at_once=1, own_branches=own)
        each = (time.perf_counter() - began) / 3
        pushes.clear()
        began = time.perf_counter()
        outcome = write_states(
            home, names, at_once=chosen.at_once or len(names), own_branches=own, tell=waits.append
        )
        took = time.perf_counter() - began
    failed = [told for told in outcome.values() if told]
    what = "" if chosen.home == "s3" else f", {chosen.branch} branch"
    print(
        f"{len(names)} environments, {chosen.at_once or 'all'} at once, {chosen.home}{what}: {len(waits)} writes "
        f"in {took:.1f} s, ideal {each * len(names):.1f} s; longest {max(waits, default=0):.1f} s, "
        f"{pushes['push']} pushes, {pushes['push lost']} lost; {len(failed)} environments failed"
    )
    for told, times in Counter(failed).most_common(3):
        print(f"  {times} x {told}")
    return 1 if failed or len(waits) != WRITES * len(names) else 0


def _home(folder: Path, kind: str, stack: ExitStack) -> Home:
    folder.mkdir()
    if kind != "s3":
        return GitHome(folder, kind, stack)
    server = stack.enter_context(s3_server())
    os.environ.update(s3_environ(server))
    return BucketHome(folder, "s3", make_bucket(server))


def _counted() -> Counter[str]:
    """How often each git command is run, and in vain."""
    counts: Counter[str] = Counter()
    run = Git.run

    def counted(git: Git, *arguments: str, data: bytes = b"") -> bytes:
        counts[arguments[0]] += 1
        try:
            return run(git, *arguments, data=data)
        except GitFailed:
            counts[f"{arguments[0]} lost"] += 1
            raise

    Git.run = counted  # type: ignore[method-assign,assignment]
    return counts


if __name__ == "__main__":
    sys.exit(main())
