"""How many problems are told one by one: enough to work on, and no more than a reader or a runner can take.

The rest is counted. One problem stands for it, at the place where the rest begins, so that every total stays true.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from offerctl.catalog.problem import Problem, Severity

MOST_OF_A_FILE = 200
MOST_OF_A_RUN = 2_000


def enough_of_a_file(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of one file in their order, errors before warnings where not all are told."""
    return _enough(problems, MOST_OF_A_FILE)


def enough_of_a_run(problems: Iterable[Problem]) -> list[Problem]:
    """The same of all files."""
    return _enough(problems, MOST_OF_A_RUN)


def _enough(problems: Iterable[Problem], most: int) -> list[Problem]:
    ordered = sorted(problems, key=lambda problem: problem.order)
    if len(ordered) <= most:
        return ordered
    errors_first = sorted(ordered, key=lambda problem: problem.severity is Severity.WARNING)
    kept, left = errors_first[:most], errors_first[most:]
    for severity in Severity:
        if rest := [problem for problem in left if problem.severity is severity]:
            kept.append(_rest(rest))
    return sorted(kept, key=lambda problem: problem.order)


def _rest(left: list[Problem]) -> Problem:
    """One problem for all of these, of one severity, with the code of the first."""
    number, files = sum(problem.count for problem in left), len({problem.file for problem in left})
    where = "this file" if files == 1 else f"{files:,} files"
    message = f"+{number:,} more {left[0].severity}{'' if number == 1 else 's'} in {where}"
    return replace(left[0], message=message, hint="mend what is told first", fix=None, count=number)
