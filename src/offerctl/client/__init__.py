"""The wire, and the only door to httpx: the Marketplace, its access tokens, other HTTP APIs, and pages of the web.

httpx costs 180 ms to import: import this package only inside the functions that talk to a Marketplace.
"""

from offerctl.client.links import Links
from offerctl.client.marketplace import Authorization, Client, Exchange
from offerctl.client.page import Hop, Page, Reach
from offerctl.client.tokens import Tokens
from offerctl.client.transport import KEEPALIVE, MAX_BODY, Service, embedded

__all__ = [
    "KEEPALIVE",
    "MAX_BODY",
    "Authorization",
    "Client",
    "Exchange",
    "Hop",
    "Links",
    "Page",
    "Reach",
    "Service",
    "Tokens",
    "embedded",
]
