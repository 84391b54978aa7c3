"""States on a branch: which remote they are kept at, and how git gets there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from offerctl.errors import StateUnavailable
from support.gitserver import PASSWORD, USER
from support.homes import BRANCH, GitHome, git, lives, opened, put_file
from support.states import document, sealed


def test_where_a_mirror_is_fetched_from_the_state_is_read_where_it_is_pushed_to(
    git_home: GitHome, tmp_path: Path
) -> None:
    """The mirror lags behind, or has another state altogether: no run is taken for another one's."""
    mirror = tmp_path / "mirror.git"
    git(tmp_path, "clone", "-q", "--bare", str(git_home.bare), str(mirror))
    put_file(mirror, "prod.state.json", document(41, "run-of-the-mirror"))
    stale = git(mirror, "rev-parse", BRANCH)
    clone = git_home.clone(tmp_path / "mirrored")
    git(clone, "remote", "set-url", "origin", mirror.as_uri())
    git(clone, "remote", "set-url", "--push", "origin", git_home.bare.as_uri())
    lives(clone)
    assert git(git_home.bare, "rev-list", "--count", BRANCH) == "3"
    assert git(mirror, "rev-parse", BRANCH) == stale
    found = opened(git_home.root()).read()
    assert found is not None
    assert found[0] == document(3, "run-3")


def test_a_whole_history_comes_from_there_too(git_home: GitHome, tmp_path: Path) -> None:
    """A shallow clone of the mirror fetches what is missing from where the state is."""
    mirror = tmp_path / "mirror.git"
    git(tmp_path, "clone", "-q", "--bare", str(git_home.bare), str(mirror))
    lives(git_home.root())
    clone = git_home.clone(tmp_path / "shallow", "--depth=1", f"--branch={BRANCH}")
    git(clone, "remote", "set-url", "origin", mirror.as_uri())
    git(clone, "remote", "set-url", "--push", "origin", git_home.bare.as_uri())
    assert [kept.serial for kept in opened(clone).history()] == [3, 2, 1]


def test_pushes_rewritten_to_another_protocol_are_no_mirror(git_home: GitHome, tmp_path: Path) -> None:
    """`pushInsteadOf`: the state is read by the way that it is written by."""
    clone = git_home.clone(tmp_path / "rewritten")
    git(clone, "remote", "set-url", "origin", "https://host.example/repo.git")
    git(clone, "config", f"url.{git_home.bare.as_uri()}.pushInsteadOf", "https://host.example/repo.git")
    lives(clone)


def test_several_places_to_push_to_are_refused(git_home: GitHome, tmp_path: Path) -> None:
    """A push that reached only one of them would leave two states."""
    clone = git_home.clone(tmp_path / "twice")
    git(clone, "remote", "set-url", "--add", "--push", "origin", git_home.bare.as_uri())
    git(clone, "remote", "set-url", "--add", "--push", "origin", (tmp_path / "second.git").as_uri())
    with pytest.raises(StateUnavailable, match="the remote origin is pushed to 2 places") as caught:
        opened(clone).write(sealed(1), None)
    assert "git remote set-url --delete" in (caught.value.hint or "")


def test_a_credential_helper_that_a_workflow_hands_over_reaches_the_remote(
    http_home: GitHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By GIT_CONFIG_COUNT, with the token in the step's environment: as plan.yml and apply.yml have it."""
    clone = tmp_path / "anonymous"
    git(tmp_path, "init", "-q", str(clone))
    git(clone, "remote", "add", "origin", http_home.url)
    workflow = (Path(__file__).parents[2] / ".github" / "workflows" / "plan.yml").read_text("utf-8")
    settings = dict(re.findall(r"(GIT_CONFIG_\w+): (.*)", workflow))
    helper = settings["GIT_CONFIG_VALUE_0"].strip("'").replace("x-access-token", USER)
    monkeypatch.setenv("GITHUB_TOKEN", PASSWORD)
    monkeypatch.setenv("GIT_CONFIG_COUNT", settings["GIT_CONFIG_COUNT"].strip('"'))
    monkeypatch.setenv(
        "GIT_CONFIG_KEY_0", settings["GIT_CONFIG_KEY_0"].replace("${{ github.server_url }}", http_home.server.url)
    )
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", helper)
    assert opened(clone).read() is None
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    with pytest.raises(StateUnavailable, match="no permission"):
        opened(clone).read()
