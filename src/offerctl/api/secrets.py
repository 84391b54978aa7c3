"""Whether a text from outside repeats a credential, in one of the forms that programs usually write one in.

These are: itself, in any case; JSON, HTML and percent signs, within each other too; base64. Not among them are
those that only somebody chooses who has the credential already: hex, quoted-printable, base64 of base64, a cipher.

An answer that does is shown as its status and its documented code alone: what stands around a secret can tell as
much as the secret itself, and a mask that misses one form tells all of it.
"""

from __future__ import annotations

import html
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

NOT_SHOWN = "its words repeat a credential and are not shown"
"""What stands in the place of such words."""
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_DEPTH = 3
"""So often forms are undone within each other: JSON in JSON, percent signs in HTML."""
_LEAST = 3
"""Characters of a secret that is looked for within words, and in base64."""


def reveals(text: str, secrets: Collection[str]) -> bool:
    """Whether the text holds one of these values, in any case, or as JSON, HTML, percent signs or base64 have it.

    An empty value is none. One of one or two characters, such as people try out, stands in ordinary words: it
    counts where it is a word of its own.
    """
    if not text or text.isspace():
        return False  # most answers that only say yes
    wanted, alone = _looked_for(frozenset(secrets))
    return bool(wanted or alone) and any(
        any(form in reading for form in wanted) or (alone is not None and alone.search(reading) is not None)
        for reading in _readings(text)
    )


@lru_cache(maxsize=16)
def _looked_for(secrets: frozenset[str]) -> tuple[frozenset[str], re.Pattern[str] | None]:
    """The forms of them that are found anywhere, and what finds the short ones: one answer after another asks."""
    long = (secret for secret in secrets if len(secret) >= _LEAST)
    words = [re.escape(secret.casefold()) for secret in secrets if 0 < len(secret) < _LEAST]
    alone = re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])") if words else None
    return frozenset(form.casefold() for secret in long for form in _forms(secret)), alone


def _readings(text: str) -> Iterator[str]:
    """The text, and what it says when escapes are undone."""
    seen: dict[str, None] = {text: None}
    for _ in range(_DEPTH):
        for one in list(seen):
            for undo in (_json, html.unescape, unquote, unquote_plus):
                seen.setdefault(undo(one))
    for one in seen:
        folded = one.casefold()
        yield folded
        yield re.sub(r"\s+", " ", folded)


def _json(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    data = secret.encode()
    for encode in (b64encode, urlsafe_b64encode):
        for shift in range(3):  # wherever it stands in what was encoded; its ends share digits with others
            whole = encode(b"\0" * shift + data).decode().rstrip("=")
            yield whole[(0, 2, 3)[shift] : len(whole) - (0 if (len(data) + shift) % 3 == 0 else 1)]
