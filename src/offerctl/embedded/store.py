"""The listings of the embedded Marketplace, in one SQLite file.

Each request that is executed is one committed transaction, and its line in the journal is part of it. The file is
in WAL mode without a sync per commit: a process can be killed at any time and loses nothing it has answered for (a
loss of power may take the last requests back, never half of one). `apply` and a server may use one file at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from offerctl import canon
from offerctl.embedded.file import open_file
from offerctl.embedded.refusal import Code, Refusal
from offerctl.errors import InvalidOffering
from offerctl.offering import ID_PATTERN, Offering

KEPT = 10_000
"""Requests that the journal keeps."""
EXECUTED = 204


class Listing(NamedTuple):
    """One listing and the provider it belongs to."""

    offering: Offering
    network_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Journaled:
    """One request, its answer (204: executed) and when; no id where it named none that can be one.

    The status is the Marketplace's own: a client may have seen a rehearsed failure, or nothing, instead.
    """

    method: str
    offering_id: str | None
    status: int
    at: datetime


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Listings by id; safe to share between threads. Opening creates the file and its folder where missing.

    Raises:
        MarketplaceError: the file cannot be used, a newer offerctl wrote it, it is no Marketplace's, or a part of
            its path below the folder `below` is a link.
    """

    def __init__(self, path: Path, *, below: Path | None = None, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._db = open_file(path, below=below)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """No use after this."""
        with self._lock:
            self._db.close()

    def add(self, offering: Offering, network_key: str, *, taken: int | None = None) -> None:
        """Executes Add; `taken` is the status of an answer that the id is taken.

        Raises:
            Refusal: the id is taken, by whomever.
        """
        offering_id = offering.offering_id
        with self._executing("POST", offering_id):
            if self._find(offering_id) is not None:
                raise Refusal(
                    Code.GENERAL, f"an offering with the offeringId {offering_id} already exists", status=taken
                )
            self._put(offering, network_key)

    def patch(self, offering_id: str, changes: Mapping[str, object], network_key: str) -> None:
        """Executes Patch; `changes` by the API's names.

        Raises:
            Refusal: no such listing, that of another provider, or values that no offering may have.
        """
        with self._executing("PATCH", offering_id):
            present = self._owned(offering_id, network_key)
            try:
                changed = Offering.from_attributes({**present.attributes(), **changes})
            except InvalidOffering as error:
                raise Refusal(Code.INVALID, error.message) from error
            self._put(changed, network_key)

    def delete(self, offering_id: str, network_key: str) -> None:
        """Executes Delete.

        Raises:
            Refusal: no such listing, or that of another provider.
        """
        with self._executing("DELETE", offering_id):
            self._owned(offering_id, network_key)
            self._db.execute("DELETE FROM listings WHERE offering_id = ?", (offering_id,))

    def refused(self, method: str, offering_id: str | None, status: int) -> None:
        """Journals a request that did not come as far as the listings."""
        with self._transaction():
            self._journal(method, offering_id, status)

    def put_foreign(self, offering: Offering, network_key: str) -> None:
        """Lists an offering as another provider would have, whatever was there; no request, so not journaled."""
        with self._transaction():
            self._put(offering, network_key)

    def clear(self) -> None:
        """Empties the listings and the journal."""
        with self._transaction():
            self._db.execute("DELETE FROM listings")
            self._db.execute("DELETE FROM requests")

    def get(self, offering_id: str) -> Listing | None:
        """One listing, whoever's it is."""
        with self._lock:
            return self._find(offering_id)

    def listings(self) -> dict[str, Listing]:
        """All listings by id, in the order of their ids."""
        with self._lock:
            rows = self._db.execute("SELECT body, network_key FROM listings ORDER BY offering_id").fetchall()
        found = [_listing(row) for row in rows]
        return {listing.offering.offering_id: listing for listing in found}

    def requests(self) -> list[Journaled]:
        """The journal, oldest first: the last 10,000 requests."""
        columns = "method, offering_id, status, at"
        with self._lock:
            rows = self._db.execute(f"SELECT {columns} FROM requests ORDER BY number").fetchall()  # noqa: S608
        return [
            Journaled(method=method, offering_id=offering_id, status=status, at=canon.moment(at))
            for method, offering_id, status, at in rows
        ]

    def last_change(self) -> datetime | None:
        """When a request was last executed, as far as the journal goes back."""
        newest = "SELECT at FROM requests WHERE status = ? ORDER BY number DESC LIMIT 1"
        with self._lock:
            row = self._db.execute(newest, (EXECUTED,)).fetchone()
        return canon.moment(row[0]) if row else None

    @contextmanager
    def _executing(self, method: str, offering_id: str) -> Iterator[None]:
        """A transaction of one request and its line in the journal; a refused one has changed nothing yet."""
        refusal: Refusal | None = None
        with self._transaction():
            try:
                yield
            except Refusal as error:
                refusal = error
            self._journal(method, offering_id, refusal.status if refusal else EXECUTED)
        if refusal is not None:
            raise refusal

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _owned(self, offering_id: str, network_key: str) -> Offering:
        found = self._find(offering_id)
        if found is None:
            raise Refusal(Code.NOT_FOUND, "there is no offering with this offeringId")
        if found.network_key != network_key:
            raise Refusal(Code.FORBIDDEN, "this offering belongs to another networkKey")
        return found.offering

    def _find(self, offering_id: str) -> Listing | None:
        one = "SELECT body, network_key FROM listings WHERE offering_id = ?"
        row = self._db.execute(one, (offering_id,)).fetchone()
        return _listing(row) if row else None

    def _put(self, offering: Offering, network_key: str) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO listings (offering_id, network_key, body) VALUES (?, ?, ?)",
            (offering.offering_id, network_key, canon.compact(offering.attributes())),
        )

    def _journal(self, method: str, offering_id: str | None, status: int) -> None:
        shown = offering_id if offering_id is not None and ID_PATTERN.fullmatch(offering_id) else None
        added = self._db.execute(
            "INSERT INTO requests (method, offering_id, status, at) VALUES (?, ?, ?, ?)",
            (method, shown, status, canon.timestamp(self._now())),
        )
        number = added.lastrowid
        assert number is not None, "an INSERT has a row"
        self._db.execute("DELETE FROM requests WHERE number <= ?", (number - KEPT,))


def _listing(row: tuple[bytes, str]) -> Listing:
    body, network_key = row
    return Listing(Offering.from_attributes(canon.parse(body)), network_key)
