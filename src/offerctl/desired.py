"""What the offering files want, by offeringId.

A file that is as it was remembered is not read again, and its offering is made only when somebody asks for it: a
plan costs what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NewType

from offerctl.offering import Desired, Offering

FileDigest = NewType("FileDigest", str)
"""Of the reading rules, a file's bytes, its offering and its protection (`catalog.remembered`)."""
Attributes = Mapping[str, object]
"""An offering's attributes by their API names, numbers as JSON has them."""


class Remembered(NamedTuple):
    """What a file was read as: the offering's attributes, its protection, and the digest that proves it."""

    attributes: Attributes
    protect: bool
    digest: str


@dataclass(frozen=True, slots=True)
class _Lazy:
    """A file that need not be read: its offering is made when somebody asks for it."""

    remembered: Remembered
    file: str

    def desired(self) -> Desired:
        offering = Offering.from_attributes(self.remembered.attributes)
        return Desired(offering=offering, file=self.file, protect=self.remembered.protect)


class Wanted(Mapping[str, Desired]):
    """What the files want, by offeringId. Offerings that are remembered are made when somebody asks for them."""

    def __init__(self, wants: Mapping[str, Desired | _Lazy] | None = None) -> None:
        self._wants = dict(wants or {})

    @classmethod
    def of(cls, desired: Mapping[str, Desired]) -> Wanted:
        """The same as such, if it is none yet."""
        return desired if isinstance(desired, Wanted) else cls(desired)

    def add(self, desired: Desired) -> None:
        """One that was read, unless another file has its id already."""
        self._wants.setdefault(desired.offering.offering_id, desired)

    def add_remembered(self, offering_id: str, remembered: Remembered, file: str) -> None:
        """The same for one that was not."""
        self._wants.setdefault(offering_id, _Lazy(remembered, file))

    def changed(self, changes: Mapping[str, Desired]) -> Wanted:
        """With these in the place of what was there."""
        return Wanted({**self._wants, **changes})

    def files(self) -> Iterator[tuple[str, str]]:
        """Each id with its file."""
        return ((id_, want.file) for id_, want in self._wants.items())

    def attributes(self) -> Iterator[tuple[str, Attributes, bool]]:
        """Each id with its offering's attributes by their API names, and whether it is protected."""
        for id_, want in self._wants.items():
            if isinstance(want, _Lazy):
                yield id_, want.remembered.attributes, want.remembered.protect
            else:
                yield id_, want.offering.attributes(), want.protect

    def __getitem__(self, offering_id: str) -> Desired:
        found = self._wants[offering_id]
        if isinstance(found, _Lazy):
            found = self._wants[offering_id] = found.desired()
        return found

    def __contains__(self, offering_id: object) -> bool:
        return offering_id in self._wants

    def __iter__(self) -> Iterator[str]:
        return iter(self._wants)

    def __len__(self) -> int:
        return len(self._wants)
