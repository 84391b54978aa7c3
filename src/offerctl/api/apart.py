"""What some answers have and others have not: how `absent` and `exists` are told from everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from offerctl.api.answer import Outcome
from offerctl.api.dialect import Signs, folded

_VAGUE = folded(("general", "invalid", "unknown", "internal"))
_DECIDED = frozenset({401, 408, 429})
_HTTP_OWN = re.compile(r"(?:404|not found|cannot (?:get|post|patch|delete)|page not found)\W*", re.IGNORECASE)
_LEAST_WORDS = 6


def tell_apart(
    told: Sequence[Outcome], others: Sequence[Outcome], id_: str, *, prefer: re.Pattern[str] | None = None
) -> Signs | None:
    """What these answers have and the others have not; the most exact that there is, none where nothing is."""
    status = tuple(dict.fromkeys(outcome.status for outcome in told if outcome.status is not None))
    if any(number not in range(400, 500) or number in _DECIDED for number in status):
        return None
    clash = [outcome for outcome in others if outcome.status in status]
    codes = tuple(dict.fromkeys(outcome.code for outcome in told if outcome.code))
    coded = all(outcome.code for outcome in told)
    if coded and not folded(codes) & (_VAGUE | folded(o.code for o in clash if o.code)):
        return Signs(status=status, codes=codes)
    pieces = _pieces([outcome.message for outcome in told], [o.message for o in clash], id_, prefer)
    if pieces:
        return Signs(status=status, codes=codes if coded else (), messages=pieces)
    return None if clash or coded else Signs(status=status)


def _pieces(
    told: Sequence[str], others: Iterable[str], id_: str, prefer: re.Pattern[str] | None
) -> tuple[str, ...]:
    """A part of each message that none of the others has; nothing where one message has no such part."""
    foreign = [_plain(text) for text in others]
    found: dict[str, None] = {}
    for message in told:
        if any(piece in _plain(message) for piece in map(_plain, found)):
            continue
        fitting = [p for p in _parts(message, id_) if not any(_plain(p) in text for text in foreign)]
        fitting.sort(key=lambda piece: (prefer is None or not prefer.search(piece), -len(piece)))
        if not fitting:
            return ()
        found[fitting[0]] = None
    return tuple(found)


def _parts(message: str, id_: str) -> list[str]:
    """Its visible words between what is of this one request: the id, and whatever has digits in it."""
    parts = re.split(r"\S*\d\S*|[()\[\]{}<>:;,]", " ".join(message.split()).replace(id_, " 0 "))
    stripped = (part.strip(" .!?'\"") for part in parts)
    kept = (part for part in stripped if len(part) >= _LEAST_WORDS and part.isprintable())
    return [part for part in kept if not _HTTP_OWN.fullmatch(part)]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
