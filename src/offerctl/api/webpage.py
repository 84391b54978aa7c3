"""A web page where an answer of the API was expected, as a server or a proxy before it sends one.

What it is called says all that a reader can use; the rest is markup and style.
"""

from __future__ import annotations

import html
import re

from offerctl.api.body import Reply, header

_MOST_READ = 20_000
"""Bytes in which a title stands."""
_MOST_NAME = 2_000
"""Characters of one, with what marks it up."""
_COMMENT = re.compile(r"(?:\s|<\?xml[^>]{0,200}>|<!--(?:(?!-->).)*-->)*", re.DOTALL)
_PAGE = re.compile(r"<(?:!doctype html|html|head)\b", re.IGNORECASE)
_NAMES = tuple(re.compile(rf"<{tag}\b[^>]{{0,200}}>", re.IGNORECASE) for tag in ("title", "h1"))
_NAME_ENDS = re.compile(r"</(?:title|h1)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[^>]{0,200}>")


def named(reply: Reply) -> str | None:
    """`a web page, "404 Not Found"`; none where the answer is no web page."""
    text = reply.body[:_MOST_READ].decode("utf-8-sig", "replace")
    begins = _COMMENT.match(text)
    start = begins.end() if begins else 0
    is_page = _PAGE.match(text, start) is not None
    said_so = header(reply.headers, "content-type").casefold().startswith("text/html")
    if not is_page and not (said_so and text.startswith("<", start)):
        return None
    names = (_text(text[found.end() :]) for name in _NAMES if (found := name.search(text)))
    title = next(filter(None, names), None)
    return "a web page without a title" if title is None else f'a web page, "{title}"'


def _text(markup: str) -> str:
    inside = _NAME_ENDS.split(markup[:_MOST_NAME], maxsplit=1)[0]
    return " ".join(html.unescape(_MARKUP.sub(" ", inside)).split())
