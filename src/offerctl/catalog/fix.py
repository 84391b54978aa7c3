"""Writing proven fixes: in memory first, then in one step that keeps mode and owner."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from offerctl.catalog import discover
from offerctl.catalog.load import Examiner
from offerctl.catalog.patches import patched, patches
from offerctl.catalog.problem import InvalidDocument, Problem
from offerctl.catalog.source import BOM
from offerctl.errors import CatalogError
from offerctl.standards import BUILT_IN, Standards

_ROUNDS = 8
"""More fixes than are proven at once take another look; nobody needs as many."""


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

    Of fixes that overlap none is written; byte order mark and line breaks stay as they are.
    """
    changes = patches(problems)
    if not changes:
        return data, ()  # bytes that are no UTF-8 among them
    bom = BOM if data.startswith(BOM) else b""
    text = patched(data.removeprefix(BOM).decode(), changes)
    return bom + text.encode(), tuple(problem for change in changes for problem in change.problems)


def _mend_file(found: discover.OfferingFile, examiner: Examiner) -> tuple[Problem, ...]:
    try:
        before = discover.contents(found)
    except InvalidDocument:
        return ()
    after, mended = before, list[Problem]()
    for _ in range(_ROUNDS):
        candidate, chosen = applied(after, examiner(found.file, after))
        if not chosen:
            break
        after = candidate
        mended += chosen
    if mended:
        _write(found, before, after)
    return tuple(mended)


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
