"""Writing the fixes of problems: checked in memory first, then in one step that keeps mode and owner."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from offerctl.catalog import discover
from offerctl.catalog.load import Examiner
from offerctl.catalog.problem import Position, Problem
from offerctl.catalog.source import LINE_BREAK, InvalidDocument
from offerctl.errors import CatalogError
from offerctl.standards import BUILT_IN, Standards

_BOM = b"\xef\xbb\xbf"
_ROUNDS = 8
"""A mended line can show the problem of the next one; nobody needs as many."""


def mend(
    paths: Sequence[Path],
    *,
    repo_root: Path,
    schema: Mapping[str, Any] | None = None,
    silence: frozenset[str] = frozenset(),
    standards: Standards = BUILT_IN,
) -> Iterator[Problem]:
    """Write every certain fix below these paths; gives the problems that were mended, with their fixes.

    Raises:
        CatalogError: as `load`, or a file that cannot be written; the files before it are mended.
    """
    examiner = Examiner(schema, silence, standards)
    for found in discover.opened(discover.find(paths, repo_root)):
        if isinstance(found, discover.OfferingFile):
            yield from _mend_file(found, examiner)


def applied(data: bytes, problems: Iterable[Problem]) -> tuple[bytes, tuple[Problem, ...]]:
    """A file's bytes with the fixes of these problems, and the problems whose fixes were written.

    Of fixes that overlap only the first is written; byte order mark and line breaks stay as they are.
    """
    bom = _BOM if data.startswith(_BOM) else b""
    text = data.removeprefix(_BOM).decode()
    starts = [0, *(found.end() for found in LINE_BREAK.finditer(text))]
    line_break = found[0] if (found := LINE_BREAK.search(text)) else "\n"

    def offset(place: Position) -> int:
        return min(starts[place.line - 1] + place.column - 1, len(text))

    chosen: list[tuple[int, int, str, Problem]] = []
    fixable = ((fix, problem) for problem in problems if (fix := problem.fix))
    for fix, problem in sorted(fixable, key=lambda pair: (pair[0].start, pair[0].end)):
        start, end = offset(fix.start), offset(fix.end)
        if not chosen or (start >= chosen[-1][1] and (start, end) != chosen[-1][:2]):
            chosen.append((start, end, fix.text.replace("\n", line_break), problem))
    for start, end, new, _ in reversed(chosen):
        text = text[:start] + new + text[end:]
    return bom + text.encode(), tuple(problem for *_, problem in chosen)


def _mend_file(found: discover.OfferingFile, examiner: Examiner) -> tuple[Problem, ...]:
    try:
        before = discover.contents(found)
    except InvalidDocument:
        return ()
    after, mended = before, list[Problem]()
    problems = examiner(found.file, before)
    for _ in range(_ROUNDS):
        if not any(problem.fix for problem in problems):
            break
        candidate, chosen = applied(after, problems)
        left = examiner(found.file, candidate)
        if not _are_gone(chosen, left):
            break
        after, problems = candidate, left
        mended += chosen
    if mended:
        _write(found, before, after)
    return tuple(mended)


def _are_gone(chosen: Iterable[Problem], left: Iterable[Problem]) -> bool:
    """Whether no mended problem came back: a fix that does not help is not written."""
    remaining = {(problem.code, problem.pointer, problem.span) for problem in left}
    return not any((problem.code, problem.pointer, problem.span) in remaining for problem in chosen)


def _write(found: discover.OfferingFile, before: bytes, after: bytes) -> None:
    """Replace the file in one step, unless it was changed meanwhile."""
    try:
        found.folder.replace(found.name, after, check=lambda: _check_unchanged(found, before))
    except OSError as error:
        raise CatalogError(f"{found.file} cannot be written: {error.strerror}") from error


def _check_unchanged(found: discover.OfferingFile, before: bytes) -> None:
    with contextlib.suppress(InvalidDocument):
        if discover.contents(found) == before:
            return
    raise CatalogError(f"{found.file} was changed meanwhile; nothing was written to it")
