"""What every connection shares: how it is opened, how much of an answer is read, and why there is none.

Redirects are never followed, cookies not kept, credentials of a `.netrc` or an address not used: what a request
carries goes to the address that it was made for.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from offerctl import __version__, api
from offerctl.client.addresses import MOST_PORT
from offerctl.client.proxies import proxy_for
from offerctl.errors import MarketplaceError

MAX_BODY = 64 * 1024
"""Bytes of an answer's body that are read; of a longer one only the start, and the connection is dropped."""

KEEPALIVE = 1.0
"""Seconds an idle connection is kept. Servers close theirs after 2 s (gunicorn), 5 s (Apache, Node) or more; a
request written into one that is just being closed would be unsure."""


MAX_ANSWER = 32 * 1024 * 1024
"""Bytes of a service's answer: a page of a hundred comments of GitHub's largest has a fifth of it."""


class Service:
    """Another HTTP API than the Marketplace's, call by call. Never redirected: `headers` may hold a token.

    Raises:
        MarketplaceError: a setting of the environment cannot be used.
    """

    def __init__(self, base_url: str, *, headers: Mapping[str, str], timeout: float) -> None:
        self._timeout = timeout
        with environment_told(httpx.URL(base_url)) as way:
            self._http = httpx.Client(
                base_url=base_url,
                headers={"User-Agent": f"offerctl/{__version__}", "Accept-Encoding": "identity", **headers},
                timeout=timeout,
                follow_redirects=False,
                auth=httpx.Auth(),
                **way,
            )

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def call(self, method: str, path: str, content: bytes | None = None) -> api.Reply:
        """What it answers.

        Raises:
            ConnectionError: no answer came.
        """
        try:
            with self._http.stream(method, path, content=content) as answer:
                body = b"".join(self._parts(answer))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ConnectionError(reason(error)) from None
        return api.Reply(status=answer.status_code, headers=answer.headers, body=body)

    def _parts(self, answer: httpx.Response) -> Iterator[bytes]:
        """The body, bounded in bytes and in time: a timeout of httpx is one of each read."""
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise ConnectionError("its answer has an encoding that nobody asked for")
        until, size = time.monotonic() + self._timeout, 0
        for part in answer.iter_raw():
            size += len(part)
            if size > MAX_ANSWER:
                raise ConnectionError(f"its answer has more than {MAX_ANSWER // 1024**2} MiB")
            if time.monotonic() > until:
                raise ConnectionError(f"its answer was not there in {self._timeout:.0f} s")
            yield part


def embedded(app: Callable[..., Awaitable[None]]) -> httpx.AsyncBaseTransport:
    """A transport into an ASGI application of this process; an exception of it is an answer of status 500."""
    return httpx.ASGITransport(app=app, raise_app_exceptions=False)


def address(base_url: str, setting: str = "base_url") -> httpx.URL:
    """An absolute http(s) address, without query and fragment; `setting` is where it stands, for the message.

    Raises:
        MarketplaceError: it is none, or carries credentials.
    """
    try:
        url = httpx.URL(base_url)
        host = url.host
    except (httpx.InvalidURL, UnicodeError):  # the latter: `xn--…` that stands for no letters
        url, host = httpx.URL(""), ""
    if url.scheme not in {"http", "https"} or not host:
        raise MarketplaceError(f"{setting} is not an absolute http(s) address")
    if url.userinfo:
        raise MarketplaceError(
            f"{setting} carries a user name or a password: credentials have their own variables"
        )
    return url.copy_with(query=None, fragment=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """Two pools to one host: connections that the next request finds again, and those that carry one request.

    They lie below httpx's client, which can follow redirects, keep cookies and add credentials; these cannot. It
    would also take a fifth of the time of a request.
    """

    kept: httpx.AsyncBaseTransport
    once: httpx.AsyncBaseTransport
    timeouts: Mapping[str, float | None]
    """In seconds, of each phase of a request that has one of its own."""

    def request(
        self,
        method: str,
        url: httpx.URL,
        *,
        content: bytes | None,
        headers: Mapping[str, str],
        trace: Callable[[str, Mapping[str, Any]], Awaitable[None]] | None = None,
    ) -> httpx.Request:
        """One for either pool; `trace` is told of its steps."""
        fields = httpx.Headers(_HEADERS)
        fields.update(headers)
        traced = {} if trace is None else {"trace": trace}
        extensions = {"timeout": self.timeouts, **traced}
        return httpx.Request(method, url, content=content, headers=fields, extensions=extensions)

    async def aclose(self) -> None:
        """No use after this."""
        await self.kept.aclose()
        await self.once.aclose()


_HEADERS = {"User-Agent": f"offerctl/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}


def connect(
    url: httpx.URL, timeout: float, parallelism: int, transport: httpx.AsyncBaseTransport | None
) -> Connections:
    """Pools of at most `parallelism` connections each; `timeout` in seconds.

    Raises:
        MarketplaceError: a setting of the environment cannot be used.
    """
    timeouts = httpx.Timeout(None, connect=timeout / 2, pool=timeout / 2).as_dict()
    if transport is not None:
        return Connections(kept=transport, once=transport, timeouts=timeouts)
    with environment_told(url) as way:

        def pool(kept: int) -> httpx.AsyncBaseTransport:
            limits = httpx.Limits(
                max_connections=parallelism, max_keepalive_connections=kept, keepalive_expiry=KEEPALIVE
            )
            return httpx.AsyncHTTPTransport(http2=False, limits=limits, **way)

        return Connections(kept=pool(parallelism), once=pool(0), timeouts=timeouts)


@contextmanager
def environment_told(url: httpx.URL) -> Iterator[dict[str, Any]]:
    """What a client needs to reach an address: certificates and proxy of the environment, where they apply.

    httpx itself reads nothing there.

    Raises:
        MarketplaceError: one of them cannot be used.
    """
    proxy = proxy_for(url)
    try:
        verify = httpx.create_ssl_context() if url.scheme == "https" else _nobody_trusted()
        yield {"trust_env": False, "verify": verify, "proxy": proxy and _proxy(proxy.address)}
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        if proxy is None:
            raise
        # Its address can hold a password: it is not repeated.
        raise MarketplaceError(
            f"the proxy named by {proxy.name} cannot be used",
            hint="It must be an address such as http://proxy.example:3128; socks5 needs the package httpx[socks].",
        ) from error
    except OSError as error:
        raise MarketplaceError(
            f"the certificates named by SSL_CERT_FILE or SSL_CERT_DIR cannot be read: {_words(error)}"
        ) from error


def _nobody_trusted() -> ssl.SSLContext:
    """For plain http, which needs no certificates: reading those of the system takes longer than ten requests."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _proxy(address: str) -> httpx.Proxy:
    """A proxy that can be connected to, as far as its address tells: httpx takes any host and any port.

    Raises:
        httpx.InvalidURL, ValueError: none can be.
    """
    proxy = httpx.Proxy(address)
    host, port = proxy.url.raw_host.decode("ascii"), proxy.url.port
    if not host.encode("idna") or not (port is None or 0 < port <= MOST_PORT):
        raise ValueError("it names no host, or no port that there is")
    return proxy


async def bounded_body(response: httpx.Response, most: int = MAX_BODY) -> tuple[bytes, bool]:
    """The start of a body, at most `most` bytes of it, and whether it is all of it; the response is closed."""
    body = bytearray()
    try:
        # The raw bytes: what was compressed unasked stays so, or 64 KiB could become gigabytes.
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > most:
                break
    finally:
        # Drops the connection where something of the answer is left; at once, not when garbage is collected.
        await response.aclose()
    return bytes(body[:most]), len(body) <= most


_BYTES = re.compile(r"""(?:bytearray\()?\bb(['"])(.*?)\1\)?""", re.DOTALL)
"""How h11 quotes what it could not read."""


def reason(error: BaseException) -> str:
    """What the system or TLS said, below what httpx made of it; else httpx's own words."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
        if isinstance(cause, OSError) and cause.errno is not None:
            return _words(cause)
        # The pool raises `from None`, which leaves the cause as the context alone.
        cause = cause.__cause__ or cause.__context__
    return _BYTES.sub(lambda found: found[2], str(error)) or type(error).__name__


def _words(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error.strerror})"
    if isinstance(error, socket.gaierror):
        return f"the name is not known ({error.strerror})"
    return os.strerror(error.errno) if error.errno else str(error)
