"""The marker: the hidden first line of a pull request's comment, which says what was reviewed."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from offerctl import canon
from offerctl.github.approvals import Approvals
from offerctl.offering import ID_PATTERN
from offerctl.state.untyped import maybe, typed

_LINE = re.compile(r"<!-- offerctl:plan (\{[^\r\n>]*\}) -->(?=\r?\n|\Z)")
_BESIDE, _GROUP, _UNPROTECTED = "+", "#", "!"
"""Begin what is no listing's own digest; no offering's id can begin so."""
_GROUP_NAME = re.compile(r"[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a comment's plan was made from, and what it approves.

    `serial` is the state's, none before the first run; `commit` is the pull request's. A plan that is refused and
    files with errors approve nothing.
    """

    environment: str
    serial: int | None = None
    commit: str | None = None
    approvals: Approvals = field(default_factory=Approvals)


def write(marker: Marker) -> str:
    """The line. It ends where it seems to end: there is no `>` in it but the last one."""
    value = {
        "environment": marker.environment,
        "serial": marker.serial,
        "commit": marker.commit,
        "digests": {key: b64encode(bytes.fromhex(value)).decode() for key, value in _digests(marker.approvals)},
    }
    inner = canon.line(value).decode().replace(">", r"\u003e").replace("<", r"\u003c")
    return f"<!-- offerctl:plan {inner} -->"


def read(comment: str) -> Marker | None:
    """The marker that a comment begins with; none when it begins with anything else."""
    found = _LINE.match(comment)
    if found is None:
        return None
    try:
        value = canon.parse(found[1].encode())
        return Marker(
            environment=typed(str, value["environment"]),
            serial=maybe(int, value["serial"]),
            commit=maybe(str, value["commit"]),
            approvals=_approvals({k: b64decode(v, validate=True).hex() for k, v in value["digests"].items()}),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _digests(approvals: Approvals) -> Iterator[tuple[str, str]]:
    """One flat mapping: an id by itself, or a sign that no id begins with."""
    yield from approvals.listings.items()
    yield from ((f"{_BESIDE}{id_}", digest) for id_, digest in approvals.beside.items())
    yield from ((f"{_GROUP}{group}", digest) for group, digest in approvals.groups.items())
    yield from ((f"{_UNPROTECTED}{id_}", _alone(id_)) for id_ in approvals.unprotected)
    if approvals.all_unprotected is not None:
        yield _UNPROTECTED, approvals.all_unprotected


def _approvals(digests: Mapping[str, str]) -> Approvals:
    """The way back. What means nothing approves nothing, nor does a loss of protection under another digest."""
    signed: dict[str, dict[str, str]] = {sign: {} for sign in (_BESIDE, _GROUP, _UNPROTECTED, "")}
    for key, digest in digests.items():
        sign = key[:1] if key[:1] in signed else ""
        signed[sign][key.removeprefix(sign)] = digest
    return Approvals(
        listings=_by_id(signed[""]),
        beside=_by_id(signed[_BESIDE]),
        groups={name: digest for name, digest in signed[_GROUP].items() if _GROUP_NAME.fullmatch(name)},
        unprotected=frozenset(
            id_ for id_, digest in _by_id(signed[_UNPROTECTED]).items() if digest == _alone(id_)
        ),
        all_unprotected=signed[_UNPROTECTED].get(""),
    )


def _by_id(digests: Mapping[str, str]) -> dict[str, str]:
    return {id_: digest for id_, digest in digests.items() if ID_PATTERN.fullmatch(id_)}


def _alone(offering_id: str) -> str:
    """The digest of one listing that loses its protection."""
    return canon.digest([offering_id])
