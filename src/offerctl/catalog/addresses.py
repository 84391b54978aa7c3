"""What is wrong with a registration address, which part of it, and the address that was certainly meant."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from offerctl.catalog.codes import Code
from offerctl.catalog.looks import mixed_word, within_quotes
from offerctl.catalog.nearest import EXAMPLES, distance
from offerctl.catalog.placeholders import A_PLACEHOLDER, placeholder, placeholder_host
from offerctl.catalog.problem import FieldError
from offerctl.catalog.shown import shortened, spelled
from offerctl.errors import InvalidOffering
from offerctl.offering import MAX_URL, check_url, normal_host

FIELD = "externalRegistrationUrl"
# What most addresses are: nothing more need be looked at.
_PLAINLY_RIGHT = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}(?::[1-9][0-9]{0,3})?"
    r"(?:[/?#](?:[A-Za-z0-9._~/?#!$()*+=:@%-]|&(?![A-Za-z#]\w*;)|[,;](?!$))*)?"
)
_MAYBE_PLACEHOLDER = re.compile(r"(?i)://(?:[^/?#]*\.)?(?:example|your|my|votre|mon|domain|website)")
_NOT_IN_ADDRESS = re.compile("[\\s\u200c\u200d]")
_DRESS = (
    re.compile(r"!?\[(?P<label>[^\]]*)\]\((?P<url>\S+?)(?:\s+[\"'][^\"']*[\"'])?\)"),
    re.compile(r"<(?:URL:)?(?P<url>[^<>\s]+)>"),
    re.compile(r"\[(?P<url>https?://[^\]\s]+)\]"),
    re.compile(r"\((?P<url>https?://[^()\s]+)\)"),
    re.compile(r"`+(?P<url>[^`\s]+)`+"),
    re.compile(r"(?:\*\*|__)(?P<url>[^*\s]+?)(?:\*\*|__)"),
    re.compile(r"\[url(?:=[^\]]*)?\](?P<url>[^\[\s]+)\[/url\]"),
    re.compile(r"<a\s[^>]*href=[\"'](?P<url>[^\"'\s]+)[\"'][^>]*>.*</a>", re.IGNORECASE),
)
_SCHEME = re.compile(r"(?P<word>[A-Za-z]{2,8})(?P<signs>[\s:;/\\.,|]{1,6})(?P<rest>[^\s:;/\\.,|].*)", re.DOTALL)
_TWICE = re.compile(r"(?P<first>https?)[:/]+(?P<second>https?)(?::/*|//+)(?P<rest>[^/].*)", re.IGNORECASE)
_NEVER = re.compile(r'["<>`{}\\\u2018\u2019\u201c-\u201e\u00ab\u00bb\u2026]')
_SCHEMES = ("http", "https")
_BARE_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?:[:/?#]\S*)?", re.IGNORECASE)
_ON_A_COMPUTER = re.compile(r"(?i)[a-z]:[\\/]|\\\\|file:")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


def address_error(value: str) -> FieldError | None:
    """What is wrong with an address; none where nothing is."""
    if _PLAINLY_RIGHT.fullmatch(value) and len(value) <= MAX_URL and not _is_placeholder(value):
        return None
    for look in _LOOKS:
        if found := look(value):
            return found
    return None


def is_right(value: str) -> bool:
    """Whether an address has nothing wrong with it."""
    return address_error(value) is None


def _is_placeholder(value: str) -> bool:
    return _MAYBE_PLACEHOLDER.search(value) is not None and placeholder_host(
        re.split("[/?#:]", value.partition("://")[2], maxsplit=1)[0]
    )


def _blanks_around(value: str) -> FieldError | None:
    bare = value.strip()
    if bare == value or not bare or not is_right(bare):
        return None
    return FieldError(Code.VALUE, "spaces at the ends of the value", f"write {shortened(bare, 60)}", bare)


def _dressed(value: str) -> FieldError | None:
    """Quotes, or the signs of another language, around the address."""
    bare = value.strip()
    inner, what = within_quotes(bare), "the address without the quotes"
    for dress in _DRESS:
        if inner is None and (found := dress.fullmatch(bare)):
            inner, what = found["url"], "the address alone, without what stands around it"
    if inner is None or inner == value:
        return None
    right = inner if is_right(inner) else None
    hint = f"write {shortened(inner, 120)}" if right else None
    return FieldError(Code.VALUE, f"`{FIELD}` must be {what}", hint, right)


def _too_long(value: str) -> FieldError | None:
    if len(value) <= MAX_URL:
        return None
    return FieldError(
        Code.VALUE,
        f"`{FIELD}` has {len(value):,} characters; at most {MAX_URL:,} are possible",
        "write a shorter address; what stands behind ? can often go",
    )


def _filled_in(value: str) -> FieldError | None:
    found = placeholder(value, FIELD) or (_is_placeholder(value) and value)
    if not found:
        return None
    message = f"{A_PLACEHOLDER} `{FIELD}`"
    return FieldError(Code.PLACEHOLDER, message, "the address of the page where a visitor books")


def _slip(value: str) -> FieldError | None:
    """`https:` is there, but not as it must be."""
    if found := _TWICE.fullmatch(value):
        scheme = found["second"].lower()
        meant = f"{scheme}://{found['rest']}"
        is_certain = found["first"].lower() in {scheme, "http"} and scheme == "https" and is_right(meant)
        twice = f"{found['first'].lower()}://"
        message = f"`{FIELD}` begins with {twice} twice" if found["first"].lower() == scheme else None
        message = message or f"`{FIELD}` begins twice, with {twice} and with {scheme}://"
        same = found["first"].lower() == scheme and is_right(meant)
        fix = meant if is_certain or same else None
        return FieldError(Code.VALUE, message, f"write {shortened(meant, 120)}", fix)
    found = _SCHEME.fullmatch(value)
    if found is None or (found["signs"] == "://" and found["word"].lower() in {*_SCHEMES}):
        return None
    word = found["word"].lower()
    if not _is_near_scheme(word) or not set(found["signs"]) & set(":/\\;"):
        return None
    meant = f"{'http' if word == 'http' else 'https'}://{found['rest']}"
    if not is_right(meant):
        return None
    fix = meant if word in {*_SCHEMES} else None
    message = f"`{FIELD}` must start with https://, written exactly so"
    return FieldError(Code.VALUE, message, f"did you mean `{shortened(meant, 120)}`?", fix)


def _is_near_scheme(word: str) -> bool:
    return word in {*_SCHEMES} or (
        len(word) >= len(_SCHEMES[0]) - 1 and min(distance(word, "https"), distance(word, "http")) == 1
    )


def _inside(value: str) -> FieldError | None:
    """A sign that no address has."""
    bare = value.strip()
    if found := re.search(r"\s+", bare):
        start = found.start() + len(value) - len(value.lstrip())
        sign = found[0][0]
        what = "space" if sign == " " else f"space or invisible character {spelled(sign)}"
        message = (
            f"`{FIELD}` holds the {what}" if sign != " " else f"`{FIELD}` holds a space, which no address can"
        )
        code = Code.VALUE if sign == " " else Code.CHARACTER
        hint = _several(bare) or "delete it, or write %20"
        return FieldError(code, message, hint, None, (start, start + len(found[0])))
    found = _NEVER.search(value)
    if found is None:
        return None
    at = (found.start(), found.end())
    if found[0] == "\\":
        return _backslash(value, at)
    if found[0] == "\u2026":
        return FieldError(Code.VALUE, f"`{FIELD}` was shortened (it holds …)", "copy the whole address", None, at)
    sign = found[0] if found[0].isascii() else spelled(found[0])
    return FieldError(Code.VALUE, f"`{FIELD}` holds {sign}, which no address can", "delete it", None, at)


def _backslash(value: str, at: tuple[int, int]) -> FieldError:
    """Of a file's path, of a line that was to go on, or in the place of /."""
    if _ON_A_COMPUTER.match(value):
        message = f"`{FIELD}` is a file on a computer, which nobody else can open"
        return FieldError(Code.VALUE, message, "the address of the page where a visitor books")
    if at[0] >= len(value.rstrip("\\")):
        message = f"`{FIELD}` ends with a backslash, which does not belong to it"
        return FieldError(Code.VALUE, message, "delete it", None, at)
    meant = re.sub(r"\\+", "/", re.sub(r"^(https?):[\\/]+", r"\1://", value, flags=re.IGNORECASE))
    right = meant if is_right(meant) and not value.endswith("\\") and not meant.endswith("//") else None
    hint = f"write {shortened(meant, 120)}" if right else "write / instead"
    return FieldError(Code.VALUE, f"`{FIELD}` holds a backslash; addresses have /", hint, right, at)


def _several(bare: str) -> str | None:
    """What words beside an address are, or a second address."""
    words = bare.split()
    addresses = [word for word in words if re.match(r"(?i)https?://", word)]
    if len(addresses) > 1:
        return "keep one address; a listing has one page"
    if len(addresses) == 1 and words[0] != addresses[0]:
        return f"write the address alone: {shortened(addresses[0], 120)}"
    return None


def _whole(value: str) -> FieldError | None:
    """Whatever else is no address."""
    try:
        check_url(value)
    except InvalidOffering:
        message = f"`{FIELD}` must be a whole address such as {EXAMPLES[FIELD]}"
        host = value.partition("/")[0]
        if "@" in host and "." in host:
            hint = "a mail address is none; write the address of the page where a visitor books"
            return FieldError(Code.VALUE, message, hint)
        meant = f"https://{value.removeprefix('//').strip()}"
        is_host = _BARE_HOST.fullmatch(value.removeprefix("//").strip()) and is_right(meant)
        return FieldError(Code.VALUE, message, f"did you mean `{shortened(meant, 120)}`?" if is_host else None)
    return None


def _host(value: str) -> FieldError | None:
    """A host that leads nowhere."""
    parts = urlsplit(value)
    host = parts.netloc.rpartition("@")[2].partition(":")[0].removesuffix(".")
    if host.startswith("["):
        return None
    start = value.find(host)
    at = (start, start + len(host))
    if "," in host or ";" in host:
        sign = "," if "," in host else ";"
        meant = host.strip(",;").replace(",", ".").replace(";", ".")
        return FieldError(
            Code.VALUE, f"the host {shortened(host)} holds `{sign}`", f"did you mean `{meant}`?", None, at
        )
    if "." not in host:
        return FieldError(
            Code.VALUE,
            f"the host {shortened(host)} has no dot, so the address leads nowhere",
            f"write the whole name, such as {urlsplit(EXAMPLES[FIELD]).netloc}",
            None,
            at,
        )
    if not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return FieldError(Code.VALUE, f"the host {shortened(host)} is not a name that can exist", None, None, at)
    if found := mixed_word(host):
        message = f"the host holds {spelled(found[1])}, which only looks like {found[2]}"
        return FieldError(
            Code.VALUE, message, f"type it again: {found[2]}", None, (start + found[0], start + found[0] + 1)
        )
    return None


def _of_two_readings(value: str) -> FieldError | None:
    """A host that leads some programs to one place and some to another."""
    host = "" if value.isascii() else urlsplit(value).netloc.rpartition("@")[2].partition(":")[0]
    if normal_host(host) is not None:
        return None
    start = value.find(host)
    message = f"the host {shortened(host)} is one that programs read in different ways (as with ß, to some ss)"
    return FieldError(
        Code.VALUE, message, "write it as DNS spells it, with xn--", None, (start, start + len(host))
    )


def unfit_characters(url: str) -> FieldError | None:
    """What an `Offering` takes and a file may not hold: users, passwords, blanks of all kinds."""
    if not url.isascii() and (found := _NOT_IN_ADDRESS.search(url)):
        message = f"`{FIELD}` holds the space or invisible character {spelled(found[0])}"
        return FieldError(Code.CHARACTER, message, "delete it", None, (found.start(), found.end()))
    before, at, _ = urlsplit(url).netloc.rpartition("@") if "@" in url else ("", "", "")
    if at:
        is_secret = ":" in before
        what = "password" if is_secret else "user's name"
        message = f"`{FIELD}` holds a {what} before the @, which everybody would see"
        hint = "take it out, and change it where it is used" if is_secret else "take it out"
        return FieldError(Code.CREDENTIALS, message, hint)
    return None


_LOOKS = (
    _blanks_around,
    _dressed,
    _too_long,
    _filled_in,
    _slip,
    _inside,
    _whole,
    _host,
    unfit_characters,
    _of_two_readings,
)
