"""The addresses for people: the page, the way to a registration, and a sign of life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from offerctl.embedded.store import Store
from offerctl.embedded.words import LANGUAGES, preferred
from offerctl.standards import Language, Standards

NOT_FOUND = 404
_MAX_QUERY = 100


def routes(store: Store, standards: Standards) -> list[BaseRoute]:
    """The routes besides the API's. All of them only read."""
    site = _Site(store, standards)
    return [
        Route("/", site.front),
        Route("/healthz", site.health),
        *(Route(f"/{language}", site.listings) for language in LANGUAGES),
        *(Route(f"/{language}/register/{{offering_id}}", site.register) for language in LANGUAGES),
    ]


def failure(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A page that says what went wrong, in the language of the address or of the visitor."""
    from offerctl.embedded import page  # noqa: PLC0415 - apply needs no Jinja2

    language = _language(request)
    html = page.missing(language) if status == NOT_FOUND else page.failed(language, status)
    return _html(html, language, status=status, headers=headers)


@dataclass(frozen=True, slots=True)
class _Site:
    """Synchronous endpoints, which Starlette runs in a thread: a long page keeps no API request waiting."""

    store: Store
    standards: Standards

    def front(self, request: Request) -> Response:
        """The listings in the visitor's language."""
        return self.listings(request)

    def listings(self, request: Request) -> Response:
        """The listings in the language of the address."""
        from offerctl.embedded import page  # noqa: PLC0415 - apply needs no Jinja2

        language = _language(request)
        asked = request.query_params
        wanted = next((known for known in LANGUAGES if known == asked.get("language")), None)
        html = page.listings(
            language,
            list(self.store.listings().values()),
            query=page.Query(text=asked.get("q", "")[:_MAX_QUERY], language=wanted),
            last_change=self.store.last_change(),
            standards=self.standards,
        )
        return _html(html, language)

    def register(self, request: Request) -> Response:
        """On to the provider's own page: the Marketplace lists, the provider books."""
        found = self.store.get(request.path_params["offering_id"])
        if found is None:
            return failure(request, NOT_FOUND)
        return RedirectResponse(found.offering.external_registration_url, status_code=303)

    def health(self, request: Request) -> Response:
        """That the listings can be read."""
        del request
        self.store.last_change()
        return JSONResponse({"status": "ok"})


def _language(request: Request) -> Language:
    first = request.url.path.split("/")[1]
    return next(
        (known for known in LANGUAGES if known == first), preferred(request.headers.get("accept-language", ""))
    )


def _html(
    html: str, language: Language, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    from offerctl.embedded import page  # noqa: PLC0415 - apply needs no Jinja2

    own = {
        "Content-Language": language,
        "Content-Security-Policy": page.policy(),
        "Vary": "Accept-Language",
    }
    return HTMLResponse(html, status_code=status, headers={**(headers or {}), **own})
