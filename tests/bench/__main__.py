"""What offerctl costs, as ratios in one run: machines differ, ratios less so.

    python -m bench                              500 and 5,000 files, five runs each
    python -m bench --sizes 500,5000,10000,100000 --peers .bench-peers --json bench.json

Each figure is the median of whole processes, from start to exit. The yardsticks run in turn with what they
measure, so that a noisy machine disturbs both; the ratio of CPU seconds stands beside that of wall seconds.
Catalogues are made of a seed, their states by offerctl's own code without the requests (`catalogues.py`).
`--peers` installs what a package index has into that folder. A process that takes longer than `--most` is ended.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import goals, peer_plans
from bench.goals import APPLIES, Applying, Catalogue, Row, Settings
from bench.measure import Figures, exponent

KINDS = ("start", "plan", "cold", "scale", "apply", "peers")
SMALLEST = 2
MOST_FOR_PEERS = 5_000
"""Files: beyond, peers take minutes."""
_SMOKE = (Applying(8, 4, 0.01, 1 / 0.95),)


def rows(options: argparse.Namespace, place: Path) -> Iterator[Row]:
    """Everything that was asked for, as it is measured."""
    settings = Settings(options.runs, options.most, place, options.seed)
    smallest = Catalogue(SMALLEST, settings)
    smallest.sealed()
    plan = smallest.measured(ours=smallest.run(*goals.OFFERCTL, "plan"))["ours"]
    yield Row(what="plan, nothing changed", size=SMALLEST, ours=plan)
    if "start" in options.only:
        yield from goals.start_up(smallest)
    for size in (size for size in options.sizes if size > SMALLEST):
        catalogue = Catalogue(size, settings)
        if "plan" in options.only:
            yield from goals.plans(catalogue, smallest)
        if "cold" in options.only:
            yield from goals.cold(catalogue, smallest)
        if "scale" in options.only:
            yield from goals.at_scale(catalogue)
        if "peers" in options.only and options.peers and size <= MOST_FOR_PEERS:
            yield from goals.against_peers(
                catalogue, peer_plans.commands(catalogue, options.peers), peer_plans.LIMITS
            )
    if "apply" in options.only:
        yield from goals.applies(settings, _SMOKE if options.smoke else APPLIES)


def shown(row: Row) -> str:
    """A row of the table."""
    ratio, cpu = row.ratio(), row.ratio("cpu")
    limit = "" if row.limit is None else f"<= {row.limit:.2f}"
    met = {None: "", True: "met", False: "NOT MET"}[row.met]
    beside = f"{row.theirs.wall:9.3f} s" if row.theirs else " " * 11
    return (
        f"{row.what:<38}{row.size:>8,} {row.ours.wall:9.3f} s {beside} "
        f"{'' if ratio is None else f'{ratio:8.2f} x':>10} {'' if cpu is None else f'{cpu:8.2f} x':>10} "
        f"{limit:>8} {met:<7} {row.ours.peak:6.0f} MB  {row.yardstick}{', ' if row.note else ''}{row.note}"
    )


def growth(found: Sequence[Row], started: Figures) -> Iterator[tuple[str, float]]:
    """How the time of each thing grows with the files, start-up aside."""
    for what in dict.fromkeys(row.what for row in found if row.what != goals.AGAINST):
        these = [row for row in found if row.what == what and row.size > SMALLEST]
        same = {row.size: row.ours.wall - (row.start_up or started).wall for row in these}
        power = exponent([*same], [*same.values()])
        if power is not None:
            yield what, power


def memory(found: Sequence[Row], started: Figures) -> Iterator[tuple[str, int, float]]:
    """KB an offering above the start-up's."""
    for row in found:
        if row.size > SMALLEST and row.what in {"plan, nothing changed", "plan, cold"}:
            yield row.what, row.size, (row.ours.peak - (row.start_up or started).peak) * 1000 / row.size


def main() -> None:
    """Print the table as it comes, then growth and memory; write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=lambda text: [*map(int, text.split(","))], default=[500, 5000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--most", type=float, default=120.0, help="seconds for one process")
    parser.add_argument("--only", type=lambda text: text.split(","), default=KINDS, help=",".join(KINDS))
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="their virtual environment; made if missing")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="one tiny apply in the place of the long ones")
    options = parser.parse_args()
    if options.peers:
        options.peers = options.peers.absolute()
        for package in peer_plans.install(options.peers):
            print(f"{package} could not be installed, so it is not measured")
    print(f"{'':<38}{'files':>8} {'ours':>11} {'yardstick':>11} {'wall':>10} {'CPU':>10} {'goal':>8} {'peak':>17}")
    found = []
    with tempfile.TemporaryDirectory() as place:
        for row in rows(options, Path(place)):
            found.append(row)
            print(shown(row), flush=True)
    _summary(found, options.json)


def _summary(found: Sequence[Row], file: Path | None) -> None:
    started = found[0].ours
    powers, held = [*growth(found, started)], [*memory(found, started)]
    for what, power in powers:
        print(f"{what}: grows as n^{power:.2f}")
    for what, size, kilobytes in held:
        print(f"{what} of {size:,}: {kilobytes:.2f} KB an offering above start-up (goal: 2.5)")
    if file is not None:
        document = {
            "python": platform.python_version(),
            "rows": [
                {**asdict(row), "ratio": row.ratio(), "cpu_ratio": row.ratio("cpu"), "met": row.met}
                for row in found
            ],
            "growth": dict(powers),
            "memory_kb_an_offering": [{"what": w, "size": n, "kb": kb} for w, n, kb in held],
        }
        file.write_text(json.dumps(document, indent=2), "utf-8")


if __name__ == "__main__":
    main()
