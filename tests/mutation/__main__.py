"""Takes each rule of the protocol out in turn and expects red: `python -m mutation`, from `tests`; some minutes.

`python -m mutation 6 13` takes out only what belongs to those rules. Works on a copy in a temporary folder. Prints
a row a mutation; exits with 1 when one survives or fits no more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from mutation.rules import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[2]


def survives(copy: Path, mutation: Mutation) -> bool:
    """Whether the named tests stay green without the rule."""
    path = copy / "src" / "offerctl" / mutation.file
    whole = path.read_text("utf-8")
    if whole.count(mutation.old) != 1:
        sys.exit(f"{mutation.file} no longer holds exactly one: {mutation.old!r}")
    path.write_text(whole.replace(mutation.old, mutation.new), "utf-8")
    try:
        file, _, selected = mutation.tests.partition(" -k ")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", file]
        command += ["-k", selected] if selected else []
        env = {**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=copy, env=env, capture_output=True, timeout=600, check=False)
        if done.returncode not in {0, 1}:
            sys.exit(f"{mutation.tests} cannot be run: {done.stdout.decode()[-2000:]}")
        return done.returncode == 0
    finally:
        path.write_text(whole, "utf-8")


def main() -> int:
    """Every mutation, or those of the rules that are named, one after the other."""
    survivors, named = 0, sys.argv[1:]
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "offerctl"
        ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=ignored)
        print(f"{'rule':<9} {'left out':<54} {'turns red':<40}")
        for mutation in (one for one in MUTATIONS if not named or one.rule in named):
            alive = survives(copy, mutation)
            survivors += alive
            verdict = "SURVIVES" if alive else mutation.tests
            print(f"{mutation.rule:<9} {mutation.what:<54} {verdict}", flush=True)
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
