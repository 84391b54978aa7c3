"""Who a job is, told to a cloud: GitHub's service of tokens in small, and moto's STS, behind TLS as it must be.

with identity(tmp_path, s3_server) as who:
    who.tokens, who.cloud      # the environments of a job that may ask, and of a machine that reaches this STS
    who.audiences, who.roles   # what was asked for
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, urlsplit

from support.certificates import self_signed
from support.cloud import Asked, relay

REQUEST = "the-request-s-own-secret"
"""What stands in the environment of a job that may ask."""
_STS = "AWS4-HMAC-SHA256 Credential=x/20260101/ca-central-1/sts/aws4_request, SignedHeaders=host, Signature=x"
"""By this moto knows which service is meant, of a request that nobody signs."""


@dataclass(slots=True, kw_only=True)
class Identity:
    """Two services, and what they were asked: `roles` are pairs of a role and the token that was shown for it."""

    tokens: Mapping[str, str]
    cloud: Mapping[str, str]
    audiences: list[str]
    roles: list[tuple[str, str]] = field(default_factory=list)


class _Service(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.audiences: list[str] = []


class _Call(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """A token of this audience, for whoever shows the request's secret."""
        service = cast("_Service", self.server)
        if self.headers.get("Authorization") != f"bearer {REQUEST}":
            self.send_error(401)
            return
        [audience] = parse_qs(urlsplit(self.path).query)["audience"]
        service.audiences.append(audience)
        answer = json.dumps({"count": 1, "value": f"token-{len(service.audiences)}-for-{audience}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def identity(folder: Path, s3_server: str) -> Iterator[Identity]:
    """Both services; sessions are those of that server's STS."""
    # The cloud's client takes no certificate that may sign others for a server's own.
    certificate = self_signed(folder, "basicConstraints=critical,CA:FALSE")
    with _Service() as service, relay(s3_server) as sts:
        threading.Thread(target=service.serve_forever, args=(0.02,), daemon=True).start()
        sts.socket = certificate.server.wrap_socket(sts.socket, server_side=True)
        who = Identity(
            tokens={
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{service.server_address[1]}/?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST,
            },
            cloud={
                "AWS_ENDPOINT_URL_STS": sts.url.replace("http:", "https:"),
                "SSL_CERT_FILE": str(certificate.file),
            },
            audiences=service.audiences,
        )

        def assume(asked: Asked) -> bool:
            said = parse_qs(urlsplit(asked.path).query)
            assert said["Action"] == ["AssumeRoleWithWebIdentity"]
            who.roles.append((said["RoleArn"][0], said["WebIdentityToken"][0]))
            asked.headers["Authorization"] = _STS
            return True

        sts.before = assume
        yield who
        service.shutdown()
