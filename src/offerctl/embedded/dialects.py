"""The thirteen ways in which the Marketplace may turn out to speak: what a server does, and what its client sets.

One table, so that whatever is rehearsed, drilled or tested can be so in each of them. D0 to D5 need no setting;
the others need the few lines that `settings` writes. Source: `.github/API.md`, section "Dialects".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from offerctl.api import KeyPlaces
from offerctl.embedded.refusal import Code, Refusal
from offerctl.errors import UsageError
from offerctl.standards import BUILT_IN, Standard, StandardKey, Standards

COLLECTION = "/api-v2/online-offerings"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address
_PROGRAM = Standard(
    key=StandardKey("JHSC-2014-1-10171"), name="JHSC - Part 1, program 10171 (English, Online)", language="en"
)
_PROGRAMME = Standard(
    key=StandardKey("JHSC-2014-1-10172"), name="JHSC - Part 1, program 10172 (French, Online)", language="fr"
)

Shape = Callable[[Refusal], object]
"""The JSON body of a refusal."""


def nested(name: str) -> Shape:
    """`{"error": {NAME: …, "message": …}}`."""
    return lambda refusal: {"error": {name: refusal.code.value, "message": refusal.message}}


def beside_status(name: str) -> Shape:
    """`{"statusCode": …, NAME: …, "message": …}`."""
    return lambda refusal: {"statusCode": refusal.status, name: refusal.code.value, "message": refusal.message}


def listed(refusal: Refusal) -> object:
    """`{"errors": [{"code": …, "message": …}]}`."""
    return {"errors": [{"code": refusal.code.value, "message": refusal.message}]}


def plain(refusal: Refusal) -> object:
    """`{"code": …, "message": …}`."""
    return {"code": refusal.code.value, "message": refusal.message}


def without_code(refusal: Refusal) -> object:
    """What is absent in words alone, everything else as D0 has it."""
    if refusal.code is Code.NOT_FOUND:
        return {"statusCode": refusal.status, "error": "Not Found", "message": "Offering not found"}
    return nested("code")(refusal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One dialect as a server speaks it.

    `environment` and `api` are the lines of configuration that its client needs; `{url}` is the server's address.
    `scheme` and `entity` are asked of the Authorization header as they are written, where they are not empty;
    `headers` must come with every request.
    """

    name: str
    about: str
    environment: tuple[str, ...] = ()
    api: tuple[str, ...] = ()
    further: tuple[Standard, ...] = ()
    collection: str = COLLECTION
    error: Shape = field(default=nested("code"))
    answers: Mapping[str, tuple[int, object]] = field(default_factory=dict)
    scheme: str = ""
    entity: str = ""
    headers: tuple[str, ...] = ()
    issues_tokens: bool = False
    network_key_in: KeyPlaces = field(default_factory=KeyPlaces)
    patch: Literal["changed", "full"] = "changed"
    taken: int = 400

    @property
    def standards(self) -> Standards:
        """The standard courses that the server knows."""
        return BUILT_IN.extended(self.further)

    def settings(self, environment: str, url: str) -> str:
        """What its client's `offerctl.toml` says: the lines of `[environments.NAME]` are open when it begins."""
        lines = [line.format(url=url) for line in self.environment]
        if self.api:
            lines += ["", f"[environments.{environment}.api]", *(line.format(url=url) for line in self.api)]
        for standard in self.further:
            lines += ["", f'[standards."{standard.key}"]', f'name = "{standard.name}"']
            lines += [f'language = "{standard.language}"']
        return "".join(f"{line}\n" for line in lines)


DIALECTS: Mapping[str, Spoken] = {
    spoken.name: spoken
    for spoken in (
        Spoken(name="D0", about='errors as {"error": {"code", "message"}}'),
        Spoken(name="D1", about='errors as {"error": {"key", "message"}}', error=nested("key")),
        Spoken(name="D2", about='errors as {"statusCode", "error", "message"}', error=beside_status("error")),
        Spoken(name="D3", about='errors as {"statusCode", "code", "message"}', error=beside_status("code")),
        Spoken(name="D4", about='errors as {"errors": [{"code", "message"}]}', error=listed),
        Spoken(
            name="D5",
            about="errors with the code at the top, and JSON bodies on success",
            error=plain,
            answers={
                "POST": (201, {"code": 0, "message": "created"}),
                "PATCH": (200, {"code": 0, "message": "updated"}),
                "DELETE": (200, {"code": 0, "message": "deleted"}),
            },
        ),
        Spoken(
            name="D6",
            about="the sibling API's header: scheme in lower case, entity=network, training-provider-id",
            api=('scheme = "bln"', 'entity = "network"', 'headers = {{"training-provider-id" = "tp-1"}}'),
            error=nested("key"),
            scheme="bln",
            entity="network",
            headers=("training-provider-id",),
        ),
        Spoken(
            name="D7",
            about="the later facade: OAuth 2, a header `key`, no networkKey, keys per program",
            environment=('collection = "/OnlineOffering"', 'auth = "oauth2"'),
            api=(
                f'token_url = "{{url}}{TOKEN_PATH}"',
                'headers = {{key = "env:OFFERCTL_FACADE_KEY"}}',
                'network_key_in = "none"',
            ),
            further=(_PROGRAM, _PROGRAMME),
            collection="/OnlineOffering",
            headers=("key",),
            issues_tokens=True,
            network_key_in=KeyPlaces(add="none", patch="none", delete="none"),
        ),
        Spoken(
            name="D8",
            about="Delete takes the networkKey from the query, and no body",
            api=('network_key_in = {{delete = "query"}}',),
            network_key_in=KeyPlaces(delete="query"),
        ),
        Spoken(
            name="D9",
            about="Patch must carry every attribute that can be patched",
            api=('patch = "full"',),
            patch="full",
        ),
        Spoken(
            name="D10",
            about="what is absent is a 404 without a code, told from an unknown path by its words alone",
            api=('absent = {{status = [404], codes = [], messages = ["offering not found"]}}',),
            error=without_code,
        ),
        Spoken(
            name="D11",
            about="a second Add of an id answers 422",
            api=("exists = {{status = [422]}}",),
            taken=422,
        ),
        Spoken(name="D12", about="further standard courses", further=(_PROGRAM, _PROGRAMME)),
    )
}
PLAIN = DIALECTS["D0"]


def named(name: str) -> Spoken:
    """The dialect of that name.

    Raises:
        UsageError: there is none.
    """
    if name.upper() in DIALECTS:
        return DIALECTS[name.upper()]
    raise UsageError(f"there is no dialect {name}: they are {', '.join(DIALECTS)}")
