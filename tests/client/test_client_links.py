"""Pages of strangers' addresses: who is asked, with what, how far redirects lead, and how much is read."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest

from offerctl import __version__
from offerctl.client import Hop, Links, Page, Reach, links
from offerctl.client.addresses import not_public
from offerctl.client.links import MAX_PAGE
from offerctl.client.page import MAX_HOPS
from support import wire
from support.certificates import Authority
from support.wire import Call, Fault, Seen, WireServer, head

HTML = b"<!DOCTYPE html><title>Book</title><p>$199.00"


def page_of(status: int = 200, body: bytes = HTML, **headers: str) -> Fault:
    """A page as servers give it: to HEAD without its body."""

    def fault(call: Call) -> None:
        fields = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
        }
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        call.send(head(status, fields) + (b"" if call.seen.method == "HEAD" else body))

    return fault


def redirect(to: str, status: int = 302) -> Fault:
    return page_of(status, b"", Location=to)


def by(faults: Mapping[str, Fault]) -> Callable[[Seen], Fault]:
    """A script by the path of a request, or by its method and path."""
    return lambda seen: faults.get(f"{seen.method} {seen.path}") or faults.get(seen.path) or page_of(404)


def look(*addresses: str, **settings: Any) -> list[Page]:
    """What a visitor finds there; on loopback, and without pauses, unless said otherwise."""

    async def main() -> list[Page]:
        async with Links(**{"pause": 0.0, "allow_private": True, "timeout": 10.0, **settings}) as made:
            return list(await asyncio.gather(*map(made.page, addresses)))

    return asyncio.run(main())


def asked(server: WireServer) -> list[str]:
    return [f"{seen.method} {seen.path}" for seen in server.seen]


def names(known: Mapping[str, Sequence[str]]) -> Callable[[str, int], Any]:
    """A name server with these names only, which forgets each once it was asked."""
    left = dict(known)

    async def resolve(host: str, port: int) -> Sequence[str]:
        try:
            return left.pop(host)
        except KeyError:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None

    return resolve


def slowly(call: Call) -> None:
    """An answer whose head comes byte by byte, and takes longer than anybody waits."""
    for byte in head(200, {"Content-Type": "text/html", "X-Filler": "x" * 1000}):
        call.send(bytes([byte]))
        call.pause(0.05)


# What is asked


def test_a_page_is_asked_for_with_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """HEAD, then GET for what stands in it; who asks is said, and no credentials, cookies or referrer go along."""
    monkeypatch.setenv("OFFERCTL_API_KEY", "KEY-1")
    script = by({"/a?b=c": page_of(Set_Cookie="session=1; Path=/")})
    with WireServer(script, keep_alive=False) as server:
        port = server.port
        [page] = look(f"http://someone:secret@127.0.0.1:{port}/a?b=c#part")
    assert (page.reach, page.status, page.body, page.charset) == (Reach.ANSWERED, 200, HTML, "utf-8")
    assert asked(server) == ["HEAD /a?b=c", "GET /a?b=c"]
    for seen in server.seen:
        assert seen.headers == {
            "host": f"127.0.0.1:{port}",
            "connection": "close",
            "user-agent": f"offerctl/{__version__}",
            "accept": "text/html, */*;q=0.5",
            "accept-encoding": "identity",
        }


@pytest.mark.parametrize(
    "refusal", [page_of(405), page_of(403), page_of(404), page_of(501), wire.reset, wire.close]
)
def test_get_decides_where_head_is_refused(refusal: Fault) -> None:
    """Servers that know visitors only are no broken ones."""
    with WireServer(by({"HEAD /": refusal, "GET /": page_of()})) as server:
        [page] = look(server.url + "/")
    assert (page.reach, page.status, page.body) == (Reach.ANSWERED, 200, HTML)


def test_what_is_no_html_is_not_read() -> None:
    """A brochure is there or is not; nothing of it is fetched."""
    with WireServer(by({"/a.pdf": page_of(body=b"%PDF", Content_Type="application/pdf")})) as server:
        [page] = look(server.url + "/a.pdf")
    assert (page.status, page.body, asked(server)) == (200, b"", ["HEAD /a.pdf"])


def test_who_asks_for_patience_is_not_asked_again() -> None:
    """A second method would be one more request too many."""
    with WireServer(by({"/": page_of(429)})) as server:
        [page] = look(server.url + "/")
    assert (page.status, asked(server)) == (429, ["HEAD /"])


# Redirects


def test_redirects_are_followed_and_kept() -> None:
    """Each with its status, relative ones too; the end is where a visitor is."""
    faults = {"/a": redirect("/b", 301), "/b": redirect("c?x=1", 307), "/c?x=1": page_of()}
    with WireServer(by(faults)) as server:
        [page] = look(server.url + "/a")
        url = server.url
    assert page.hops == (Hop(url=f"{url}/a", status=301), Hop(url=f"{url}/b", status=307))
    assert (page.url, page.status, page.body) == (f"{url}/c?x=1", 200, HTML)
    assert asked(server) == ["HEAD /a", "HEAD /b", "HEAD /c?x=1", "GET /c?x=1"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("/a", f"more than {MAX_HOPS} redirects"),
        ("ftp://127.0.0.1/", "it redirects out of the web"),
        ("javascript:alert(1)", "it redirects out of the web"),
        ("http://[::", "it redirects to something that is no address"),
    ],
)
def test_a_way_that_leads_nowhere_is_not_followed(to: str, said: str) -> None:
    """It has an end after so many steps, and stays on the web."""
    with WireServer(by({"/a": redirect(to)})) as server:
        [page] = look(server.url + "/a")
    assert (page.reach, page.status, page.reason) == (Reach.ASTRAY, None, said)
    assert len(server.seen) <= MAX_HOPS + 1


@pytest.mark.parametrize("port", [65_536, 99_999, 10**20])
def test_a_port_that_there_is_not_is_a_finding(port: int) -> None:
    """Whoever wrote it, the file or a redirect: no system call ever gets it."""
    with WireServer(by({"/a": redirect(f"http://127.0.0.1:{port}/")})) as server:
        found = look(server.url + "/a", f"http://127.0.0.1:{port}/")
    assert {page.reach for page in found} <= {Reach.ASTRAY, Reach.UNREACHABLE}
    assert {page.status for page in found} == {None}


@pytest.mark.parametrize("charset", ["charset=idna", "charset*=utf-8''%00", "charset*=idna''x", "charset=%ff"])
def test_a_charset_is_no_more_than_a_word(charset: str) -> None:
    """What there is of such a name is for whoever reads the page to find out."""
    with WireServer(by({"/": page_of(200, HTML, **{"Content-Type": f"text/html; {charset}"})})) as server:
        [page] = look(server.url + "/")
    assert (page.status, page.body) == (200, HTML)


def test_encryption_is_not_left_behind(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """From https no redirect is followed to http; a file that says http may have it, and get better."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with (
        WireServer(by({"/": page_of()})) as plain,
        WireServer(by({"/down": redirect(f"{plain.url}/"), "/": page_of()}), tls=authority.server) as secure,
        WireServer(by({"/up": redirect(f"{secure.url}/")})) as other,
    ):
        to_plain, to_secure = f"{plain.url}/", f"{secure.url}/"
        down, up = look(f"{secure.url}/down", f"{other.url}/up")
    assert (down.reach, down.url) == (Reach.ASTRAY, to_plain)
    assert "without encryption" in down.reason
    assert plain.seen == []
    assert (up.status, up.url) == (200, to_secure)


# Addresses


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0", "0.0.0.0"),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    ],
)
def test_this_machine_is_not_asked(host: str) -> None:
    """Whatever form its address has; not even a connection is opened."""
    with WireServer(by({"/": page_of()})) as server:
        [page] = look(f"http://{host}:{server.port}/", allow_private=False)
        assert server.connections == 0
    assert (page.reach, page.status) == (Reach.FORBIDDEN, None)
    assert page.reason.endswith("address: nothing was sent there")


def test_an_address_of_two_readings_is_none() -> None:
    """Octal to some, decimal to others: nobody is asked."""
    [page] = look("http://0177.0.0.1/", allow_private=False)
    assert (page.reach, page.reason) == (Reach.UNREACHABLE, "this is no address of the web")


@pytest.mark.parametrize("found", [["10.0.0.7"], ["8.8.8.8", "169.254.169.254"], ["::ffff:192.168.0.1"]])
def test_a_name_of_a_private_address_is_not_asked(found: list[str]) -> None:
    """Nor one that has such an address among others: whoever gives both means the other."""
    [page] = look("https://inner.example/", allow_private=False, resolve=names({"inner.example": found}))
    assert page.reach is Reach.FORBIDDEN
    assert f"inner.example is {found[-1]}, a" in page.reason


@pytest.mark.parametrize(
    "host",
    ["10.0.0.7", "0x0a000007", "167772167", "[::ffff:10.0.0.7]", "169.254.169.254", "[fd00::1]", "inner.example"],
)
def test_no_redirect_leads_to_a_private_address(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is checked as the first one is."""
    # The server on loopback stands for a public one.
    monkeypatch.setattr(links, "not_public", lambda text: None if text == "127.0.0.1" else not_public(text))

    async def resolve(name: str, port: int) -> Sequence[str]:
        return ["10.0.0.7"] if name == "inner.example" else await links._resolve(name, port)

    with WireServer(by({"/": redirect(f"http://{host}/latest/meta-data")})) as server:
        [page] = look(server.url + "/", allow_private=False, resolve=resolve)
        assert asked(server) == ["HEAD /"]
    assert (page.reach, page.url) == (Reach.FORBIDDEN, f"http://{host}/latest/meta-data")
    assert [hop.status for hop in page.hops] == [302]


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answer of a name server is all there is for a request; the certificate is still that of the name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with WireServer(by({"/a.pdf": page_of(Content_Type="application/pdf")}), tls=authority.server) as server:
        known, other = {"marketplace.example": ["127.0.0.1"]}, {"other.example": ["127.0.0.1"]}
        [page] = look(f"https://marketplace.example:{server.port}/a.pdf", resolve=names(known))
        [wrong] = look(f"https://other.example:{server.port}/a.pdf", resolve=names(other))
        assert server.seen[0].headers["host"] == f"marketplace.example:{server.port}"
    assert (page.reach, page.status) == (Reach.ANSWERED, 200)
    assert wrong.reach is Reach.UNREACHABLE
    assert "its certificate is not trusted" in wrong.reason


def test_a_second_address_of_a_name_is_tried() -> None:
    """Where nobody listens at the first one."""
    with WireServer(by({"/a.pdf": page_of(Content_Type="application/pdf")})) as server:
        known = {"two.example": ["127.0.0.2", "127.0.0.1"]}
        [page] = look(f"http://two.example:{server.port}/a.pdf", resolve=names(known))
    assert (page.reach, page.status) == (Reach.ANSWERED, 200)


def test_a_proxy_is_given_names_that_only_it_knows(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a tunnel; what this machine knows to be private is not given to it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with (
        WireServer(by({"/a.pdf": page_of(Content_Type="application/pdf")}), tls=authority.server) as server,
        WireServer(wire.always(wire.tunnel(server.port))) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        public, private = look(
            "https://marketplace.example/a.pdf", "https://10.0.0.7/", allow_private=False, resolve=resolve_literals
        )
        assert [f"{seen.method} {seen.path}" for seen in proxy.seen] == ["CONNECT marketplace.example:443"]
    assert (public.reach, public.status) == (Reach.ANSWERED, 200)
    assert private.reach is Reach.FORBIDDEN


async def resolve_literals(host: str, port: int) -> Sequence[str]:
    """As behind a proxy: nobody knows names, and addresses are themselves."""
    if host[0].isdigit():
        return [host]
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


# What breaks


@pytest.mark.parametrize(
    ("failure", "reach", "said"),
    [
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            Reach.UNREACHABLE,
            "the name is not known",
        ),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), Reach.SLOW, "no name server answered"),
        (UnicodeError("label too long"), Reach.UNREACHABLE, "label too long"),
    ],
)
def test_a_name_that_cannot_be_found(failure: Exception, reach: Reach, said: str) -> None:
    """One that nobody knows is broken; where nobody could be asked, nothing is known."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        raise failure

    [page] = look("https://nowhere.example/", resolve=resolve)
    assert (page.reach, page.status) == (reach, None)
    assert said in page.reason


def test_nobody_listens() -> None:
    """The system's own words."""
    with WireServer() as server:
        port = server.port
    [page] = look(f"http://127.0.0.1:{port}/")
    assert (page.reach, page.reason) == (Reach.UNREACHABLE, "Connection refused")


@pytest.mark.deep
@pytest.mark.parametrize("fault", [wire.silence, slowly])
def test_time_is_bounded(fault: Fault) -> None:
    """Whatever a server drips: each request ends as a whole."""
    with WireServer(by({"/": fault})) as server:
        [page] = look(server.url + "/", timeout=0.4)
    assert (page.reach, page.reason) == (Reach.SLOW, "no answer in 0.4 s")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_is_bounded(encoding: str) -> None:
    """Its start is read and no more; what came compressed, unasked, is not unpacked."""
    body = b"x" * (3 * MAX_PAGE)
    with WireServer(by({"/": page_of(body=body, Content_Encoding=encoding)})) as server:
        [page] = look(server.url + "/")
    assert page.body == (body[:MAX_PAGE] if encoding == "identity" else b"")


# Politeness


def test_a_host_is_asked_once_at_a_time_and_with_pauses() -> None:
    """Pages of one host wait for each other; those of others go on meanwhile."""
    at_once, most = 0, 0
    clock: list[float] = []

    def fault(call: Call) -> None:
        nonlocal at_once, most
        at_once, most = at_once + 1, max(most, at_once + 1)
        clock.append(time.monotonic())
        call.pause(0.02)
        page_of(body=b"", Content_Type="application/pdf")(call)
        at_once -= 1

    with WireServer(wire.always(fault)) as server:
        found = look(*(f"{server.url}/{number}" for number in range(4)), pause=0.05)
    assert [page.status for page in found] == [200] * 4
    assert most == 1
    assert all(later - earlier >= 0.05 for earlier, later in pairwise(clock))


def test_hosts_are_asked_side_by_side_up_to_a_limit() -> None:
    """Two of three: the third is asked when one of them has answered."""
    begun: list[str] = []
    known = {f"{name}.example": ["127.0.0.1"] for name in "abc"}
    most = 0

    def fault(call: Call) -> None:
        nonlocal most
        begun.append(call.seen.headers["host"])
        most = max(most, len(begun))
        for _ in range(100):
            if most >= 2:
                break
            call.pause(0.01)
        page_of(body=b"", Content_Type="application/pdf")(call)
        begun.remove(call.seen.headers["host"])

    with WireServer(wire.always(fault)) as server:
        addresses = [f"http://{name}:{server.port}/" for name in known]
        found = look(*addresses, parallelism=2, resolve=names(known))
    assert [page.status for page in found] == [200] * 3
    assert most == 2
