"""What the offering files want, by offeringId.

A file that is as it was remembered is not read again, and its offering is made only when somebody asks for it: a
plan costs what changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, NewType, Protocol

from offerctl import canon
from offerctl.offering import Desired, Offering

FileDigest = NewType("FileDigest", str)
"""Of the reading rules, a file's bytes, its offering and its protection (`catalog.remembered`)."""


class Remembered(Protocol):
    """What a file was read as, which counts as long as the digest proves it of the file's bytes."""

    __slots__ = ()

    @property
    def offering_id(self) -> str:
        """The offering's id."""

    @property
    def url(self) -> str:
        """Its externalRegistrationUrl."""

    @property
    def attributes(self) -> bytes:
        """All its attributes by their API names, in canonical JSON."""

    @property
    def file(self) -> str:
        """The file's name in the repository."""

    @property
    def protect(self) -> bool:
        """Whether the offering is protected."""

    @property
    def digest(self) -> str:
        """The proof, a `FileDigest`."""


class RememberedValues(NamedTuple):
    """The same as values."""

    offering_id: str
    url: str
    attributes: bytes
    file: str
    protect: bool
    digest: str


class Wanted(Mapping[str, Desired]):
    """What the files want, by offeringId. Offerings that are remembered are made when somebody asks for them."""

    def __init__(self, wants: Mapping[str, Desired | Remembered] | None = None) -> None:
        self._wants = dict(wants or {})

    @classmethod
    def of(cls, desired: Mapping[str, Desired]) -> Wanted:
        """The same as such, if it is none yet."""
        return desired if isinstance(desired, Wanted) else cls(desired)

    def add(self, desired: Desired) -> None:
        """One that was read, unless another file has its id already."""
        self._wants.setdefault(desired.offering.offering_id, desired)

    def add_remembered(self, remembered: Remembered) -> None:
        """The same for one that was not."""
        self._wants.setdefault(remembered.offering_id, remembered)

    def changed(self, changes: Mapping[str, Desired]) -> Wanted:
        """With these in the place of what was there."""
        return Wanted({**self._wants, **changes})

    def files(self) -> Iterator[tuple[str, str]]:
        """Each id with its file."""
        return ((id_, want.file) for id_, want in self._wants.items())

    def texts(self) -> Iterator[tuple[str, bytes, bool]]:
        """Each id, in their order, with its attributes in canonical JSON, and whether it is protected."""
        for id_ in sorted(self._wants):
            want = self._wants[id_]
            read = canon.compact(want.offering.attributes()) if isinstance(want, Desired) else want.attributes
            yield id_, read, want.protect

    def __getitem__(self, offering_id: str) -> Desired:
        found = self._wants[offering_id]
        if not isinstance(found, Desired):
            offering = Offering.from_attributes(canon.parse(found.attributes))
            found = self._wants[offering_id] = Desired(offering=offering, file=found.file, protect=found.protect)
        return found

    def __contains__(self, offering_id: object) -> bool:
        return offering_id in self._wants

    def __iter__(self) -> Iterator[str]:
        return iter(self._wants)

    def __len__(self) -> int:
        return len(self._wants)
