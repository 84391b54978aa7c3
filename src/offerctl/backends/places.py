"""Where in a bucket a state lives: `s3://BUCKET/KEY` and `az://CONTAINER/KEY`. Pure."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, get_args

from offerctl.errors import ConfigError

Scheme = Literal["s3", "az"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
_PLACE = r"(?P<scheme>s3|az)://(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[A-Za-z0-9!_.*'()=+@,/-]{1,900})"
"""A name that both clouds give, and a key of characters that mean nothing to either."""
_SUFFIX = ".state.json"
_CREDENTIALS = {
    "s3": "Its credentials are those of the AWS tools: AWS_REGION, and AWS_ACCESS_KEY_ID with "
    "AWS_SECRET_ACCESS_KEY, AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, or the machine's own.",
    "az": "Its credentials are those of the Azure tools: AZURE_STORAGE_ACCOUNT_NAME, and "
    "AZURE_STORAGE_ACCOUNT_KEY, AZURE_CLIENT_ID and AZURE_TENANT_ID with AZURE_FEDERATED_TOKEN_FILE or "
    "AZURE_CLIENT_SECRET, or the machine's own.",
}


class Bucket(NamedTuple):
    """One state's object. `endpoint` is that of a compatible server; `allow_http` lets it be plain HTTP."""

    scheme: Scheme
    name: str
    key: str
    endpoint: str | None = None
    allow_http: bool = False

    @property
    def shown(self) -> str:
        """As messages name it."""
        return f"{self.scheme}://{self.name}/{self.key}"

    @property
    def what(self) -> str:
        """What its cloud calls the whole."""
        return "bucket" if self.scheme == "s3" else "container"

    @property
    def credentials(self) -> str:
        """Where its credentials come from, for people."""
        return _CREDENTIALS[self.scheme]


def is_bucket(location: str) -> bool:
    """Whether a location names a bucket, rightly or wrongly."""
    return location.startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def place_of(location: str, environment: str, *, endpoint: str | None = None, allow_http: bool = False) -> Bucket:
    """The place of an environment's state; a key that ends with `/` is a folder, with `ENV.state.json` in it.

    Raises:
        ConfigError: no such place; nothing of it is quoted, as it may hold a password.
    """
    found = re.fullmatch(_PLACE, location)
    parts = found["key"].removesuffix("/").split("/") if found else []
    if found is None or any(part in {"", ".", ".."} for part in parts):
        raise ConfigError(
            "a state in a bucket is s3://BUCKET/KEY or az://CONTAINER/KEY",
            hint="KEY names the object; with / at its end it is a folder: s3://my-states/offerctl/",
        )
    key = f"{found['key']}{environment}{_SUFFIX}" if found["key"].endswith("/") else found["key"]
    scheme: Scheme = "s3" if found["scheme"] == "s3" else "az"
    return Bucket(scheme=scheme, name=found["name"], key=key, endpoint=endpoint, allow_http=allow_http)
