"""Access tokens by OAuth 2 client credentials: fetched before a run takes the lease, renewed while it works.

Nothing waits for the token's endpoint between the look at the lease and a request: a task of its own renews the
token in time, and a request finds a token that holds or none. Source: RFC 6749, sections 2.3.1, 4.4 and 5;
`audience` is no part of it, but what Auth0 and others ask for.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

import httpx

from offerctl import api, canon
from offerctl.client.transport import address, bounded_body, connect, reason
from offerctl.errors import MarketplaceError

LIFETIME = 300.0
"""Seconds that a token is taken to hold for where its endpoint does not say."""
_LONGEST = 86400.0
_RENEWED_AFTER = 0.75
"""The part of its lifetime after which a token is renewed: what is left is for trying again."""
_SPENT_BEFORE = 0.05
"""The part of its lifetime before whose end a token is no longer used: clocks and ways differ."""
_RETRIES = 20
"""A failed renewal is tried again after this part of the lifetime."""
_MAX_TOKEN = 16 * 1024
_OK = 200
_REFUSED = range(400, 500)


class TokenLost(Exception):
    """The last token has run out, and there was no other to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    value: str = field(repr=False)
    lifetime: float


class Tokens:
    """The access token of one run. `elapsed` are seconds on a clock that nobody sets, `timeout` those of one try.

    `scope` and `audience` are sent where they are given: without, some endpoints give no token, or a useless one.
    The endpoint gets the id and the secret in an Authorization header (Basic), is never followed elsewhere, and no
    message repeats these two or a token.

    Raises:
        MarketplaceError: the address or a setting of the environment cannot be used.
    """

    def __init__(
        self,
        *,
        url: str,
        client_id: str,
        client_secret: str,
        timeout: float,
        elapsed: Callable[[], float],
        scope: str | None = None,
        audience: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = address(url, "token_url")
        pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
        self._basic = base64.b64encode(pair.encode()).decode("ascii")
        self._hidden = frozenset({client_id, client_secret, quote_plus(client_secret), self._basic})
        asked = {"grant_type": "client_credentials", "scope": scope, "audience": audience}
        self._form = urlencode({name: value for name, value in asked.items() if value is not None}).encode("ascii")
        self._timeout = timeout
        self._elapsed = elapsed
        self._connections = connect(self._url, timeout, 1, transport)
        self._token: _Token | None = None
        self._spent_at = 0.0
        self._renewing: asyncio.Task[None] | None = None
        self._trouble = ""

    async def begin(self) -> None:
        """Fetch the first token and begin to renew it.

        Raises:
            MarketplaceError: there is none to be had.
        """
        self._take(await self._fetch())
        self._renewing = asyncio.create_task(self._renew())

    async def aclose(self) -> None:
        """Renew no more."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        await self._connections.aclose()

    def current(self) -> str:
        """The token for a request that is sent now.

        Raises:
            TokenLost: none that still holds.
        """
        if self._token is None or self._elapsed() >= self._spent_at:
            raise TokenLost(f"the access token has run out{f': {self._trouble}' if self._trouble else ''}")
        return self._token.value

    def _take(self, token: _Token) -> None:
        self._token, self._trouble = token, ""
        self._spent_at = self._elapsed() + token.lifetime * (1 - _SPENT_BEFORE)

    async def _renew(self) -> None:
        assert self._token is not None
        pause = self._token.lifetime * _RENEWED_AFTER
        while True:
            await asyncio.sleep(pause)
            try:
                self._take(await self._fetch())
            except MarketplaceError as error:
                self._trouble = error.message
                pause = self._token.lifetime / _RETRIES
            else:
                pause = self._token.lifetime * _RENEWED_AFTER

    async def _fetch(self) -> _Token:
        request = self._connections.request(
            "POST",
            self._url,
            content=self._form,
            headers={
                "Authorization": f"Basic {self._basic}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Cache-Control": "no-store",
            },
        )
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._connections.once.handle_async_request(request)
                body, whole = await bounded_body(response)
        except TimeoutError:
            raise self._none(f"no answer in {self._timeout:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise self._none(reason(error)) from None
        if response.status_code != _OK:
            raise self._refused(response.status_code, body)
        return self._read(body if whole else b"")

    def _read(self, body: bytes) -> _Token:
        try:
            answer = canon.parse(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._none("its answer is no JSON object")
        value, kind = answer.get("access_token"), answer.get("token_type", "bearer")
        if not isinstance(kind, str) or kind.casefold() != "bearer":
            raise self._none("its token is no bearer token")
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= _MAX_TOKEN
            or any(not "!" <= c <= "~" for c in value)
        ):
            raise self._none("its answer holds no access_token that a header can carry")
        return _Token(value=value, lifetime=_lifetime(answer.get("expires_in")))

    def _refused(self, status: int, body: bytes) -> MarketplaceError:
        said = api.outcome(api.Action.PATCH, api.Reply(status=status, headers={}, body=body), hide=self._hidden)
        words = " ".join(filter(None, (said.code, said.message)))
        hint = (
            "Check OFFERCTL_CLIENT_ID, OFFERCTL_CLIENT_SECRET, token_url and token_scope."
            if status in _REFUSED
            else None
        )
        return self._none(f"it answered {status}{f' ({words})' if words else ''}", hint)

    def _none(self, why: str, hint: str | None = None) -> MarketplaceError:
        host = self._url.netloc.decode("ascii")
        return MarketplaceError(f"no access token from {host}: {api.tidy(why, hide=self._hidden)}", hint=hint)


def _lifetime(given: object) -> float:
    """Seconds, within what makes sense; some endpoints write the number as text."""
    if isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) < 10:  # noqa: PLR2004
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not given > 0:
        return LIFETIME
    return min(float(given), _LONGEST)
