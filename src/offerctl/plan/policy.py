"""The provider's own bounds on what is listed, `[policy]` of the configuration: values, which `breaches` checks.

A rule that is broken is a warning of the plan; those that `refuse` names refuse it.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from offerctl.offering import normal_host


class Rule(StrEnum):
    """The rules of a policy, by the names of their settings."""

    MAX_PRICE_CHANGE = "max_price_change"
    ALLOWED_HOSTS = "allowed_hosts"
    KEEP_LANGUAGE = "keep_language"
    FREE_ALLOWED = "free_allowed"


ALL_RULES = "all"
"""What `--allow-policy` takes for every rule at once."""


class Policy(NamedTuple):
    """What a plan may do to prices, addresses and languages without a word; the default one bounds nothing.

    `max_price_change` is in per cent of the price last confirmed, up or down (none: any). `allowed_hosts` are the
    hosts of registration pages as `normal_host` has them (empty: any). `keep_language`: the last listing of a
    language stays. `free_allowed`: a price may be 0. Breaches of the rules in `refuse` refuse a plan.
    """

    max_price_change: Decimal | None = None
    allowed_hosts: frozenset[str] = frozenset()
    keep_language: bool = False
    free_allowed: bool = True
    refuse: frozenset[Rule] = frozenset()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that bound anything."""
        unbounded = Policy()
        return tuple(rule for rule in Rule if getattr(self, rule) != getattr(unbounded, rule))

    def document(self) -> dict[str, object]:
        """The policy as plain values, always the same for the same policy: fit for canonical JSON and a digest."""
        plain: dict[str, object] = {}
        for name, value in self._asdict().items():
            plain[name] = sorted(map(str, value)) if isinstance(value, frozenset) else value
        return plain


def host_of(url: str) -> str | None:
    r"""The host that a browser goes to; none where it is not certain (`\`, which one takes for `/`, or a `ß`)."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return normal_host(host) if host and "\\" not in url else None
