"""The state of one environment: a belief for every listing that ever was, and who is at work on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, overload

from offerctl.offering import Offering
from offerctl.state.belief import Belief
from offerctl.state.listings import Listings

LOCAL_URL = "local:"
"""The address of the embedded Marketplace."""


class Home(NamedTuple):
    """Which environment, Marketplace and provider a state belongs to."""

    environment: str
    base_url: str
    network_key: str

    @property
    def is_local(self) -> bool:
        """Whether it is the embedded Marketplace."""
        return self.base_url == LOCAL_URL


class Place(NamedTuple):
    """Where a state is kept: of which environment, and at which location, as the configuration has it."""

    environment: str
    location: str


class Claim(NamedTuple):
    """A run's claim on the state: its lease.

    `boot_id` tells whether the claimant ran on this boot of this machine, so that a free OS lock proves it dead.
    """

    id: str
    who: str
    boot_id: str | None
    lease_until: datetime


class RecordedChange(NamedTuple):
    """One change of a run that ended: its intent, how it came out, and the bodies before and after."""

    offering_id: str
    intent: str
    outcome: str
    before: Offering | None = None
    after: Offering | None = None


class RecordedChanges(Sequence[RecordedChange]):
    """The changes of a document's receipt, read when they are asked for: there may be a hundred thousand.

    Raises:
        StateUnreadable: whenever one is asked for that holds what no receipt may hold.
    """

    def __init__(self, untyped: Sequence[Any], read: Callable[[Any], RecordedChange]) -> None:
        self._untyped = untyped
        self._read = read

    @overload
    def __getitem__(self, index: int) -> RecordedChange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RecordedChange]: ...
    def __getitem__(self, index: int | slice) -> RecordedChange | Sequence[RecordedChange]:
        found = self._untyped[index]
        return [self._read(one) for one in found] if isinstance(index, slice) else self._read(found)

    def __len__(self) -> int:
        return len(self._untyped)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class RunRecord(NamedTuple):
    """The receipt of a run. `finished` is none while it runs or when it never came to its final write."""

    id: str
    who: str
    started: datetime
    finished: datetime | None = None
    commit: str | None = None
    pull_request: int | None = None
    changes: Sequence[RecordedChange] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state document as a value.

    `serial` grows by one with every write. `previous` is the checksum of the last kept version, `checksum` that of
    the document this value was read from (none: not written yet). `moved_to` says that the state is not here but
    there (*move*), `closed` since when its environment is retired: no run begins on either. `api` is what of the
    Marketplace's dialect decides where a listing lives (`Dialect.whereabouts`); none in the document of an
    offerctl that did not say it.
    """

    lineage: str
    home: Home
    serial: int = 0
    previous: str | None = None
    applied_commit: str | None = None
    approved: Mapping[str, str] = field(default_factory=dict)
    run: Claim | None = None
    last_run: RunRecord | None = None
    listings: Listings = field(default_factory=Listings)
    moved_to: Place | None = None
    closed: datetime | None = None
    checksum: str | None = None
    api: Mapping[str, object] | None = None

    def with_beliefs(self, changed: Mapping[str, Belief | None]) -> State:
        """The same state with these beliefs put in; none takes a belief out."""
        return replace(self, listings=self.listings.changed(changed))

    def by_hand(self) -> State:
        """The same as somebody brings it in a file: no run of this environment vouches for what was confirmed."""
        return self.with_beliefs({id_: belief.by_hand() for id_, belief in self.listings.items()})

    def successor(self, record: RunRecord) -> State:
        """The next write of this state, by the run that `record` names, chained to the document it replaces.

        A run's later writes chain to its first one instead (`offerctl.apply.lease`), as renewals are not kept.
        """
        return replace(self, serial=self.serial + 1, previous=self.checksum, last_run=record, checksum=None)
