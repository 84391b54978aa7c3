"""The record of a plan: what `ci plan` showed on a pull request, and what merging it approves.

It stands in a check run of the pull request's newest commit, where nobody edits it by hand. `ci apply` trusts it
alone; the comment is its face. One value, canonical JSON, a version, and the bounds of a check run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from offerctl import canon
from offerctl.git import COMMIT_ID
from offerctl.github.approvals import Approvals
from offerctl.state.untyped import ENVIRONMENT_NAME, maybe, read_id, typed

FORMAT_VERSION = "1.1"
MAX_CHARACTERS = 65_535
"""What GitHub takes as one text of a check run."""
_FENCE = re.compile(r"```json\n(\{[^\n]*\})\n```\s*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was planned for which push of a pull request, and what was shown of it.

    `commit` is its newest one. `serial` is the state's, none before the first run. `settings` is the digest of
    where offerctl writes and of what it refuses (none: nobody was shown it), `settings_from` that of the one taken
    up before, from which every change was shown. `comment` is the digest of the text that was shown. A plan that
    is refused and files with errors approve nothing.
    """

    environment: str
    pull_request: int
    commit: str
    comment: str
    serial: int | None = None
    settings: str | None = None
    settings_from: str | None = None
    approvals: Approvals = field(default_factory=Approvals)


def name(environment: str) -> str:
    """What the check run is called, beside the checks of a pull request."""
    return f"offerctl ({environment})"


def external_id(environment: str, pull_request: int) -> str:
    """What the check run is found by: one commit can be the newest of several pull requests."""
    return f"offerctl/plan/{environment}/{pull_request}"


def write(record: Record) -> str:
    """The record as a check run's text, within its bound: what has no room is not approved."""
    return f"```json\n{canon.line(_document(_within(record))).decode()}\n```"


def read(text: str, *, environment: str, pull_request: int, commit: str) -> Record | None:
    """The record of that plan; none where the text is anything else, or of another one."""
    found = _FENCE.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
    if found is None:
        return None
    try:
        record = _record(canon.parse(found[1].encode()))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    is_it = (record.environment, record.pull_request, record.commit) == (environment, pull_request, commit)
    return record if is_it else None


def _document(record: Record) -> dict[str, object]:
    approvals = record.approvals
    return {
        "format_version": FORMAT_VERSION,
        "environment": record.environment,
        "pull_request": record.pull_request,
        "commit": record.commit,
        "comment": record.comment,
        "serial": record.serial,
        "settings": record.settings,
        "settings_from": record.settings_from,
        "listings": dict(approvals.listings),
        "beside": dict(approvals.beside),
        "unshown": sorted(approvals.unshown),
        "more_unshown": approvals.more_unshown,
        "unprotected": sorted(approvals.unprotected),
    }


def _within(record: Record) -> Record:
    """The record with as much as there is room for; whatever is left out is left to a human."""
    bare = replace(record, approvals=Approvals(more_unshown=True))
    room = MAX_CHARACTERS - len("```json\n\n```") - len(canon.line(_document(bare)))
    whole, kept = record.approvals, dict[str, list[str]]()
    for part in ("listings", "beside", "unprotected", "unshown"):
        kept[part] = []
        for id_ in sorted(getattr(whole, part)):
            room -= len(id_) + (72 if part in {"listings", "beside"} else 4)  # with its digest, quotes, separators
            if room < 0:
                break
            kept[part].append(id_)
    left_out = len(kept["listings"]) < len(whole.listings) or len(kept["unshown"]) < len(whole.unshown)
    approvals = Approvals(
        listings={id_: whole.listings[id_] for id_ in kept["listings"]},
        beside={id_: whole.beside[id_] for id_ in kept["beside"]},
        unshown=frozenset(kept["unshown"]),
        more_unshown=whole.more_unshown or left_out,
        unprotected=frozenset(kept["unprotected"]),
    )
    return replace(record, approvals=approvals)


def _record(value: Mapping[str, Any]) -> Record:
    """Untyped values into a record; an unknown key of a later minor version is read over.

    Raises:
        KeyError, TypeError, ValueError: it is none, or of a version that this one cannot know.
    """
    if typed(str, value["format_version"]).partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise ValueError("a record of another version")
    return Record(
        environment=_fits(ENVIRONMENT_NAME, value["environment"]),
        pull_request=typed(int, value["pull_request"]),
        commit=_fits(COMMIT_ID, value["commit"]),
        comment=_fits(_DIGEST, value["comment"]),
        serial=maybe(int, value["serial"]),
        settings=_maybe_digest(value["settings"]),
        settings_from=_maybe_digest(value.get("settings_from")),
        approvals=Approvals(
            listings=_digests(value["listings"]),
            beside=_digests(value["beside"]),
            unshown=_ids(value["unshown"]),
            more_unshown=typed(bool, value["more_unshown"]),
            unprotected=_ids(value["unprotected"]),
        ),
    )


def _maybe_digest(value: Any) -> str | None:
    return None if value is None else _fits(_DIGEST, value)


def _digests(value: Mapping[str, Any]) -> dict[str, str]:
    return {read_id(id_): _fits(_DIGEST, digest) for id_, digest in value.items()}


def _ids(value: Iterable[Any]) -> frozenset[str]:
    if not isinstance(value, list):
        raise TypeError("a list of ids is wanted")
    return frozenset(map(read_id, value))


def _fits(pattern: re.Pattern[str], value: Any) -> str:
    if not pattern.fullmatch(typed(str, value)):
        raise ValueError(f"{value!r} is nothing that stands there")
    return str(value)
