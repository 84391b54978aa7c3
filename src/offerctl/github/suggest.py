"""Certain fixes of an offering file as suggestions that a reviewer takes over with one click."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from offerctl import canon
from offerctl.catalog.problem import Problem
from offerctl.render.plan_markdown import escaped, fenced
from offerctl.render.style import sanitize

MOST = 10
"""Suggestions of one run: each is a mail to somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to write beside a line of a file, which is `source` before and has that number where it was checked.

    Equal ones have the same `opening`, wherever the line stands.
    """

    file: str
    line: int
    source: str
    opening: str
    body: str


def suggestions(problems: Iterable[Problem], posted: Sequence[str]) -> tuple[Suggestion, ...]:
    """One for each line that has certain fixes; none twice: `posted` are the bodies that stand there already."""
    fixable = sorted((problem for problem in problems if problem.fix and problem.source), key=_place)
    made = (
        _suggestion(file, line, [*group])
        for (file, line), group in groupby(fixable, key=lambda problem: _place(problem)[:2])
    )
    fresh = [s for s in made if s and not any(body.startswith(s.opening) for body in posted)]
    return tuple({s.opening: s for s in fresh}.values())[:MOST]


def line_in(data: bytes, suggestion: Suggestion) -> int | None:
    """The number of its line in the pull request's own version of the file; none where that is not certain.

    What is checked is the trial merge, where lines stand elsewhere as soon as the base gained some above them.
    """
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines[suggestion.line - 1 : suggestion.line] == [suggestion.source]:
        return suggestion.line
    equal = [number for number, line in enumerate(lines, 1) if line == suggestion.source]
    return equal[0] if len(equal) == 1 else None


def _place(problem: Problem) -> tuple[str, int, int]:
    assert problem.fix is not None
    return (problem.file, *problem.fix.start)


def _suggestion(file: str, line: int, problems: list[Problem]) -> Suggestion | None:
    source = problems[0].source
    assert source is not None
    mended = _mended(source, line, problems)
    if mended is None or sanitize(mended) != mended.replace("\t", r"\t"):
        return None  # what cannot be seen in the page cannot be approved there
    identity = canon.digest([file, source, mended])[:16]
    opening = f"<!-- offerctl:fix {identity} -->"
    said = "\n".join(f"{escaped(problem.message)} ({problem.code})" for problem in problems)
    return Suggestion(
        file=file,
        line=line,
        source=source,
        opening=opening,
        body=f"{opening}\n{said}\n\n{fenced(mended, 'suggestion')}",
    )


def _mended(source: str, line: int, problems: Iterable[Problem]) -> str | None:
    """The line with its fixes; none where all of them reach beyond it."""
    text, before = source, len(source) + 1
    for fix in reversed([problem.fix for problem in problems if problem.fix]):
        start, end = fix.start.column - 1, fix.end.column - 1
        is_within = fix.end.line == line and "\n" not in fix.text
        if is_within and end <= before:  # of fixes that overlap, one
            text, before = text[:start] + fix.text + text[end:], start
    return text if text != source else None
