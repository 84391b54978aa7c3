"""How a Marketplace speaks: `collection`, `auth` and the table `[environments.NAME.api]` into a `Dialect`."""

from __future__ import annotations

import re
from typing import Literal, TypeVar, get_args

from offerctl.api import DEFAULT, Auth, Dialect, Header, KeyPlaces, Place, Signs
from offerctl.config.table import Table
from offerctl.config.urls import plain_url
from offerctl.wording import did_you_mean

COLLECTION = DEFAULT.collection
PROBED = "probed"
"""The day on which `probe` wrote the table; for people, and nothing else reads it."""
_TOKEN = ("token_url", "token_scope", "token_audience")
_KEYS = ("scheme", "entity", "headers", "network_key_in", "patch", "absent", "exists", *_TOKEN, PROBED)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ACTIONS = ("add", "patch", "delete")
_SIGNS = ("status", "codes", "messages")
_COLLECTION = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_SCOPE = re.compile(r"[!#-[\]-~]+(?: [!#-[\]-~]+)*")
"""One or more scopes with one blank between them. Source: RFC 6749, section 3.3."""
_AUDIENCE = re.compile(r"[!-~]+")
_VARIABLE = re.compile(r"OFFERCTL_[A-Z0-9_]{1,64}")
_TAKEN = frozenset({
    "accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length",
    "content-type", "cookie", "expect", "host", "keep-alive", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that this program or HTTP itself decides on."""
_DECIDED = frozenset({401, 408, 429})
"""Statuses whose meaning is fixed: no valid credentials, no answer in time, too many requests."""
_MOST = 20
_LONGEST = 1024
W = TypeVar("W", bound=str)


def dialect(table: Table) -> Dialect:
    """The dialect of one environment.

    Raises:
        ConfigError: an unknown key, or a value that cannot be; with its place.
    """
    api = table.table("api")
    api.only(_KEYS)
    if not _DAY.fullmatch(api.text(PROBED, "2026-01-01")):
        raise api.error(PROBED, f'`{PROBED}` must be a day such as "2026-11-26"')
    auth: Auth = _one_of(table, "auth", DEFAULT.auth, get_args(Auth))
    return Dialect(
        collection=_collection(table),
        auth=auth,
        scheme=_word(api, "scheme", DEFAULT.scheme),
        entity=_word(api, "entity", DEFAULT.entity),
        token_url=_token_url(table, api, auth),
        token_scope=_asked_for(api, "token_scope", _SCOPE, "one or more scopes with a blank between them"),
        token_audience=_asked_for(api, "token_audience", _AUDIENCE, "one name or address of visible ASCII"),
        headers=_headers(api.table("headers")),
        network_key_in=_key_places(api),
        patch=_one_of(api, "patch", DEFAULT.patch, get_args(Literal["changed", "full"])),
        absent=_signs(api, "absent", DEFAULT.absent),
        exists=_signs(api, "exists", DEFAULT.exists),
    )


def _collection(table: Table) -> str:
    path = table.text("collection", COLLECTION).rstrip("/")
    if not _COLLECTION.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise table.error("collection", f"`collection` must be a path such as {COLLECTION}")
    return path


def _one_of(table: Table, key: str, default: W, known: tuple[W, ...]) -> W:
    value = table.text(key, default)
    for word in known:
        if value == word:
            return word
    wrong = f"`{key}` must be {', '.join(known[:-1])} or {known[-1]}"
    raise table.error(key, wrong, hint=did_you_mean(value, known))


def _word(table: Table, key: str, default: str) -> str:
    value = table.text(key, default)
    if not _WORD.fullmatch(value):
        raise table.error(key, f"`{key}` must have 1 to 64 of A-Z a-z 0-9 . _ -, such as {default}")
    return value


def _token_url(table: Table, api: Table, auth: Auth) -> str | None:
    if "token_url" in api.values:
        return plain_url(api, "token_url")
    if auth == "oauth2":
        raise table.error(
            "auth",
            'auth = "oauth2" needs `token_url`, where access tokens come from',
            hint=f'Below [{".".join((*table.path, "api"))}]: token_url = "https://login.example/oauth2/token"',
        )
    return None


def _asked_for(api: Table, key: str, form: re.Pattern[str], wanted: str) -> str | None:
    """What the endpoint of the tokens is asked for beside them; nothing where nothing is given."""
    if key not in api.values:
        return None
    value = api.text(key, "")
    if len(value) > _LONGEST or not form.fullmatch(value):
        raise api.error(key, f"`{key}` must be {wanted}")
    return value


def _headers(table: Table) -> tuple[Header, ...]:
    if len(table.values) > _MOST:
        raise table.error(None, f"{len(table.values)} headers; at most {_MOST} are possible")
    found: dict[str, Header] = {}
    for name in table.values:
        if not _HEADER.fullmatch(name):
            raise table.error(name, f"`{name}` can be no header: write its name alone, without a colon")
        if name.casefold() in _TAKEN:
            raise table.error(name, f"the header `{name}` is set by offerctl itself")
        if name.casefold() in found:
            raise table.error(name, f"the header `{name}` is given twice")
        found[name.casefold()] = _header(table, name)
    return tuple(header for _, header in sorted(found.items()))


def _header(table: Table, name: str) -> Header:
    value = table.text(name, "")
    if not value.isascii() or not value.isprintable() or len(value) > _LONGEST or value != value.strip():
        raise table.error(name, f"the header `{name}` must be one line of visible ASCII")
    if not value.startswith("env:"):
        return Header(name=name, value=value)
    variable = value.removeprefix("env:")
    if not _VARIABLE.fullmatch(variable):
        # A variable of any name would let whoever writes this file send any secret of the machine.
        raise table.error(name, f"the header `{name}` must come from a variable such as env:OFFERCTL_FACADE_KEY")
    return Header(name=name, variable=variable)


def _key_places(api: Table) -> KeyPlaces:
    key, default, known = "network_key_in", KeyPlaces(), get_args(Place)
    value = api.values.get(key, {})
    if isinstance(value, str):
        place: Place = _one_of(api, key, "body", known)
        return KeyPlaces(add=place, patch=place, delete=place)
    if not isinstance(value, dict):
        raise api.error(key, f"`{key}` must be {', '.join(known)}, or a table of these for {', '.join(_ACTIONS)}")
    own = api.table(key)
    own.only(_ACTIONS)
    return KeyPlaces(
        add=_one_of(own, "add", default.add, known),
        patch=_one_of(own, "patch", default.patch, known),
        delete=_one_of(own, "delete", default.delete, known),
    )


def _signs(api: Table, key: str, default: Signs) -> Signs:
    """What is not given has its default; codes and messages go together, so that naming one drops the other's."""
    own = api.table(key)
    own.only(_SIGNS)
    words = default if not {"codes", "messages"} & own.values.keys() else Signs()
    status = _statuses(own) if "status" in own.values else default.status
    return Signs(
        status=status,
        codes=_texts(own, "codes") if "codes" in own.values else words.codes,
        messages=_texts(own, "messages") if "messages" in own.values else words.messages,
    )


def _statuses(table: Table) -> tuple[int, ...]:
    value = table.values["status"]
    if not isinstance(value, list) or any(type(item) is not int for item in value) or len(value) > _MOST:
        raise table.error("status", "`status` must be a list of HTTP statuses, such as [404]")
    if wrong := [item for item in value if not 400 <= item < 500 or item in _DECIDED]:  # noqa: PLR2004 - HTTP's own
        raise table.error(
            "status", f"`status` cannot name {wrong[0]}: only 4xx besides 401, 408 and 429 are a refusal"
        )
    return tuple(dict.fromkeys(value))


def _texts(table: Table, key: str) -> tuple[str, ...]:
    texts = table.texts(key)
    if len(texts) > _MOST or any(not text.strip() or len(text) > _LONGEST for text in texts):
        raise table.error(key, f"`{key}` must be at most {_MOST} texts that are not blank")
    return tuple(dict.fromkeys(texts))
