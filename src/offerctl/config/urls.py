"""An address of the configuration: https, or http to this machine; without credentials, in its normal form."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from offerctl.config.model import LOCAL
from offerctl.config.table import Table
from offerctl.state.model import LOCAL_URL

_LOOPBACK_NAME = "localhost"
_PORTS = {"http": 80, "https": 443}


def plain_url(table: Table, key: str) -> str:
    """The address in its normal form, so that equal addresses are equal texts.

    Raises:
        ConfigError: no address that credentials may be sent to.
    """
    url = table.text(key, "")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise table.error(key, f"`{key}` must be an address such as https://marketplace.example") from error
    if wrong := _wrong_url(url, parts, host):
        raise table.error(key, f"`{key}` {wrong}")
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port in {None, _PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{shown}{suffix}{parts.path.rstrip('/')}"


def _wrong_url(url: str, parts: SplitResult, host: str) -> str | None:
    if url == LOCAL_URL:
        return f"`{LOCAL_URL}` is the embedded Marketplace, which only the environment `{LOCAL}` has"
    if parts.scheme not in _PORTS or not host or any(not "!" <= c <= "~" for c in url):
        return "must be an address such as https://marketplace.example"
    if "@" in parts.netloc:
        return "must not hold a user name or password: credentials come from variables"
    if "?" in url or "#" in url:
        return "must not have a query or a fragment"
    if parts.scheme == "http" and not _is_loopback(host):
        return "must be https: credentials would cross the network in clear (http is for loopback addresses only)"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == _LOOPBACK_NAME
