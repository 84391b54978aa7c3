"""A probe in words and as JSON: what is documented, what was assumed, what was seen."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from offerctl import canon
from offerctl.api import Dialect, tidy
from offerctl.api.learning import Learned, Verdict
from offerctl.api.questions import Answer
from offerctl.api.request import target
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.tables import Cell, Painted, columns

FORMAT_VERSION = "1.0"
_TONES = {
    Verdict.CONFIRMED: Tone.GOOD,
    Verdict.LEARNED: Tone.CHANGE,
    Verdict.DIFFERS: Tone.WARNING,
    Verdict.UNKNOWN: Tone.SETTLE,
}
_LONGEST = 90
"""Characters of what a Marketplace said, in the table; the report has all of it."""


def text(learned: Learned, answers: Sequence[Answer], style: Style = PLAIN) -> str:
    """The table of settings, and what is not known."""
    rows: list[tuple[Cell, ...]] = [("", "documentation", "assumed", "seen", "")]
    rows += [
        (
            finding.setting,
            finding.documented,
            sanitize(finding.assumed),
            sanitize(tidy(finding.seen, _LONGEST)),
            Painted(finding.verdict.value, _TONES[finding.verdict]),
        )
        for finding in learned.findings
    ]
    if not learned.findings:
        return ""
    lines = [f"{len(answers)} requests were answered." if len(answers) != 1 else "One request was answered.", ""]
    lines += [f"  {line}".rstrip() for line in columns(rows, style, widest=_LONGEST)]
    lines += ["", "Not known:", *(f"  - {sanitize(item)}" for item in learned.unknown)]
    return "\n".join(lines)


def report(
    learned: Learned,
    answers: Sequence[Answer],
    *,
    environment: str,
    base_url: str,
    dialect: Dialect,
    at: datetime,
    hide: Collection[str],
) -> str:
    """The report as JSON, fit to be sent to the vendor: no credentials, and of headers the variables' names.

    `hide` are secrets that must not be in it, whoever repeated them.
    """
    document = {
        "format_version": FORMAT_VERSION,
        "environment": environment,
        "base_url": base_url,
        "at": canon.timestamp(at),
        "assumed": dialect.document(),
        "let_in": bool(learned.findings),
        "why_not": learned.refused,
        "learned": dict(learned.settings),
        "findings": [
            {
                "setting": finding.setting,
                "documented": finding.documented,
                "assumed": finding.assumed,
                "seen": finding.seen,
                "verdict": finding.verdict.value,
            }
            for finding in learned.findings
        ],
        "unknown": list(learned.unknown),
        "answers": [_answer(number, answer) for number, answer in enumerate(answers, start=1)],
    }
    return canon.document(_without(document, hide)).decode()


def difference(before: str, after: str, name: str) -> Iterator[str]:
    """What a write changes in a file, line by line."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2)
    return (sanitize(line) for line in found)


def _answer(number: int, answer: Answer) -> dict[str, object]:
    question, outcome = answer.question, answer.outcome
    return {
        "number": number,
        "question": question.topic.value,
        "method": question.request.action.value,
        "path": target(question.request, question.dialect.collection),
        "network_key_in": question.place,
        "attributes": [name for name, _ in question.request.attributes],
        "status": outcome.status,
        "code": outcome.code,
        "words": outcome.message,
        "taken_as": outcome.kind.value,
    }


def _without(value: object, hide: Collection[str]) -> object:
    """The same without the secrets, wherever they stand."""
    if isinstance(value, str):
        for secret in sorted(hide, key=len, reverse=True):
            value = value.replace(secret, "***")
        return value
    if isinstance(value, dict):
        return {name: _without(inner, hide) for name, inner in value.items()}
    return [_without(inner, hide) for inner in value] if isinstance(value, list) else value
