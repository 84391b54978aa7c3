"""What a visitor finds behind an address: how far the way goes, over which redirects, and what is at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import httpx

from offerctl.client.addresses import MOST_PORT

MAX_HOPS = 10
"""Redirects that are followed."""


class Reach(Enum):
    """How far a visitor comes."""

    ANSWERED = auto()
    """There is an answer; its status says which."""
    FORBIDDEN = auto()
    """The address is not for everybody: nothing was sent."""
    UNREACHABLE = auto()
    """No connection, no name, no trust in the certificate, or an answer that is none."""
    SLOW = auto()
    """No answer in time, of a server or of those who know names."""
    ASTRAY = auto()
    """Redirects without an end, to no address, or out of encryption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A redirect: where it stood, and its status."""

    url: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a visitor finds: at which address in the end, after which redirects. `reason` where there is no answer.

    `body` is the start of a page of HTML, as it came, and empty for anything else; `charset` what its headers say.
    """

    url: str
    reach: Reach
    hops: tuple[Hop, ...] = ()
    status: int | None = None
    reason: str = ""
    body: bytes = b""
    charset: str | None = None


class Stopped(Exception):
    """The way ends before an answer."""

    def __init__(self, reach: Reach, said: str, *, may_differ: bool = False) -> None:
        super().__init__(said)
        self.reach = reach
        self.said = said
        self.may_differ = may_differ
        """Whether another method may come further."""


def parsed(address: str) -> httpx.URL:
    """An address without what is no server's business: the fragment, a name and a password.

    Raises:
        Stopped: it is none of the web.
    """
    try:
        url = httpx.URL(address)
        if url.scheme in {"http", "https"} and url.host and (url.port or 0) <= MOST_PORT:
            return url.copy_with(fragment=None, userinfo=b"")
    except (httpx.InvalidURL, UnicodeError):
        pass
    raise Stopped(Reach.UNREACHABLE, "this is no address of the web")


def following(url: str, location: str) -> str:
    """Where a redirect leads, from where it stood.

    Raises:
        Stopped: to nothing that is an address.
    """
    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, UnicodeError):
        raise Stopped(Reach.ASTRAY, "it redirects to something that is no address") from None


def check_way(hops: Sequence[Hop], url: str) -> None:
    """Refuse to go on where a way has no end, leaves the web, or leaves encryption behind.

    Raises:
        Stopped: with what a visitor would meet.
    """
    if len(hops) > MAX_HOPS:
        raise Stopped(Reach.ASTRAY, f"more than {MAX_HOPS} redirects")
    scheme = url.partition(":")[0].lower()
    if scheme not in {"http", "https"}:
        raise Stopped(Reach.ASTRAY, "it redirects out of the web")
    if scheme == "http" and hops[-1].url.lower().startswith("https:"):
        raise Stopped(Reach.ASTRAY, "it redirects to an address without encryption, which was not followed")
