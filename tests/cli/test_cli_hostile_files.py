"""What a pull request, or another user of the machine, can put where offerctl looks for files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from offerctl.state.document import MAX_BYTES
from support.checkout import WatchedGit
from support.cli import Done, offerctl
from support.homes import git
from support.strangers import STRANGER
from support.wheels import own_wheel

GOOD = """\
offeringId: a-1
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Part One
price: $199.00
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/1
"""


def run(*args: str | Path, cwd: Path, **env: str) -> Done:
    """offerctl, which must not hang."""
    return offerctl(*args, cwd=cwd, env=env, timeout=60)


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with one offering, whose price can be mended."""
    made = tmp_path / "repo"
    (made / "offerings").mkdir(parents=True)
    (made / ".git").mkdir()
    (made / "offerings" / "a-1.yaml").write_text(GOOD)
    return made


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is nobody's business."""
    made = tmp_path / "outside"
    made.mkdir()
    return made


# Links in the path


@pytest.mark.parametrize("name", [".github", ".github/workflows", "offerings", "schema", ".vscode"])
def test_init_writes_nothing_through_a_link(tmp_path: Path, outside: Path, name: str) -> None:
    """A folder of the repository that leads elsewhere: told with its name, and nothing is written there."""
    work = tmp_path / "work"
    (work / name).parent.mkdir(parents=True)
    (work / name).symlink_to(outside)
    done = run("init", "--wheel", own_wheel(), cwd=work)
    assert done.code == 1
    assert f"{Path(name).name} in its path is a symbolic link, which is not followed" in done.err
    assert tree(outside) == {}


def test_new_writes_nothing_through_a_link(repo: Path, outside: Path) -> None:
    """Neither where the offerings folder is one, nor where a part of its path is."""
    (repo / "offerctl.toml").write_text('offerings = "courses/all"\n')
    (outside / "all").mkdir()
    (repo / "courses").symlink_to(outside)
    done = run("new", "b-1", cwd=repo)
    assert done.code == 1
    assert "courses in its path is a symbolic link" in done.err
    assert tree(outside) == {}


@pytest.mark.parametrize("named", ["linked", "linked/a-1.yaml", "linked/deep"])
def test_fix_writes_nothing_through_a_link(repo: Path, outside: Path, named: str) -> None:
    """Of a folder, of one file in it, of what is below it: the path is the user's, the link the repository's."""
    (outside / "deep").mkdir()
    for path in (outside / "a-1.yaml", outside / "deep" / "a-1.yaml"):
        path.write_text(GOOD)
    (repo / "linked").symlink_to(outside)
    before = tree(outside)
    done = run("validate", "--fix", named, cwd=repo)
    assert done.code == 1
    assert "symbolic link" in done.out + done.err
    assert tree(outside) == before


def test_fix_keeps_a_files_owner_and_mode(repo: Path) -> None:
    """Root mends a file of another user: it stays that user's."""
    path = repo / "offerings" / "a-1.yaml"
    if os.getuid() == 0:
        os.chown(path, STRANGER, STRANGER)
    path.chmod(0o640)
    before = path.stat()
    assert run("validate", "--fix", cwd=repo).code == 0
    after = path.stat()
    assert "price: 199.00" in path.read_text()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


# The embedded Marketplace's database


def other_database(path: Path, script: str = "CREATE TABLE notes (text);") -> bytes:
    """A database of some other program."""
    db = sqlite3.connect(path)
    db.executescript(script)
    db.close()
    return path.read_bytes()


@pytest.mark.parametrize("linked", [".offerctl", ".offerctl/local.marketplace.sqlite3"])
def test_a_linked_database_is_not_touched(repo: Path, outside: Path, linked: str) -> None:
    """Neither turned to another mode nor given tables, whether it is the link or its folder."""
    before = other_database(outside / "local.marketplace.sqlite3")
    (repo / linked).parent.mkdir(exist_ok=True)
    (repo / linked).symlink_to(outside / ("" if linked == ".offerctl" else "local.marketplace.sqlite3"))
    run("validate", "--fix", cwd=repo)
    done = run("apply", "--auto-approve", cwd=repo)
    assert done.code == 1
    assert "is a symbolic link, which is not followed" in done.err
    assert os.listdir(outside) == ["local.marketplace.sqlite3"]  # noqa: PTH208 - names are what counts
    assert (outside / "local.marketplace.sqlite3").read_bytes() == before


@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve"), ("state", "list"), ("marketplace",)])
def test_what_came_with_the_repository_is_no_state(repo: Path, command: tuple[str, ...]) -> None:
    """A tracked `.offerctl` is refused with the way on; an ignored one is this machine's own."""
    (repo / "offerings" / "a-1.yaml").write_text(GOOD.replace("$", ""))
    (repo / ".git").rmdir()
    git(repo, "init", "-q")
    assert run("apply", "--auto-approve", cwd=repo).code == 0
    git(repo, "add", "--force", ".offerctl")
    done = run(*command, cwd=repo)
    assert done.code == 1
    assert "git tracks .offerctl, which is of this machine alone" in done.err
    assert "git rm -r --cached .offerctl" in done.err
    git(repo, "rm", "-rq", "--cached", ".offerctl")
    assert run("state", "list", cwd=repo).code == 0


@pytest.mark.parametrize("what", ["state", "versions"])
def test_a_tracked_state_is_refused_wherever_it_is(repo: Path, what: str) -> None:
    """Not in `.offerctl` alone: the state that the configuration names, and the versions kept beside it."""
    (repo / "offerings" / "a-1.yaml").write_text(GOOD.replace("$", ""))
    (repo / ".git").rmdir()
    (repo / "offerctl.toml").write_text('[environments.local]\nstate = "file:evil/st.json"\n')
    git(repo, "init", "-q")
    (repo / ".gitignore").write_text(".offerctl/\n")
    assert run("apply", "--auto-approve", cwd=repo).code == 0
    name = "evil/st.json" if what == "state" else "evil/st.json.versions"
    git(repo, "add", name)
    for command in (("plan",), ("apply", "--auto-approve"), ("state", "list"), ("history",)):
        done = run(*command, cwd=repo)
        assert done.code == 1, done
        assert f"git tracks {name}, which is of this machine alone" in done.err
        assert f"git rm -r --cached {name}" in done.err
    git(repo, "rm", "-rq", "--cached", name)
    assert run("plan", cwd=repo).code == 0


def test_a_state_in_a_submodule_is_refused_if_that_tracks_it(repo: Path, tmp_path: Path) -> None:
    """The repository around it knows nothing of the files in there."""
    (repo / "offerings" / "a-1.yaml").write_text(GOOD.replace("$", ""))
    (repo / ".git").rmdir()
    git(repo, "init", "-q")
    git(tmp_path, "init", "-q", "inner")
    (tmp_path / "inner" / "st.json").write_text("{}")
    git(tmp_path / "inner", "add", "--all")
    git(tmp_path / "inner", "commit", "-q", "-m", "State")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "inner"), "evil")
    (repo / "offerctl.toml").write_text('[environments.local]\nstate = "file:evil/st.json"\n')
    done = run("plan", cwd=repo)
    assert done.code == 1
    assert "git tracks evil/st.json" in done.err


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (".offerctl/local.state.json", ("plan",)),
        (".offerctl/local.state.json", ("apply", "--auto-approve")),
        (".offerctl/local.state.json", ("state", "list")),
        (".offerctl/local.state.json", ("marketplace",)),
        ("evil/st.json", ("plan",)),
        ("evil/st.json", ("apply", "--auto-approve")),
        ("evil/st.json", ("state", "list")),
    ],
)
def test_where_git_refuses_to_tell_no_state_is_believed(
    repo: Path, tmp_path: Path, state: str, command: tuple[str, ...]
) -> None:
    """A repository of another user: its state may have come with it. Without git there is no such question."""
    (repo / "offerings" / "a-1.yaml").write_text(GOOD.replace("$", ""))
    (repo / ".git").rmdir()
    git(repo, "init", "-q")
    (repo / "offerctl.toml").write_text(f'[environments.local]\nstate = "file:{state}"\n')
    assert run("apply", "--auto-approve", cwd=repo).code == 0
    git(repo, "add", "--force", "--all")
    other = WatchedGit(tmp_path / "bin", "GIT_TEST_ASSUME_DIFFERENT_OWNER=1").search_path
    if state.startswith("evil"):
        shutil.rmtree(repo / ".offerctl")
    done = run(*command, cwd=repo, PATH=other)
    assert done.code == 1, done
    assert "git refuses this working copy" in done.err
    assert "dubious ownership" in done.err
    assert f"whether {'.offerctl' if state.startswith('.') else state} came with the repository" in done.err
    assert "safe.directory" in done.err
    assert 'state = "file:/PATH"' in done.err
    if command != ("marketplace",):
        nowhere = tmp_path / "nowhere"
        nowhere.mkdir()
        assert run(*command, cwd=repo, PATH=str(nowhere)).code == 0, "without git there is nothing to ask"


# Files that never end, or that nobody fills


def pipe(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def large(path: Path) -> None:
    """It takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(3 * MAX_BYTES)


OBSTACLES: dict[str, Callable[[Path], None]] = {"pipe": pipe, "endless": endless, "large": large}
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "schema": ("schema/offering.schema.json", ("validate",)),
    "configuration": ("offerctl.toml", ("validate",)),
    "configuration of all": ("pyproject.toml", ("validate",)),
    "configuration, named": ("other.toml", ("--config", "other.toml", "validate")),
    "plan to apply": ("plan.json", ("apply", "plan.json")),
    "plan to show": ("plan.json", ("show", "plan.json")),
    "plan to write over": ("plan.json", ("plan", "--out", "plan.json")),
    "state to push": ("state.json", ("state", "push", "state.json")),
    "state": (".offerctl/local.state.json", ("plan",)),
    "offering": ("offerings/b.yaml", ("validate",)),
    "database": (".offerctl/local.marketplace.sqlite3", ("apply", "--auto-approve")),
    "event": ("event.json", ("ci", "plan")),
}


CASES = [
    *((way, "pipe") for way in WAYS if way != "plan to write over"),  # which takes a plan as it comes
    *((way, "large") for way in WAYS),
    *((way, "endless") for way in ("schema", "configuration", "configuration, named", "event")),
]


@pytest.mark.parametrize(("way", "obstacle"), CASES)
def test_what_has_no_end_is_refused_at_once(repo: Path, way: str, obstacle: str) -> None:
    """A pipe, an endless device, 768 MB: an error that names the file and the reason, without waiting."""
    name, command = WAYS[way]
    (repo / "offerings" / "a-1.yaml").write_text(GOOD.replace("$", ""))
    (repo / name).parent.mkdir(exist_ok=True)
    OBSTACLES[obstacle](repo / name)
    event = {"GITHUB_EVENT_PATH": str(repo / name), "GITHUB_ACTIONS": "true"} if way == "event" else {}
    done = run(*command, cwd=repo, **event)
    assert done.code == 1, done
    told = done.out + done.err
    assert Path(name).name in told
    expected = {"pipe": ("pipe",), "endless": ("device", "symbolic link"), "large": ("at most", "no saved plan")}
    assert any(word in told for word in expected[obstacle]), told


def test_an_event_is_read_up_to_what_github_delivers(repo: Path) -> None:
    """25 MiB; the bound is told."""
    with (repo / "event.json").open("wb") as file:
        file.truncate(25 * 1024 * 1024 + 1)
    done = run("ci", "plan", cwd=repo, GITHUB_EVENT_PATH=str(repo / "event.json"), GITHUB_ACTIONS="true")
    assert done.code == 1
    assert (
        "GITHUB_EVENT_PATH (event.json) cannot be read: it has 26,214,401 bytes, and may have at most" in done.out
    )


# Other users of the machine


def test_a_strangers_configuration_above_is_not_taken(tmp_path: Path) -> None:
    """In a folder like /tmp, where anybody can put one: what it names would get the credentials."""
    shared, work = tmp_path / "shared", tmp_path / "shared" / "work"
    work.mkdir(parents=True)
    shared.chmod(0o1777)
    (shared / "offerctl.toml").write_text('default_environment = "theirs"\n')
    done = run("new", "a-1", cwd=work)
    assert done.code == 0, done
    assert (work / "offerings" / "a-1.yaml").exists()


def test_a_configuration_that_everybody_may_write_is_refused(repo: Path) -> None:
    """With the way on; and named outright it is the user's word."""
    path = repo / "offerctl.toml"
    path.write_text('schema = "none.json"\n')
    path.chmod(0o666)
    done = run("validate", cwd=repo)
    assert done.code == 1
    assert "offerctl.toml cannot be read: every user of this machine may write it" in done.err
    assert "name it: --config FILE" in done.err
    assert run("--config", "offerctl.toml", "validate", "--fix", cwd=repo).code == 0
    path.chmod(0o644)
    assert run("validate", cwd=repo).code == 0


def test_a_state_that_everybody_may_write_is_refused(repo: Path) -> None:
    """Nothing is sent on its word; neither on that of its kept versions."""
    (repo / "offerings" / "a-1.yaml").write_text(GOOD.replace("$", ""))
    assert run("apply", "--auto-approve", cwd=repo).code == 0
    state = repo / ".offerctl" / "local.state.json"
    state.chmod(0o666)
    done = run("plan", cwd=repo)
    assert done.code == 1
    assert "every user of this machine may write it" in done.err
    assert "chown it to this user, and chmod o-w" in done.err
    state.chmod(0o600)
    [kept, *_] = (repo / ".offerctl" / "local.state.json.versions").glob("0*.json")
    kept.chmod(0o666)
    assert run("history", cwd=repo).code == 1
    kept.chmod(0o600)
    assert run("history", cwd=repo).code == 0
