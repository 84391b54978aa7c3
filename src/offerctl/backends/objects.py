"""Objects of a bucket or container: the only door to obstore, and what its errors mean for a state.

Credentials are those of the cloud's own conventions: `AWS_ACCESS_KEY_ID`, `AWS_WEB_IDENTITY_TOKEN_FILE`, …,
`AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY`, `AZURE_FEDERATED_TOKEN_FILE`, … Nothing of an error's
own text is passed on: it may name a request with its signature.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from offerctl.backends.object_refusals import refusal
from offerctl.backends.places import Bucket
from offerctl.backends.variables import addresses, check_server, check_variables
from offerctl.errors import ConfigError, StateUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_TIMEOUT = timedelta(seconds=30)
"""Of one request; a document of 100,000 listings has tens of megabytes."""
_CONNECT = timedelta(seconds=5)
_RETRIES = 3
_RETRY_FOR = timedelta(seconds=30)
_LISTING = 60.0
"""Seconds for all pages of a list: a server may have one more for ever."""
_MOST_NAMES = 10_000
_DIRECTLY = {"proxy_url": "http://127.0.0.1:9", "proxy_excludes": "0.0.0.0/0,::/0,*"}
"""A proxy that is for nothing: only one that is given keeps the library from those of the environment."""
_QUOTE = '"'
_JSON = {"Content-Type": "application/json"}


class ObjectMoved(Exception):
    """The condition of a write did not hold: somebody else wrote, or an earlier try of this write did."""


class UnclearWrite(Exception):
    """A write failed otherwise, maybe after it took effect. `reason` is fit to be told."""

    def __init__(self, reason: StateUnavailable) -> None:
        super().__init__(reason.message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Object:
    """An object's bytes, and the entity tag that a later write can be conditioned on."""

    data: bytes
    tag: str


class Objects:
    """The objects of one bucket (S3) or container (Azure).

    Raises:
        ConfigError: obstore is not installed.
        StateUnavailable: from every method: no such bucket, no permission, no connection, an answer of no sense.
    """

    def __init__(self, place: Bucket) -> None:
        self._place = place
        self._store = _open(place)

    def read(self, key: str, *, most: int) -> Object | None:
        """An object of at most `most` bytes; none where there is none."""
        obstore, errors = _library()
        with self._told("read"):
            try:
                found = obstore.get(self._store, key)
            except errors.NotFoundError:
                return None
            except FileNotFoundError:
                return None
            size, tag = found.meta["size"], found.meta["e_tag"]
            if size > most:
                raise StateUnavailable(
                    f"{self._place.shown} has {size:,} bytes; a state has at most {most:,}",
                    hint="Whoever may write to that bucket wrote it.",
                )
            if not tag:
                raise self._no_conditions()
            return Object(bytes(found.bytes()), tag)

    def create(self, key: str, data: bytes) -> str:
        """Write an object that must not exist yet; its tag.

        Raises:
            ObjectMoved: it does.
            UnclearWrite: it may have been written.
        """
        return self._put(key, data, "create")

    def swap(self, key: str, data: bytes, tag: str) -> str:
        """Write in the place of the object with that tag; the new tag.

        Raises:
            ObjectMoved: another one is there, or none.
            UnclearWrite: it may have been written.
        """
        return self._put(key, data, {"e_tag": tag})

    def names(self, folder: str) -> Sequence[str]:
        """The names of the objects in a folder."""
        found: SimpleQueue[list[str] | BaseException] = SimpleQueue()

        def look() -> None:
            try:
                found.put(self._listed(folder))
            except BaseException as error:  # noqa: BLE001 - told below, in the thread of whoever asks
                found.put(error)

        # Pages on which there is nothing are read within the library: it comes back with a name, or at the end.
        Thread(target=look, daemon=True).start()
        try:
            names = found.get(timeout=_LISTING)
        except Empty:
            raise self._no_end() from None
        with self._told("read"):
            if isinstance(names, BaseException):
                raise names
        return names

    def _listed(self, folder: str) -> list[str]:
        obstore, _ = _library()
        found: list[str] = []
        for chunk in obstore.list(self._store, prefix=folder, chunk_size=1000):
            found += (str(one["path"]).removeprefix(f"{folder}/") for one in chunk)
            if len(found) > _MOST_NAMES:
                raise self._no_end()
        return found

    def _no_end(self) -> StateUnavailable:
        return StateUnavailable(
            f"the list of what is kept beside {self._place.shown} does not end: more than {_MOST_NAMES:,} names, "
            f"or more than {_LISTING:g} s",
            hint="offerctl keeps a few there. Look what else writes to it, and at its server.",
        )

    def remove(self, key: str) -> None:
        """Take an object away, if it is there."""
        obstore, errors = _library()
        with self._told("written"), suppress(errors.NotFoundError, FileNotFoundError):
            obstore.delete(self._store, key)

    def refuse_without_conditions(self, key: str) -> None:
        """Find out whether the server keeps to conditions, by an object of its own beside `key`.

        Raises:
            StateUnavailable: it does not, so that two runs could each believe to hold the state.
        """
        try:
            tag = self.create(key, b"a trial of conditional writes, by offerctl")
            self._refuse_if_written(key, None)
            self._refuse_if_written(key, f'"{"0" * len(tag.strip(_QUOTE))}"')
        except UnclearWrite as unclear:
            raise unclear.reason from unclear
        finally:
            self.remove(key)

    def _refuse_if_written(self, key: str, tag: str | None) -> None:
        """Write under a condition that does not hold."""
        try:
            self._put(key, b"no server may take this", "create" if tag is None else {"e_tag": tag})
        except ObjectMoved:
            return
        raise self._no_conditions()

    def _put(self, key: str, data: bytes, mode: Any) -> str:
        obstore, _ = _library()
        try:
            with self._told("written"):
                written = obstore.put(self._store, key, data, mode=mode, attributes=_JSON, use_multipart=False)
        except _Refused:
            raise ObjectMoved from None
        except StateUnavailable as failure:
            raise UnclearWrite(failure) from failure
        if not written["e_tag"]:
            raise self._no_conditions()
        return str(written["e_tag"])

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        _, errors = _library()
        try:
            yield
        except (errors.PreconditionError, errors.AlreadyExistsError, FileExistsError):
            raise _Refused from None
        except (errors.BaseError, OSError, ValueError) as error:
            raise refusal(self._place, done, error) from None
        except BaseException as error:
            if not _is_panic(error):
                raise
            raise StateUnavailable(
                f"the state at {self._place.shown} cannot be {done}: its settings or credentials are of no use",
                hint=self._place.credentials,
            ) from None

    def _no_conditions(self) -> StateUnavailable:
        return StateUnavailable(
            f"{self._place.shown} cannot keep a state: its server does not keep to the conditions of a write, so "
            "two runs could each believe to hold it. Nothing was written.",
            hint="S3 itself, Azure Blob Storage and most servers of today keep to them (If-Match, If-None-Match).",
        )


class _Refused(Exception):
    """A condition did not hold."""


def _library() -> tuple[Any, Any]:
    try:
        import obstore  # noqa: PLC0415 - an extra, and 30 ms
        from obstore import exceptions  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ConfigError(
            "a state in a bucket needs a library that is not installed",
            hint="pip install obstore, into where offerctl is installed.",
        ) from error
    return obstore, exceptions


def _is_panic(error: BaseException) -> bool:
    """Whether the library gave up, as it does over some settings; it is no `Exception`."""
    return type(error).__module__ == "pyo3_runtime"


def _is_clear(place: Bucket) -> bool:
    """Whether the server is spoken to in clear: then it is reached directly, as the API is."""
    given = [place.endpoint] if place.endpoint else addresses(place.shown, os.environ).values()
    return any(one.startswith("http:") for one in given)


def _open(place: Bucket) -> ObjectStore:
    _library()
    check_variables(place.scheme, os.environ)
    check_server(place, os.environ)
    from obstore.store import AzureStore, S3Store  # noqa: PLC0415 - an extra

    # The library's own variable for it counts only where nothing else is said of its client.
    said = os.environ.get("AWS_ALLOW_HTTP" if place.scheme == "s3" else "AZURE_ALLOW_HTTP", "")
    allow_http = place.allow_http or said.lower() == "true"
    client: Any = {"timeout": _TIMEOUT, "connect_timeout": _CONNECT, "allow_http": allow_http}
    if _is_clear(place):
        client |= _DIRECTLY
    retry: Any = {"max_retries": _RETRIES, "retry_timeout": _RETRY_FOR}
    settings: dict[str, Any] = {"endpoint": place.endpoint} if place.endpoint else {}
    try:
        if place.scheme == "s3":
            return S3Store(place.name, client_options=client, retry_config=retry, **settings)
        return AzureStore(place.name, client_options=client, retry_config=retry, **settings)
    except BaseException as error:
        _, errors = _library()
        if not isinstance(error, errors.BaseError | ValueError) and not _is_panic(error):
            raise
        raise ConfigError(
            f"{place.shown} cannot be opened: its settings or credentials are incomplete", hint=place.credentials
        ) from None
