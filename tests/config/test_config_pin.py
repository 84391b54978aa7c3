"""OFFERCTL_ALLOWED_BASE_URL: addresses that are not in it get neither a credential nor a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from offerctl.config import Environment, load
from offerctl.errors import ConfigError

SECRETS = {"OFFERCTL_API_KEY": "key-11", "OFFERCTL_API_TOKEN": "token-22", "OFFERCTL_API_SECRET": "secret-33"}
CLIENT = {"OFFERCTL_CLIENT_ID": "id-44", "OFFERCTL_CLIENT_SECRET": "secret-55"}
OAUTH2 = 'auth = "oauth2"\n[environments.prod.api]\ntoken_url = "https://login.example/token"\n'
PIN = "OFFERCTL_ALLOWED_BASE_URL"


def check(tmp_path: Path, url: str, pin: str, more: str = "") -> Environment:
    """The environment of that address, once it was asked for its credentials under a pin."""
    text = f'[environments.prod]\nbase_url = "{url}"\nnetwork_key = "k"\n{more}'
    (tmp_path / "offerctl.toml").write_text(text, "utf-8")
    config = load(cwd=tmp_path, environ={})
    found = config.environment("prod")
    assert config.credentials(found, {**SECRETS, **CLIENT, PIN: pin}) is not None
    return found


@pytest.mark.parametrize(
    ("url", "pin"),
    [
        ("https://marketplace.example", "https://marketplace.example"),
        ("https://marketplace.example/", "https://MARKETPLACE.example:443"),
        (
            "https://marketplace.example:8443/ca/",
            " https://sandbox.example , https://marketplace.example:8443/ca ,",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("https://anywhere.example", ""),
    ],
)
def test_an_address_of_the_pin_is_let_through(tmp_path: Path, url: str, pin: str) -> None:
    """In whatever way it is written, beside others; and any address where nothing is pinned."""
    check(tmp_path, url, pin)


@pytest.mark.parametrize(
    "url",
    [
        "https://marketplace.example.attacker.example",
        "https://marketplace.example:8443",
        "https://marketplace.example/ca/x",
        "https://marketplace.example/c",
        "https://marketplace.example/CA",
        "https://marketplace.example",
        "https://x.marketplace.example/ca",
        "https://marketplace.example.x/ca",
        "http://localhost/ca",
    ],
)
def test_another_address_is_refused(tmp_path: Path, url: str) -> None:
    """One that only begins like it, and one that it begins like: scheme, host, port and path are all compared."""
    with pytest.raises(ConfigError) as refused:
        check(tmp_path, url, "https://marketplace.example/ca")
    assert f"base_url of prod is {url}, which {PIN} does not allow. Nothing was sent." in refused.value.message
    assert refused.value.hint is not None
    assert "Allowed: https://marketplace.example/ca." in refused.value.hint


def test_what_gives_access_tokens_is_pinned_too(tmp_path: Path) -> None:
    """It gets the client's secret, so another one in the same pull request is as good as another Marketplace."""
    check(tmp_path, "https://a.example", "https://a.example, https://login.example/token", OAUTH2)
    with pytest.raises(ConfigError, match=r"^token_url of prod is https://login\.example/token, which"):
        check(tmp_path, "https://a.example", "https://a.example", OAUTH2)
    with pytest.raises(ConfigError, match=r"^token_url"):
        check(tmp_path, "https://a.example", "https://a.example, https://login.example", OAUTH2)


def test_the_server_of_a_bucket_is_pinned_too(tmp_path: Path) -> None:
    """It gets a cloud's credentials; that of the embedded Marketplace's state as well."""
    bucket = 'state = "s3://bucket/key"\nendpoint = "https://store.example/"\n'
    check(tmp_path, "https://a.example", "https://a.example,https://STORE.example:443", bucket)
    with pytest.raises(ConfigError, match=r"^endpoint of prod is https://store\.example, which"):
        check(tmp_path, "https://a.example", "https://a.example", bucket)
    (tmp_path / "offerctl.toml").write_text(f"[environments.local]\n{bucket}", "utf-8")
    with pytest.raises(ConfigError, match=r"^endpoint of local is https://store\.example, which"):
        load(cwd=tmp_path, environ={}).environment().check_allowed({PIN: "https://a.example"})


@pytest.mark.parametrize(
    ("scheme", "variable"),
    [
        ("s3", "AWS_ENDPOINT_URL"),
        ("s3", "AWS_ENDPOINT_URL_S3"),
        ("s3", "AWS_ENDPOINT"),
        ("s3", "AWS_ENDPOINT_URL_STS"),
        ("az", "AZURE_STORAGE_ENDPOINT"),
        ("az", "AZURE_ENDPOINT"),
    ],
)
def test_a_server_that_a_clouds_variable_names_is_pinned_too(tmp_path: Path, scheme: str, variable: str) -> None:
    """It gets the same as `endpoint`; without a state in that cloud the variable means nothing."""
    bucket, given = f'state = "{scheme}://bucket/key"\n', {variable: "https://Store.example/"}
    found = check(tmp_path, "https://a.example", "https://a.example", bucket)
    found.check_allowed({**given, PIN: "https://a.example, https://store.example"})
    found.check_allowed(given)
    with pytest.raises(ConfigError, match=rf"^{variable} of prod is https://store\.example, which"):
        found.check_allowed({**given, PIN: "https://a.example"})
    with pytest.raises(ConfigError, match=rf"^{variable} cannot be used: it must be https"):
        found.check_allowed({variable: "http://store.example", PIN: "https://a.example"})
    check(tmp_path, "https://a.example", "https://a.example").check_allowed({**given, PIN: "https://a.example"})


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        (" , ", "is set and names no address"),
        ("marketplace.example", "an address in it must be an address such as https://marketplace.example"),
        ("https://a.example,http://b.example", "an address in it must be https"),
        ("https://*.example", "an address in it has a host that can be none"),
        ("local:", "an address in it"),
        ("https://[::1", "an address in it must be an address"),
    ],
)
def test_a_pin_that_cannot_be_read_lets_nothing_through(tmp_path: Path, pin: str, words: str) -> None:
    """It was meant to keep something out."""
    with pytest.raises(ConfigError, match=f"^{PIN} ") as refused:
        check(tmp_path, "https://a.example", pin)
    assert words in refused.value.message


def test_local_is_pinned_by_nothing(tmp_path: Path) -> None:
    """The embedded Marketplace gets no credential and is at no address; a server of its state's bucket is."""
    config = load(cwd=tmp_path, environ={})
    config.environment().check_allowed({PIN: "https://a.example"})
    assert config.credentials(config.environment(), {PIN: "https://a.example"}) is None
