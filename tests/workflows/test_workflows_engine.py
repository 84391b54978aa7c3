"""The workflows of this repository in a real engine, `act`, as they stand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support.act import APPLIED, PLANNED, acting, artifact, codes
from support.workflows import text_of

ROOT = Path(__file__).parents[2]


@pytest.mark.deep
def test_the_workflows_of_this_repository_rehearse_its_own_listings(tmp_path: Path) -> None:
    """They install what they stand beside, and nobody has configured anything."""
    with acting(tmp_path) as it:
        shutil.rmtree(it.work / "offerings")
        (it.work / "offerctl.toml").unlink()
        for name in ("src", "schema", "offerings", ".github", "README.md", "LICENSE", "pyproject.toml"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, it.work / name)
        it.push_to_main()
        file = "offerings/jhsc-en-01.yaml"
        it.file(file, re.sub(r"(?m)^price: .*", "price: 321", (ROOT / file).read_text("utf-8")))
        number, job = it.pull_request("price")
        assert codes(job) == PLANNED, job
        assert artifact(job, "preview").exists()
        assert "at $321.00" in it.comment(number)
        job = it.merge(number)
        assert codes(job) == APPLIED, job
        assert "**Applied to local:" in it.comment(number)


@pytest.mark.deep
def test_a_workflow_that_the_engine_cannot_read_fails_its_test(tmp_path: Path) -> None:
    """A job that did not begin is none that was left out."""
    with acting(tmp_path) as it:
        (it.work / ".github" / "workflows").mkdir(parents=True)
        it.file(".github/workflows/plan.yml", text_of("plan").replace("timeout-minutes:", "timeout-minute:"))
        with pytest.raises(AssertionError, match="Unknown Property timeout-minute"):
            it.pull_request("wrong")
