"""The benchmark runs; its figures are read by people, never asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.catalogues import seal_state, write_catalogue
from bench.goals import OFFERCTL
from bench.measure import environment, exponent

TESTS = Path(__file__).resolve().parents[1]


def test_the_growth_is_a_power_of_the_size() -> None:
    """Ten times the files in ten times the time is 1, in a hundred times is 2; one size tells nothing."""
    assert exponent([10, 100, 1000], [0.5, 5.0, 50.0]) == pytest.approx(1.0)
    assert exponent([10, 100], [1.0, 100.0]) == pytest.approx(2.0)
    assert exponent([10], [1.0]) is None


@pytest.mark.deep
def test_the_benchmark_measures_every_row(tmp_path: Path) -> None:
    """A handful of files, once: every command it times succeeds, and table and JSON have the same rows."""
    found = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--sizes", "20", "--runs", "1", "--smoke", f"--json={found}"],
        cwd=TESTS,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(found.read_text("utf-8"))
    assert [row["what"] for row in document["rows"] if row["size"] == 20] == [
        "plan, nothing changed",
        "plan, 1 changed",
        "plan, 10 changed",
        "plan, cold",
        "validate",
        "state list",
        "history",
        "plan --format markdown, all changed",
    ]
    assert document["rows"][-1]["what"] == "apply, 4 at once, 10 ms each"
    assert done.stdout.count(" MB ") == len(document["rows"])


@pytest.mark.deep
def test_a_sealed_state_is_what_an_apply_leaves(tmp_path: Path) -> None:
    """The benchmark's states are made without requests: but for times and run they are those of a real apply."""
    documents = []
    for name in ("sealed", "applied"):
        folder = tmp_path / name
        write_catalogue(folder, 3)
        if name == "sealed":
            seal_state(folder)
        else:
            apply = [*OFFERCTL, "-q", "apply", "--auto-approve"]
            subprocess.run(apply, cwd=folder, env=environment(), check=True, capture_output=True)
        documents.append(_timeless(json.loads((folder / ".offerctl" / "local.state.json").read_text("utf-8"))))
    assert documents[0] == documents[1]
    plan = subprocess.run(
        [*OFFERCTL, "plan"], cwd=tmp_path / "sealed", env=environment(), check=True, capture_output=True
    )
    assert b"No changes. The 3 files match" in plan.stdout


@pytest.mark.deep
def test_the_table_of_peers_has_a_row_for_each_example() -> None:
    """A few examples: what this tool finds stands at its line and helps; peers that are not here are left out."""
    command = [sys.executable, "bench/peers.py", "--only", "warn-language-french"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=TESTS)
    assert done.returncode == 0, done.stderr
    heading, row = (line.split() for line in done.stdout.splitlines()[:2])
    assert heading[:3] == ["example", "offerctl", "check-jsonschema"]
    assert row[:2] == ["warn-language-french-name.yaml", "3=!"]
    assert "found, of 1" in done.stdout


def _timeless(value: Any) -> Any:
    """A document without what differs from run to run; what is there stays there."""
    changing = {
        "at",
        "run",
        "id",
        "who",
        "started",
        "finished",
        "lineage",
        "checksum",
        "previous",
        "commit",
        "applied_commit",
    }
    if isinstance(value, dict):
        return {
            key: type(found).__name__
            if key in changing and not isinstance(found, dict | list)
            else _timeless(found)
            for key, found in value.items()
        }
    return [_timeless(one) for one in value] if isinstance(value, list) else value
