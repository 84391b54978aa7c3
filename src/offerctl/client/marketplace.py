"""One request of `api` out over HTTP in the Marketplace's dialect, one outcome back.

What the outcome rests on is whether the request had begun to leave this machine, and httpx's exceptions do not
say that (a proxy that hangs up looks like a Marketplace that hangs up). So each call is traced: until the first
byte of the request itself is written nothing was sent, whatever breaks; from then on every failure is unsure.
Source: settings and outcome table of the protocol.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from offerctl import api
from offerctl.api import Dialect
from offerctl.client.tokens import TokenLost, Tokens
from offerctl.client.transport import address, bounded_body, connect, reason

SHORTEST_SECRET = 5
"""Characters of the shortest part of a header that answers are searched for by itself."""

Authorization = Callable[[], Mapping[str, str]]
"""Gives the header fields that carry secrets; asked anew for each request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One finished call for those who watch: `path` below the host, `status` None where no answer came.

    `words` are the Marketplace's own where it did not simply do what was asked: text from outside.
    """

    method: str
    path: str
    status: int | None
    milliseconds: float
    words: str = ""


class Client:
    """Sends requests to one Marketplace, as it speaks, over at most `parallelism` connections at a time.

    An Add, which must never be repeated, has a connection of its own: a server may close one that waited just
    when the next request is written into it, and then nobody can tell whether it was executed. Patches and Deletes
    share theirs, until that happens to one of them.

    `timeout` in seconds bounds a whole call, whatever the server drips; connecting gets half of it, so that it
    is seen as such. Certificates are always verified (against `SSL_CERT_FILE` where set). Redirects are not
    followed, cookies not kept, credentials of a `.netrc` or an address not used: the authorization goes to
    `base_url` alone.

    Proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`) carry https only, as tunnels that see no credentials.
    Plain http, which the configuration allows to this machine alone, never takes one.

    With `tokens` an access token goes with each request; `prepare` fetches the first one. Without a token that
    still holds nothing is sent, which is certain: STOP, never unsure.

    `transport` replaces the network (see `embedded`); nothing but the path of `base_url` matters then.

    Raises:
        MarketplaceError: the address or a setting of the environment cannot be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        dialect: Dialect,
        network_key: str,
        timeout: float,
        parallelism: int,
        authorization: Authorization | None = None,
        tokens: Tokens | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Callable[[Exchange], None] | None = None,
        hide: Collection[str] = (),
    ) -> None:
        self._base_url = address(base_url)
        self._dialect = dialect
        self._literal = {header.name: header.value for header in dialect.headers if header.variable is None}
        self._network_key = network_key
        self._timeout = timeout
        self._authorization = authorization
        self._tokens = tokens
        self._in_process = transport is not None
        self._observe = observe
        self._hide = tuple(hide)
        self._connections = connect(self._base_url, timeout, parallelism, transport)
        self._keeps = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tokens is not None:
            await self._tokens.aclose()
        await self._connections.aclose()

    async def prepare(self) -> None:
        """Fetch the first access token, where there are any, before anything is written or sent.

        Raises:
            MarketplaceError: there is none to be had.
        """
        if self._tokens is not None:
            await self._tokens.begin()

    async def send(self, request: api.Request, dialect: Dialect | None = None) -> api.Outcome:
        """What became of one request; never raises for anything that the network or the server does.

        `dialect` takes the place of the client's own for this request: its collection, the place of the
        networkKey, how much a Patch carries, and how the answer is read; headers and credentials stay.

        Raises:
            asyncio.CancelledError: the caller gave up; whether the request was executed is not known.
        """
        clock = asyncio.get_running_loop().time
        began = clock()
        dialect = dialect or self._dialect
        path = self._base_url.path.rstrip("/") + api.target(request, dialect.collection)
        outcome = await self._outcome(request, path, dialect)
        if self._observe is not None:
            took = (clock() - began) * 1000
            seen = Exchange(
                method=request.action.value,
                path=path,
                status=outcome.status,
                milliseconds=took,
                words=""
                if outcome.kind is api.Kind.OK
                else " ".join(filter(None, (outcome.code, outcome.message))),
            )
            self._observe(seen)
        return outcome

    async def _outcome(self, request: api.Request, path: str, dialect: Dialect) -> api.Outcome:
        try:
            credentials = self._credentials()
        except TokenLost as lost:
            return api.withheld(str(lost))
        if not all(value.isascii() and value.isprintable() for value in credentials.values()):
            # Here, and not by httpx: its error and its log would quote them.
            return api.not_sent("the credentials hold characters that no HTTP header can carry")
        secrets = frozenset((*self._hide, *_secrets(credentials)))
        progress = _Progress(sent=self._in_process)
        pool = self._connections.kept if self._may_share(request) else self._connections.once
        call = self._call(request, path, credentials, progress, dialect)
        try:
            async with asyncio.timeout(self._timeout):
                reply = await self._exchange(pool, call)
        except Exception as error:  # noqa: BLE001 - an error that httpx lets through leaves the same question
            if progress.sent and not progress.connected:
                self._keeps = False
            return self._without_answer(error, progress, secrets)
        return api.outcome(request.action, reply, dialect, hide=secrets)

    def _may_share(self, request: api.Request) -> bool:
        """Whether it may go into a connection that has carried another."""
        return self._keeps and request.action is not api.Action.ADD

    def _credentials(self) -> Mapping[str, str]:
        fields = {} if self._authorization is None else dict(self._authorization())
        if self._tokens is not None:
            fields["Authorization"] = f"Bearer {self._tokens.current()}"
        return fields

    def _call(
        self,
        request: api.Request,
        path: str,
        credentials: Mapping[str, str],
        progress: _Progress,
        dialect: Dialect,
    ) -> httpx.Request:
        content = api.content(request, self._network_key, dialect)
        query = api.query(request, self._network_key, dialect)
        return self._connections.request(
            request.action.value,
            self._base_url.copy_with(path=path, query=query.encode("ascii") if query else None),
            content=content,
            headers={
                **self._literal,
                **credentials,
                **({} if content is None else {"Content-Type": "application/json"}),
            },
            trace=progress.trace,
        )

    async def _exchange(self, pool: httpx.AsyncBaseTransport, call: httpx.Request) -> api.Reply:
        response = await pool.handle_async_request(call)
        body, whole = await bounded_body(response)
        return api.Reply(status=response.status_code, headers=response.headers, body=body, whole=whole)

    def _without_answer(self, error: Exception, progress: _Progress, secrets: frozenset[str]) -> api.Outcome:
        host = self._base_url.netloc.decode("ascii")
        if not progress.sent:
            late = isinstance(error, httpx.TimeoutException | TimeoutError)
            why = f"not in {self._timeout / 2:g} s" if late else reason(error)
            return api.not_sent(api.tidy(f"no connection to {host}: {why}", hide=secrets))
        if isinstance(error, TimeoutError):
            return api.unsure(f"no answer in {self._timeout:g} s")
        return api.unsure(api.tidy(f"no usable answer from {host}: {reason(error)}", hide=secrets))


@dataclass(slots=True)
class _Progress:
    """Whether a request has begun to leave this machine, and whether a connection was opened for it.

    Steps known to come before (connecting, TLS, a proxy's CONNECT) leave it unsent, as do ends of steps. A step of
    any other name counts as sent, so a new name in httpcore can cost a needless question, never a false answer.
    """

    sent: bool
    connected: bool = False

    async def trace(self, step: str, info: Mapping[str, Any]) -> None:
        self.connected = self.connected or step == "connection.connect_tcp.started"
        known = step.startswith(_BEFORE) or step.endswith((".complete", ".failed"))
        if not known and getattr(info.get("request"), "method", b"") != b"CONNECT":
            self.sent = True


_BEFORE = ("connection.", "proxy.", "socks.", "http11.response_closed.")


def _secrets(credentials: Mapping[str, str]) -> Iterator[str]:
    """What no message may repeat beside the values themselves: each field, without its scheme, and its parts.

    Shorter parts (`type=api`, `entity=user`) are ordinary words; configured values are hidden anyway.
    """
    for value in credentials.values():
        yield value
        scheme, _, rest = value.partition(" ")
        for part in re.split(r"[\s,;\"]+", rest or scheme):
            _, _, named = part.partition("=")
            secret = named if named.strip("=") else part
            if len(secret) >= SHORTEST_SECRET:
                yield secret
