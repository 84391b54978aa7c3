"""Which proxy of the environment carries an address: `HTTPS_PROXY`, then `ALL_PROXY`, but what `NO_PROXY` excepts.

Read here and not by httpx, which builds a transport for every variable, whether or not it applies, and takes a
network in `NO_PROXY` for part of an address: one of IPv6 ended every call.
"""

from __future__ import annotations

import ipaddress
import os
import urllib.request
from typing import NamedTuple

import httpx

_DEFAULT_PORTS = {"https": 443, "http": 80}


class ProxyVariable(NamedTuple):
    """A variable that applies, and what it says: an address, which can hold a password."""

    name: str
    address: str


def proxy_for(url: httpx.URL) -> ProxyVariable | None:
    """The variable that names the proxy of an address; none where it is reached directly.

    https alone takes one, as a tunnel that sees no credentials.
    """
    if url.scheme != "https":
        return None
    settings = urllib.request.getproxies()
    kind = next((kind for kind in ("https", "all") if settings.get(kind)), None)
    if kind is None or any(_excepts(entry, url) for entry in settings.get("no", "").replace(",", " ").split()):
        return None
    found = settings[kind]
    return ProxyVariable(_spelled(f"{kind}_proxy"), found if "://" in found else f"http://{found}")


def _spelled(name: str) -> str:
    """As the environment has it: the lower case wins there, too."""
    return name if name in os.environ else name.upper()


def _excepts(entry: str, url: httpx.URL) -> bool:
    """Whether an entry of `NO_PROXY` means this address: a name with all below it, an address, a network, `*`."""
    if entry == "*":
        return True
    scheme, separator, rest = entry.rpartition("://")
    if separator and scheme not in {"all", url.scheme}:
        return False
    if (network := _network(rest)) is not None:
        there = _network(url.host)
        return there is not None and there.version == network.version and there.network_address in network
    host, port = _split(rest)
    if port is not None and port != str(url.port or _DEFAULT_PORTS[url.scheme]):
        return False
    if (address := _network(host)) is not None:
        return address == _network(url.host)
    return bool(host) and f".{url.host}".endswith(f".{host.lower().removeprefix('*').removeprefix('.')}")


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network, or an address as the network of it alone; none for a name."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _split(text: str) -> tuple[str, str | None]:
    """Host and port of `host`, `host:port`, `[address]` and `[address]:port`."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port.removeprefix(":") or None
    host, separator, port = text.partition(":")
    return host, port if separator else None
