"""`[policy]` of the configuration: what it says, and how its mistakes are told."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from offerctl.config import load
from offerctl.errors import ConfigError
from offerctl.plan import Policy, Rule


def policy(folder: Path, text: str) -> Policy:
    (folder / "offerctl.toml").write_text(f"[policy]\n{text}\n", "utf-8")
    return load(cwd=folder, environ={}).policy


def test_without_a_table_nothing_is_bounded(tmp_path: Path) -> None:
    """Nor with an empty one."""
    assert load(cwd=tmp_path, environ={}).policy == policy(tmp_path, "") == Policy()
    assert Policy().rules == ()


def test_every_rule(tmp_path: Path) -> None:
    """Hosts are kept as they are compared, and per cent exactly as written."""
    text = (
        "max_price_change = 12.1\n"
        'allowed_hosts = ["Provider.Example.", "école.example"]\n'
        "keep_language = true\n"
        "free_allowed = false\n"
        'refuse = ["max_price_change", "keep_language"]\n'
    )
    assert policy(tmp_path, text) == Policy(
        max_price_change=Decimal("12.1"),
        allowed_hosts=frozenset({"provider.example", "xn--cole-9oa.example"}),
        keep_language=True,
        free_allowed=False,
        refuse=frozenset({Rule.MAX_PRICE_CHANGE, Rule.KEEP_LANGUAGE}),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('max_price_change = "30%"', "`max_price_change` must be a number of per cent, such as 30"),
        ("max_price_change = true", "`max_price_change` must be a number of per cent, such as 30"),
        ("max_price_change = nan", "`max_price_change` must be a number of per cent, such as 30"),
        ("max_price_change = -1", "`max_price_change` must be from 0 to 10000 per cent"),
        ('allowed_hosts = "provider.example"', 'list of texts, such as ["provider.example"]'),
        ("allowed_hosts = []", "`allowed_hosts` is empty, so that no address would do"),
        (
            'allowed_hosts = ["https://provider.example"]',
            "`https://provider.example` of `allowed_hosts` is no host",
        ),
        ('allowed_hosts = ["provider.example:443"]', "`provider.example:443` of `allowed_hosts` is no host"),
        ('allowed_hosts = ["*.provider.example"]', "`*.provider.example` of `allowed_hosts` is no host"),
        ('allowed_hosts = ["localhost"]', "`localhost` of `allowed_hosts` is no host"),
        (r'allowed_hosts = ["provider\u2800.example"]', r"`provider\u2800.example` of `allowed_hosts` is no host"),
        ('allowed_hosts = ["claß.example"]', "`claß.example` of `allowed_hosts` is a host that programs read in"),
        ("keep_language = 1", "`keep_language` must be true or false"),
        ("free_allowed = 'no'", "`free_allowed` must be true or false"),
        ('free_allowed = false\nrefuse = "free_allowed"', 'list of texts, such as ["max_price_change"]'),
        ('refuse = ["max_prices"]', "`refuse` names `max_prices`, which is no rule of a policy"),
        ('refuse = ["max_price_change"]', "`refuse` names `max_price_change`, which this policy does not set"),
        ('free_allowed = true\nrefuse = ["free_allowed"]', "which this policy does not set"),
        ("max_price = 30", "unknown key `max_price`"),
    ],
)
def test_what_bounds_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """At its place: a rule that silently holds nothing is worse than none."""
    with pytest.raises(ConfigError) as caught:
        policy(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.message.startswith(f"offerctl.toml:{text.count(chr(10)) + 2}:1: ")


def test_a_policy_is_no_table_by_accident(tmp_path: Path) -> None:
    """It is told as any other setting is."""
    (tmp_path / "offerctl.toml").write_text("policy = true\n", "utf-8")
    with pytest.raises(ConfigError, match="`policy` must be a table"):
        load(cwd=tmp_path, environ={})


def test_the_readme_shows_every_rule(tmp_path: Path) -> None:
    """Its example is a policy, as it stands."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    [example] = re.findall(r"^```toml\n\[policy\]\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    shown = policy(tmp_path, example)
    assert shown.rules == tuple(Rule)
    assert shown.refuse == {Rule.ALLOWED_HOSTS}
