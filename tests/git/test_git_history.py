"""Every id that the files ever had: through renames of the offerings folder, its files, and all around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl.app.file_history import contents, file_history
from offerctl.git import Git
from support.checkout import ONE, THREE, TWO, commit, repository
from support.desk import Desk
from support.homes import git
from support.plans import offering


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two listings, of which the second one's file is gone again."""
    desk = repository(tmp_path / "repository", ONE, TWO)
    (desk.root / "offerings" / "en-02.yaml").unlink()
    commit(desk.root)
    return desk


def rename(desk: Desk, old: str, new: str) -> None:
    """The folder and its name in the configuration, in one commit."""
    (desk.root / new).parent.mkdir(parents=True, exist_ok=True)
    (desk.root / old).rename(desk.root / new)
    text = (desk.root / "offerctl.toml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("offerings =")]
    (desk.root / "offerctl.toml").write_text("\n".join([f'offerings = "{new}"', *lines, ""]), "utf-8")
    commit(desk.root)


def rebuilt(desk: Desk) -> set[str]:
    desk.ok("state", "rebuild")
    return set(desk.state().listings)


def test_an_id_that_was_deleted_before_the_folder_was_renamed_is_known(desk: Desk) -> None:
    """Its listing may still be there, and nothing else knows of it."""
    rename(desk, "offerings", "courses")
    assert rebuilt(desk) == {"en-01", "en-02"}


def test_renames_are_followed_one_after_the_other(desk: Desk) -> None:
    """Deeper, shallower, and back to the first name."""
    rename(desk, "offerings", "provider/courses")
    (desk.root / "provider" / "courses" / "en-03.yaml").write_bytes(_text(THREE))
    commit(desk.root)
    (desk.root / "provider" / "courses" / "en-03.yaml").unlink()
    commit(desk.root)
    rename(desk, "provider/courses", "listings")
    assert rebuilt(desk) == {"en-01", "en-02", "en-03"}
    rename(desk, "listings", "offerings")
    desk.state_file.unlink()
    (desk.root / ".offerctl").rename(desk.root / ".offerctl-before")
    assert rebuilt(desk) == {"en-01", "en-02", "en-03"}


def test_files_that_changed_as_they_moved_and_new_folders_in_between_are_followed(desk: Desk) -> None:
    """A rename with an edit, into a folder for each language."""
    old = desk.root / "offerings" / "en-01.yaml"
    new = desk.root / "courses" / "en" / "en-01.yaml"
    new.parent.mkdir(parents=True)
    new.write_text(old.read_text("utf-8").replace("199", "249"), "utf-8")
    old.unlink()
    text = (desk.root / "offerctl.toml").read_text("utf-8")
    (desk.root / "offerctl.toml").write_text(f'offerings = "courses"\n{text}', "utf-8")
    commit(desk.root)
    assert rebuilt(desk) == {"en-01", "en-02"}


def test_a_project_that_moved_deeper_keeps_its_past(desk: Desk) -> None:
    """Configuration and folder together."""
    inner = desk.root / "catalogue"
    inner.mkdir()
    for name in ("offerctl.toml", "offerings"):
        (desk.root / name).rename(inner / name)
    commit(desk.root)
    assert rebuilt(Desk(root=inner)) == {"en-01", "en-02"}


def test_a_folder_that_still_has_files_is_another_one(desk: Desk) -> None:
    """From among drafts, or another provider's files, a file brings its own past alone."""
    drafts = desk.root / "drafts"
    drafts.mkdir()
    for name in ("stays", "goes"):
        (drafts / f"{name}.yaml").write_bytes(_text(offering(name)))
    (drafts / "moves.yaml").write_bytes(_text(offering("former-id")))
    commit(desk.root)
    (drafts / "moves.yaml").write_bytes(_text(offering("moves")))
    (drafts / "goes.yaml").unlink()
    commit(desk.root)
    (drafts / "moves.yaml").rename(desk.root / "offerings" / "moves.yaml")
    commit(desk.root)
    assert rebuilt(desk) == {"en-01", "en-02", "moves", "former-id"}


def test_what_lay_beside_the_folder_or_was_left_alone_is_none_of_it(desk: Desk) -> None:
    """Files at the top, drafts that begin with an underscore: they came in, and bring only what was read."""
    (desk.root / "top.yaml").write_bytes(_text(offering("top-1")))
    (desk.root / "other.yaml").write_bytes(_text(offering("other")))
    (desk.root / "offerings" / "_draft.yaml").write_bytes(_text(offering("draft-1")))
    commit(desk.root)
    (desk.root / "offerings" / "_draft.yaml").write_bytes(_text(offering("draft-2")))
    (desk.root / "other.yaml").unlink()
    commit(desk.root)
    (desk.root / "offerings" / "_draft.yaml").rename(desk.root / "offerings" / "draft.yaml")
    (desk.root / "top.yaml").rename(desk.root / "offerings" / "top.yaml")
    commit(desk.root)
    assert rebuilt(desk) == {"en-01", "en-02", "draft-2", "top-1"}


def test_versions_come_newest_first_and_commits_are_counted(desk: Desk) -> None:
    """As they stood in the history, across a rename."""
    path = desk.root / "offerings" / "en-01.yaml"
    path.write_bytes(_text(offering("second")))
    commit(desk.root)
    rename(desk, "offerings", "courses")
    (desk.root / "courses" / "en-01.yaml").write_bytes(_text(offering("third")))
    commit(desk.root)
    it = Git(desk.root)
    history = file_history(it, "courses")
    ids = [data.split(b"\n")[0].decode().partition(": ")[2] for data in contents(it, history.blobs)]
    assert ids[:3] == ["third", "second", "en-01"]
    assert set(ids[3:]) <= {"en-01", "en-02"}
    assert len(history.commits) == int(git(desk.root, "rev-list", "--count", "HEAD"))
    assert history.folders == {"courses", "offerings"}


def _text(wanted: object) -> bytes:
    from offerctl.offering import Offering  # noqa: PLC0415 - for the type alone

    assert isinstance(wanted, Offering)
    return "\n".join([*(f"{name}: {value}" for name, value in wanted.attributes().items()), ""]).encode()
