"""`offerctl import`: real processes, a real state, and the embedded Marketplace where an apply follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from offerctl.state import Belief, Status
from support.desk import Desk
from support.homes import git
from support.plans import CONTESTED, ENGLISH, FRENCH, gone, live, maybe, offering

A, B = offering("a"), offering("b")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two files and no state."""
    it = Desk(root=tmp_path)
    it.configure(lease=0.2, settle_window=0.0)
    it.want(A, B)
    return it


def test_a_first_import_creates_the_state(desk: Desk) -> None:
    """In doubt, under the key of the file; it says what happens next."""
    assert desk.ok("import", "offerings/a.yaml") == (
        "Imported into local: 1 listing (a).\n"
        "Until the next apply this is in doubt: the plan shows it as to settle, and apply writes all that the "
        "files say.\nTo see what apply will do: offerctl plan -e local\n"
    )
    after = desk.state()
    [(id_, belief)] = after.listings.items()
    assert (id_, belief.status, belief.key, belief.body) == ("a", Status.MAYBE, ENGLISH, None)
    assert (after.serial, after.run) == (1, None)
    assert after.lineage


@pytest.mark.deep
def test_an_imported_listing_is_settled_by_the_next_apply(desk: Desk) -> None:
    """A listing that exists is patched, one that does not is added: both are live, and nothing is left to do."""
    desk.ok("apply", "--auto-approve", "--target", "a")
    desk.ok("state", "forget", "a", "--yes")
    done = desk.run("apply", "--auto-approve")
    assert done.code != 0
    assert desk.state().listings["a"].status is Status.CONTESTED
    desk.ok("import", "offerings/a.yaml")
    assert "to settle" in desk.ok("plan")
    assert "1 settled" in desk.ok("apply", "--auto-approve")
    assert {b.status for b in desk.state().listings.values()} == {Status.LIVE}
    assert desk.ok("plan").startswith("No changes.")


def test_a_folder_skips_what_is_managed_already(desk: Desk) -> None:
    """And says so; a file that is named itself is refused, as before, and with all managed nothing is written."""
    desk.ok("import", "offerings/a.yaml")
    assert desk.ok("import", "offerings").startswith(
        "Skipped, as managed already: 1 listing (a).\nImported into local: 1 listing (b).\n"
    )
    assert {id_: belief.status for id_, belief in desk.state().listings.items()} == {
        "a": Status.MAYBE, "b": Status.MAYBE,
    }  # fmt: skip
    files = desk.files()
    assert desk.ok("import", "offerings") == (
        "Skipped, as managed already: 2 listings (a, b).\n"
        "Nothing was imported into local: all of it is managed already.\n"
    )
    assert "a is managed already" in desk.refused("import", "offerings", "offerings/a.yaml")
    assert desk.files() == files


def test_the_plan_says_that_a_listing_was_imported(desk: Desk) -> None:
    """As long as the state tells; what else is in doubt is not said to be."""
    desk.keep({"b": Belief(status=Status.MAYBE, key=B.training_standard_key)})
    desk.ok("import", "offerings/a.yaml")
    told = desk.ok("plan")
    assert "# a will be settled: imported; not confirmed by a run yet" in told
    assert "# b will be settled: what is listed is not certain" in told


@pytest.mark.parametrize("files", [("offerings",), (".",), ("offerings/a.yaml", "offerings/b.yaml")])
def test_several_files_or_a_folder_are_imported_at_once(desk: Desk, files: tuple[str, ...]) -> None:
    """In one write."""
    assert "2 listings (a, b)" in desk.ok("import", *files)
    assert (desk.state().serial, sorted(desk.state().listings)) == (1, ["a", "b"])


def test_files_are_named_from_where_one_stands(desk: Desk) -> None:
    """As every tool does it, and by absolute paths too."""
    assert "(a)" in desk.ok("--chdir", "offerings", "import", "a.yaml")
    assert "(b)" in desk.ok("import", desk.root / "offerings" / "b.yaml")


def test_the_receipt_names_the_commit_of_the_files(desk: Desk) -> None:
    """Unless they differ from it."""
    git(desk.root, "init", "-q")
    git(desk.root, "add", "offerings")
    git(desk.root, "commit", "-q", "-m", "files")
    desk.ok("import", "offerings/a.yaml")
    record = desk.state().last_run
    assert record is not None
    assert (record.commit, record.finished is not None) == (git(desk.root, "rev-parse", "HEAD"), True)
    desk.want(offering("c"))
    desk.ok("import", "offerings/b.yaml")
    record = desk.state().last_run
    assert record is not None
    assert record.commit is None


@pytest.mark.parametrize("former", [live(A), maybe(A, A)])
def test_what_is_managed_already_is_refused(desk: Desk, former: object) -> None:
    """And with it every other file of the same call."""
    desk.keep({"a": former})  # type: ignore[dict-item]
    told = desk.refused("import", "offerings/b.yaml", "offerings/a.yaml")
    assert told == "Error: nothing was imported: offerings/a.yaml: a is managed already\n"


def test_a_tombstone_keeps_its_key(desk: Desk) -> None:
    """Another one needs a new id; the same one comes back, and its quiet period is kept."""
    quiet = datetime.now(UTC) + timedelta(seconds=60)
    desk.keep({"a": gone(A, quiet_until=quiet), "b": gone(offering("b", training_standard_key=FRENCH))})
    assert "b was deleted as JHSC-2014-1-F-O and cannot come back" in desk.refused("import", "offerings/b.yaml")
    told = desk.ok("import", "offerings/a.yaml")
    assert f"Apply will wait until {quiet:%H:%M:%S} UTC for a: a request of unknown fate may still arrive." in told
    belief = desk.state().listings["a"]
    assert (belief.status, belief.quiet_until) == (Status.MAYBE, quiet)


def test_a_contested_listing_is_taken_over(desk: Desk) -> None:
    """Whoever imports it says that it is theirs."""
    desk.keep({"a": CONTESTED})
    desk.ok("import", "offerings/a.yaml")
    assert (desk.state().listings["a"].status, desk.state().listings["a"].key) == (Status.MAYBE, ENGLISH)


@pytest.mark.parametrize("name", ["elsewhere/a.yaml", "offerings/_draft.yaml", "offerings/nowhere.yaml", ".."])
def test_a_file_that_apply_does_not_read_is_refused(desk: Desk, name: str) -> None:
    """Its listing would be deleted."""
    (desk.root / "elsewhere").mkdir()
    for place in ("elsewhere/a.yaml", "offerings/_draft.yaml"):
        (desk.root / place).write_bytes((desk.root / "offerings" / "a.yaml").read_bytes())
    told = desk.refused("import", name)
    assert told.startswith(f"Error: {name} is no file of the offerings folder offerings. Nothing was imported.\n")


def test_a_file_with_a_problem_is_shown_and_nothing_is_imported(desk: Desk) -> None:
    """As plan and apply do it."""
    (desk.root / "offerings" / "a.yaml").write_text("offeringId: a\n")
    assert "offerings/a.yaml" in desk.refused("import", "offerings/b.yaml")
    assert not desk.state_file.exists()


def test_a_lost_state_is_not_begun_anew(desk: Desk) -> None:
    """It is brought back first."""
    desk.keep({"a": live(A)})
    desk.state_file.unlink()
    assert "state restore 7" in desk.refused("import", "offerings/b.yaml")
    assert not desk.state_file.exists()
