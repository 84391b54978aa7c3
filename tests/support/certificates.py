"""Certificates for servers on loopback, made anew by `openssl`, so that none can expire in the repository."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate that vouches for itself: `file` for who shall trust it, `server` for who shows it."""

    file: Path
    server: ssl.SSLContext


def self_signed(folder: Path, *more: str) -> Authority:
    """One for `marketplace.example` and 127.0.0.1, good for two days, with these extensions, too."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    extensions = (
        "subjectAltName=DNS:marketplace.example,IP:127.0.0.1",
        "keyUsage=critical,digitalSignature,keyCertSign",
        *more,
    )
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=marketplace.example", "-keyout", str(key), "-out", str(certificate)),
            *(part for extension in extensions for part in ("-addext", extension)),
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return Authority(file=certificate, server=server)
