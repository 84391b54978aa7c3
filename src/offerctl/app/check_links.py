"""What `offerctl check-links` does: look at each registration page as a learner would, and tell what is found.

It reads no credentials and no state, and sends nothing but the request for a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from offerctl import catalog
from offerctl.app.checkout import read_offerings
from offerctl.app.page_prices import shown_prices
from offerctl.app.session import Session
from offerctl.catalog import Catalogue, InvalidFiles, Position
from offerctl.catalog.discover import MAX_BYTES
from offerctl.catalog.places import place_of
from offerctl.disk import Folder
from offerctl.errors import Exit
from offerctl.offering import Desired
from offerctl.plan.reserved import is_reserved
from offerctl.render import links as render
from offerctl.render import problems
from offerctl.render.links import CheckedLink, Redirect, Verdict
from offerctl.wording import counted

if TYPE_CHECKING:
    from offerctl.client import Page

_FIELD = "externalRegistrationUrl"
_FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_NO_PROGRAMS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.TOO_MANY_REQUESTS,
        999,  # what one large site answers whatever is no browser
    }
)
_SERVER_ERROR = 500


def check_links(
    session: Session, paths: Sequence[Path], *, strict: bool, allow_private: bool, format_: str
) -> Exit:
    """Tell what is behind the addresses of the files and folders at these paths, or of every folder.

    Others' sites come and go, so what is found is no failure, unless it is `strict`: then whatever is broken or
    unclear is exit 1. Redirects and prices are notes, and never are.

    Raises:
        InvalidFiles: files have errors: what they want is not known.
        CatalogError: there is nothing at a path, or it cannot be read as a whole.
        MarketplaceError: a proxy or certificates of the environment cannot be used.
    """
    console, wanted = session.console, _read(session, paths)
    addresses = list(dict.fromkeys(want.offering.external_registration_url for want in wanted))
    pages = asyncio.run(_look(session, addresses, allow_private=allow_private)) if addresses else {}
    checked = [_checked(session, want, pages[want.offering.external_registration_url]) for want in wanted]
    if format_ == "json":
        console.document(render.json(checked, len(addresses)))
    elif console.quiet:
        console.out(render.summary(checked, len(addresses)))
    else:
        console.out(render.text(checked, len(addresses), console.style))
    bad = any(one.verdict is not Verdict.OK for one in checked)
    return Exit.ERROR if bad and strict else Exit.OK


def _read(session: Session, paths: Sequence[Path]) -> list[Desired]:
    """What the files want, in their order; without `paths` those of every environment's folder."""
    config = session.config
    found: list[Catalogue]
    if paths:
        rules: Mapping[str, Any] = {"silence": config.silence, "standards": config.standards}
        schema = catalog.read_schema(config.schema, repo_root=config.root)
        places = [session.directory / path for path in paths]
        found = [catalog.load_paths(places, schema=schema, repo_root=config.root, **rules)]
    else:
        found = [read_offerings(replace(config, offerings=folder)) for folder in config.folders()]
    for files in found:
        if files.errors:
            raise InvalidFiles(files, problems.summary(files.problems, files.files))
    wanted = (want for files in found for want in files.desired.values())
    return sorted(wanted, key=lambda want: (want.file, want.offering.offering_id))


async def _look(session: Session, addresses: Sequence[str], *, allow_private: bool) -> Mapping[str, Page]:
    """Every page, by its address; how many are done stands on a terminal meanwhile."""
    from offerctl.client import Links  # noqa: PLC0415 - httpx is slow to import

    console, done = session.console, 0

    async def look(address: str) -> Page:
        nonlocal done
        page = await links.page(address)
        done += 1
        if console.progress:
            console.status(f"\r{done} of {counted(len(addresses), 'page')}")
        return page

    async with Links(allow_private=allow_private) as links:
        pages = await asyncio.gather(*map(look, addresses))
    if console.progress:
        console.status("\r\x1b[K")
    return dict(zip(addresses, pages, strict=True))


def _checked(session: Session, want: Desired, page: Page) -> CheckedLink:
    offering, redirects = want.offering, tuple(_redirects(page))
    verdict, reason = _verdict(page)
    if page.status is None and is_reserved(offering.external_registration_url):
        verdict, reason = Verdict.BROKEN, "the address is invented, as those of examples are, and leads nowhere"
    prices = shown_prices(page.body, page.charset) if verdict is Verdict.OK and page.body else ()
    place = _place(session, want)
    return CheckedLink(
        offering_id=offering.offering_id,
        file=want.file,
        line=place.line if place else None,
        column=place.column if place else None,
        url=offering.external_registration_url,
        price=offering.price,
        verdict=verdict,
        status=page.status,
        reason=reason,
        redirects=redirects,
        moved_to=page.url if redirects and all(hop.status in _FOR_GOOD for hop in redirects) else None,
        front_page=_is_front(page.url) and not _is_front(offering.external_registration_url),
        other_prices=() if offering.price in prices else _nearest(prices, want),
    )


def _place(session: Session, want: Desired) -> Position | None:
    """Where the address stands; none where the file went meanwhile."""
    root, file = session.config.root, session.config.root / want.file
    with suppress(OSError):
        return place_of(_FIELD, Folder(file.parent, below=root).read(file.name, most=MAX_BYTES))
    return None


def _redirects(page: Page) -> Iterator[Redirect]:
    stations = [*(hop.url for hop in page.hops), page.url]
    for hop, to in zip(page.hops, stations[1:], strict=True):
        yield Redirect(url=hop.url, status=hop.status, to=to)


def _verdict(page: Page) -> tuple[Verdict, str]:
    """What a learner meets, and why it is no page."""
    from offerctl.client import Reach  # noqa: PLC0415 - httpx is slow to import

    if page.status is None:
        return (Verdict.UNCLEAR if page.reach is Reach.SLOW else Verdict.BROKEN), page.reason
    if page.status in _NO_PROGRAMS:
        return Verdict.UNCLEAR, f"it lets no programs in ({_named(page.status)}): look at it in a browser"
    if page.status >= _SERVER_ERROR:
        return Verdict.UNCLEAR, f"its server is in trouble ({_named(page.status)}): look again later"
    if not HTTPStatus.OK <= page.status < HTTPStatus.MULTIPLE_CHOICES:
        return Verdict.BROKEN, f"there is no page ({_named(page.status)})"
    return Verdict.OK, ""


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in {"", "/", "/en", "/fr", "/en/", "/fr/"} and not parts.query


def _nearest(prices: Sequence[Decimal], want: Desired) -> tuple[Decimal, ...]:
    return tuple(sorted(prices, key=lambda price: abs(price - want.offering.price)))
