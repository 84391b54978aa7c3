"""Which addresses pages are asked at: those that are for everybody, whatever form they come in."""

from __future__ import annotations

import pytest

from offerctl.client.addresses import not_public


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback address"),
        ("127.255.255.254", "a loopback address"),
        ("::1", "a loopback address"),
        ("10.0.0.1", "a private address"),
        ("172.16.0.1", "a private address"),
        ("172.31.255.255", "a private address"),
        ("192.168.1.1", "a private address"),
        ("100.64.0.1", "a private address"),
        ("fd00::1", "a private address"),
        ("fec0::1", "a private address"),
        ("169.254.169.254", "a link-local address"),
        ("fe80::1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("224.0.0.1", "a multicast address"),
        ("239.255.255.250", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("0.0.0.0", "a reserved address"),
        ("0.1.2.3", "a reserved address"),
        ("192.0.2.1", "a reserved address"),
        ("198.18.0.1", "a reserved address"),
        ("198.51.100.7", "a reserved address"),
        ("203.0.113.7", "a reserved address"),
        ("240.0.0.1", "a reserved address"),
        ("255.255.255.255", "a reserved address"),
        ("::", "a reserved address"),
        ("2001:db8::1", "a reserved address"),
        ("2001::1", "a reserved address"),
        ("3fff::1", "a reserved address"),
        ("100::1", "a reserved address"),
        ("4000::1", "a reserved address"),
        # of IPv6, and as good as the address of IPv4 in them
        ("::ffff:127.0.0.1", "a loopback address"),
        ("::ffff:7f00:1", "a loopback address"),
        ("::ffff:10.1.2.3", "a private address"),
        ("::ffff:169.254.169.254", "a link-local address"),
        ("64:ff9b::a9fe:a9fe", "a link-local address"),
        ("64:ff9b::127.0.0.1", "a loopback address"),
        ("64:ff9b:1::1", "a reserved address"),
        ("2002:7f00:1::", "a loopback address"),
        ("2002:c0a8:101::1", "a private address"),
        ("::127.0.0.1", "a reserved address"),
    ],
)
def test_what_is_not_for_everybody_is_named(address: str, kind: str) -> None:
    """By what it is for, as people know it."""
    assert not_public(address) == kind


@pytest.mark.parametrize(
    "address",
    [
        *(
            "1.1.1.1",
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "169.253.0.1",
            "11.0.0.1",
        ),
        *("126.0.0.1", "128.0.0.1", "192.167.0.1", "198.17.0.1", "198.20.0.1", "223.255.255.255"),
        *("2606:4700::1111", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
    ],
)
def test_what_is_for_everybody_is_let_through(address: str) -> None:
    """The neighbours of what is not, and what carries a public address."""
    assert not_public(address) is None
