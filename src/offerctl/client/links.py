"""Pages of the web, looked at as a visitor would, whose addresses strangers wrote.

A name is resolved first, every address it has is checked, and one that was checked is connected to: no second
answer of a name server is ever asked for. That holds for each redirect. What is not for everybody is not spoken
to unless that is wanted. A proxy of the environment resolves names by itself: it gets what this machine finds
nothing wrong with. Nothing but the address, `User-Agent` and `Accept` is sent: no credentials, no cookies, no
referrer.
"""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from offerctl import __version__
from offerctl.client.addresses import not_public
from offerctl.client.page import Hop, Page, Reach, Stopped, check_way, following, parsed
from offerctl.client.proxies import proxy_for
from offerctl.client.transport import bounded_body, environment_told, reason

MAX_PAGE = 512 * 1024
"""Bytes of a page that are read."""
_MAX_ADDRESSES = 4
"""Addresses of one name that are tried."""
_CONNECTING = 3
"""The part of a request's time that connecting may take: one in so many."""
_HEADERS = {
    "User-Agent": f"offerctl/{__version__}",
    "Accept": "text/html, */*;q=0.5",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CLIENT_ERROR, _TOO_MANY_REQUESTS = 400, 429

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, for a port.

Raises:
    OSError, UnicodeError: it has none.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    location: str | None
    is_html: bool
    body: bytes
    charset: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where a method came to; whether HTML stands there, and whether another method may come further."""

    page: Page
    is_html: bool = False
    may_differ: bool = False


async def _resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(kw_only=True)
class Links:
    """Looks at pages, a few at once, one of each host at a time and `pause` seconds between two of its answers.

    `timeout` in seconds bounds each request as a whole, whatever a server drips. `allow_private` speaks to any
    address, as for pages of a rehearsal.

    Raises:
        MarketplaceError: a proxy or certificates of the environment cannot be used.
    """

    timeout: float = 15.0
    parallelism: int = 8
    pause: float = 0.1
    allow_private: bool = False
    resolve: Resolve = _resolve
    _transports: dict[str, httpx.AsyncHTTPTransport] = field(default_factory=dict, init=False)
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock), init=False)
    _last: dict[str, float] = field(default_factory=dict, init=False)
    _room: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.parallelism)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for transport in self._transports.values():
            await transport.aclose()

    async def page(self, address: str) -> Page:
        """What a visitor of an http(s) address finds; whatever the network or a server does is a finding.

        HEAD asks first, and GET where that is refused or fails, as servers answer visitors better than programs.
        What HEAD says to be HTML is read by GET, for what stands in it.
        """
        way = await self._look("HEAD", address)
        if way.may_differ:
            return (await self._look("GET", address)).page
        if not way.is_html:
            return way.page
        found, read = way.page, (await self._look("GET", way.page.url)).page
        return Page(
            url=read.url,
            reach=read.reach,
            hops=(*found.hops, *read.hops),
            status=read.status,
            reason=read.reason,
            body=read.body,
            charset=read.charset,
        )

    async def _look(self, method: str, address: str) -> _Way:
        """The way of one method through all redirects."""
        url, hops = address, list[Hop]()
        try:
            while True:
                answer = await self._ask(method, url)
                if answer.status not in _REDIRECTS or answer.location is None:
                    break
                hops.append(Hop(url=url, status=answer.status))
                url = following(url, answer.location)
                check_way(hops, url)
        except Stopped as stopped:
            page = Page(url=url, reach=stopped.reach, hops=tuple(hops), reason=stopped.said)
            return _Way(page=page, may_differ=stopped.may_differ)
        page = Page(
            url=url,
            reach=Reach.ANSWERED,
            hops=tuple(hops),
            status=answer.status,
            body=answer.body,
            charset=answer.charset,
        )
        refused = answer.status >= _CLIENT_ERROR
        return _Way(
            page=page,
            is_html=answer.is_html and not refused,
            may_differ=refused and answer.status != _TOO_MANY_REQUESTS,
        )

    async def _ask(self, method: str, address: str) -> _Answer:
        url = parsed(address)
        async with self._turn(url.host):
            try:
                async with asyncio.timeout(self.timeout):
                    return await self._answer(method, url)
            except httpx.ConnectTimeout:
                raise Stopped(Reach.SLOW, f"no connection in {self.timeout / _CONNECTING:g} s") from None
            except (TimeoutError, httpx.TimeoutException):
                raise Stopped(Reach.SLOW, f"no answer in {self.timeout:g} s", may_differ=True) from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
                raise _failure(error) from None

    async def _answer(self, method: str, url: httpx.URL) -> _Answer:
        proxy = proxy_for(url)
        addresses = await self._addresses(url, required=proxy is None)
        transport = self._transport(url, proxy.address if proxy else None)
        if proxy is not None:
            return await self._send(transport, method, url, None)
        failure: Exception | None = None
        for address in addresses[:_MAX_ADDRESSES]:
            try:
                return await self._send(transport, method, url, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or OSError("it has no address")

    async def _addresses(self, url: httpx.URL, *, required: bool) -> list[str]:
        """Every address of the host, each fit to be spoken to; none of a name that only a proxy knows."""
        port = url.port or {"https": 443, "http": 80}[url.scheme]
        try:
            found = list(dict.fromkeys(await self.resolve(_host(url), port)))
        except (OSError, UnicodeError):
            if required:
                raise
            return []
        for address in found:
            kind = not_public(address)
            if kind is not None and not self.allow_private:
                shown = "" if address == url.host else f" is {address},"
                raise Stopped(Reach.FORBIDDEN, f"{url.host}{shown or ' is'} {kind}: nothing was sent there")
        return found

    def _transport(self, url: httpx.URL, proxy: str | None) -> httpx.AsyncHTTPTransport:
        """The way to an address: without a client above it there are no cookies, credentials or redirects."""
        key = f"{url.scheme} {proxy or ''}"
        if key not in self._transports:
            with environment_told(url) as way:
                # No connection serves twice: they are told apart by address, which several hosts may share.
                limits = httpx.Limits(max_connections=self.parallelism, max_keepalive_connections=0)
                self._transports[key] = httpx.AsyncHTTPTransport(http2=False, limits=limits, **way)
        return self._transports[key]

    async def _send(
        self, transport: httpx.AsyncHTTPTransport, method: str, url: httpx.URL, address: str | None
    ) -> _Answer:
        """One request to an address that was checked, by the name that the page has and its certificate is for."""
        timeout = httpx.Timeout(self.timeout, connect=self.timeout / _CONNECTING)
        request = httpx.Request(
            method,
            url if address is None else url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii"), **_HEADERS},
            extensions={"sni_hostname": _host(url), "timeout": timeout.as_dict()},
        )
        response = await transport.handle_async_request(request)
        content = response.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
        is_html = content in {"text/html", "application/xhtml+xml"}
        body = b""
        if method == "GET" and is_html and response.status_code < _CLIENT_ERROR:
            body, _ = await bounded_body(response, MAX_PAGE)
        await response.aclose()
        return _Answer(
            status=response.status_code,
            location=response.headers.get("Location"),
            is_html=is_html,
            body=b"" if response.headers.get("Content-Encoding", "identity") != "identity" else body,
            charset=response.charset_encoding,
        )

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """One request of a host at a time, with a pause after each; of all hosts only so many."""
        clock = asyncio.get_running_loop().time
        async with self._turns[host]:
            await asyncio.sleep(max(0.0, self._last.get(host, -self.pause) + self.pause - clock()))
            async with self._room:
                try:
                    yield
                finally:
                    self._last[host] = clock()


def _host(url: httpx.URL) -> str:
    """The host as name servers and certificates have it."""
    return url.raw_host.decode("ascii").strip("[]")


def _failure(error: Exception) -> Stopped:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return Stopped(Reach.SLOW, "no name server answered")
    before = isinstance(error, OSError | UnicodeError | httpx.ConnectError)
    return Stopped(Reach.UNREACHABLE, reason(error), may_differ=not before)
