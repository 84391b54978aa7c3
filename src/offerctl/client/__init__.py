"""The wire, and the only door to httpx: the Marketplace, the endpoint of its access tokens, and other HTTP APIs.

httpx costs 180 ms to import: import this package only inside the functions that talk to a Marketplace.
"""

from offerctl.client.marketplace import Authorization, Client, Exchange
from offerctl.client.tokens import Tokens
from offerctl.client.transport import KEEPALIVE, MAX_BODY, Service, embedded

__all__ = [
    "KEEPALIVE",
    "MAX_BODY",
    "Authorization",
    "Client",
    "Exchange",
    "Service",
    "Tokens",
    "embedded",
]
