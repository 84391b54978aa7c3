"""The pin: which addresses credentials may go to, by a variable that no pull request can change.

The configuration says where offerctl writes, and is part of the repository. The variable OFFERCTL_ALLOWED_BASE_URL
stands where the credentials stand, in a deployment environment, and an address that it does not name gets none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from offerctl.characters import sanitize
from offerctl.config.urls import normal_url
from offerctl.errors import ConfigError

VARIABLE = "OFFERCTL_ALLOWED_BASE_URL"


def check_allowed(
    environment: str,
    receivers: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Refuse an environment with an address that is not pinned; without a pin none is refused.

    `receivers` are the addresses that get credentials, the API's or a cloud's, by their setting; `variables` those
    that stand in no file, by their name, and are in no normal form yet. Addresses are compared whole, in their
    normal form: one that only begins like another is another one.

    Raises:
        ConfigError: one of them is not allowed, or the pin or a variable holds something else than addresses.
    """
    pin = environ.get(VARIABLE, "")
    if not pin:
        return
    allowed = _addresses(pin)
    named = {name: _normal(name, url) for name, url in variables.items()}
    for setting, url in {**receivers, **named}.items():
        if url not in allowed:
            raise ConfigError(
                f"{setting} of {environment} is {sanitize(url)}, which {VARIABLE} does not allow. "
                "Nothing was sent.",
                hint=f"Allowed: {', '.join(allowed)}. If another address is meant, whoever keeps the credentials "
                f"adds it to {VARIABLE}, which stands beside them.",
            )


def _normal(name: str, url: str) -> str:
    try:
        return normal_url(url)
    except ValueError as error:
        raise ConfigError(f"{name} cannot be used: it {error}") from None


def _addresses(pin: str) -> tuple[str, ...]:
    given = [part.strip() for part in pin.split(",") if part.strip()]
    try:
        found = tuple(normal_url(url) for url in given)
    except ValueError as error:
        raise ConfigError(f"{VARIABLE} cannot be used: an address in it {error}") from None
    if not found:
        raise ConfigError(f"{VARIABLE} is set and names no address", hint="Take it away, or give the address.")
    return found
