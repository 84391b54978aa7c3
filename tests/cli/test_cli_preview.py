"""`preview` as its users run it: where the pages go, what they are written over, and what is told."""

from __future__ import annotations

import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from support.desk import Desk
from support.plans import live, offering

ONE, TWO, OLD = offering("en-01"), offering("en-02"), offering("en-03")
DEARER = replace(ONE, price=Decimal(249))
OWN = Path(".offerctl", "local.preview")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One listing that will be dearer, a new one, one that goes, in a git repository's folder."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    made = Desk(root=root)
    made.configure()
    made.keep({"en-01": live(ONE), "en-03": live(OLD)})
    made.want(DEARER, TWO)
    return made


def test_it_writes_a_page_in_each_language(desk: Desk) -> None:
    """Into a folder of its own beside the state, which stays as it is; it says what it wrote, and counts."""
    state = desk.state_file.read_bytes()
    said = desk.ok("preview")
    assert said == (
        "Preview of local: 1 new, 1 changed, 1 going; 0 unchanged.\n"
        ".offerctl/local.preview/en.html\n.offerctl/local.preview/fr.html\n"
    )
    english = (desk.root / OWN / "en.html").read_text("utf-8")
    assert "$249.00" in english
    assert "249,00\u00a0$" in (desk.root / OWN / "fr.html").read_text("utf-8")
    assert desk.state_file.read_bytes() == state
    assert not (desk.root / ".offerctl" / "local.marketplace.sqlite3").exists()
    desk.want(ONE)
    assert "1 new, 1 going; 1 unchanged" in desk.ok("preview")
    assert "$249.00" not in (desk.root / OWN / "en.html").read_text("utf-8")


def test_a_folder_elsewhere_may_be_named(desk: Desk) -> None:
    """Outside of the repository too; it is made where it is missing, for others to read; nothing else changes."""
    target = desk.root.parent / "site" / "page"
    target.mkdir(parents=True)
    (target / "index.html").write_text("somebody's own")
    said = desk.ok("preview", "-o", target)
    assert f"{target}/en.html\n" in said
    assert sorted(path.name for path in target.iterdir()) == ["en.html", "fr.html", "index.html"]
    assert (target / "index.html").read_text() == "somebody's own"
    assert stat.S_IMODE((target / "en.html").stat().st_mode) & 0o044
    desk.ok("preview", "-o", desk.root.parent / "new" / "folder")
    assert (desk.root.parent / "new" / "folder" / "fr.html").is_file()


@pytest.mark.parametrize("taken", ["en.html", "fr.html"])
def test_only_a_preview_is_written_over(desk: Desk, taken: str) -> None:
    """What somebody else wrote by one of the names stays, and the other page is not written either."""
    target = desk.root / "site"
    target.mkdir()
    (target / taken).write_text("<!DOCTYPE html><title>Our own page</title>")
    said = desk.refused("preview", "-o", "site")
    assert f"site/{taken} exists and is no preview of offerctl's. Nothing was written." in said
    assert [path.name for path in target.iterdir()] == [taken]
    (target / taken).write_text("")
    assert desk.run("preview", "-o", "site").code == 0


def test_the_offerings_folder_is_no_place_for_it(desk: Desk) -> None:
    """Nor is a folder in it: what lies there is read as offerings."""
    for place in ("offerings", "offerings/pages"):
        assert f"{place} lies in the offerings folder" in desk.refused("preview", "-o", place)
    assert sorted(path.name for path in (desk.root / "offerings").iterdir()) == ["en-01.yaml", "en-02.yaml"]


@pytest.mark.parametrize("place", ["inside", "part", "outside", "file"])
def test_no_link_is_followed(desk: Desk, place: str) -> None:
    """In no part of a path in the repository, in the place of no folder elsewhere, and of no page."""
    victim = desk.root.parent / "victim"
    victim.mkdir()
    (victim / "en.html").write_text('<meta name="generator" content="offerctl preview">')
    match place:
        case "inside":
            (desk.root / "pages").symlink_to(victim)
            target = "pages"
        case "part":
            (desk.root / "pages").symlink_to(victim)
            target = "pages/inner"
        case "outside":
            (desk.root.parent / "elsewhere").symlink_to(victim)
            target = str(desk.root.parent / "elsewhere")
        case _:
            (desk.root / "pages").mkdir()
            (desk.root / "pages" / "en.html").symlink_to(victim / "en.html")
            target = "pages"
    before = {path: path.read_bytes() for path in victim.iterdir()}
    assert "is a symbolic link" in desk.refused("preview", "-o", target)
    assert {path: path.read_bytes() for path in victim.iterdir()} == before


def test_a_refused_plan_has_its_pages_and_says_why(desk: Desk) -> None:
    """As `plan` does: what refuses it comes after it, and the exit code is 1."""
    (desk.root / "offerings" / "en-01.yaml").unlink()
    (desk.root / "offerings" / "en-02.yaml").unlink()
    done = desk.run("preview")
    assert done.code == 1
    assert done.out.startswith("Preview of local: 2 going; 0 unchanged.\n")
    assert "Error: " in done.err
    assert "This plan is refused." in (desk.root / OWN / "en.html").read_text("utf-8")


def test_files_with_errors_have_no_page(desk: Desk) -> None:
    """They want nothing that could be shown."""
    (desk.root / "offerings" / "en-01.yaml").write_text("offeringId: en-01\n")
    done = desk.run("preview")
    assert done.code == 1
    assert "error[OFR" in done.err + done.out
    assert not (desk.root / OWN).exists()
