"""Whole processes, measured from start to exit: seconds, CPU seconds (children too), and the most memory held."""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "src"
KIB_IN_MB = 1000
"""Linux tells peak memory in KiB; that a MB has 1,000 or 1,024 of them is below the noise."""
SHOWN = 2000


class TooLong(Exception):
    """A process did not end in its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to start and where. `before` makes it begin anew, unmeasured; `codes` are exit codes that are right."""

    arguments: Sequence[str]
    folder: Path
    before: Callable[[], object] = lambda: None
    codes: frozenset[int] = frozenset({0})
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Medians of some runs: `wall` and `cpu` in seconds, `peak` in MB; `runs` is how many there were."""

    wall: float
    cpu: float
    peak: float
    runs: int


def environment() -> dict[str, str]:
    """What processes are started with: these sources, compiled once as an installed program is."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(SOURCES), "GIT_OPTIONAL_LOCKS": "0"}


def once(command: Command, most: float) -> tuple[float, float, float]:
    """Wall and CPU seconds and peak MB of one run.

    Raises:
        TooLong: it was ended after `most` seconds.
        SystemExit: it failed, so there is nothing to measure.
    """
    command.before()
    env = {**environment(), **command.environ}
    output = command.folder / ".git" / "bench-output"
    with output.open("w+b") as stream:
        began = time.perf_counter()
        process = subprocess.Popen(
            command.arguments, cwd=command.folder, env=env, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        status, usage = _wait(process, began + most)
        took = time.perf_counter() - began
        code = process.returncode = os.waitstatus_to_exitcode(status)
        if code not in command.codes:
            stream.seek(0)
            said = stream.read().decode("utf-8", "replace")[-SHOWN:]
            sys.exit(f"{' '.join(command.arguments[:6])}: exit {code}\n{said}")
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / KIB_IN_MB


def _wait(process: subprocess.Popen[bytes], until: float) -> tuple[int, os.struct_rusage]:  # type: ignore[name-defined]
    pause = 0.0002
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            return status, usage
        if time.perf_counter() > until:
            process.kill()
            os.wait4(process.pid, 0)
            process.returncode = -9
            raise TooLong
        time.sleep(pause)
        pause = min(pause * 1.2, 0.005)


def in_turn(commands: Mapping[str, Command], runs: int, most: float) -> dict[str, Figures]:
    """Each command so many times, in turn, so that a noisy machine disturbs all; fewer where time runs out.

    What does not end within `most` seconds has no figures; after twice that, no further round begins.
    """
    samples: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    began, given_up = time.perf_counter(), set()
    for _ in range(runs):
        for name, command in commands.items():
            if name not in given_up:
                try:
                    samples[name].append(once(command, most))
                except TooLong:
                    given_up.add(name)
        if time.perf_counter() - began > 2 * most:
            break
    return {name: _medians(taken) for name, taken in samples.items() if taken and name not in given_up}


def _medians(taken: Sequence[tuple[float, float, float]]) -> Figures:
    wall, cpu, peak = (statistics.median(column) for column in zip(*taken, strict=True))
    return Figures(wall=wall, cpu=cpu, peak=peak, runs=len(taken))


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float | None:
    """With which power of the size the time grows, by least squares over logarithms; none for a single size."""
    points = [(math.log(n), math.log(s)) for n, s in zip(sizes, seconds, strict=True) if s > 0]
    if len(points) < 2:
        return None
    return statistics.linear_regression(*zip(*points, strict=True)).slope
