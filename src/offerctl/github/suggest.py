"""Certain fixes of an offering file as suggestions that a reviewer takes over with one click."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from offerctl import canon
from offerctl.catalog.patches import Patch, patches
from offerctl.catalog.problem import Problem
from offerctl.github.pages import CodesPage
from offerctl.render.markdown import escaped, fenced
from offerctl.render.style import sanitize

MOST = 10
"""Suggestions of one run: each is a mail to somebody."""


_NO_PAGE = CodesPage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What to write in place of the lines `before` of a file, the first of which had the number `first` when read.

    Equal ones have the same `opening`, wherever the lines stand.
    """

    file: str
    first: int
    before: tuple[str, ...]
    opening: str
    body: str


def suggestions(
    problems: Iterable[Problem], posted: Sequence[str], codes: CodesPage = _NO_PAGE
) -> tuple[Suggestion, ...]:
    """One for the lines that certain fixes touch, the same that `--fix` writes; none twice.

    `posted` are the bodies that stand there already, `codes` is where problem codes are explained.
    """
    made = (_suggestion(patch, codes) for patch in patches(problems))
    fresh = [s for s in made if s and not any(body.startswith(s.opening) for body in posted)]
    return tuple({s.opening: s for s in fresh}.values())[:MOST]


def lines_in(data: bytes, suggestion: Suggestion) -> tuple[int, int] | None:
    """The first and last of its lines in the pull request's own version of the file; none where it is not certain.

    What is checked is the trial merge, where lines stand elsewhere as soon as the base gained some above them.
    """
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    wanted, size = [*suggestion.before], len(suggestion.before)
    if lines[suggestion.first - 1 : suggestion.first - 1 + size] == wanted:
        return suggestion.first, suggestion.first + size - 1
    equal = [n for n in range(1, len(lines) - size + 2) if lines[n - 1 : n - 1 + size] == wanted]
    return (equal[0], equal[0] + size - 1) if len(equal) == 1 else None


def _suggestion(patch: Patch, codes: CodesPage) -> Suggestion | None:
    after = "\n".join(patch.after)
    if any(sanitize(line) != line.replace("\t", r"\t") for line in patch.after):
        return None  # what cannot be seen in the page cannot be approved there
    identity = canon.digest([patch.file, *patch.before, "\n", *patch.after])[:16]
    opening = f"<!-- offerctl:fix {identity} -->"
    said = "\n".join(f"{escaped(problem.message)} ({codes.link(problem.code)})" for problem in patch.problems)
    # Without a line between its fences a suggestion takes the lines out; with an empty one it empties them.
    block = fenced(after, "suggestion") if patch.after else "```suggestion\n```"
    return Suggestion(
        file=patch.file,
        first=patch.first,
        before=patch.before,
        opening=opening,
        body=f"{opening}\n{said}\n\n{block}",
    )
