"""The marker: the hidden first line of a pull request's comment, which says what was reviewed."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from offerctl import canon

_LINE = re.compile(r"<!-- offerctl:plan (\{[^\r\n>]*\}) -->(?=\r?\n|\Z)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a comment's plan was made from, and the digests of its changes (`offerctl.github.review.seals`).

    `serial` is the state's, none before the first run; `commit` is the pull request's. A plan that is refused and
    files with errors have no digests.
    """

    environment: str
    serial: int | None = None
    commit: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)


def write(marker: Marker) -> str:
    """The line. It ends where it seems to end: there is no `>` in it but the last one."""
    value = {
        "environment": marker.environment,
        "serial": marker.serial,
        "commit": marker.commit,
        "digests": {key: b64encode(bytes.fromhex(value)).decode() for key, value in marker.digests.items()},
    }
    inner = canon.compact(value).decode().replace(">", r"\u003e").replace("<", r"\u003c")
    return f"<!-- offerctl:plan {inner} -->"


def read(comment: str) -> Marker | None:
    """The marker that a comment begins with; none when it begins with anything else."""
    found = _LINE.match(comment)
    if found is None:
        return None
    try:
        value = canon.parse(found[1].encode())
        return Marker(
            environment=str(value["environment"]),
            serial=value["serial"],
            commit=value["commit"],
            digests={key: b64decode(text, validate=True).hex() for key, text in value["digests"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
