"""`init --state HOME`: the configuration, the workflows and the lock fit the home, and an upgrade keeps to it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from offerctl.scaffold import documents
from support.cli import offerctl
from support.tiers import mostly_deep
from support.wheels import own_wheel

BUCKET = "s3://my-states/offerctl/"
HOMES = [(BUCKET, "AWS_ROLE_ARN", "AZURE_"), ("az://my-states/prod.json", "AZURE_CLIENT_ID", "AWS_")]
WORKFLOWS = tuple(f".github/workflows/{name}.yml" for name in ("plan", "apply", "reassert"))


def init(*args: str, cwd: Path) -> tuple[int, str, str]:
    """`offerctl init`, with a wheel that was built before where none lies there yet."""
    wheel: list[str | Path] = [] if (cwd / ".github" / "wheels").exists() else ["--wheel", own_wheel()]
    done = offerctl("init", *wheel, *args, cwd=cwd)
    return done.code, done.out, done.err


def home_in(folder: Path) -> str:
    """What the configuration names."""
    settings = tomllib.loads((folder / "offerctl.toml").read_text("utf-8"))
    return str(settings["environments"]["prod"]["state"])


def texts(folder: Path) -> list[str]:
    return [(folder / name).read_text("utf-8") for name in WORKFLOWS]


@pytest.mark.parametrize(
    ("home", "there", "elsewhere"),
    mostly_deep(HOMES, HOMES[:1]),
)
def test_a_bucket_is_reached_by_a_role(tmp_path: Path, home: str, there: str, elsewhere: str) -> None:
    """The configuration names it, each workflow has a token and the cloud's variables, the lock what is needed."""
    code, out, err = init("--state", home, cwd=tmp_path)
    assert (code, err) == (0, "")
    assert home_in(tmp_path) == home
    for text in texts(tmp_path):
        assert "id-token: write" in text
        assert there in text
        assert elsewhere not in text
        assert "contents: write" not in text
    assert "\nobstore==" in (tmp_path / documents.DEPENDENCIES).read_text("utf-8")
    assert "and *A state in a bucket*" in out
    assert "cannot reach" not in out
    assert offerctl("plan", cwd=tmp_path).code == 0, "the rehearsal needs no cloud"


@pytest.mark.parametrize("home", mostly_deep(["git", "git:states"], ["git:states"]))
def test_a_branch_needs_no_cloud(tmp_path: Path, home: str) -> None:
    """Any branch of the repository: the usual workflows and lock."""
    usual, other = tmp_path / "usual", tmp_path / "other"
    for folder, args in ((usual, ()), (other, ("--state", home))):
        folder.mkdir()
        assert init(*args, cwd=folder)[0] == 0
    assert home_in(other) == home
    assert texts(other) == texts(usual)
    assert (other / documents.DEPENDENCIES).read_bytes() == (usual / documents.DEPENDENCIES).read_bytes()


@pytest.mark.parametrize(
    ("home", "said"),
    [
        ("file:/var/states/prod.json", "file:PATH is of one machine, and a workflow's is lost after each run."),
        ("gs://my-states/x", "--state is git, git:BRANCH, s3://BUCKET/KEY or az://CONTAINER/KEY"),
        ("git:../x", "--state is git, git:BRANCH"),
        ("", "--state is git, git:BRANCH"),
        ("s3://my-states", "a state in a bucket is s3://BUCKET/KEY"),
        ("s3://key:pa55word@my-states/x", "a state in a bucket is s3://BUCKET/KEY"),
    ],
)
def test_what_can_be_no_home_is_refused(tmp_path: Path, home: str, said: str) -> None:
    """One message, nothing written, and nothing quoted that may be a password."""
    code, out, err = init("--state", home, cwd=tmp_path)
    assert (code, out) == (1, "")
    assert said in err
    assert "pa55word" not in err
    assert list(tmp_path.iterdir()) == []


def test_an_upgrade_keeps_the_choice(tmp_path: Path) -> None:
    """It reads it from the configuration: nothing is newer, and a file that is gone comes back as it was."""
    init("--state", BUCKET, cwd=tmp_path)
    before = texts(tmp_path)
    (tmp_path / WORKFLOWS[1]).unlink()
    (tmp_path / documents.DEPENDENCIES).unlink()
    code, _, err = init("--upgrade", "--wheel", str(own_wheel()), cwd=tmp_path)
    assert (code, err) == (0, "")
    assert texts(tmp_path) == before
    assert "\nobstore==" in (tmp_path / documents.DEPENDENCIES).read_text("utf-8")


def test_a_state_that_moves_is_followed_by_an_upgrade(tmp_path: Path) -> None:
    """Until then `init` says which workflows cannot reach it; another home than the configuration's is refused."""
    init(cwd=tmp_path)
    code, out, err = init("--state", BUCKET, cwd=tmp_path)
    assert (code, out) == (1, "")
    assert "offerctl.toml says already where states live" in err
    assert f'Write state = "{BUCKET}"' in err
    assert home_in(tmp_path) == "git"
    settings = tmp_path / "offerctl.toml"
    settings.write_text(settings.read_text("utf-8").replace('"git" ', f'"{BUCKET}" '), "utf-8")
    _, out, _ = init(cwd=tmp_path)
    assert "offerctl init --upgrade: .github/workflows/plan.yml and" in out
    assert "cannot reach the state's home" in out
    assert init("--state", BUCKET, cwd=tmp_path)[0] == 0, "it is what the configuration says"
    code, out, _ = init("--upgrade", "--wheel", str(own_wheel()), cwd=tmp_path)
    assert code == 0
    assert "+      id-token: write" in out
    assert "+obstore==" in out
    assert "cannot reach" not in init(cwd=tmp_path)[1]
    settings.write_text(settings.read_text("utf-8").replace(BUCKET, "git"), "utf-8")
    assert "cannot reach the state's home" in init(cwd=tmp_path)[1]
    init("--upgrade", "--wheel", str(own_wheel()), cwd=tmp_path)
    assert "id-token" not in "".join(texts(tmp_path))


@pytest.mark.deep
def test_two_environments_with_a_home_each_are_both_reached(tmp_path: Path) -> None:
    """One in git and one in a bucket: git's right to write stays, beside the cloud's token."""
    init(cwd=tmp_path)
    settings = tmp_path / "offerctl.toml"
    other = f'\n[environments.other]\nbase_url = "https://marketplace.example"\nstate = "{BUCKET}"\n'
    settings.write_text(settings.read_text("utf-8") + other, "utf-8")
    init("--upgrade", "--wheel", str(own_wheel()), cwd=tmp_path)
    for text in texts(tmp_path)[1:]:
        assert "contents: write # the branch that holds the state" in text
        assert "GIT_CONFIG_COUNT" in text
        assert "AWS_ROLE_ARN" in text
