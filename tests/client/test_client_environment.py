"""TLS is always verified; of the environment the proxies and certificates count, a .netrc never."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from offerctl import api
from offerctl.api import Kind
from offerctl.client import Client
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


@pytest.mark.parametrize("address", ["ftp://user:SECRET-91e4d8@proxy.example", "http://user:SECRET-91e4d8@[::1"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """By the variable's name; its address may hold a password."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(MarketplaceError, match="HTTPS_PROXY") as refused:
        connect("https://marketplace.example")
    assert "SECRET-91e4d8" not in f"{refused.value} {refused.value.hint}"


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
