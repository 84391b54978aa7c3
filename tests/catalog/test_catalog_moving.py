"""Files that are moved while the folder is read: found, or the reading is refused; they never look deleted."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from offerctl import catalog
from offerctl.catalog import discover
from offerctl.disk import Folder
from offerctl.errors import CatalogError

TEXT = """\
offeringId: {id}
trainingStandardKey: JHSC-2014-1-E-O
courseName: Part One
price: 199
courseDuration: 19.5
externalRegistrationUrl: https://safety-training.example/{id}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that stay, and one in each of the folders `a` and `b` among which `wanderer` moves."""
    root = tmp_path / "offerings"
    for name in ("a/one", "b/two", "a/wanderer"):
        path = root / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT.format(id=path.stem), "utf-8")
    return root


def moving(folder: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> list[Path]:
    """So often `wanderer` is missed: as its folder is listed it goes to the other one, which was listed before."""
    scan = Folder.entries
    listed: list[str] = []
    missed: list[Path] = []

    def entries(listing: Folder) -> list[os.DirEntry[str]]:
        name = listing.path.name
        if name in {"a", "b"}:
            here = folder / name / "wanderer.yaml"
            there = folder / ("b" if name == "a" else "a") / here.name
            listed.append(name)
            if len(missed) < times and here.exists():
                here.rename(there)
                if len(listed) % 2 == 0:
                    missed.append(there)
        return scan(listing)

    monkeypatch.setattr(Folder, "entries", entries)
    return missed


def test_a_file_that_moves_once_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It went from a folder still to be listed to one that had been; the second reading has it."""
    missed = moving(folder, monkeypatch, 1)
    found = catalog.load(folder)
    assert len(missed) == 1
    assert set(found.desired) == {"one", "two", "wanderer"}
    assert found.files == 3


def test_a_file_that_moves_all_the_time_ends_the_reading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some attempts it is refused: nobody can say what is wanted."""
    missed = moving(folder, monkeypatch, 1_000)
    with pytest.raises(CatalogError, match="are being moved") as caught:
        catalog.load(folder)
    assert len(missed) > 4
    assert "Run it again" in (caught.value.hint or "")


def test_a_file_that_comes_or_goes_while_others_are_read_is_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is one state of the folder, that at the end."""
    look = discover.contents

    def contents(found: discover.OfferingFile) -> bytes:
        (folder / "b" / "two.yaml").unlink(missing_ok=True)
        (folder / "late.yaml").write_text(TEXT.format(id="late"), "utf-8")
        return look(found)

    monkeypatch.setattr(discover, "contents", contents)
    found = catalog.load(folder)
    assert set(found.desired) == {"one", "wanderer", "late"}
    assert not found.problems


def test_real_moves_never_lose_a_file(folder: Path) -> None:
    """A thread moves it to and fro as fast as it can: each reading has it, or is refused."""
    end = threading.Event()

    def wander() -> None:
        here, there = folder / "a" / "wanderer.yaml", folder / "b" / "wanderer.yaml"
        while not end.is_set():
            here.rename(there)
            there.rename(here)

    thread = threading.Thread(target=wander)
    thread.start()
    try:
        for _ in range(4):
            try:
                assert "wanderer" in catalog.load(folder).desired
            except CatalogError as error:
                assert "are being moved" in error.message  # noqa: PT017 - either of two outcomes
    finally:
        end.set()
        thread.join()
