"""States in a bucket of S3 or a container of Azure: one object, swapped by its entity tag.

Beside `KEY` stand `KEY.versions/SERIAL.json`: the kept versions, which also witness that there was a state. An
entity tag may be a hash of the content; documents hold their serial and run, so equal bytes cannot recur.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from offerctl.backends import chain
from offerctl.backends.chain import lost
from offerctl.backends.keeping import KEPT, is_renewal, kept_name, kept_serials, readable
from offerctl.backends.objects import Object, ObjectMoved, Objects, UnclearWrite
from offerctl.backends.places import Bucket
from offerctl.errors import StateMoved, StateUnavailable
from offerctl.state.backend import StoredVersion, Version
from offerctl.state.document import MAX_BYTES, Heading, SealedState

_LOOKS = 5
"""At a state that seems to follow none of its versions."""


class _Present(NamedTuple):
    """What is there: the object, the serial of the newest kept version, and why it did not come of that one."""

    object: Object | None
    newest: int
    departs: str | None


class BucketBackend:
    """One state document in a bucket."""

    def __init__(self, place: Bucket, *, environment: str) -> None:
        self._place = place
        self._environment = environment
        self._objects = Objects(place)
        self._versions = f"{place.key}.versions"
        self._unkept: tuple[int, bytes] | None = None
        """A version of this run that is in its place, and could not be kept yet."""

    def read(self) -> tuple[bytes, Version] | None:
        """The present document, as `StateBackend.read`."""
        found = self._present()
        if found.departs is not None:
            what, kept = f"the state at {self._place.shown} {found.departs}", "a version is kept beside it, with"
            raise lost(what, kept, found.newest, self._environment)
        return None if found.object is None else (found.object.data, Version(found.object.tag))

    def write(self, sealed: SealedState, expected: Version | None) -> Version:
        """Compare-and-swap, as `StateBackend.write`.

        Where `read` finds the state gone or too old, `expected` is none and the document's serial must be beyond
        every kept one: so `state restore` mends it.
        """
        found, new = self._present(), sealed.heading
        present = found.object if found.departs is None else None
        if (present.tag if present else None) != expected or new.serial <= found.newest:
            raise self._moved()
        before = readable(present.data) if present else None
        if before is not None and new.serial <= before.serial:
            raise self._moved()
        if found.object is None and found.newest < 0:
            self._objects.refuse_without_conditions(f"{self._place.key}.trial-{secrets.token_hex(4)}")
        if present is not None and before is not None and before.serial > found.newest:
            self._keep_present(present.data, before, new)
        version = self._swap(sealed.data, found.object)
        if not is_renewal(before, new):
            self._unkept = (new.serial, sealed.data)
            with suppress(StateUnavailable):  # the state is written; the next write keeps it
                self._keep_own()
        return version

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Nothing of this machine guards a bucket: always False, and only the lease counts."""
        yield False

    def history(self) -> Iterator[StoredVersion]:
        """The kept versions, as `StateBackend.history`; a present one that could not be kept is among them."""
        found = self._present()
        kept = self._kept()
        heading = readable(found.object.data) if found.object and found.departs is None else None
        if found.object is not None and heading is not None and heading.serial not in kept and not heading.open:
            yield StoredVersion(version=Version(found.object.tag), serial=heading.serial, data=found.object.data)
        for serial in sorted(kept, reverse=True):
            if stored := self._objects.read(self._name(serial), most=MAX_BYTES):  # it may be pruned meanwhile
                is_present = found.object is not None and found.object.data == stored.data
                tag = found.object.tag if found.object and is_present else stored.tag
                yield StoredVersion(version=Version(tag), serial=serial, data=stored.data)

    def _present(self) -> _Present:
        """The versions first: the state is always at least as new as they are.

        Writes that fall in between can make it look as if it followed none of them, but not twice.
        """
        before: _Present | None = None
        for _ in range(_LOOKS):
            found = self._looked_at()
            if found.departs is None or found == before:
                return found
            before = found
        raise StateUnavailable(
            f"the state at {self._place.shown} is another one each time it is looked at, and follows none of the "
            "versions that are kept beside it",
            hint="Run it again. If it stays so, something else writes there, or its server makes it up.",
        )

    def _looked_at(self) -> _Present:
        newest = max(self._kept(), default=-1)
        known = self._objects.read(self._name(newest), most=MAX_BYTES) if newest >= 0 else None
        present = self._objects.read(self._place.key, most=MAX_BYTES)
        departs = chain.departs_from_kept(present.data if present else None, newest, known.data if known else None)
        return _Present(present, newest, departs)

    def _swap(self, data: bytes, present: Object | None) -> Version:
        """Put the document in the place of what was read.

        Raises:
            StateMoved: something else is there by now.
            StateUnavailable: nobody can say, or it was not written.
        """
        try:
            if present is None:
                return Version(self._objects.create(self._place.key, data))
            return Version(self._objects.swap(self._place.key, data, present.tag))
        except ObjectMoved:
            # Also where an earlier try took effect and its answer was lost: the client repeats some by itself.
            if mine := self._own(data):
                return mine
            raise self._moved() from None
        except UnclearWrite as unclear:
            if mine := self._own(data):
                return mine
            raise unclear.reason from unclear

    def _own(self, data: bytes) -> Version | None:
        """The version of this very document, where it is the present one."""
        found = self._objects.read(self._place.key, most=MAX_BYTES)
        return Version(found.tag) if found is not None and found.data == data else None

    def _keep_present(self, present: bytes, before: Heading, new: Heading) -> None:
        """Keep what another run left behind: a version that it could not keep, or its last renewal."""
        if self._unkept is not None:
            self._keep_own()
        elif before.run is None or before.run != new.run:
            self._keep(before.serial, present)

    def _keep_own(self) -> None:
        if self._unkept is not None:
            self._keep(*self._unkept)
            self._unkept = None

    def _keep(self, serial: int, data: bytes) -> None:
        """Put a copy among the versions, if it is not there, and take away the oldest.

        It is never newer than the state, however a process dies: the state was swapped before.
        """
        try:
            self._objects.create(self._name(serial), data)
        except ObjectMoved:
            return
        except UnclearWrite as unclear:
            raise unclear.reason from unclear
        for old in sorted(self._kept())[:-KEPT]:
            with suppress(StateUnavailable):  # one version too many does no harm
                self._objects.remove(self._name(old))

    def _kept(self) -> list[int]:
        return kept_serials(self._objects.names(self._versions))

    def _name(self, serial: int) -> str:
        return f"{self._versions}/{kept_name(serial)}"

    def _moved(self) -> StateMoved:
        return StateMoved(
            f"the state of {self._environment} was written by somebody else since it was read",
            hint="Nothing was overwritten. Run it again.",
        )
