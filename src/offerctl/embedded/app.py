"""The embedded Marketplace as an ASGI application: the Online Offering API, and the page for people.

There is no read API, because the real one has none: listings show on the page only.

SQLite is called directly in the event loop. A transaction takes a fraction of a millisecond, less than the way to
a thread and back, and what has no await in it cannot be cancelled half-way: when a caller gives up, its request
was executed or never will be, which is what the `settle_window` 0 of the environment `local` rests on.
"""

from __future__ import annotations

import asyncio
import random as chance
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from offerctl.embedded import site
from offerctl.embedded.auth import AnyBln, Credentials, Issued
from offerctl.embedded.body import MAX_BODY, Body, read
from offerctl.embedded.dialects import COLLECTION, PLAIN, TOKEN_PATH, Spoken
from offerctl.embedded.refusal import Code, Refusal
from offerctl.embedded.store import Store
from offerctl.standards import Standards

__all__ = ["COLLECTION", "create_app"]
_HEADERS = {
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}


def create_app(
    store: Store,
    *,
    collection: str | None = None,
    spoken: Spoken = PLAIN,
    credentials: Credentials | None = None,
    network_key: str | None = None,
    standards: Standards | None = None,
    latency: float = 0.0,
    fail_rate: float = 0.0,
    random: Callable[[], float] = chance.random,
) -> Starlette:
    """The application over a store, in one dialect; `collection` and `standards` are its own where not given.

    `credentials` are asked of every API request; without them what the dialect asks for, or none. `network_key` is
    the one provider that may call; without it every provider may, and each changes its own listings only. For
    rehearsals: answers of the API come `latency` seconds after the request was executed, and with the probability
    `fail_rate` they are a 500, half of them without having executed anything.
    """
    collection = collection or spoken.collection
    api = _Api(
        store=store,
        spoken=spoken,
        credentials=credentials or _asked_for(spoken),
        network_key=network_key,
        standards=standards or spoken.standards,
        latency=latency,
        fail_rate=fail_rate,
        random=random,
    )
    handlers = _Failures(collection, spoken)
    return Starlette(
        routes=[
            Route(collection, api.answer, methods=["POST"]),
            Route(f"{collection}/{{offering_id:path}}", api.answer, methods=["PATCH", "DELETE"]),
            *([Route(TOKEN_PATH, api.token, methods=["POST"])] if spoken.issues_tokens else []),
            *site.routes(store, api.standards),
        ],
        middleware=[Middleware(_SecurityHeaders)],
        exception_handlers={
            HTTPException: handlers.http,
            sqlite3.Error: handlers.internal,
            ClientDisconnect: handlers.disconnected,
            Exception: handlers.internal,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Api:
    store: Store
    spoken: Spoken
    credentials: Credentials | None
    network_key: str | None
    standards: Standards
    latency: float
    fail_rate: float
    random: Callable[[], float]

    async def answer(self, request: Request) -> Response:
        """Add, Patch or Delete, or the failure that is rehearsed."""
        failure = Refusal(Code.INTERNAL, "a rehearsed failure: it may have been executed, or not")
        fails = self.random() < self.fail_rate
        if fails and self.random() < 0.5:  # noqa: PLR2004 - half of them
            self.store.refused(request.method, request.path_params.get("offering_id"), failure.status)
            response = self._error(failure)
        else:
            executed = await self._execute(request)
            response = self._error(failure) if fails else executed
        if self.latency:
            await asyncio.sleep(self.latency)
        return response

    async def _execute(self, request: Request) -> Response:
        try:
            work = await self._understand(request)
        except Refusal as refusal:
            self.store.refused(request.method, request.path_params.get("offering_id"), refusal.status)
            return self._refuse(refusal)
        try:
            work()
        except Refusal as refusal:
            return self._refuse(refusal)
        status, answer = self.spoken.answers.get(request.method, (204, None))
        return Response(status_code=status) if answer is None else JSONResponse(answer, status_code=status)

    async def _understand(self, request: Request) -> Callable[[], None]:
        """What a request asks of the store, once it is known who asks and that it makes sense."""
        if self.credentials is not None and not self.credentials.accepts(request.headers.get("authorization")):
            raise Refusal(Code.UNAUTHORIZED, f"valid credentials are needed, as Authorization: {self._scheme} ...")
        for name in self.spoken.headers:
            if not request.headers.get(name):
                raise Refusal(Code.FORBIDDEN, f"the header {name} is missing")
        body = self._body(request, await _bounded(request))
        if self.network_key not in {None, body.network_key}:
            raise Refusal(Code.FORBIDDEN, "this networkKey is not that of the provider with these credentials")
        return self._work(request, body)

    def _body(self, request: Request, data: bytes) -> Body:
        places = self.spoken.network_key_in
        place = {"POST": places.add, "PATCH": places.patch, "DELETE": places.delete}[request.method]
        by_query = place == "query" or request.method == "DELETE"
        if request.method == "DELETE" and place != "body" and data:
            raise Refusal(Code.INVALID, "DELETE takes no body")
        return read(
            data,
            request.headers.get("content-type", ""),
            place=place,
            query_key=request.query_params.get("networkKey") if by_query else None,
            owner=self.network_key or self._caller(request),
        )

    def _caller(self, request: Request) -> str:
        if isinstance(self.credentials, Issued):
            return self.credentials.owner(request.headers.get("authorization"))
        return ""

    async def token(self, request: Request) -> Response:
        """An access token for a client's id and secret, as RFC 6749 has it."""
        assert isinstance(self.credentials, Issued), "the route stands for such a dialect only"
        issued = self.credentials.issue(request.headers.get("authorization"))
        if (await _bounded(request)) != b"grant_type=client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        if issued is None:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        token, lifetime = issued
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": lifetime})

    def _work(self, request: Request, body: Body) -> Callable[[], None]:
        store, key = self.store, body.network_key
        if request.method == "POST":
            offering = body.offering(self.standards)
            return lambda: store.add(offering, key, taken=self.spoken.taken)
        offering_id: str = request.path_params["offering_id"]
        if request.method == "PATCH":
            changes = body.changes(full=self.spoken.patch == "full")
            return lambda: store.patch(offering_id, changes, key)
        body.nothing()
        return lambda: store.delete(offering_id, key)

    @property
    def _scheme(self) -> str:
        return self.credentials.scheme if self.credentials else ""

    def _refuse(self, refusal: Refusal) -> Response:
        response = self._error(refusal)
        if refusal.code is Code.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = self._scheme
        return response

    def _error(self, refusal: Refusal) -> Response:
        return _error(refusal, self.spoken)


async def _bounded(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise Refusal(Code.GENERAL, f"the body has more than {MAX_BODY} bytes", status=413)
    return bytes(data)


def _asked_for(spoken: Spoken) -> Credentials | None:
    if spoken.issues_tokens:
        return Issued()
    return AnyBln(scheme=spoken.scheme, entity=spoken.entity) if spoken.scheme else None


def _error(refusal: Refusal, spoken: Spoken) -> Response:
    return JSONResponse(spoken.error(refusal), status_code=refusal.status)


@dataclass(frozen=True, slots=True)
class _Failures:
    """Answers to what no endpoint answers: JSON for the API, a page for people."""

    collection: str
    spoken: Spoken

    async def http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException), "registered for this class only"
        if not request.url.path.startswith(self.collection):
            return site.failure(request, error.status_code, error.headers)
        allowed = (error.headers or {}).get("Allow", "another method")
        response = _error(
            Refusal(
                Code.GENERAL, f"{request.method} is not possible here, but {allowed} is", status=error.status_code
            ),
            self.spoken,
        )
        response.headers.update(error.headers or {})
        return response

    async def internal(self, request: Request, error: Exception) -> Response:
        del error  # nothing of it is a client's business
        if not request.url.path.startswith(self.collection):
            return site.failure(request, 500)
        return _error(Refusal(Code.INTERNAL, "the listings cannot be read or written"), self.spoken)

    async def disconnected(self, request: Request, error: Exception) -> Response:
        del request, error  # nobody is there to read it
        return Response(status_code=400)


class _SecurityHeaders:
    """Headers of every answer; the page adds its Content-Security-Policy itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS.items()]
            await send(message)

        await self._app(scope, receive, send_with_headers)
