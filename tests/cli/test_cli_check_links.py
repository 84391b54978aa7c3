"""`check-links` as its users run it: what is behind the registration addresses of their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.app.page_prices import shown_prices
from support.cli import Done, offerctl
from support.tiers import mostly_deep
from support.wire import Call, Fault, Seen, WireServer, head

FILE = """\
# The course.
offeringId: {id}
trainingStandardKey: JHSC-2014-1-E-O
courseName: JHSC Part One
price: 199.00
courseDuration: 19.5
externalRegistrationUrl: "{url}"
"""
DATA = """<script type="application/ld+json">{"@graph": [
{"offers": {"price": "219.00", "priceCurrency": "CAD"}}, {"offers": {"price": 9, "priceCurrency": "USD"}}
]}</script>"""
BOOK = b"<!DOCTYPE html><title>Book</title><p>JHSC Part 1 $199.00 plus HST"


def page(status: int = 200, body: bytes = BOOK, **headers: str) -> Fault:
    def fault(call: Call) -> None:
        fields = {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}
        call.send(head(status, fields) + (b"" if call.seen.method == "HEAD" else body))

    return fault


PAGES: dict[str, Fault] = {
    "/good": page(),
    "/dearer": page(body=b"<p>Now only $219.00 (was <del>$199.00</del>)"),
    "/gone": page(404),
    "/shut": page(403),
    "/ill": page(503),
    "/old": page(301, Location="/new"),
    "/new": page(),
    "/lost": page(302, Location="/"),
    "/": page(body=b"<h1>Welcome"),
    "/secret": page(302, Location="http://169.254.169.254/latest"),
}


def script(seen: Seen) -> Fault:
    return PAGES[seen.path]


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer(script) as made:
        yield made


def put(folder: Path, server: WireServer, *names: str) -> None:
    (folder / "offerings").mkdir(exist_ok=True)
    for name in names:
        text = FILE.format(id=f"c-{name}", url=f"{server.url}/{name}")
        (folder / "offerings" / f"{name}.yaml").write_text(text, "utf-8")


def run(folder: Path, *args: str) -> Done:
    return offerctl("check-links", *args, cwd=folder)


@pytest.mark.deep
def test_every_finding_stands_at_its_line(tmp_path: Path, server: WireServer) -> None:
    """What is broken, what nobody can tell from here, and what is worth knowing; pages without one are counted."""
    put(tmp_path, server, "good", "dearer", "gone", "shut", "ill", "old", "lost")
    done = run(tmp_path, "--allow-private")
    url = server.url
    assert (done.code, done.err) == (0, ""), done
    assert done.out.splitlines() == [
        (
            "offerings/dearer.yaml:7:26: note: the page shows $219.00, and not the $199.00 of the file: learners "
            "must be told all costs in advance"
        ),
        f"offerings/gone.yaml:7:26: broken: {url}/gone: there is no page (404 Not Found)",
        (
            f"offerings/ill.yaml:7:26: unclear: {url}/ill: its server is in trouble (503 Service Unavailable): "
            "look again later"
        ),
        f"offerings/lost.yaml:7:26: note: {url}/lost (302) -> {url}/",
        (
            "offerings/lost.yaml:7:26: note: the address leads to the front page of its site: the course's own "
            "page may be gone"
        ),
        f"offerings/old.yaml:7:26: note: {url}/old (301) -> {url}/new; it has moved for good: write {url}/new",
        (
            f"offerings/shut.yaml:7:26: unclear: {url}/shut: it lets no programs in (403 Forbidden): look at it "
            "in a browser"
        ),
        "7 pages of 7 offerings: 4 ok, 1 broken, 2 unclear; 4 notes.",
    ]


@pytest.mark.parametrize(
    ("names", "code"),
    mostly_deep(
        [(["good"], 0), (["old", "dearer", "lost"], 0), (["good", "gone"], 1), (["shut"], 1), (["secret"], 1)],
        [(["good"], 0), (["shut"], 1)],
    ),
)
def test_strict_fails_for_what_is_broken_or_unclear(
    tmp_path: Path, server: WireServer, names: list[str], code: int
) -> None:
    """Notes never do; without it nothing does, as others' sites come and go."""
    put(tmp_path, server, *names)
    more = () if names == ["secret"] else ("--allow-private",)
    assert run(tmp_path, "--strict", *more).code == code
    assert run(tmp_path, *more).code == 0


def test_private_addresses_are_asked_only_where_that_is_allowed(tmp_path: Path, server: WireServer) -> None:
    """They are named as what they are, and nothing was sent."""
    put(tmp_path, server, "good")
    done = run(tmp_path)
    assert server.seen == []
    assert "127.0.0.1 is a loopback address: nothing was sent there" in done.out
    assert "1 broken" in done.out
    assert "1 ok" in run(tmp_path, "--allow-private").out


def test_json_has_all_of_it(tmp_path: Path, server: WireServer) -> None:
    """For programs: places, redirects, prices as numbers, and the same verdicts."""
    put(tmp_path, server, "good", "dearer", "old", "gone")
    done = run(tmp_path, "--allow-private", "--format", "json", "--strict")
    assert done.code == 1
    document = json.loads(done.out)
    assert document["format_version"] == "1.0"
    assert document["summary"] == {"ok": 3, "broken": 1, "unclear": 0}
    found = {link["offering_id"]: link for link in document["links"]}
    assert list(found) == ["c-dearer", "c-gone", "c-good", "c-old"]
    assert found["c-dearer"]["other_prices"] == [219]
    assert (found["c-dearer"]["price"], found["c-good"]["other_prices"]) == (199, [])
    assert (found["c-gone"]["verdict"], found["c-gone"]["status"], found["c-gone"]["line"]) == ("broken", 404, 7)
    assert found["c-old"]["redirects"] == [
        {"url": f"{server.url}/old", "status": 301, "to": f"{server.url}/new"},
    ]
    assert found["c-old"]["moved_to"] == f"{server.url}/new"


def test_a_page_of_several_offerings_is_asked_for_once(tmp_path: Path, server: WireServer) -> None:
    """And what is found is told of each of them; PATH narrows what is looked at."""
    put(tmp_path, server, "gone", "good")
    other = FILE.format(id="c-second", url=f"{server.url}/gone")
    (tmp_path / "offerings" / "second.yaml").write_text(other)
    done = run(tmp_path, "--allow-private", "offerings/gone.yaml", "offerings/second.yaml")
    assert [seen.path for seen in server.seen] == ["/gone", "/gone"]
    assert [seen.method for seen in server.seen] == ["HEAD", "GET"]
    assert done.out.count("there is no page (404 Not Found)") == 2
    assert "1 page of 2 offerings: 2 broken." in done.out


def test_quietly_there_is_the_summary_alone(tmp_path: Path, server: WireServer) -> None:
    """With -q, as for every command."""
    put(tmp_path, server, "gone")
    done = offerctl("-q", "check-links", "--allow-private", cwd=tmp_path)
    assert done.out == "1 page of 1 offering: 1 broken.\n"


def test_an_invented_address_is_told_as_one(tmp_path: Path, server: WireServer) -> None:
    """Whoever tries the examples sees no trouble of a network; a true address beside it is told as it is."""
    put(tmp_path, server, "gone")
    text = FILE.format(id="c-1", url="https://safety-training.example/c-1")
    (tmp_path / "offerings" / "a.yaml").write_text(text, "utf-8")
    first, second, _ = run(tmp_path, "--allow-private").out.splitlines()
    assert first.endswith("the address is invented, as those of examples are, and leads nowhere")
    assert second.endswith("there is no page (404 Not Found)")


def test_files_with_errors_come_first(tmp_path: Path, server: WireServer) -> None:
    """What they want is not known, so nothing is asked."""
    put(tmp_path, server, "good")
    (tmp_path / "offerings" / "bad.yaml").write_text("offeringId: bad\n")
    done = run(tmp_path, "--allow-private")
    assert done.code == 1
    assert server.seen == []
    assert "OFR" in done.err + done.out


def test_a_folder_without_offerings_has_no_pages(tmp_path: Path) -> None:
    """That is said, and no failure."""
    (tmp_path / "offerings").mkdir()
    done = run(tmp_path, "--strict")
    assert (done.code, done.out) == (0, "0 pages of 0 offerings: none.\n")


def test_what_a_page_says_is_harmless(tmp_path: Path) -> None:
    """A redirect can neither move the cursor nor forge a line."""
    to = "/x%1b[2J\x1b[2Jy\u202e".encode().decode("latin-1")
    with WireServer(lambda seen: page(302, Location=to) if seen.path == "/good" else page(404)) as server:
        put(tmp_path, server, "good")
        done = run(tmp_path, "--allow-private")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert len(done.out.splitlines()) == 2


# Prices


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("JHSC Part 1 $199.00 plus HST", ["199"]),
        ("$1,299", ["1299"]),
        ("$ 1,299.50 CAD", ["1299.5"]),
        ("CA$199", ["199"]),
        ("CAD 199.50", ["199.5"]),
        ("Prix\u00a0: 1\u202f299,00\u00a0$", ["1299"]),
        ("1 299,5 $ CA", ["1299.5"]),
        ("199\u00a0$ pour 13 heures", ["199"]),
        ("199,00 $ 13 h", ["199"]),
        ("<span>&#36;</span><span>199.00</span>", ["199"]),
        ("<td>$199</td><td>13</td>", ["199"]),
        ("<del>$249</del> <ins>$199</ins>", ["199"]),
        ("<s class=x>$249", []),
        ("US$5, US $6, 7 $ US and $8 USD", []),
        ("$0.00 (0 items)", []),
        ("<script>var price = '$5'</script><!-- $6 --><style>a:after{content:'$7'}</style>", []),
        ('<meta property="product:price:amount" content="219.00">', ["219"]),
        ("<meta content=219 itemprop=price >", ["219"]),
        (f"$5 {DATA}", ["219", "5"]),
        ('<script type="application/ld+json">' + "[" * 5_000, []),
        ("$199 and again $199.00", ["199"]),
        ("13 h, 2026-01-01, 12345", []),
    ],
)
def test_prices_are_found_as_people_write_them(text: str, prices: list[str]) -> None:
    """In English and French, marked for programs or not; none of the past, of other countries, of empty carts."""
    assert shown_prices(text.encode(), None) == tuple(map(Decimal, prices))


@pytest.mark.parametrize(
    "charset",
    [
        *(
            "iso-8859-1",
            "utf-8",
            "no-such-charset",
            "idna",
            "undefined",
            "punycode",
            "unicode_escape",
            "hex",
            "rot13",
        ),
        *("\0", "utf-8\0", "\u00e9", "../utf_8", " ", None),
    ],
)
def test_a_page_may_be_in_any_charset(charset: str | None) -> None:
    """Whatever its headers claim; what is no text is passed over."""
    assert shown_prices(b"\xff\xfe caf\xe9 \\ \\x $199.00", charset) == (Decimal(199),)


def test_the_charsets_of_pages_are_read() -> None:
    """A price beside letters of each, where two bytes can be one letter, too."""
    for charset in ("windows-1252", "utf-16le", "shift_jis", "gb18030", "iso-8859-15", "macintosh", "Big5"):
        assert shown_prices("199,00 $".encode(charset), charset) == (Decimal(199),), charset
