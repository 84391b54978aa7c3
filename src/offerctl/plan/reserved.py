"""What stands for something in examples: addresses that never lead anywhere, and the key of nobody.

Source of the addresses: RFC 2606 and RFC 6761.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from offerctl.offering import is_loopback
from offerctl.plan.model import Plan

_NAMES = frozenset({"example", "invalid", "test", "localhost"})
_NOBODYS_KEY = "your-network-key"
"""What `init` writes, to be replaced."""


def is_reserved(url: str) -> bool:
    """Whether nothing can ever be there: `https://marketplace.example`."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return host.rpartition(".")[2] in _NAMES and host != "localhost"


def is_nobodys(network_key: str) -> bool:
    """Whether it is the one that `init` writes, which stands for the provider's own."""
    return network_key.casefold() == _NOBODYS_KEY


def unreachable(plan: Plan) -> tuple[str, ...]:
    """Ids that the plan would list with a registration page that nobody can reach; none in a rehearsal."""
    base_url = plan.home.base_url
    if plan.home.is_local or is_loopback(urlsplit(base_url).hostname or "") or is_reserved(base_url):
        return ()
    put = ((change.offering_id, change.after) for change in plan.shown)
    return tuple(id_ for id_, after in put if after and is_reserved(after.external_registration_url))
