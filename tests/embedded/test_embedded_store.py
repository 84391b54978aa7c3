from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from offerctl.disk import sqlite
from offerctl.embedded import Store
from offerctl.embedded.file import MAX_BYTES
from offerctl.embedded.refusal import Refusal
from offerctl.embedded.store import KEPT
from offerctl.errors import MarketplaceError
from offerctl.offering import Offering
from support.marketplace import body, served
from support.strangers import give_away

ENV = {"PYTHONPATH": ":".join(sys.path)}
EPOCH = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def offering(offering_id: str = "jhsc-en-01", **changed: object) -> Offering:
    return Offering.from_attributes(body(offeringId=offering_id, networkKey=None, **changed))


def test_answered_means_kept(tmp_path: Path) -> None:
    """Whatever was answered when the server is killed is there afterwards, whole, with its line in the journal."""
    path = tmp_path / "market.sqlite3"

    def add(client: httpx.Client, url: str, number: int) -> str | None:
        try:
            reply = client.post(url, json=body(offeringId=f"a-{number}"))
        except httpx.TransportError:
            return None
        assert reply.status_code == 204
        return f"a-{number}"

    with served(path) as market, httpx.Client(trust_env=False) as client, ThreadPoolExecutor(4) as pool:
        replies = pool.map(lambda number: add(client, market.api, number), range(2000))
        before = list(itertools.islice(replies, 40))
        market.kill()
        after = list(replies)
    assert None in after, "the server was killed with requests under way"
    answered = [name for name in before + after if name]
    assert len(answered) >= 40
    with Store(path) as store:
        listed = store.listings()
        assert listed.keys() >= set(answered)
        assert {line.offering_id for line in store.requests() if line.status == 204} == listed.keys()


def test_restart_serves_what_was_kept(tmp_path: Path) -> None:
    """A server started over the file of a killed one lists the same."""
    path = tmp_path / "market.sqlite3"
    with served(path) as market:
        httpx.post(market.api, json=body(), trust_env=False)
        market.kill()
    with served(path) as market:
        again = httpx.post(market.api, json=body(), trust_env=False)
        assert again.json()["error"]["message"].endswith("already exists")


def test_killed_within_a_transaction(tmp_path: Path) -> None:
    """A process killed before its commit leaves nothing behind, and no lock."""
    path = tmp_path / "market.sqlite3"
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from offerctl.embedded import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "store._journal = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "store.delete('jhsc-en-01', 'pro-1')\n"
    )
    with Store(path) as store:
        store.add(offering(), "pro-1")
        done = subprocess.run([sys.executable, "-c", script, path], env=ENV, check=False)
        assert done.returncode == -9
        assert "jhsc-en-01" in store.listings()
        store.delete("jhsc-en-01", "pro-1")
        assert store.listings() == {}


def test_first_openings_together(tmp_path: Path) -> None:
    """Many may be the first to open a file, and use it at once."""

    def use(number: int) -> None:
        with Store(tmp_path / "new" / "market.sqlite3") as store:
            store.add(offering(f"a-{number}"), "pro-1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(24)))
    with Store(tmp_path / "new" / "market.sqlite3") as store:
        assert len(store.listings()) == len(store.requests()) == 24


def test_values_come_back(tmp_path: Path) -> None:
    """What is listed is what was sent, whatever text it is, to the cent."""
    wanted = offering(courseName="<script>\u202e\x00'\"; DROP TABLE listings; --", price=999999999.99)
    with Store(tmp_path / "market.sqlite3") as store:
        store.add(wanted, "pro-1")
    with Store(tmp_path / "market.sqlite3") as store:
        assert store.listings() == {"jhsc-en-01": (wanted, "pro-1")}
        assert store.get("jhsc-en-01") == (wanted, "pro-1")
        assert store.get("none") is None


def test_journal_is_bounded(store: Store) -> None:
    """The journal forgets the oldest lines and no others."""
    for _ in range(KEPT):
        store.refused("POST", None, 400)
    store.add(offering(), "pro-1")
    lines = store.requests()
    assert len(lines) == KEPT
    assert lines[-1].offering_id == "jhsc-en-01"


def test_last_change(tmp_path: Path) -> None:
    """The last change is the last request that was executed, not one that was refused."""
    clock = map(lambda second: EPOCH + timedelta(seconds=second), itertools.count())  # noqa: C417 - endless
    with Store(tmp_path / "market.sqlite3", now=clock.__next__) as store:
        assert store.last_change() is None
        store.add(offering(), "pro-1")
        with pytest.raises(Refusal):
            store.add(offering(), "pro-1")
        assert store.last_change() == EPOCH
        assert [line.at - EPOCH for line in store.requests()] == [timedelta(0), timedelta(seconds=1)]


def test_clear(store: Store) -> None:
    """Emptied, nothing is listed and nothing remembered."""
    store.add(offering(), "pro-1")
    store.clear()
    assert (store.listings(), store.requests(), store.last_change()) == ({}, [], None)


def test_newer_file(tmp_path: Path) -> None:
    """A file of a newer offerctl is left alone."""
    path = tmp_path / "market.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(MarketplaceError, match="newer offerctl"):
        Store(path)


def test_damaged_file(tmp_path: Path) -> None:
    """A file that is no database is said to be unusable, and kept."""
    path = tmp_path / "market.sqlite3"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(MarketplaceError, match="not a database") as raised:
        Store(path)
    assert raised.value.hint is not None
    assert path.read_bytes().startswith(b"no database")


# Whose file


def other_database(path: Path, script: str) -> bytes:
    """A database of somebody else."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    return path.read_bytes()


TRIGGER = (
    """CREATE TRIGGER fill AFTER INSERT ON requests BEGIN INSERT INTO listings VALUES (random(), '', ''); END;"""
)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE notes (text);",
        "CREATE TABLE notes (text); PRAGMA user_version = 1;",
        "CREATE VIEW listings AS SELECT 1; CREATE TABLE requests (number);",
        "PRAGMA user_version = 1;",
        "CREATE TABLE listings (offering_id, network_key, body); PRAGMA user_version = 1;",
    ],
)
def test_the_database_of_another_program_is_left_to_the_byte(tmp_path: Path, script: str) -> None:
    """Neither given tables nor turned to WAL, whatever version it claims; nothing appears beside it."""
    path = tmp_path / "local.marketplace.sqlite3"
    before = other_database(path, script)
    with pytest.raises(
        MarketplaceError, match=r"is no file of the embedded Marketplace.*Nothing was written to it"
    ):
        Store(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "extra",
    [TRIGGER, "CREATE VIEW more AS SELECT 1;", "CREATE TABLE more (a);", "CREATE INDEX i ON requests (at);"],
)
def test_a_schema_that_is_ours_and_more_is_refused(tmp_path: Path, extra: str) -> None:
    """A trigger would run with each request, and could fill the disk."""
    path = tmp_path / "market.sqlite3"
    Store(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(extra)
    with pytest.raises(MarketplaceError, match="is no file of the embedded Marketplace"):
        Store(path)


def test_a_database_is_bounded(tmp_path: Path) -> None:
    """A larger one is not opened, and an own one does not grow beyond the bound."""
    path = tmp_path / "market.sqlite3"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(MarketplaceError, match="may have at most 268,435,456"):
        Store(path)
    path.unlink()
    with closing(sqlite.database(path, below=None, most=100_000, busy=1)) as db:
        db.execute("CREATE TABLE t (b)")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            db.execute("INSERT INTO t VALUES (zeroblob(200000))")


def test_functions_with_effects_are_not_run_from_a_schema(tmp_path: Path) -> None:
    """The file's schema is not trusted."""
    with closing(sqlite.database(tmp_path / "a", below=None, most=MAX_BYTES, busy=1)) as db:
        assert db.execute("PRAGMA trusted_schema").fetchone() == (0,)


@pytest.mark.deep
def test_a_rollback_journal_is_not_played_back(tmp_path: Path) -> None:
    """It can name a file of the user's, which SQLite would delete. It is told, and stays."""
    path = tmp_path / "market.sqlite3"
    Store(path).close()
    journal = tmp_path / "market.sqlite3-journal"
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(600))
    with pytest.raises(MarketplaceError, match=r"a rollback journal, market\.sqlite3-journal, stands beside it"):
        Store(path)
    assert journal.exists()


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
def test_nothing_that_sqlite_opens_is_a_link(tmp_path: Path, end: str) -> None:
    """It would follow them."""
    path = tmp_path / "market.sqlite3"
    (tmp_path / "other").write_bytes(b"theirs")
    (tmp_path / f"market.sqlite3{end}").symlink_to("other")
    with pytest.raises(MarketplaceError, match="it is a symbolic link, which is not followed"):
        Store(path)
    assert (tmp_path / "other").read_bytes() == b"theirs"


def test_a_strangers_database_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a stranger's state is."""
    path = tmp_path / "market.sqlite3"
    Store(path).close()
    give_away(path, monkeypatch)
    with pytest.raises(MarketplaceError, match="it belongs to another user"):
        Store(path)
