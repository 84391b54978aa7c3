"""The prices in Canadian dollars that a page shows, as people write them in English and in French.

For a hint, never for a decision: pages are written in every way there is. The page is somebody else's, so nothing
here takes longer than its length, whatever is in it.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from offerctl import canon
from offerctl.offering import MAX_NUMBER

_UNSEEN = frozenset({"script", "style", "template", "noscript", "del", "s", "strike", "svg", "title"})
"""Elements whose text no visitor reads, or reads as a price of the past."""
_INLINE = frozenset({"span", "bdi", "b", "strong", "i", "em", "small", "font", "a", "abbr", "ins", "mark"})
"""Elements that end no word."""
_TAG = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]{0,30})")
_MARKED_TAG = re.compile(r"<(?:meta|span|div|data|p|link|input)\b[^<>]{0,600}>", re.IGNORECASE)
_IS_PRICE = re.compile(
    r"""\b(?:itemprop|property)\s*=\s*["']?(?:product:|og:)?price(?::amount)?["'\s/>]""", re.IGNORECASE
)
_CONTENT = re.compile(r"""\bcontent\s*=\s*["']?([0-9][0-9.,\s]{0,20})""", re.IGNORECASE)
_DATA = re.compile(r"<script\b[^<>]{0,200}application/ld\+json[^<>]{0,200}>", re.IGNORECASE)
_MOST_DATA = 200_000
_ENCODINGS = frozenset(
    {
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "koi8-u", "mac-roman", "tis-620"),
        *(f"iso8859-{part}" for part in (*range(1, 12), *range(13, 17))),
        *(f"cp{page}" for page in (866, 874, 932, 949, *range(1250, 1259))),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs"),
        *("shift_jis", "euc_jp", "iso2022_jp", "euc_kr"),
    }
)
"""What pages of the web are written in, by Python's names. Source: the Encoding Standard."""
_BLANKS = " \u00a0\u202f\u2009"
_GROUPED = rf"[0-9]{{1,3}}(?:[,.'{_BLANKS}][0-9]{{3}})+"
_NUMBER = rf"(?:{_GROUPED}|[0-9]{{1,9}})(?:[.,][0-9]{{1,2}})?(?![0-9])"
_SHOWN = re.compile(
    rf"(?<![A-Za-z0-9.,])(?<!US[{_BLANKS}])(?:(?:CAD|CA|C)[{_BLANKS}]?)?\$[{_BLANKS}]?{_NUMBER}(?![{_BLANKS}]?US)"
    rf"|(?<![A-Za-z0-9.,$])CAD[{_BLANKS}]?{_NUMBER}"
    rf"|(?<![A-Za-z0-9.,$]){_NUMBER}[{_BLANKS}]?(?:\$(?![0-9])(?![{_BLANKS}]?US)|CAD\b)"
)
"""`$1,299.00`, `CA$199`, `CAD 199`, `1 299,00 $`, `199 $ CA`; not the dollars of another country."""


def shown_prices(page: bytes, charset: str | None) -> tuple[Decimal, ...]:
    """Each price once, those that are marked for programs first; nothing for a page that shows none.

    Prices of zero are left out: empty carts have them.
    """
    text = _decoded(page, charset)
    found = [*_marked(text), *(price for match in _SHOWN.finditer(_seen(text)) if (price := _price(match[0])))]
    return tuple(dict.fromkeys(found))


def _decoded(page: bytes, charset: str | None) -> str:
    return page.decode(_encoding(charset) if charset else "utf-8", "replace")


def _encoding(charset: str) -> str:
    """One that makes text of any bytes: Python has others too, some of which fail in ways of their own."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # the latter: NUL and the like
        return "utf-8"
    return name if name in _ENCODINGS else "utf-8"


def _seen(text: str) -> str:
    """What a visitor reads, without elements."""
    return html.unescape("".join(_pieces(text)))


def _pieces(text: str) -> Iterator[str]:
    lower, at = text.lower(), 0
    if len(lower) != len(text):  # a letter that gets longer: the places would not agree
        lower = text
    while (start := text.find("<", at)) >= 0:
        yield text[at:start]
        if text.startswith("<!--", start):
            end = text.find("-->", start)
        else:
            end = text.find(">", start)
            name = _TAG.match(lower, start + 1)
            if name is not None and name[1] in _UNSEEN and lower[start + 1] != "/":
                end = lower.find(f"</{name[1]}", end)
                end = text.find(">", end) if end >= 0 else -1
            elif name is not None and name[1] not in _INLINE:
                yield " "
        if end < 0:
            return
        at = end + 1
    yield text[at:]


def _marked(text: str) -> Iterator[Decimal]:
    """Prices that stand there for programs: attributes of the kind, and schema.org's offers."""
    for tag in _MARKED_TAG.finditer(text):
        content = _CONTENT.search(tag[0]) if _IS_PRICE.search(tag[0]) else None
        if content and (price := _price(content[1])):
            yield price
    at = 0
    while (start := _DATA.search(text, at)) and (at := text.find("</", start.end())) >= 0:
        yield from _offered(text[start.end() : at])


def _offered(data: str) -> Iterator[Decimal]:
    try:
        waiting = [canon.parse(data[:_MOST_DATA].encode("utf-8", "replace"))]
    except ValueError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            if str(value.get("priceCurrency", "CAD")).upper() == "CAD":
                for name in ("price", "lowPrice", "highPrice"):
                    if price := _price(str(value.get(name, ""))):
                        yield price


def _price(written: str) -> Decimal | None:
    """`199`, `199.00`, `1,299.00`, `1 299,00`: one or two digits behind the last sign are cents."""
    digits = re.sub(r"[^0-9.,]", "", written).strip(".,")
    cents = re.search(r"[.,]([0-9]{1,2})$", digits)
    whole = digits[: cents.start()] if cents else digits
    try:
        price = Decimal(f"{re.sub(r'[.,]', '', whole)}.{cents[1] if cents else 0}")
    except InvalidOperation:
        return None
    return price if 0 < price < MAX_NUMBER else None
