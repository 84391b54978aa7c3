"""Nothing of a cloud's credentials appears anywhere, whatever its server repeats and its library says."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import pytest

from offerctl.backends import open_backend
from offerctl.errors import ConfigError, StateUnavailable
from support.certificates import self_signed
from support.cli import offerctl
from support.cloud import without_clouds

SECRET, SESSION, ID = "5ecr3t/of+the/test", "5ess10n-of-the-test", "AKIA0F0THE0TEST"
CONFIGURATION = """\
default_environment = "trial"
[environments.trial]
base_url = "https://marketplace.example"
network_key = "pro-1"
state = "{state}"
"""
COMMANDS = (
    ("-v", "plan"),
    ("apply", "--auto-approve"),
    ("history",),
    ("state", "pull"),
    ("state", "move", "--from", "file:old.json"),
)


class Telltale(ThreadingHTTPServer):
    """Refuses all with that status, and repeats in its answer what it was sent, as clouds do for developers."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.status = status
        self.signatures: list[str] = []


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _refuse(self) -> None:
        server = cast("Telltale", self.server)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signature = re.split(r"Signature=|:", self.headers.get("Authorization", "none:none"))[-1]
        server.signatures.append(signature)
        told = (
            f"<?xml version='1.0'?><Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{ID}</AWSAccessKeyId>"
            f"<SignatureProvided>{signature}</SignatureProvided><CanonicalRequest>{self.path} {self.headers}"
            f"</CanonicalRequest><Was>{SECRET} {SESSION}</Was></Error>"
        ).encode()
        self.send_response(server.status, f"No {signature}")
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _refuse  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def telltale(status: int) -> Iterator[Telltale]:
    with Telltale(status) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def environment(scheme: str, port: int) -> dict[str, str]:
    """Keys that lead to that server."""
    if scheme == "s3":
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "ca-central-1",
            "AWS_ACCESS_KEY_ID": ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": SESSION,
        }
    return {
        "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{port}/{ID.lower()}",
        "AZURE_ALLOW_HTTP": "true",
        "AZURE_STORAGE_ACCOUNT_NAME": ID.lower(),
        "AZURE_STORAGE_ACCOUNT_KEY": base64.b64encode(SECRET.encode()).decode(),
    }


def check_silent(text: str, *more: str) -> None:
    """That none of it is told, in a usual encoding either."""
    hidden = (SECRET, SESSION, ID, ID.lower(), base64.b64encode(SECRET.encode()).decode(), *more)
    assert [one for one in hidden if one in text] == [], text
    assert not re.search("Signature|Authorization|Traceback|panicked", text), text


@pytest.mark.deep
@pytest.mark.parametrize("status", [403, 400])
@pytest.mark.parametrize("scheme", ["s3", "az"])
def test_a_server_that_repeats_the_request_is_not_repeated(tmp_path: Path, scheme: str, status: int) -> None:
    """Its status is told, and its bucket; no command says more, on either stream, however talkative it is."""
    configuration = CONFIGURATION.format(state=f"{scheme}://my-states/offerctl/")
    (tmp_path / "offerctl.toml").write_text(configuration, "utf-8")
    (tmp_path / "offerings").mkdir()
    with telltale(status) as server:
        env = environment(scheme, server.server_address[1])
        for command in COMMANDS:
            done = offerctl(*command, cwd=tmp_path, env=env)
            assert done.code == 1, done
            check_silent(str(done), *server.signatures)
        asked, port = len(server.signatures), server.server_address[1]
        said = offerctl("plan", cwd=tmp_path, env=env).err
    assert asked >= len(COMMANDS) - 1
    assert "none" not in server.signatures, "every request was signed"
    variable = "AWS_ENDPOINT_URL" if scheme == "s3" else "AZURE_STORAGE_ENDPOINT"
    why = "access was denied" if status == 403 else f"the server at 127.0.0.1:{port} ({variable}) answered 400"
    assert f"the state at {scheme}://my-states/offerctl/trial.state.json cannot be read: {why}" in said


@pytest.mark.deep
def test_a_token_that_is_refused_is_not_repeated(tmp_path: Path) -> None:
    """The cloud's own service repeats the token in its answer, and the token is part of the address."""
    (tmp_path / "offerctl.toml").write_text(CONFIGURATION.format(state="s3://my-states/offerctl/"), "utf-8")
    (tmp_path / "offerings").mkdir()
    (tmp_path / "token").write_text(SESSION, "utf-8")
    certificate = self_signed(tmp_path, "basicConstraints=critical,CA:FALSE")
    with telltale(403) as server:
        server.socket = certificate.server.wrap_socket(server.socket, server_side=True)
        env = {
            "AWS_ENDPOINT_URL_STS": f"https://127.0.0.1:{server.server_address[1]}",
            "AWS_REGION": "ca-central-1",
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/offerctl",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
            "SSL_CERT_FILE": str(certificate.file),
        }
        done = offerctl("-v", "plan", cwd=tmp_path, env=env)
    assert done.code == 1, done
    assert len(server.signatures) == 1, "it was asked"
    assert "cannot be read: access was denied" in done.err
    check_silent(str(done))


@pytest.mark.parametrize(
    ("scheme", "name", "value"),
    [
        ("s3", "AWS_SESSION_TOKEN", f"{SESSION}\n"),
        ("s3", "AWS_SECRET_ACCESS_KEY", f"{SECRET}\r\n"),
        ("s3", "AWS_REGION", "ca-central-1\n"),
        ("s3", "AWS_ENDPOINT_URL", f"://{SECRET}"),
        ("s3", "AWS_ENDPOINT_URL", f"https://user:{SECRET}@"),
        ("s3", "AWS_ENDPOINT_URL", f"https://user:{SESSION}@storage.example"),
        ("az", "AZURE_STORAGE_ACCOUNT_NAME", "mine\n"),
        ("az", "AZURE_STORAGE_ENDPOINT", f"{SESSION}:::"),
        ("az", "AZURE_CLIENT_SECRET", f"{SECRET}\n"),
    ],
)
def test_a_value_that_can_be_none_is_named_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, name: str, value: str
) -> None:
    """A secret that was pasted with its line break, say, over which the library would give up with a traceback."""
    for variable, given in {**environment(scheme, 9), name: value}.items():
        monkeypatch.setenv(variable, given)
    with pytest.raises(ConfigError) as caught:
        open_backend(f"{scheme}://my-states/x.json", root=tmp_path, environment="prod")
    assert name in caught.value.message
    check_silent(f"{caught.value.message} {caught.value.hint}")


@pytest.mark.deep
def test_a_library_that_gives_up_is_told_as_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Over an endpoint of the configuration, say, that no check of ours knows: still one message."""
    for variable, given in environment("s3", 9).items():
        monkeypatch.setenv(variable, given)
    monkeypatch.setattr("offerctl.backends.objects.check_variables", lambda *_: None)
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{SESSION}\n")
    with pytest.raises(StateUnavailable, match="its settings or credentials are of no use") as caught:
        open_backend("s3://my-states/x.json", root=tmp_path, environment="prod").read()
    check_silent(f"{caught.value.message} {caught.value.hint}")
    assert SESSION not in capfd.readouterr().err


@pytest.mark.deep
@pytest.mark.parametrize(
    ("scheme", "names"),
    [
        ("s3", ("AWS_REGION", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME")),
        ("az", ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_TENANT_ID", "AZURE_CLIENT_ID")),
    ],
)
def test_what_a_forks_run_has_of_a_cloud_is_no_state_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, names: tuple[str, ...]
) -> None:
    """Empty variables and a token that is not there: unavailable, as `ci plan` expects of a fork."""
    for variable in set(environment(scheme, 9)) - set(without_clouds()):
        monkeypatch.delenv(variable, raising=False)
    for variable in names:
        monkeypatch.setenv(variable, "")
    token = "AWS_WEB_IDENTITY_TOKEN_FILE" if scheme == "s3" else "AZURE_FEDERATED_TOKEN_FILE"
    monkeypatch.setenv(token, str(tmp_path / "no.token"))
    with pytest.raises(
        StateUnavailable, match=f"cannot be read: there is no token in the file that {token} names"
    ):
        open_backend(f"{scheme}://my-states/x.json", root=tmp_path, environment="prod").read()
