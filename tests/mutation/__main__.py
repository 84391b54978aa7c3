"""Takes each rule of the protocol out in turn and expects red."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mutation.anchor import Adrift, Place, find
from mutation.rules import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "offerctl"
HELP = """\
Works on a copy in a temporary folder, prints a row a mutation, and exits with 1 when one survives or fits no more.
All of them take about half an hour on a quiet machine. From the folder `tests`.
"""


def sources() -> Mapping[Path, str]:
    """Every module of the package, by its path there."""
    return {path.relative_to(PACKAGE): path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def applied(mutation: Mutation, modules: Mapping[Path, str]) -> Place:
    """Where it fits, and what the module becomes.

    Raises:
        Adrift: it fits nowhere, or in several places.
    """
    return find(mutation.old, mutation.new, mutation.within, modules)


def misfits(mutations: Sequence[Mutation] = MUTATIONS) -> list[str]:
    """What of the table fits no more: code that is not there, tests that do not exist."""
    found, modules = [], sources()
    for mutation in mutations:
        try:
            applied(mutation, modules)
        except Adrift as adrift:
            found.append(f"{mutation.what}: {adrift}")
    names = _tests({mutation.tests.partition(" -k ")[0] for mutation in mutations})
    for mutation in mutations:
        file, _, words = mutation.tests.partition(" -k ")
        if not any(name.startswith(file) and words.lower() in name.lower() for name in names):
            found.append(f"{mutation.what}: no test is called {mutation.tests}")
    return found


def _tests(files: set[str]) -> list[str]:
    """The tests in these files and folders."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-n0"]
    done = subprocess.run([*command, *sorted(files)], cwd=ROOT, capture_output=True, text=True, check=False)
    return re.findall(r"^tests/.*::.*$", done.stdout, re.MULTILINE)


def survives(copy: Path, mutation: Mutation, place: Place) -> bool:
    """Whether the named tests stay green without the rule."""
    path = copy / "src" / "offerctl" / place.path
    whole = path.read_text("utf-8")
    path.write_text(place.text, "utf-8")
    try:
        file, _, words = mutation.tests.partition(" -k ")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n0", file]
        command += ["-k", words] if words else []
        env = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=copy, env=env, capture_output=True, timeout=600, check=False)
        if done.returncode not in {0, 1}:
            sys.exit(f"{mutation.tests} cannot be run: {done.stdout.decode()[-2000:]}")
        return done.returncode == 0
    finally:
        path.write_text(whole, "utf-8")


def check(mutations: Sequence[Mutation]) -> int:
    """Prints where each one fits, and what was renamed since it was written."""
    wrong, modules = misfits(mutations), sources()
    for mutation in mutations:
        try:
            place = applied(mutation, modules)
        except Adrift:
            continue
        where = f"{place.path}:{place.line}"
        print(f"{mutation.rule:<20} {mutation.what:<58} {where:<24} {place.note}")
    print(*wrong, sep="\n", end="\n" * bool(wrong))
    return int(bool(wrong))


def mutate(mutations: Sequence[Mutation]) -> int:
    """Takes out one after the other, in a copy."""
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "offerctl"
        ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=ignored)
        print(f"{'rule':<20} {'left out':<58} {'turns red':<40}")
        for mutation in mutations:
            alive = survives(copy, mutation, applied(mutation, sources()))
            survivors += alive
            verdict = "SURVIVES" if alive else mutation.tests
            print(f"{mutation.rule:<20} {mutation.what:<58} {verdict}", flush=True)
    return int(survivors > 0)


def main() -> int:
    """Every mutation, or those of the rules that are named."""
    rules = list(dict.fromkeys(mutation.rule for mutation in MUTATIONS))
    options = argparse.ArgumentParser(prog="python -m mutation", description=__doc__, epilog=HELP)
    options.add_argument("rules", nargs="*", metavar="RULE", help=f"only of these: {', '.join(map(repr, rules))}")
    options.add_argument("--check", action="store_true", help="only look whether each fits; some seconds")
    given = options.parse_args()
    if unknown := sorted(set(given.rules) - set(rules)):
        options.error(f"no mutation of {', '.join(unknown)}")
    chosen = [mutation for mutation in MUTATIONS if not given.rules or mutation.rule in given.rules]
    return (check if given.check else mutate)(chosen)


if __name__ == "__main__":
    sys.exit(main())
