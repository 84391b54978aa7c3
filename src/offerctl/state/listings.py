"""The beliefs of a state by offeringId. Those of a document are read one by one, when somebody asks for them.

A plan asks for the few that a change concerns: of a hundred thousand listings it needs to know that they are
believed and how they stand, and not what each of their receipts says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from offerctl.desired import Remembered
from offerctl.state.belief import LISTED, Belief, Confirmed, Status
from offerctl.state.stored import Entry

ReadEntry = Callable[[str, Mapping[str, Any]], Belief]
"""What makes the belief of an id out of its entry's values, or raises StateUnreadable."""


def _nothing(offering_id: str, entry: Mapping[str, Any]) -> Belief:
    raise AssertionError(f"{offering_id} has no entry: {entry}")


class Listings(Mapping[str, Belief]):
    """Beliefs: `entries` of a document, which `read` makes beliefs of, and `beliefs` that stand above them.

    Raises:
        StateUnreadable: whenever an entry is asked for that holds what no belief may hold.
    """

    def __init__(
        self,
        beliefs: Mapping[str, Belief] | None = None,
        *,
        entries: Mapping[str, Entry] | None = None,
        read: ReadEntry = _nothing,
    ) -> None:
        self._beliefs = dict(beliefs or {})
        self._entries = entries or {}
        self._read_entry = read
        self._read: dict[str, Belief] = {}
        self._texts: dict[str, tuple[Belief, bytes]] = {}

    @classmethod
    def of(cls, beliefs: Mapping[str, Belief]) -> Listings:
        """The same as such, if it is none yet."""
        return beliefs if isinstance(beliefs, Listings) else cls(beliefs)

    def changed(self, changes: Mapping[str, Belief | None]) -> Listings:
        """With these beliefs in the place of what was there; none takes one out."""
        out = {id_ for id_, belief in changes.items() if belief is None}
        beliefs = {**self._beliefs, **{id_: belief for id_, belief in changes.items() if belief is not None}}
        entries = self._entries
        if out & entries.keys():
            entries = {id_: entry for id_, entry in entries.items() if id_ not in out}
        following = Listings(
            {id_: belief for id_, belief in beliefs.items() if id_ not in out} if out else beliefs,
            entries=entries,
            read=self._read_entry,
        )
        following._read, following._texts = self._read, self._texts
        return following

    def status(self, offering_id: str) -> Status | None:
        """How a listing stands; none where nothing is believed of it. Nothing else of it is read."""
        if belief := self._beliefs.get(offering_id):
            return belief.status
        entry = self._entries.get(offering_id)
        return None if entry is None else entry.status

    def listed(self) -> frozenset[str]:
        """The ids that are, or may be, in the Marketplace."""
        return frozenset(id_ for id_ in self if self.status(id_) in LISTED)

    def attempted_by(self, run: str) -> Iterator[str]:
        """The ids that this run was the last to change, or to try to; nothing else of the others is read."""
        for id_ in self:
            if (belief := self._beliefs.get(id_)) is not None:
                attempt = belief.last_attempt
                is_its = attempt is not None and attempt.run == run
            else:
                is_its = self._entries[id_].attempted_by == run
            if is_its:
                yield id_

    def texts(self, write: Callable[[Belief], bytes]) -> Iterator[tuple[str, bytes | memoryview]]:
        """Each id with the text of its entry, in their order.

        What was written once, and did not change since, is not written anew: every renewal of a long run is a
        whole document.
        """
        for id_ in sorted(self):
            if (belief := self._beliefs.get(id_)) is None:
                yield id_, self._entries[id_].text()
                continue
            written = self._texts.get(id_)
            if written is None or written[0] is not belief:
                written = self._texts[id_] = (belief, write(belief))
            yield id_, written[1]

    def entries(self) -> Iterator[tuple[str, Entry]]:
        """The entries of the document that nothing stands above."""
        if not self._beliefs:
            return iter(self._entries.items())
        return ((id_, entry) for id_, entry in self._entries.items() if id_ not in self._beliefs)

    def remembered(self) -> Mapping[str, Remembered]:
        """What each file was read as, by its name; only of listings that are live as the document has them."""
        found = (entry.remembered() for _, entry in self.entries())
        return {remembered.file: remembered for remembered in found if remembered}

    def last_confirmed(self) -> Confirmed | None:
        """The latest answer of all; of each entry no more than its time is read."""
        found = [belief.last_confirmed for belief in self._beliefs.values() if belief.last_confirmed]
        times = ((time, id_) for id_, entry in self.entries() if (time := entry.confirmed_at))
        if latest := max(times, default=None):
            found += [confirmed] if (confirmed := self[latest[1]].last_confirmed) else []
        return max(found, key=lambda confirmed: confirmed.at, default=None)

    def __getitem__(self, offering_id: str) -> Belief:
        belief = self._beliefs.get(offering_id) or self._read.get(offering_id)
        if belief is None:
            belief = self._read[offering_id] = self._read_entry(offering_id, self._entries[offering_id].values())
        return belief

    def __contains__(self, offering_id: object) -> bool:
        return offering_id in self._beliefs or offering_id in self._entries

    def __iter__(self) -> Iterator[str]:
        yield from self._entries
        yield from (id_ for id_ in self._beliefs if id_ not in self._entries)

    def __len__(self) -> int:
        return len(self._entries) + sum(1 for id_ in self._beliefs if id_ not in self._entries)

    def __repr__(self) -> str:
        return f"Listings({dict(self)!r})"
