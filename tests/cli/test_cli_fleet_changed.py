"""`environments --changed` misses nothing: a check that it leaves out would be green without a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.cli import Done, offerctl
from support.homes import git

ENVIRONMENT = '[environments.{}]\nbase_url = "https://m.example"\nnetwork_key = "k"\nofferings = "{}"\n'
SHARED = (
    'include = "environments"\n[environments."pro-*"]\nbase_url = "https://m.example"\n'
    'network_key = "{environment}"\nofferings = "offerings/{environment}"\n'
)
LOCAL = ("-c", "protocol.file.allow=always")
"""Git fetches no submodule from a folder of this machine unless it is told to."""

pytestmark = pytest.mark.deep


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository without a commit."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q", "--initial-branch=main")
    return root


def committed(top: Path, files: dict[str, str | None]) -> None:
    """One more commit, with these files as they are given; none: deleted."""
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text, "utf-8")
    git(top, "add", "-A")
    git(top, "commit", "-q", "--allow-empty", "-m", "a change")


def changed(folder: Path) -> tuple[Done, list[str]]:
    """What a workflow asks, and the environments that get a job."""
    done = offerctl("environments", "--json", "--changed", "HEAD^1", cwd=folder)
    return done, [one["environment"] for one in json.loads(done.out)["include"]]


def test_the_folder_of_the_configuration_may_be_that_of_the_offerings(top: Path) -> None:
    """Whatever changes below it concerns the environment; what changes beside it does not."""
    committed(top, {"project/offerctl.toml": ENVIRONMENT.format("prod", ".")})
    committed(top, {"project/a.yaml": "x: 1\n"})
    assert changed(top / "project")[1] == ["prod"]
    committed(top, {"README.md": "x\n"})
    assert changed(top / "project")[1] == []


@pytest.mark.parametrize("name", ["project/offerctl.toml", "offerctl.toml", "project/pyproject.toml"])
def test_a_configuration_that_goes_leaves_another_one_in_use(top: Path, name: str) -> None:
    """One that stood before it, from the folder to the repository's top, may have said something else for all."""
    prod = ENVIRONMENT.format("prod", "offerings")
    shared = "[tool.offerctl]\n" + prod.replace("[environments", "[tool.offerctl.environments")
    committed(
        top,
        {
            "pyproject.toml": shared,
            "project/notes.md": "x\n",
            name: shared if name.endswith("pyproject.toml") else prod,
        },
    )
    committed(top, {name: None})
    assert changed(top / "project")[1] == ["prod"]


@pytest.mark.parametrize("place", ["offerings", "offerings/french", "schema"])
def test_a_submodule_is_one_name(top: Path, tmp_path: Path, place: str) -> None:
    """It may be the folder of the offerings, or lie in it, or hold the schema; and it may ask to be ignored."""
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q", "--initial-branch=main")
    committed(inner, {"a.yaml": "x: 1\n"})
    committed(top, {"offerctl.toml": ENVIRONMENT.format("prod", "offerings")})
    git(top, *LOCAL, "submodule", "add", "-q", inner.as_uri(), place)
    git(top, "config", "--file", ".gitmodules", f"submodule.{place}.ignore", "all")
    committed(top, {})
    committed(top / place, {"a.yaml": "x: 2\n"})
    git(top, "add", "--force", place)
    git(top, "commit", "-q", "-m", "a newer one")
    assert git(top, "rev-parse", f"HEAD:{place}") != git(top, "rev-parse", f"HEAD^1:{place}")
    assert changed(top)[1] == ["prod"]


def test_an_environment_that_goes_is_told(top: Path) -> None:
    """It has no job any more, so all others have one, and the way is said: retire it first. Notes do not count."""
    committed(top, {
        "offerctl.toml": SHARED + ENVIRONMENT.format("other", "other"),
        "environments/pro-1.toml": "", "environments/pro-2.toml": "", "environments/_pro-3.toml": "",
    })  # fmt: skip
    committed(top, {"environments/_pro-3.toml": None, "environments/README.md": "x\n"})
    done, found = changed(top)
    assert (found, done.err) == ([], "")
    committed(top, {"environments/pro-2.toml": None})
    done, found = changed(top)
    assert found == ["other", "pro-1"]
    assert done.err.startswith("Warning: gone from the configuration, and planned for no more: pro-2.")
    assert "`offerctl state retire -e NAME`" in done.err
    committed(top, {"offerctl.toml": SHARED})
    done, found = changed(top)
    assert found == ["pro-1"]
    assert "planned for no more: other." in done.err
