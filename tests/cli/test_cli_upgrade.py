"""`init --upgrade`: what an older version wrote is replaced and shown; what somebody changed is left and shown."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from offerctl import __version__
from offerctl.scaffold.record import RECORD, fingerprint, read_record, write_record
from offerctl.scaffold.wheels import LOCK, Wheel
from support.cli import Done, offerctl
from support.homes import git
from support.wheels import own_wheel

PLAN = ".github/workflows/plan.yml"
APPLY = ".github/workflows/apply.yml"
LOCKED = ".github/requirements.txt"
OWNERS = ".github/CODEOWNERS"
WHEEL = f".github/wheels/offerctl-{__version__}-py3-none-any.whl"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A folder as `init` leaves it."""
    done = offerctl("init", "--wheel", own_wheel(), cwd=tmp_path)
    assert done.code == 0, done
    return tmp_path


def upgrade(repo: Path, *args: str) -> Done:
    done = offerctl("init", "--upgrade", "--wheel", own_wheel(), *args, cwd=repo)
    assert (done.code, done.err) == (0, "")
    return done


def edit(repo: Path, name: str, old: str, new: str) -> None:
    """What somebody changes by hand."""
    text = (repo / name).read_text("utf-8")
    assert old in text
    (repo / name).write_text(text.replace(old, new), "utf-8")


def age(repo: Path, name: str, old: str, new: str) -> None:
    """As if an older version had written it otherwise."""
    edit(repo, name, old, new)
    record = read_record((repo / RECORD).read_bytes())
    record[name] = fingerprint((repo / name).read_bytes())
    (repo / RECORD).write_bytes(write_record(record))


def tree(repo: Path) -> dict[str, bytes]:
    return {path.relative_to(repo).as_posix(): path.read_bytes() for path in repo.rglob("*") if path.is_file()}


def listed(done: Done, title: str) -> list[str]:
    """The names below a title."""
    return re.findall(r"^  (\S+)$", done.out.partition(f"{title}:\n")[2].partition("\n\n")[0], re.MULTILINE)


def test_there_is_nothing_to_do_after_init(repo: Path) -> None:
    """And that is said; not a byte changes."""
    before = tree(repo)
    done = upgrade(repo)
    assert f"Nothing that init wrote here is newer in offerctl {__version__}." in done.out
    assert "Changed here" not in done.out
    assert "git add" not in done.out
    assert tree(repo) == before


def test_without_anything_amiss_there_is_no_next_step(repo: Path) -> None:
    """Nothing newer, owners named, a repository: no list of steps, and none with a commit of nothing."""
    done = upgrade(repo, "--owner", "@you")
    assert "git add --all, and a pull request" in done.out
    git(repo, "init", "--quiet", "--initial-branch", "main")
    again = upgrade(repo)
    assert again.out == f"Nothing that init wrote here is newer in offerctl {__version__}.\n"


def test_what_an_older_version_wrote_is_replaced_and_shown(repo: Path) -> None:
    """The next one replaces it again: the record knows what was written."""
    new = tree(repo)
    age(repo, PLAN, "timeout-minutes: 10", "timeout-minutes: 5")
    age(repo, ".vscode/extensions.json", "redhat.vscode-yaml", "redhat.yaml")
    done = upgrade(repo)
    assert listed(done, "Replaced 2 files") == [PLAN, ".vscode/extensions.json"]
    assert f"--- {PLAN} (as it was)\n+++ {PLAN} (of offerctl {__version__})\n@@ " in done.out
    assert "-    timeout-minutes: 5\n+    timeout-minutes: 10\n" in done.out
    assert "git add --all, and a pull request" in done.out
    assert "offerctl new ID" not in done.out
    assert tree(repo) == new


@pytest.mark.deep
def test_the_wheel_of_another_version_goes(repo: Path) -> None:
    """The new one comes with its hash; nothing is left that nobody installs."""
    new = tree(repo)
    old = ".github/wheels/offerctl-0.0.9-py3-none-any.whl"
    (repo / WHEEL).rename(repo / old)
    record = read_record((repo / RECORD).read_bytes())
    record[old] = record.pop(WHEEL)
    (repo / RECORD).write_bytes(write_record(record))
    age(repo, LOCK, WHEEL, old)
    plain = offerctl("init", cwd=repo)
    assert plain.code == 0, plain
    assert (repo / old).exists()
    assert not (repo / WHEEL).exists()
    assert "offerctl init --upgrade" in plain.out
    done = upgrade(repo)
    assert listed(done, "Removed 1 file") == [old]
    assert f"-./{old}" in done.out
    assert tree(repo) == new


@pytest.mark.deep
def test_a_wheel_that_was_packed_otherwise_is_no_news(repo: Path) -> None:
    """The same files, stored and not deflated, stay; one other byte in a file, and they are replaced."""
    with zipfile.ZipFile(repo / WHEEL) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}

    def pack(files: Mapping[str, bytes]) -> None:
        with zipfile.ZipFile(repo / WHEEL, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        wheel = Wheel(name=Path(WHEEL).name, data=(repo / WHEEL).read_bytes())
        (repo / LOCK).write_text(wheel.lock, "utf-8")

    pack(held)
    before = (repo / WHEEL).read_bytes()
    assert "Nothing that init wrote here is newer" in upgrade(repo).out
    assert (repo / WHEEL).read_bytes() == before != own_wheel().read_bytes()
    pack({**held, "offerctl/wording.py": held["offerctl/wording.py"][:-2] + b"#\n"})
    assert "Replaced 2 files although changed since" in upgrade(repo).out
    assert (repo / WHEEL).read_bytes() == own_wheel().read_bytes()


def test_what_somebody_changed_is_left_and_the_newer_one_is_shown(repo: Path) -> None:
    """With the way to it, which works."""
    new = (repo / APPLY).read_bytes()
    age(repo, APPLY, "timeout-minutes: 60", "timeout-minutes: 30")
    edit(repo, APPLY, "name: apply\n", "name: to the Marketplace\n")
    mine = (repo / APPLY).read_bytes()
    done = upgrade(repo)
    assert (repo / APPLY).read_bytes() == mine
    assert listed(done, "Changed here since, or not written by init, so left as they are") == [APPLY]
    assert f"--- {APPLY} (yours)\n+++ {APPLY} (of offerctl {__version__})\n" in done.out
    assert "-    timeout-minutes: 30\n+    timeout-minutes: 60\n" in done.out
    assert "To take one of them: remove yours, and run offerctl init." in done.out
    (repo / APPLY).unlink()
    assert offerctl("init", cwd=repo).code == 0
    assert (repo / APPLY).read_bytes() == new
    assert "Changed here" not in upgrade(repo).out


@pytest.mark.deep
def test_a_change_that_no_newer_version_touches_is_no_news(repo: Path) -> None:
    """Whoever adds a line to a workflow is not told of it at every upgrade."""
    edit(repo, PLAN, "timeout-minutes: 10", "timeout-minutes: 15")
    edit(repo, "offerctl.toml", "your-network-key", "pro-1")
    before = tree(repo)
    done = upgrade(repo)
    assert listed(done, "Changed here since, and left; this version has nothing newer for it") == [PLAN]
    assert "@@" not in done.out
    assert tree(repo) == before


def test_pins_that_were_raised_are_no_change_and_stay(repo: Path) -> None:
    """Dependabot raises them; a newer version of offerctl takes none of them back."""
    checkout, python = "a" * 40, "b" * 40
    age(repo, PLAN, "timeout-minutes: 10", "timeout-minutes: 5")
    text = (repo / PLAN).read_text("utf-8")
    text = re.sub(r"(actions/checkout)@\w{40} # v[\d.]+", rf"\1@{checkout} # v99.0.0", text)
    text = re.sub(r"(actions/setup-python)@\w{40} # v[\d.]+", rf"\1@{python} # v1.0.0", text)
    (repo / PLAN).write_text(text, "utf-8")
    done = upgrade(repo)
    assert listed(done, "Replaced 1 file") == [PLAN]
    now = (repo / PLAN).read_text("utf-8")
    assert "timeout-minutes: 10" in now
    assert f"actions/checkout@{checkout} # v99.0.0" in now
    assert python not in now


@pytest.mark.deep
def test_the_lock_goes_with_the_wheel(repo: Path) -> None:
    """It is replaced though Dependabot changed it, which is told, with the versions and no hashes."""
    new = (repo / LOCKED).read_bytes()
    text = (repo / LOCKED).read_text("utf-8")
    [version] = re.findall(r"^h11==(\S+)", text, re.MULTILINE)
    edit(repo, LOCKED, f"h11=={version}", "h11==99.0")
    done = upgrade(repo)
    assert (
        "Replaced 1 file although changed since, as this belongs to the wheel (git diff has what was there):"
        in done.out
    )
    assert f"-h11==99.0\n+h11=={version}\n" in done.out
    assert "--hash" not in done.out
    assert (repo / LOCKED).read_bytes() == new


@pytest.mark.deep
def test_the_owners_stay(repo: Path) -> None:
    """They stand in the file alone, which a newer version writes again with them."""
    assert offerctl("init", "--owner", "@acme/courses", cwd=repo).code == 0
    new = (repo / OWNERS).read_bytes()
    age(repo, OWNERS, "# Who must agree", "# Who agrees")
    done = upgrade(repo)
    assert listed(done, "Replaced 1 file") == [OWNERS]
    assert (repo / OWNERS).read_bytes() == new
    assert b"@acme/courses" in new


@pytest.mark.deep
def test_where_nothing_is_recorded_nothing_is_taken_for_ours(repo: Path) -> None:
    """A file that init did not write is left, a link too; a missing one is written."""
    (repo / RECORD).unlink()
    edit(repo, PLAN, "timeout-minutes: 10", "timeout-minutes: 5")
    (repo / APPLY).unlink()
    (repo / APPLY).symlink_to("plan.yml")
    (repo / ".github" / "dependabot.yml").unlink()
    done = upgrade(repo)
    assert listed(done, "Changed here since, or not written by init, so left as they are") == [APPLY, PLAN]
    assert listed(done, "Wrote 2 files") == [".github/dependabot.yml", RECORD]
    assert "timeout-minutes: 5" in (repo / PLAN).read_text("utf-8")
    assert (repo / APPLY).is_symlink()


def test_a_record_that_somebody_made_up_removes_nothing(repo: Path) -> None:
    """It comes with the repository: a path that leads out of it, or to another file in it, is no wheel of ours."""
    outside, inside = repo.parent / "offerctl-1-py3-none-any.whl", repo / ".github" / "wheels" / "mine.txt"
    outside.write_text("somebody's\n")
    inside.write_text("somebody's\n")
    record = read_record((repo / RECORD).read_bytes())
    for name in (f".github/wheels/../../../{outside.name}", ".github/wheels/mine.txt", f"../{outside.name}"):
        record[name] = fingerprint(b"somebody's\n")
    (repo / RECORD).write_bytes(write_record(record))
    done = upgrade(repo)
    assert "Removed" not in done.out
    assert outside.exists()
    assert inside.exists()


def test_what_is_too_large_to_be_compared_is_told(repo: Path) -> None:
    """A file of a million lines keeps nobody waiting."""
    age(repo, PLAN, "timeout-minutes: 10", "timeout-minutes: 5")
    (repo / PLAN).write_text("".join(f"# {number}\n" for number in range(300_000)), "utf-8")
    assert f"{PLAN}: too large to be compared here" in upgrade(repo).out


@pytest.mark.deep
def test_what_is_shown_does_nothing(repo: Path) -> None:
    """A changed file's characters are spelled out."""
    age(repo, PLAN, "timeout-minutes: 10", "timeout-minutes: 5")
    edit(repo, PLAN, "name: plan\n", "name: plan\n# \x1b]0;mine\x07 \u202e\n")
    done = upgrade(repo)
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert r"\x1b]0;mine" in done.out


# The owners


def test_owners_are_named_later_in_a_file_that_nobody_changed(repo: Path) -> None:
    """And are asked for until then."""
    assert "offerctl init --owner, with @you or @your-organisation/your-team" in offerctl("init", cwd=repo).out
    done = offerctl("init", "--owner", "@acme/courses", "--owner", "@octocat", cwd=repo)
    assert done.code == 0, done
    lines = [line for line in (repo / OWNERS).read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line.split() for line in lines] == [
        [path, "@acme/courses", "@octocat"]
        for path in ("/.github/", "/schema/", "/offerctl.toml", "/pyproject.toml", "/.pre-commit-config.yaml")
    ]
    assert "ORGANISATION" not in (repo / OWNERS).read_text("utf-8")
    again = offerctl("init", cwd=repo)
    assert "--owner" not in again.out


def test_owners_are_not_written_over_somebodys_own(repo: Path) -> None:
    """Then the user writes them; whoever owns everything already needs none."""
    (repo / OWNERS).write_text("* @me\n", "utf-8")
    before = tree(repo)
    done = offerctl("init", "--owner", "@acme/courses", cwd=repo)
    assert done.code == 1
    assert f"{OWNERS} was changed since init wrote it, or is not offerctl's. Nothing was written." in done.err
    assert tree(repo) == before
    assert "--owner" not in offerctl("init", cwd=repo).out


@pytest.mark.parametrize(
    "owner", ["acme", "@", "@a b", "@acme/", "@acme/x y", "@-x", "a@b", "@acme #", "@acme/t/u"]
)
def test_what_can_be_no_owner_is_refused(tmp_path: Path, owner: str) -> None:
    """GitHub would not take the line."""
    done = offerctl("init", "--owner", owner, cwd=tmp_path)
    assert done.code == 1
    assert "is no owner such as @octocat or @acme/courses" in done.err
    assert tree(tmp_path) == {}


def test_the_word_for_an_owner_is_no_owner(tmp_path: Path) -> None:
    """Pasted from a page, it would make a file that GitHub calls wrong."""
    done = offerctl("init", "--owner", "@ORGANISATION/TEAM", cwd=tmp_path)
    assert done.code == 1
    assert "@ORGANISATION/TEAM stands for yours" in done.err
    assert tree(tmp_path) == {}
