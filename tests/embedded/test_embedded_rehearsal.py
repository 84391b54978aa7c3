from __future__ import annotations

import asyncio
import itertools
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from offerctl.embedded import Store, local_app, local_store
from offerctl.embedded.app import COLLECTION
from offerctl.errors import MarketplaceError
from support.marketplace import Opening, body
from support.plans import offering


def test_fail_rate(opened: Opening, store: Store) -> None:
    """About the given part of the requests is answered 500 internal; about half of these were executed."""
    sent = 400

    async def main() -> list[int]:
        async with opened(fail_rate=0.5, random=random.Random(7).random) as client:
            return [
                (await client.post(COLLECTION, json=body(offeringId=f"a-{number}"))).status_code
                for number in range(sent)
            ]

    statuses = asyncio.run(main())
    listed = store.listings()
    failed = [number for number, status in enumerate(statuses) if status == 500]
    assert set(statuses) == {204, 500}
    assert 160 < len(failed) < 240
    assert 60 < sum(f"a-{number}" in listed for number in failed) < 140
    assert all(f"a-{number}" in listed for number, status in enumerate(statuses) if status == 204)


@pytest.mark.parametrize(("draws", "listed"), [((0.0, 0.0), False), ((0.0, 0.9), True)])
def test_failure_hides_what_was_done(
    opened: Opening, store: Store, draws: tuple[float, ...], *, listed: bool
) -> None:
    """A failure looks the same whether the request was executed or not; the journal knows."""

    async def main() -> dict[str, object]:
        async with opened(fail_rate=0.1, random=itertools.cycle(draws).__next__) as client:
            answer = await client.post(COLLECTION, json=body())
            assert answer.status_code == 500
            return dict(answer.json())

    message = "a rehearsed failure: it may have been executed, or not"
    assert asyncio.run(main()) == {"error": {"code": "internal", "message": message}}
    assert ("jhsc-en-01" in store.listings()) is listed
    assert [line.status for line in store.requests()] == [204 if listed else 500]


def test_latency_comes_after_execution(opened: Opening, store: Store) -> None:
    """With latency the request is executed before the answer is waited for: giving up undoes nothing."""

    async def main() -> None:
        async with opened(latency=3600) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await client.post(COLLECTION, json=body())

    asyncio.run(main())
    assert "jhsc-en-01" in store.listings()


def test_unusable_store_is_internal(opened: Opening, store: Store) -> None:
    """When the listings cannot be read the API says 500 internal, the page says so too, and nothing more."""

    async def main() -> list[tuple[int, str]]:
        async with opened() as client:
            answers = [await client.post(COLLECTION, json=body()), await client.get("/en")]
            return [(answer.status_code, answer.text) for answer in answers]

    store.close()
    api, page = asyncio.run(main())
    assert api == (500, '{"error":{"code":"internal","message":"the listings cannot be read or written"}}')
    assert page[0] == 500
    assert "The Marketplace could not answer (500)." in page[1]


def test_local_app(tmp_path: Path) -> None:
    """The environment `local` in process: one file below the project's root, one provider."""
    with local_app(tmp_path, collection="/c", network_key="local") as app, local_store(tmp_path) as store:
        assert {route.path for route in app.routes} >= {"/c", "/c/{offering_id:path}"}  # type: ignore[attr-defined]
        assert store.listings() == {}
    assert (tmp_path / ".offerctl" / "local.marketplace.sqlite3").is_file()


def test_unusable_folder(tmp_path: Path) -> None:
    """Where the file cannot be, it is said before anything is served."""
    (tmp_path / ".offerctl").write_text("in the way")
    with pytest.raises(MarketplaceError, match="cannot be used") as found:
        local_store(tmp_path)
    assert "damaged" not in str(found.value.hint)


@pytest.mark.parametrize("place", [".", ".offerctl", ".offerctl/local.marketplace.sqlite3"])
def test_a_folder_or_a_file_that_may_not_be_written_is_not_called_damaged(tmp_path: Path, place: str) -> None:
    """The cause is a permission, and the way on is to give it."""
    with local_store(tmp_path) as store:
        store.put_foreign(offering(), "local")
    if place == ".":
        shutil.rmtree(tmp_path / ".offerctl")
    (tmp_path / place).chmod(0o555 if (tmp_path / place).is_dir() else 0o000)
    try:
        done = _as_nobody(tmp_path)
    finally:
        (tmp_path / place).chmod(0o755)
    assert "cannot be used" in done
    assert "Give this user permission to read and write in " in done
    assert "damaged" not in done


def _as_nobody(root: Path) -> str:
    """What a user is told who is not root: for that one no folder is read-only."""
    script = """
import os, pathlib
from offerctl.errors import MarketplaceError
from offerctl.embedded import local_store
if os.getuid() == 0:
    os.setuid(65534)
try:
    local_store(pathlib.Path())
except MarketplaceError as error:
    print(error.message, error.hint)
"""
    command, env = [sys.executable, "-c", script], {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, check=True).stdout.decode()


def test_a_damaged_file_is_called_so(tmp_path: Path) -> None:
    """It may go: it is a rehearsal."""
    file = tmp_path / ".offerctl" / "local.marketplace.sqlite3"
    file.parent.mkdir()
    file.write_bytes(b"x" * 5000)
    with pytest.raises(MarketplaceError) as found:
        local_store(tmp_path)
    assert "damaged; remove it" in str(found.value.hint)
