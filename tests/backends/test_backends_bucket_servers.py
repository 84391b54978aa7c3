"""Servers of buckets that mean harm, and what leads to them: no end, another's address, tokens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest

from offerctl.backends import open_backend
from offerctl.errors import ConfigError, StateMissing, StateUnavailable
from offerctl.state.backend import StateBackend
from support.states import document

KEYS = {"AWS_REGION": "x", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
ACCOUNT = {"AZURE_STORAGE_ACCOUNT_NAME": "mine"}
SESSION, SAS = {**KEYS, "AWS_SESSION_TOKEN": "5ess10n"}, {**ACCOUNT, "AZURE_STORAGE_SAS_TOKEN": "sv=1&sig=5as"}
KEPT = "prod.json.versions/00000009.json"


class Server(ThreadingHTTPServer):
    """Answers a list by `names`, on each of so many `pages`, and any object by the next `tag`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.names: list[str] = []
        self.pages = 1
        self.tag: Callable[[int], int] = lambda asked: asked
        self.asked: list[str] = []
        self.refusal: tuple[int, str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = cast("Server", self.server)
        server.asked.append(self.path)
        self.send_response(server.refusal[0] if server.refusal else 200)
        if "list-type" in self.path and not server.refusal:
            ends = len(server.asked) >= server.pages
            more = "" if ends else f"<NextContinuationToken>{len(server.asked)}</NextContinuationToken>"
            found = "".join(
                f"<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>1</ETag>"
                "<Size>1</Size></Contents>"
                for name in server.names
            )
            page = f"<IsTruncated>{str(not ends).lower()}</IsTruncated>{more}{found}"
            body = f"<ListBucketResult>{page}</ListBucketResult>".encode()
        elif server.refusal:
            body = server.refusal[1].encode()
        else:
            body = document(2)
            self.send_header("ETag", f'"{server.tag(len(server.asked))}"')
            self.send_header("Last-Modified", "Thu, 26 Nov 2026 09:52:55 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server() -> Iterator[Server]:
    """One that is up."""
    with serving() as one:
        yield one


def given(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def opened(folder: Path, endpoint: str | None, scheme: str = "s3") -> StateBackend:
    """The state of a bucket at that server."""
    clear = endpoint is not None and endpoint.startswith("http:")
    return open_backend(
        f"{scheme}://states/prod.json", root=folder, environment="prod", endpoint=endpoint, allow_http=clear
    )


@pytest.mark.parametrize("names", [[], [f"prod.json.versions/{n}" for n in range(1000)]], ids=["empty", "full"])
def test_a_list_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, names: list[str]
) -> None:
    """Where there is always one more page: by time where nothing is on them, and by number."""
    given(monkeypatch, KEYS)
    server.names, server.pages = names, 100
    monkeypatch.setattr("offerctl.backends.objects._LISTING", 20.0 if names else 0.3)
    with pytest.raises(
        StateUnavailable, match=r"the list of what is kept beside s3://states/prod[.]json does not end"
    ):
        opened(tmp_path, server.url).read()
    assert not names or len(server.asked) < 20


def test_a_state_that_is_another_each_time_is_not_looked_at_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """It follows none of the versions and has a new tag at each look: told; once it stands still, so is that."""
    given(monkeypatch, KEYS)
    server.names = [KEPT]
    with pytest.raises(StateUnavailable, match="is another one each time it is looked at"):
        opened(tmp_path, server.url).read()
    assert len(server.asked) == 5 * 3
    server.tag = lambda _: 1
    with pytest.raises(StateMissing, match="is older than it was"):
        opened(tmp_path, server.url).read()


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTP_PROXY", "http_proxy"])
def test_a_server_in_clear_is_reached_by_no_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, variable: str
) -> None:
    """A proxy would see the requests, with what they carry."""
    with serving() as proxy:
        given(monkeypatch, {**SESSION, variable: proxy.url})
        opened(tmp_path, server.url).read()
    assert proxy.asked == []
    assert server.asked


def test_no_variable_wins_over_the_configured_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """The library would go to the variable's; the same address twice is one."""
    given(monkeypatch, {**KEYS, "AWS_ENDPOINT_URL_S3": f"{server.url}/"})
    opened(tmp_path, server.url).read()
    with pytest.raises(ConfigError, match=r"^AWS_ENDPOINT_URL_S3 names another server than `endpoint`"):
        opened(tmp_path, "http://127.0.0.1:9")


SOMEBODYS = "https://storage.example"


@pytest.mark.parametrize(
    ("scheme", "variables", "endpoint"),
    [
        ("s3", SESSION, SOMEBODYS),
        ("s3", {**SESSION, "AWS_ENDPOINT_URL": SOMEBODYS}, None),
        ("s3", SESSION, "https://ec2-203-0-113-1.ca-central-1.compute.amazonaws.com"),
        ("s3", SESSION, "https://s3.ca-central-1.amazonaws.com.attacker.example"),
        ("s3", SESSION, "https://attackers3.amazonaws.com"),
        ("az", SAS, SOMEBODYS),
        ("az", {**ACCOUNT, "AZURE_STORAGE_SAS_KEY": "sv=1&sig=5as", "AZURE_STORAGE_ENDPOINT": SOMEBODYS}, None),
        ("az", SAS, "https://mine.blob.core.windows.net.attacker.example"),
    ],
)
def test_what_a_redirect_would_take_along_is_given_to_a_cloud_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, variables: dict[str, str], endpoint: str | None
) -> None:
    """The library follows redirects with a session's token in a header, and a whole SAS in `Referer`."""
    given(monkeypatch, variables)
    with pytest.raises(ConfigError, match=r"is not given to .*Nothing was sent") as caught:
        opened(tmp_path, endpoint, scheme)
    assert "5ess10n" not in caught.value.message
    assert "5as" not in caught.value.message


@pytest.mark.parametrize(
    ("scheme", "variables", "endpoint"),
    [
        ("s3", SESSION, None),
        ("s3", SESSION, "https://s3.ca-central-1.amazonaws.com"),
        ("s3", SESSION, "https://s3-fips.dualstack.us-east-1.amazonaws.com"),
        ("s3", SESSION, "https://bucket.vpce-1a2b-5c.s3.us-east-1.vpce.amazonaws.com"),
        ("s3", SESSION, "https://s3.cn-north-1.amazonaws.com.cn"),
        ("s3", SESSION, "http://127.0.0.1:9"),
        ("s3", KEYS, SOMEBODYS),
        ("az", SAS, None),
        ("az", SAS, "https://mine.blob.core.windows.net"),
        ("az", SAS, "https://mine.z01.blob.storage.azure.net"),
    ],
)
def test_a_clouds_own_server_is_given_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, variables: dict[str, str], endpoint: str | None
) -> None:
    """Under any of its names; and this machine, and a server that only sees signatures."""
    given(monkeypatch, variables)
    opened(tmp_path, endpoint, scheme)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ((404, "<Code>NoSuchBucket</Code>"), ("there is no bucket states at 127.0.0.1:", "make it")),
        ((404, "<html>Not here</html>"), ("the server at 127.0.0.1:", "Look at that address")),
        ((404, '{"error": {"key": "notFound"}}'), ("answered 404", "Look at that address")),
        ((400, "<Code>ExpiredToken</Code>"), ("expired, or this machine's clock is wrong", "credentials")),
        ((403, "<Code>RequestTimeTooSkewed</Code>"), ("clock is wrong (RequestTimeTooSkewed)", "cred")),
        ((400, "<Code>AuthorizationHeaderMalformed</Code>"), ("is in another region", "AWS_REGION")),
        ((403, "<Code>AccessDenied</Code>"), ("access was denied", "credentials")),
        ((400, "<Code>SecretInACode</Code>"), ("answered 400", "credentials")),
    ],
)
def test_a_refusal_says_what_is_wrong_and_where(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    refusal: tuple[int, str],
    told: tuple[str, str],
) -> None:
    """By the codes that are known; whoever answers 404 to everything is no missing bucket, to be made anew."""
    given(monkeypatch, KEYS)
    server.refusal = refusal
    with pytest.raises(StateUnavailable) as caught:
        opened(tmp_path, server.url).read()
    assert told[0] in caught.value.message
    assert told[1] in (caught.value.hint or "")
    assert "SecretInACode" not in str(caught.value)
