"""`[policy]`: the provider's own bounds on prices, addresses and languages."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from offerctl.characters import first_unfit
from offerctl.config.table import Table
from offerctl.offering import normal_host
from offerctl.plan.policy import Policy, Rule
from offerctl.wording import one_of

_KEYS = (*(rule.value for rule in Rule), "refuse")
_MOST_PERCENT = 10_000
_HOST = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)+"
_MOST_HOSTS = 1_000


def policy(table: Table) -> Policy:
    """The policy of the table; without one nothing is bounded.

    Raises:
        ConfigError: an unknown key, a value that cannot be, or `refuse` names what this policy does not bound.
    """
    table.only(_KEYS)
    bounds = Policy(
        max_price_change=_percent(table, Rule.MAX_PRICE_CHANGE),
        allowed_hosts=_hosts(table, Rule.ALLOWED_HOSTS),
        keep_language=table.flag(Rule.KEEP_LANGUAGE, default=False),
        free_allowed=table.flag(Rule.FREE_ALLOWED, default=True),
    )
    return bounds._replace(refuse=frozenset(_refuse(table, bounds)))


def _percent(table: Table, key: str) -> Decimal | None:
    value = table.values.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise table.error(key, f"`{key}` must be a number of per cent, such as 30")
    if not 0 <= value <= _MOST_PERCENT:
        raise table.error(key, f"`{key}` must be from 0 to {_MOST_PERCENT} per cent")
    return Decimal(str(value))


def _hosts(table: Table, key: str) -> frozenset[str]:
    hosts = table.texts(key, such_as="provider.example")
    if key in table.values and not hosts:
        raise table.error(key, f"`{key}` is empty, so that no address would do", hint="Leave it out to allow any.")
    if len(hosts) > _MOST_HOSTS:
        raise table.error(key, f"`{key}` has {len(hosts):,} hosts; at most {_MOST_HOSTS:,} are possible")
    found = set[str]()
    for host in hosts:
        normal = normal_host(host)
        if normal is None:
            raise table.error(
                key,
                f"`{host}` of `{key}` is a host that programs read in different ways",
                hint="Write it as DNS spells it, with xn--.",
            )
        if not re.fullmatch(_HOST, normal) or first_unfit(host):
            raise table.error(
                key,
                f"`{host}` of `{key}` is no host",
                hint="Write each whole, without https://, port, path or *: such as provider.example",
            )
        found.add(normal)
    return frozenset(found)


def _refuse(table: Table, bounds: Policy) -> list[Rule]:
    found = []
    for name in table.texts("refuse", such_as=Rule.MAX_PRICE_CHANGE):
        if name not in [*Rule]:
            hint = one_of(name, [*Rule], f"Known here: {', '.join(Rule)}.")
            raise table.error("refuse", f"`refuse` names `{name}`, which is no rule of a policy", hint=hint)
        if Rule(name) not in bounds.rules:
            raise table.error("refuse", f"`refuse` names `{name}`, which this policy does not set")
        found.append(Rule(name))
    return found
