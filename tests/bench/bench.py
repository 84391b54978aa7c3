"""What offerctl costs, as ratios in one run: machines differ, ratios less so.

    python tests/bench/bench.py                     1,000 files, five runs each
    python tests/bench/bench.py --files 10000 --runs 7

Each figure is the median of whole processes, from start to exit. The yardsticks run in turn with what they
measure, so that a noisy machine disturbs both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
OFFERCTL = (sys.executable, "-m", "offerctl")
IMPORT_CLICK = (sys.executable, "-c", "import click")
BARE = """
import sys, pathlib, yaml
from offerctl import schemas, canon
from jsonschema import Draft202012Validator
validator = Draft202012Validator(canon.parse(schemas.read("offering.schema.json")))
for path in sorted(pathlib.Path("offerings").iterdir()):
    values = {}
    events = [e.value for e in yaml.parse(path.read_bytes(), yaml.CSafeLoader) if isinstance(e, yaml.ScalarEvent)]
    for key, value in zip(events[::2], events[1::2]):
        values[key] = float(value) if key in ("price", "courseDuration") else value
    list(validator.iter_errors(values))
"""
Command = Sequence[str]


def seconds(command: Command, folder: Path) -> float:
    """How long one process takes from start to exit.

    Raises:
        SystemExit: it failed, so there is nothing to measure.
    """
    env = {**os.environ, "PYTHONPATH": str(SOURCES), "GIT_OPTIONAL_LOCKS": "0"}
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    took = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.decode()}")
    return took


def compare(
    name: str,
    ours: Command,
    yardstick: Command,
    *,
    folder: Path,
    runs: int,
    before: Callable[[], None] = lambda: None,
) -> float:
    """Prints medians of both and their ratio, pair by pair; gives the ratio back."""
    pairs = []
    for _ in range(runs):
        before()
        pairs.append((seconds(ours, folder), seconds(yardstick, folder)))
    ratio = statistics.median(a / b for a, b in pairs)
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{name:<46} {mine:8.3f} s {theirs:8.3f} s {ratio:7.2f} x")
    return ratio


def write_catalogue(folder: Path, files: int) -> None:
    """So many offerings in a git repository, as a provider would have them."""
    offerings = folder / "offerings"
    offerings.mkdir(parents=True)
    for number in range(files):
        key, name = (
            ("JHSC-2014-1-F-O", "CMSST, certification partie 1")
            if number % 2
            else ("JHSC-2014-1-E-O", "JHSC Certification Part One")
        )
        (offerings / f"jhsc-{number:06d}.yaml").write_text(
            "# yaml-language-server: $schema=../schema/offering.schema.json\n"
            f"offeringId: jhsc-{number:06d}\n"
            f"trainingStandardKey: {key}\n"
            f"courseName: {name} {number}\n"
            f"price: {100 + number % 200}.00\n"
            "courseDuration: 19.5\n"
            f"externalRegistrationUrl: https://safety-training.example/register/{number}\n",
            "utf-8",
        )
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@offerctl.example", "-c", "commit.gpgsign=false")
    (folder / ".gitignore").write_text(".offerctl/\n", "utf-8")
    for command in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message=all")):
        subprocess.run(["git", *command], cwd=folder, check=True)


def forget_everything(folder: Path) -> None:
    """As before the first run."""
    for path in sorted((folder / ".offerctl").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def main() -> None:
    """Prints one row a comparison: ours, the yardstick, ours over the yardstick."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    files, runs = options.files, options.runs
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_catalogue(folder, files)
        print(f"{'':<46} {'ours':>10} {'yardstick':>10} {'ratio':>9}")
        compare("--version / import click", (*OFFERCTL, "--version"), IMPORT_CLICK, folder=folder, runs=runs)
        compare("--help / import click", (*OFFERCTL, "--help"), IMPORT_CLICK, folder=folder, runs=runs)
        bare, status = (sys.executable, "-c", BARE), ("git", "status", "--porcelain")
        compare(
            f"plan of {files} new files / bare parse and check",
            (*OFFERCTL, "-q", "plan"),
            bare,
            folder=folder,
            runs=runs,
        )
        apply = (*OFFERCTL, "-q", "apply", "--auto-approve")
        compare(
            f"apply of {files} in process / bare parse and check",
            apply,
            bare,
            folder=folder,
            runs=min(runs, 3),
            before=lambda: forget_everything(folder),
        )
        compare(
            f"plan with nothing to do of {files} / git status",
            (*OFFERCTL, "plan"),
            status,
            folder=folder,
            runs=runs,
        )


if __name__ == "__main__":
    main()
