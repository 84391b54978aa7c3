"""An address of the configuration: https, or http to this machine; without credentials, in its normal form."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from offerctl.config.table import Table
from offerctl.offering import is_loopback
from offerctl.state.model import LOCAL_URL

_LOCAL = LOCAL_URL.removesuffix(":")
_NONE = "must be an address such as https://marketplace.example"
_PORTS = {"http": 80, "https": 443}
_MOST = 253
"""Characters of a host's name, as DNS has them."""
_NAME = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"


def plain_url(table: Table, key: str) -> str:
    """The address in its normal form, so that equal addresses are equal texts.

    Raises:
        ConfigError: no address that credentials may be sent to.
    """
    try:
        return normal_url(table.text(key, ""))
    except ValueError as error:
        raise table.error(key, f"`{key}` {error}") from None


def normal_url(url: str) -> str:
    """The same of an address that stands in no file.

    Raises:
        ValueError: what is wrong with it, as the end of a sentence about it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_NONE) from None
    if wrong := _wrong_url(url, parts, host):
        raise ValueError(wrong)
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port in {None, _PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{shown}{suffix}{parts.path.rstrip('/')}"


def _wrong_url(url: str, parts: SplitResult, host: str) -> str | None:
    if url == LOCAL_URL:
        return f"`{LOCAL_URL}` is the embedded Marketplace, which only the environment `{_LOCAL}` has"
    if parts.scheme not in _PORTS or not host or any(not "!" <= c <= "~" for c in url):
        return _NONE
    if "@" in parts.netloc:
        return "must not hold a user name or password: credentials come from variables"
    if "?" in url or "#" in url:
        return "must not have a query or a fragment"
    if parts.scheme == "http" and not is_loopback(host):
        return "must be https: credentials would cross the network in clear (http is for loopback addresses only)"
    return _wrong_host(parts, host)


def _wrong_host(parts: SplitResult, host: str) -> str | None:
    if not _is_host(host):
        return f"has a host that can be none: `{host}`"
    if parts.port == 0:
        return "has the port 0, where nothing can listen"
    return None


def _is_host(host: str) -> bool:
    """Whether it is an IP address or a name as DNS has them, in which `xn--` stands for other letters."""
    if ":" in host:
        try:
            return "%" not in host and ip_address(host).version == 6  # noqa: PLR2004 - the other one has no colon
        except ValueError:
            return False
    try:
        host.encode("ascii").decode("idna")
    except UnicodeError:
        return False
    return len(host) <= _MOST and re.fullmatch(_NAME, host) is not None
