"""Where state documents live, as the rest of offerctl sees it: one small protocol, kept by every backend."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import NamedTuple, NewType, Protocol

from offerctl.state.document import SealedState

Version = NewType("Version", str)
"""An opaque name of one stored document, which a write can be conditioned on."""


class StoredVersion(NamedTuple):
    """A kept version of a state document."""

    version: Version
    serial: int
    data: bytes


class StateBackend(Protocol):
    """Where state documents live. Synchronous: callers with an event loop use a thread.

    Every method raises `StateUnavailable` where its home cannot be reached, read or written.
    """

    def read(self) -> tuple[bytes, Version] | None:
        """The present document; none when there is none and nothing says that there was one.

        Raises:
            StateMissing: there is none, or an older one, though a kept version shows that there was.
        """
        ...

    def write(self, sealed: SealedState, expected: Version | None) -> Version:
        """Compare-and-swap: writes when the present version is `expected` (none: there must be no document).

        A document of the same writer that is still open replaces the one before it without keeping it; every
        other write keeps a version.

        Raises:
            StateMoved: the present version is another one; nothing was written.
        """
        ...

    def hold(self) -> AbstractContextManager[bool]:
        """Hold this machine's lock while a run lives; yields True where any earlier run is surely dead.

        Raises:
            StateLocked: a living process of this machine holds it.
        """
        ...

    def history(self) -> Iterable[StoredVersion]:
        """The kept versions, newest first."""
        ...
