"""Credentials come from the environment of the process and are shown nowhere."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from offerctl.config import Environment, load
from offerctl.config.credentials import Credentials
from offerctl.errors import ConfigError

SECRETS = {"OFFERCTL_API_KEY": "key-11", "OFFERCTL_API_TOKEN": "token-22", "OFFERCTL_API_SECRET": "secret-33"}
BEARER = {"OFFERCTL_BEARER_TOKEN": "bearer-44"}


def real(tmp_path: Path, auth: str = "bln") -> Environment:
    """A real environment that asks for these credentials."""
    text = f'[environments.x]\nbase_url = "https://marketplace.example"\nnetwork_key = "k"\nauth = "{auth}"\n'
    (tmp_path / "offerctl.toml").write_text(text)
    return load(cwd=tmp_path, environ={}).environment("x")


def credentials(tmp_path: Path, environ: dict[str, str], auth: str = "bln") -> Credentials:
    """What the configuration makes of these variables."""
    found = load(cwd=tmp_path, environ={}).credentials(real(tmp_path, auth), environ)
    assert found is not None
    return found


def test_the_header_is_that_of_the_api(tmp_path: Path) -> None:
    """Both schemes of the contract; blanks and the newline that a copied secret often ends in are dropped."""
    made = credentials(tmp_path, {name: f" {value}\n" for name, value in SECRETS.items()})
    assert (
        made.fields()["Authorization"]
        == "BLN type=api, version=1, entity=user, key=key-11, token=token-22, secret=secret-33"
    )
    assert credentials(tmp_path, BEARER, "bearer").fields() == {"Authorization": "Bearer bearer-44"}


def test_local_asks_for_none(tmp_path: Path) -> None:
    """The embedded Marketplace has no credentials, whatever is set."""
    config = load(cwd=tmp_path, environ={})
    assert config.credentials(config.environment(), {}) is None
    assert config.credentials(config.environment(), SECRETS) is None


@pytest.mark.parametrize(
    ("environ", "auth", "words"),
    [
        ({}, "bln", "set OFFERCTL_API_KEY, OFFERCTL_API_TOKEN and OFFERCTL_API_SECRET"),
        (SECRETS | {"OFFERCTL_API_TOKEN": " "}, "bln", "set OFFERCTL_API_TOKEN"),
        (SECRETS, "bearer", "set OFFERCTL_BEARER_TOKEN"),
        (SECRETS | {"OFFERCTL_API_KEY": "a\r\nX-Evil: 1"}, "bln", "OFFERCTL_API_KEY cannot go into a header"),
        (SECRETS | {"OFFERCTL_API_KEY": "a, secret=b"}, "bln", "OFFERCTL_API_KEY cannot go into a header"),
        ({"OFFERCTL_BEARER_TOKEN": "clé-44"}, "bearer", "OFFERCTL_BEARER_TOKEN cannot go into a header"),
    ],
)
def test_missing_and_garbled_variables_are_named_but_not_shown(
    tmp_path: Path, environ: dict[str, str], auth: str, words: str
) -> None:
    """The message helps without telling any value."""
    with pytest.raises(ConfigError) as caught:
        credentials(tmp_path, environ, auth)
    assert words in caught.value.message
    assert not any(value in f"{caught.value}{caught.value.hint}" for value in environ.values() if value.strip())


def test_nothing_that_shows_an_object_shows_a_secret(tmp_path: Path) -> None:
    """repr, str, format, copies, and tracebacks with local values."""
    made = credentials(tmp_path, SECRETS)
    shown = [repr(made), str(made), f"{made}", repr([made]), repr(replace(made))]

    def fails(secret: Credentials) -> None:
        raise ValueError("a fault while the credentials are at hand")

    try:
        fails(made)
    except ValueError as error:
        shown += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    assert any("a fault" in text for text in shown)
    assert not any(secret in text for text in shown for secret in SECRETS.values())


def test_credentials_cannot_be_written_away(tmp_path: Path) -> None:
    """Pickling would put them on a disk or into another process."""
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(credentials(tmp_path, SECRETS))
