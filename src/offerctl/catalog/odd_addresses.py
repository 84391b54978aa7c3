"""Addresses that are right by every rule, and are not the page where a visitor books."""

from __future__ import annotations

import re

_REDIRECTS = re.compile(
    r"(?i)https?://(?:[^/?#]*\.)?(?:safelinks\.protection\.outlook\.com|urldefense\.(?:com|proofpoint\.com)"
    r"|linkprotect\.cudasvc\.com|google\.[a-z.]{2,6}/url\?|(?:l|lm)\.facebook\.com/l\.php|mail\.google\.com/)"
)
_PRIVATE = re.compile(
    r"(?i)https?://(?:\[(?:::1|f[cd]|fe80)[^/]*"
    r"|(?:(?:127|10)\.[0-9]{1,3}|192\.168|169\.254|172\.(?:1[6-9]|2[0-9]|3[01])|0\.0)\.[0-9]{1,3}\.[0-9]{1,3}"
    r"|(?:[^/?#:]*\.)?(?:local|localhost|localdomain|internal|intranet|lan|corp|home))(?:[:/?#]|$)"
)
_EDITORS = re.compile(
    r"(?i)/wp-admin/|/wp-login\.php|[?&]action=edit\b|[?&]preview=true\b|//docs\.google\.com/\S*/edit\b"
    r"|//admin\.shopify\.com"
)
_SECOND = re.compile(r"(?i)[;,|]https?://")


def odd_address(url: str) -> tuple[str, str] | None:
    """What is odd about an address, and what to write instead; none where it may be the page itself."""
    if _REDIRECTS.match(url):
        return (
            "the address leads through a mail program or a search engine",
            "open it, and copy the page's own address",
        )
    if _PRIVATE.match(url):
        return "only computers in your own network can open this address", "write the one that visitors can open"
    if _EDITORS.search(url):
        return (
            "this is where the page is edited, not where visitors see it",
            "open the page itself, and copy its address",
        )
    if _SECOND.search(url):
        return "two addresses stand in one", "keep one address; a listing has one page"
    return None
