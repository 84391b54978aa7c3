"""Fixes as whole lines in the place of others: what `--fix` writes and what a suggestion shows are the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from offerctl.catalog.problem import Fix, Position, Problem
from offerctl.catalog.source import LINE_BREAK


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """The lines from number `first` on that are `before`, and what to write in their place; with what it mends."""

    file: str
    first: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.first + len(self.before) - 1


def without_overlaps(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those with a fix, in order, but for two that would change the same text: nobody knows which is meant."""
    fixable = sorted((p for p in problems if p.fix is not None), key=lambda p: (p.file, *_ends(p.fix)))
    overlapping: set[int] = set()
    for index, one in enumerate(fixable):
        for further, other in enumerate(fixable[index + 1 :], index + 1):
            if other.file != one.file or not _overlap(one.fix, other.fix):
                break
            overlapping |= {index, further}
    return tuple(problem for index, problem in enumerate(fixable) if index not in overlapping)


def patches(problems: Iterable[Problem]) -> tuple[Patch, ...]:
    """One for all fixes that touch the same lines, in the order of files and lines."""
    groups: list[list[Problem]] = []
    for problem in without_overlaps(problems):
        last = groups[-1][-1] if groups else None
        if last is not None and last.file == problem.file and _last_line(groups[-1]) >= _start(problem).line:
            groups[-1].append(problem)
        else:
            groups.append([problem])
    return tuple(_patch(group) for group in groups)


def patched(text: str, changes: Iterable[Patch]) -> str:
    """A file's text with these lines in place of the old; all others keep every byte, their breaks too."""
    pieces = _pieces(text)
    line_break = next((end for _, end in pieces if end), "\n")
    for patch in sorted(changes, key=lambda patch: patch.first, reverse=True):
        old = pieces[patch.first - 1 : patch.last]
        ends = [end for _, end in old]
        breaks = ends if len(patch.after) == len(old) else [line_break] * (len(patch.after) - 1) + ends[-1:]
        pieces[patch.first - 1 : patch.last] = zip(patch.after, breaks, strict=False)
    return "".join(line + end for line, end in pieces)


def _pieces(text: str) -> list[tuple[str, str]]:
    """Lines with the breaks that end them; the last has none."""
    pieces, start = [], 0
    for found in LINE_BREAK.finditer(text):
        pieces.append((text[start : found.start()], found[0]))
        start = found.end()
    return [*pieces, (text[start:], "")]


def _patch(group: Sequence[Problem]) -> Patch:
    lines = {
        number: line for problem in group for number, line in enumerate(_fix(problem).before, _start(problem).line)
    }
    first, last = min(lines), max(lines)
    before = [lines[number] for number in range(first, last + 1)]
    text, starts = "\n".join(before), [0]
    for line in before:
        starts.append(starts[-1] + len(line) + 1)

    def offset(place: Position) -> int:
        return min(starts[place.line - first] + place.column - 1, len(text))

    for problem in sorted(group, key=lambda problem: _ends(problem.fix), reverse=True):
        fix = _fix(problem)
        text = text[: offset(fix.start)] + fix.text + text[offset(fix.end) :]
    after = text.split("\n")
    if len(before) > 1 and all(_last_touched(_fix(problem)) < last for problem in group):
        before, after = before[:-1], after[:-1]
    return Patch(file=group[0].file, first=first, before=tuple(before), after=tuple(after), problems=tuple(group))


def _overlap(one: Fix | None, other: Fix | None) -> bool:
    assert one is not None
    assert other is not None
    return other.start < one.end or (one.start, one.end) == (other.start, other.end)


def _last_line(group: Sequence[Problem]) -> int:
    return max(_last_touched(_fix(problem)) for problem in group)


def _last_touched(fix: Fix) -> int:
    """A fix of whole lines, with their breaks, ends where the next line begins, and does not touch that."""
    is_whole = fix.end.column == 1 and fix.end.line > fix.start.line
    is_whole = is_whole and (fix.text.endswith("\n") if fix.text else fix.start.column == 1)
    return fix.end.line - is_whole


def _ends(fix: Fix | None) -> tuple[Position, Position]:
    assert fix is not None
    return fix.start, fix.end


def _fix(problem: Problem) -> Fix:
    assert problem.fix is not None
    return problem.fix


def _start(problem: Problem) -> Position:
    return _fix(problem).start
