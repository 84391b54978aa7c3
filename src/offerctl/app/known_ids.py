"""Which listings there are, at a glance: for the shell that completes an id, so quickly and without an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from offerctl.app.session import Session
from offerctl.backends import open_backend
from offerctl.catalog import discover
from offerctl.config import Environment
from offerctl.errors import OfferctlError
from offerctl.state import LISTED, document

_ID = re.compile(rb"^\s*[\"']?offeringId[\"']?\s*:\s*[\"']?([A-Za-z0-9][A-Za-z0-9._-]{0,63})", re.MULTILINE)


def known_ids(session: Session, env: str | None) -> frozenset[str]:
    """The ids of the files, and those that the state believes to be listed where it is a file.

    Files are not parsed, and no network is used: a state elsewhere tells nothing here.

    Raises:
        OfferctlError: the configuration cannot be used.
    """
    environment = session.config.environment(env)
    config = session.config.seen_by(environment)
    found = set[str]()
    with suppress(OfferctlError, OSError):
        found.update(_of_files(config.offerings, config.root))
    with suppress(OfferctlError):
        found.update(_of_state(environment, config.root))
    return frozenset(found)


def _of_files(folder: Path, root: Path) -> Iterator[str]:
    for found in discover.opened(discover.find([folder], root)):
        if isinstance(found, discover.OfferingFile):
            named = _ID.search(found.folder.read(found.name, most=discover.MAX_BYTES))
            if named:
                yield named[1].decode("ascii")


def _of_state(environment: Environment, root: Path) -> Iterator[str]:
    if not environment.state.startswith("file:"):
        return
    stored = open_backend(environment.state, root=root, environment=environment.name).read()
    if stored is not None:
        listings = document.parse(stored[0]).listings
        yield from (id_ for id_, belief in listings.items() if belief.status in LISTED)
