"""TLS is always verified; of the environment the proxies and certificates count, a .netrc never."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from offerctl import api
from offerctl.api import Kind
from offerctl.client import Client, Service
from offerctl.client.proxies import proxy_for
from offerctl.client.transport import address
from offerctl.errors import MarketplaceError
from support import wire
from support.certificates import Authority

Talk = Callable[..., list[api.Outcome]]
DELETE = api.delete("jhsc-en-01")
BEARER = {"Authorization": "Bearer TOKEN-c07be2"}


def test_a_certificate_that_nobody_vouches_for_is_not_sent(talk: Talk, authority: Authority) -> None:
    """The message names the certificate; no request and no credentials leave."""
    with wire.WireServer(tls=authority.server) as server:
        [outcome] = talk(server.url, DELETE, authorization=lambda: BEARER)
    assert outcome.kind is Kind.NOT_SENT
    assert "its certificate is not trusted (self" in outcome.message
    assert server.seen == []


def test_a_certificate_of_another_host_is_not_sent(
    talk: Talk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted as such, but for other names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with wire.WireServer(tls=authority.server) as server:
        [outcome] = talk(f"https://localhost:{server.port}", DELETE, authorization=lambda: BEARER)
    assert outcome.kind is Kind.NOT_SENT
    assert "its certificate is not trusted (Hostname mismatch" in outcome.message
    assert server.seen == []


def test_ssl_cert_file_names_whom_to_trust(
    talk: Talk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Marketplace with a certificate of the house works without switching anything off."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with wire.WireServer(tls=authority.server) as server:
        [outcome] = talk(server.url, DELETE, authorization=lambda: BEARER)
    assert outcome.kind is Kind.OK
    assert server.seen[0].headers["authorization"] == BEARER["Authorization"]


def test_plain_http_where_tls_was_expected_is_not_sent(talk: Talk) -> None:
    """A server that answers the handshake with something else."""
    with wire.WireServer() as server:
        [outcome] = talk(f"https://127.0.0.1:{server.port}", DELETE, timeout=2.0)
    assert outcome.kind is Kind.NOT_SENT
    assert server.seen == []


def test_a_missing_certificate_file_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable is named, and the reason."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(MarketplaceError, match=r"SSL_CERT_FILE.*No such file"):
        connect("https://marketplace.example")


def test_a_proxy_tunnels_and_sees_nothing(
    talk: Talk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTPS_PROXY is used; the proxy learns the host, the Marketplace gets the credentials."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with (
        wire.WireServer(tls=authority.server) as server,
        wire.WireServer(wire.always(wire.tunnel(server.port))) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        kinds = [
            outcome.kind
            for outcome in talk("https://marketplace.example", DELETE, DELETE, authorization=lambda: BEARER)
        ]
    assert kinds == [Kind.OK, Kind.OK]
    assert [(seen.method, seen.path) for seen in proxy.seen] == [("CONNECT", "marketplace.example:443")]
    assert "authorization" not in proxy.seen[0].headers
    assert [seen.headers["authorization"] for seen in server.seen] == [BEARER["Authorization"]] * 2


@pytest.mark.parametrize(
    "fault", [wire.respond(407), wire.respond(502), wire.close, wire.reset, wire.raw(b"?\r\n\r\n"), wire.silence]
)
def test_what_fails_at_the_proxy_is_not_sent(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, fault: wire.Fault
) -> None:
    """The request itself had not begun to leave, whatever the proxy did."""
    with wire.WireServer(wire.always(fault)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        [outcome] = talk("https://marketplace.example", DELETE, timeout=1.0, authorization=lambda: BEARER)
    assert outcome.kind is Kind.NOT_SENT
    assert [seen.method for seen in proxy.seen] == ["CONNECT"]


def test_an_answer_lost_behind_a_proxy_is_unsure(
    talk: Talk, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the tunnel stands, a proxy changes nothing of the classes."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with (
        wire.WireServer(wire.always(wire.execute_and_close), tls=authority.server) as server,
        wire.WireServer(wire.always(wire.tunnel(server.port))) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        [outcome] = talk("https://marketplace.example", DELETE)
    assert outcome.kind is Kind.UNSURE
    assert len(server.executed) == 1


def test_plain_http_takes_no_proxy(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays on this machine; a proxy would read the credentials."""
    with wire.WireServer() as server, wire.WireServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        [outcome] = talk(server.url, DELETE, authorization=lambda: BEARER)
    assert outcome.kind is Kind.OK
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "ftp://user:SECRET-91e4d8@proxy.example",
        "http://user:SECRET-91e4d8@[::1",
        "user:SECRET-91e4d8@127.0.0.1:99999",
        "user:SECRET-91e4d8@127.0.0.1:0",
        "http://user:SECRET-91e4d8@",
        f"http://user:SECRET-91e4d8@{'a' * 64}.example",
    ],
)
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """By the variable's name; its address may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(MarketplaceError, match="HTTPS_PROXY") as refused:
        connect("https://marketplace.example")
    assert "SECRET-91e4d8" not in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize(
    "entries",
    [
        "fd00::/8,::1,127.0.0.1",
        "::1 127.0.0.0/8",
        "[::1]:443,127.0.0.1:{port}",
        "https://127.0.0.1",
        "http://[,*",
        "fd00::/200,127.0.0.1/32",
    ],
)
def test_no_proxy_understands_networks(
    talk: Talk, authority: Authority, monkeypatch: pytest.MonkeyPatch, entries: str
) -> None:
    """Of both kinds, with ports and brackets; an entry of IPv6 or one that means nothing ends no call."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with wire.WireServer(tls=authority.server) as server, wire.WireServer() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", entries.format(port=server.port))
        [outcome] = talk(server.url, DELETE)
    assert outcome.kind is Kind.OK
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("url", "entry", "is_direct"),
    [
        ("https://marketplace.example", "marketplace.example", True),
        ("https://api.marketplace.example", "marketplace.example", True),
        ("https://api.marketplace.example", "*.Marketplace.example", True),
        ("https://amarketplace.example", "marketplace.example", False),
        ("https://marketplace.example", "api.marketplace.example", False),
        ("https://marketplace.example", "marketplace.example:443", True),
        ("https://marketplace.example:8443", "marketplace.example:443", False),
        ("https://marketplace.example", "http://marketplace.example", False),
        ("https://[fd00::7]", "fd00::/8", True),
        ("https://[fd00::7]", "fd00::7", True),
        ("https://[fd00::7]:8443", "[fd00:0::7]:8443", True),
        ("https://[fe80::7]", "fd00::/8", False),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3", "::/0", False),
        ("https://marketplace.example", "10.0.0.0/8", False),
        ("https://marketplace.example", "", False),
    ],
)
def test_what_no_proxy_excepts(monkeypatch: pytest.MonkeyPatch, url: str, entry: str, *, is_direct: bool) -> None:
    """A name with all below it, an address however it is spelled, a network."""
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", entry)
    found = proxy_for(httpx.URL(url))
    assert found == (None if is_direct else ("ALL_PROXY", "http://proxy.example:3128"))


@pytest.mark.parametrize("bad", ["socks5://proxy.example:1080", "ftp://proxy.example", "http://[::1"])
def test_a_variable_that_does_not_apply_is_not_read(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    """HTTP_PROXY for https, any for this machine, ALL_PROXY beside HTTPS_PROXY, what NO_PROXY excepts."""
    monkeypatch.setenv("HTTP_PROXY", bad)
    connect("https://marketplace.example")
    monkeypatch.setenv("ALL_PROXY", bad)
    connect("http://127.0.0.1:8080")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    connect("https://marketplace.example")
    monkeypatch.setenv("https_proxy", bad)
    with pytest.raises(MarketplaceError, match="the proxy named by https_proxy cannot be used"):
        connect("https://marketplace.example")
    with pytest.raises(MarketplaceError, match="the proxy named by https_proxy cannot be used"):
        Service("https://api.example", headers={}, timeout=1)
    monkeypatch.setenv("no_proxy", "marketplace.example")
    connect("https://marketplace.example")


def test_a_netrc_is_not_read(talk: Talk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials come from offerctl's own variables alone."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login someone password SECRET-91e4d8\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with wire.WireServer() as server:
        talk(server.url, DELETE)
        talk(server.url, DELETE, authorization=lambda: BEARER)
    assert [seen.headers.get("authorization") for seen in server.seen] == [None, BEARER["Authorization"]]


def connect(base_url: str) -> Client:
    return Client(base_url=base_url, dialect=api.DEFAULT, network_key="pro-34616", timeout=1, parallelism=1)


@pytest.mark.parametrize("host", ["xn--zzzzzzzzzzzzz---", "xn--ls8h.example"])
def test_a_host_that_stands_for_no_letters_is_told(host: str) -> None:
    """Whatever the configuration knows of it: never another kind of error."""
    with pytest.raises(MarketplaceError, match=r"base_url is not an absolute http\(s\) address"):
        address(f"https://{host}")
