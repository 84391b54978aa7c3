"""Which addresses of the Internet are for everybody, and what the others are for.

Source: IANA's registries of special-purpose addresses. The table stands here because that of Python's `ipaddress`
differs from release to release, and because addresses of IPv6 that carry one of IPv4 are as good as that one.
"""

from __future__ import annotations

import ipaddress

MOST_PORT = 65_535
"""The last port that there is. httpx takes any number, and the system call then fails as nobody expects."""
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LOOPBACK, _PRIVATE, _LINK_LOCAL = "a loopback address", "a private address", "a link-local address"
_MULTICAST, _RESERVED = "a multicast address", "a reserved address"
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (_LOOPBACK, ("127.0.0.0/8", "::1/128")),
    (_PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10")),
    (_LINK_LOCAL, ("169.254.0.0/16", "fe80::/10")),
    (_MULTICAST, ("224.0.0.0/4", "ff00::/8")),
    (
        _RESERVED,
        (
            *("0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20"),
        ),
    ),
)
_TABLE: tuple[tuple[_Network, str], ...] = tuple(
    (ipaddress.ip_network(network), kind) for kind, networks in _KINDS for network in networks
)
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
"""All that has been given out of IPv6 for everybody's use."""
_MAPPED, _NAT64 = ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


def not_public(text: str) -> str | None:
    """What an address is for, `a private address`, where it is not for everybody; none for those that are.

    Raises:
        ValueError: it is no address.
    """
    address = _carried(ipaddress.ip_address(text.partition("%")[0]))
    for network, kind in _TABLE:
        if address.version == network.version and address in network:
            return kind
    if isinstance(address, ipaddress.IPv6Address) and address not in _GIVEN_OUT:
        return _RESERVED
    return None


def _carried(address: _Address) -> _Address:
    """The address of IPv4 that one of IPv6 stands for: mapped, of NAT64, or of 6to4; any other one itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _MAPPED or address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    return address
