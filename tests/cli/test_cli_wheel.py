"""The wheel that `init` puts into a repository: made of what runs here, or named, and checked either way."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from offerctl import __version__
from offerctl.scaffold.wheels import LOCK
from support.cli import SOURCES, Done, environ, offerctl
from support.homes import git
from support.wheels import Installed, installed, own_wheel

NAME = f"offerctl-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Somebody who installed a wheel that lies beside the environment."""
    root = tmp_path_factory.mktemp("user")
    return installed(root / "environment", Path(shutil.copy(own_wheel(), root)))


def init(place: Installed, folder: Path) -> Done:
    """`offerctl init` by an environment's own offerctl."""
    folder.mkdir(exist_ok=True)
    env = {name: value for name, value in environ(folder).items() if name != "PYTHONPATH"}
    command = [str(place.python), "-m", "offerctl", "init"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return Done(code=done.returncode, out=done.stdout, err=done.stderr)


def wheel_in(folder: Path) -> Path:
    return folder / ".github" / "wheels" / NAME


def inside(wheel: Path) -> Mapping[str, bytes]:
    """What a wheel holds, but for the order of its record."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    return {
        name: b"\n".join(sorted(data.split())) if name.endswith("/RECORD") else data for name, data in held.items()
    }


@pytest.mark.deep
def test_a_wheel_that_was_installed_is_the_very_file(tmp_path: Path, user: Installed) -> None:
    """`direct_url.json` names it, and its hash: what pip installed is what the workflows install, to the byte."""
    done = init(user, tmp_path / "repo")
    assert (done.code, done.err) == (0, "")
    assert wheel_in(tmp_path / "repo").read_bytes() == own_wheel().read_bytes()


@pytest.mark.deep
def test_where_the_wheel_is_gone_its_files_are_packed_again(tmp_path: Path, user: Installed) -> None:
    """The same files, the same bytes at every time, and pip installs them; no index and no build is needed."""
    [named] = user.folder.parent.glob("*.whl")
    away = named.rename(tmp_path / "away.whl")
    try:
        for name in ("one", "two"):
            assert init(user, tmp_path / name).code == 0
        named.write_bytes(b"another file of that name")
        assert init(user, tmp_path / "three").code == 0
    finally:
        away.replace(named)
    made = [wheel_in(tmp_path / name).read_bytes() for name in ("one", "two", "three")]
    assert made[0] == made[1] == made[2]
    assert inside(wheel_in(tmp_path / "one")) == inside(own_wheel())
    place = installed(tmp_path / "another", wheel_in(tmp_path / "one"))
    told = subprocess.run([place.programs / "offerctl", "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["offerctl", __version__]


@pytest.mark.deep
def test_an_installation_that_was_changed_is_not_spread(tmp_path: Path, user: Installed) -> None:
    """Each file is compared with the record of the installation; nothing is written."""
    [named] = user.folder.parent.glob("*.whl")
    away = named.rename(tmp_path / "away.whl")
    changed = user.packages / "offerctl" / "wording.py"
    before = changed.read_bytes()
    try:
        changed.write_bytes(before + b"# a line of somebody\n")
        done = init(user, tmp_path / "repo")
    finally:
        changed.write_bytes(before)
        away.replace(named)
    assert done.code == 1
    assert "wording.py: it is not as it was installed" in done.err
    assert "offerctl init --wheel FILE" in done.err
    assert [*(tmp_path / "repo").iterdir()] == []


@pytest.mark.deep
def test_a_clone_is_built(tmp_path: Path) -> None:
    """An offerctl that runs from its sources, as `pip install -e` has it."""
    done = offerctl("init", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert inside(wheel_in(tmp_path)) == inside(own_wheel())
    assert f"./.github/wheels/{NAME}" in (tmp_path / LOCK).read_text("utf-8")


@pytest.mark.deep
def test_a_clone_that_cannot_be_built_says_what_to_do(tmp_path: Path) -> None:
    """With pip's reason; nothing is written, no credential reaches the build. So where there are no sources."""
    clone, repo = tmp_path / "clone", tmp_path / "repo"
    for name in ("src/offerctl", ".github", "offerings", "schema"):
        shutil.copytree(SOURCES.parent / name, clone / name)
    repo.mkdir()
    (clone / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "ours"\nbackend-path = ["."]\n'
        '[project]\nname = "offerctl"\n'
    )
    seen = tmp_path / "seen"
    (clone / "ours.py").write_text(
        f"import os\nopen({str(seen)!r}, 'w').write(str(os.environ))\nraise RuntimeError('no tools today')\n"
    )
    secret = {"OFFERCTL_API_KEY": "key-of-the-test", "PYTHONPATH": str(clone / "src")}
    done = offerctl("init", cwd=repo, env=secret)
    assert "PATH" in seen.read_text()
    assert "key-of-the-test" not in seen.read_text()
    assert done.code == 1
    assert f"pip could not build it from {clone}: " in done.err
    assert "RuntimeError: no tools today. Nothing was written." in done.err
    assert f"python3 -m pip wheel --no-deps {clone}" in done.err
    assert "Traceback" not in done.err
    (clone / "pyproject.toml").unlink()
    done = offerctl("init", cwd=repo, env={"PYTHONPATH": str(clone / "src")})
    assert done.code == 1
    assert "which nobody installed, so init has no wheel of it for the workflows. Nothing was written." in done.err
    assert "offerctl init --wheel FILE" in done.err
    assert not (repo / ".github").exists()


# A wheel that is named


def made(path: Path, *, name: str = "offerctl", version: str = __version__) -> Path:
    """A wheel with no more than its metadata."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "offerctl-x.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
    return path


def test_what_is_no_wheel_of_this_offerctl_is_refused(tmp_path: Path) -> None:
    """Its name, its kind, its own name and its version are looked at before anything is written."""
    repo = tmp_path / "repo"
    repo.mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / NAME).write_text("no archive\n")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / NAME)
    (tmp_path / "other").mkdir()
    wrong = {
        tmp_path / "text" / NAME: "is no wheel of offerctl",
        tmp_path / "pipe" / NAME: "not an ordinary file",
        tmp_path / NAME: "No such file",
        made(tmp_path / "mine.whl"): "is no wheel of offerctl",
        made(
            tmp_path / "offerctl-99.0-py3-none-any.whl", version="99.0"
        ): "is offerctl 99.0, and this is offerctl",
        made(tmp_path / "other" / NAME, name="malice"): f"is malice {__version__}, and this is offerctl",
    }
    for path, words in wrong.items():
        done = offerctl("init", "--wheel", path, cwd=repo, timeout=60)
        assert done.code == 1, path
        assert words in done.err, path
        assert "Nothing was written." in done.err
        assert [*repo.iterdir()] == []


def test_a_second_wheel_is_not_taken_for_an_upgrade(tmp_path: Path) -> None:
    """A repository that has one says how to put another in its place."""
    assert offerctl("init", "--wheel", own_wheel(), cwd=tmp_path).code == 0
    done = offerctl("init", "--wheel", own_wheel(), cwd=tmp_path)
    assert done.code == 1
    assert f"this repository has .github/wheels/{NAME} already. Nothing was written." in done.err
    assert f"offerctl init --upgrade --wheel {own_wheel()}" in done.err


def test_a_wheel_that_git_would_leave_out_is_told(tmp_path: Path) -> None:
    """Python's usual .gitignore has a line for `wheels/`; the workflows would find none."""
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    (tmp_path / ".gitignore").write_text("wheels/\n.offerctl/\n")
    done = offerctl("init", "--wheel", own_wheel(), cwd=tmp_path)
    assert "1. git add --force .github/wheels: git would leave it out" in done.out
    git(tmp_path, "add", "--force", ".github/wheels")
    assert "git add --force" not in offerctl("init", cwd=tmp_path).out


def test_a_wheel_that_was_lost_comes_back(tmp_path: Path) -> None:
    """Whoever deletes one of the two files gets both again, which fit."""
    assert offerctl("init", "--wheel", own_wheel(), cwd=tmp_path).code == 0
    before = wheel_in(tmp_path).read_bytes(), (tmp_path / LOCK).read_bytes()
    wheel_in(tmp_path).unlink()
    (tmp_path / LOCK).write_text((tmp_path / LOCK).read_text("utf-8").replace("sha256:", "sha256:0"), "utf-8")
    assert offerctl("init", "--wheel", own_wheel(), cwd=tmp_path).code == 0
    assert (wheel_in(tmp_path).read_bytes(), (tmp_path / LOCK).read_bytes()) == before
