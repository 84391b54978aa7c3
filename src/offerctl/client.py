"""The wire: one request of `api` out over HTTP, one outcome back. The only door to httpx.

What the outcome rests on is whether the request had begun to leave this machine, and httpx's exceptions do not
say that (a proxy that hangs up looks like a Marketplace that hangs up). So each call is traced: until the first
byte of the request itself is written nothing was sent, whatever breaks; from then on every failure is unsure.
Source: settings and outcome table of the protocol.

httpx costs 180 ms to import: import this module only inside the functions that talk to a Marketplace.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import httpx

from offerctl import __version__, api
from offerctl.errors import MarketplaceError

MAX_BODY = 64 * 1024
"""Bytes of an answer's body that are read; of a longer one only the start, and the connection is dropped."""

KEEPALIVE = 2.0
"""Seconds an idle connection is kept. Servers close theirs after 5 s or more; a request written into one that
is just being closed would be unsure."""

SHORTEST_SECRET = 5
"""Characters of the shortest credential that answers are searched for; what is shorter is an ordinary word."""

Authorization = Callable[[], Mapping[str, str]]
"""Gives the header fields that carry the credentials; asked anew for each request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One finished call for those who watch: `path` below the host, `status` None where no answer came."""

    method: str
    path: str
    status: int | None
    milliseconds: float


class Client:
    """Sends requests to one Marketplace over one pool of at most `parallelism` connections.

    `timeout` in seconds bounds a whole call, whatever the server drips; connecting gets half of it, so that it
    is seen as such. Certificates are always verified (against `SSL_CERT_FILE` where set). Redirects are not
    followed, cookies not kept, credentials of a `.netrc` or an address not used: the authorization goes to
    `base_url` alone.

    Proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`) carry https only, as tunnels that see no credentials.
    Plain http, which the configuration allows to this machine alone, never takes one.

    `transport` replaces the network (see `embedded`); nothing but the path of `base_url` matters then.

    Raises:
        MarketplaceError: the address or a setting of the environment cannot be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        collection: str,
        network_key: str,
        timeout: float,
        parallelism: int,
        authorization: Authorization | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._base_url = _address(base_url)
        self._collection = collection
        self._network_key = network_key
        self._timeout = timeout
        self._authorization = authorization
        self._in_process = transport is not None
        self._observe = observe
        self._http = _open(self._base_url, timeout, parallelism, transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def send(self, request: api.Request) -> api.Outcome:
        """What became of one request; never raises for anything that the network or the server does.

        Raises:
            asyncio.CancelledError: the caller gave up; whether the request was executed is not known.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        path = self._base_url.path.rstrip("/") + api.target(request, self._collection)
        outcome = await self._outcome(request, path)
        if self._observe is not None:
            took = (clock() - began) * 1000
            seen = Exchange(method=request.action.value, path=path, status=outcome.status, milliseconds=took)
            self._observe(seen)
        return outcome

    async def _outcome(self, request: api.Request, path: str) -> api.Outcome:
        credentials = {} if self._authorization is None else self._authorization()
        if not all(value.isascii() and value.isprintable() for value in credentials.values()):
            # Here, and not by httpx: its error and its log would quote them.
            return api.not_sent("the credentials hold characters that no HTTP header can carry")
        secrets = frozenset(_secrets(credentials))
        progress = _Progress(sent=self._in_process)
        call = self._http.build_request(
            request.action.value,
            self._base_url.copy_with(path=path),
            content=api.content(request, self._network_key),
            headers=credentials,
            extensions={"timeout": self._http.timeout.as_dict(), "trace": progress.trace},
        )
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._exchange(call)
        except Exception as error:  # noqa: BLE001 - an error that httpx lets through leaves the same question
            return self._without_answer(error, progress, secrets)
        return api.outcome(request.action, reply, hide=secrets)

    async def _exchange(self, call: httpx.Request) -> api.Reply:
        response = await self._http.send(call, stream=True)
        try:
            body = bytearray()
            # The raw bytes: what was compressed unasked stays so, or 64 KiB could become gigabytes.
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_BODY:
                    break
        finally:
            # Drops the connection where something of the answer is left; at once, not when garbage is collected.
            await response.aclose()
        return api.Reply(
            status=response.status_code,
            headers=response.headers,
            body=bytes(body[:MAX_BODY]),
            whole=len(body) <= MAX_BODY,
        )

    def _without_answer(self, error: Exception, progress: _Progress, secrets: frozenset[str]) -> api.Outcome:
        host = self._base_url.netloc.decode("ascii")
        if not progress.sent:
            late = isinstance(error, httpx.TimeoutException | TimeoutError)
            why = f"not in {self._timeout / 2:g} s" if late else _reason(error)
            return api.not_sent(api.tidy(f"no connection to {host}: {why}", hide=secrets))
        if isinstance(error, TimeoutError):
            return api.unsure(f"no answer in {self._timeout:g} s")
        return api.unsure(api.tidy(f"no usable answer from {host}: {_reason(error)}", hide=secrets))


class Service:
    """Another HTTP API than the Marketplace's, call by call. Never redirected: `headers` may hold a token."""

    def __init__(self, base_url: str, *, headers: Mapping[str, str], timeout: float) -> None:
        self._http = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": f"offerctl/{__version__}", **headers},
            timeout=timeout,
            follow_redirects=False,
            trust_env=base_url.startswith("https:"),
            auth=httpx.Auth(),
        )

    def call(self, method: str, path: str, content: bytes | None = None) -> tuple[int, bytes]:
        """Status and body.

        Raises:
            ConnectionError: no answer came.
        """
        try:
            answer = self._http.request(method, path, content=content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(_reason(error)) from None
        return answer.status_code, answer.content


def embedded(app: Callable[..., Awaitable[None]]) -> httpx.AsyncBaseTransport:
    """A transport into an ASGI application of this process; an exception of it is an answer of status 500."""
    return httpx.ASGITransport(app=app, raise_app_exceptions=False)


@dataclass(slots=True)
class _Progress:
    """Whether a request has begun to leave this machine.

    Steps known to come before (connecting, TLS, a proxy's CONNECT) leave it unsent, as do ends of steps. A step of
    any other name counts as sent, so a new name in httpcore can cost a needless question, never a false answer.
    """

    sent: bool

    async def trace(self, step: str, info: Mapping[str, Any]) -> None:
        known = step.startswith(_BEFORE) or step.endswith((".complete", ".failed"))
        if not known and getattr(info.get("request"), "method", b"") != b"CONNECT":
            self.sent = True


_BEFORE = ("connection.", "proxy.", "socks.", "http11.response_closed.")


def _address(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise MarketplaceError("base_url is not an absolute http(s) address")
    if url.userinfo:
        raise MarketplaceError("base_url carries a user name or a password: credentials have their own variables")
    return url.copy_with(query=None, fragment=None)


def _open(
    base_url: httpx.URL, timeout: float, parallelism: int, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            verify=True,
            http2=False,
            follow_redirects=False,
            trust_env=base_url.scheme == "https",
            auth=httpx.Auth(),  # does nothing, and stands where a later default might read a .netrc
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(None, connect=timeout / 2, pool=timeout / 2),
            limits=httpx.Limits(
                max_connections=parallelism, max_keepalive_connections=parallelism, keepalive_expiry=KEEPALIVE
            ),
            headers={
                "User-Agent": f"offerctl/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Content-Type": "application/json",
            },
            transport=transport,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # A proxy's address can hold a password: it is not repeated.
        raise MarketplaceError(
            "the proxy named by HTTPS_PROXY or ALL_PROXY cannot be used",
            hint="It must be an address such as http://proxy.example:3128; socks5 needs the package httpx[socks].",
        ) from error
    except OSError as error:
        raise MarketplaceError(
            f"the certificates named by SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {_words(error)}"
        ) from error


def _secrets(credentials: Mapping[str, str]) -> Iterator[str]:
    """What no message may repeat: each value of the fields, without its scheme, and of its `name=value` parts.

    Shorter parts (`type=api`, `entity=user`) are ordinary words.
    """
    for value in credentials.values():
        scheme, _, rest = value.partition(" ")
        for part in re.split(r"[\s,;\"]+", rest or scheme):
            _, _, named = part.partition("=")
            secret = named if named.strip("=") else part
            if len(secret) >= SHORTEST_SECRET:
                yield secret


def _reason(error: BaseException) -> str:
    """What the system or TLS said, below what httpx made of it; else httpx's own words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        if isinstance(cause, OSError) and cause.errno is not None:
            return _words(cause)
        # The pool raises `from None`, which leaves the cause as the context alone.
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error.strerror})"
    if isinstance(error, socket.gaierror):
        return f"the name is not known ({error.strerror})"
    return os.strerror(error.errno) if error.errno else str(error)
