"""Proves fixes: the text with a fix is read again before anybody sees it, and the fix is dropped if it harms.

A fix stands only if the problem that it names is gone, no other has come, and every other value, comment, empty
line and byte is as it was. That holds for each alone (a suggestion is accepted alone), for all in the same lines,
and for all of a file together (`--fix` writes them so). It costs a reading for each fix, and right files nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from offerctl.catalog.codes import Code
from offerctl.catalog.document import Document
from offerctl.catalog.escapes import is_scalar
from offerctl.catalog.patches import Patch, patched, patches, without_overlaps
from offerctl.catalog.problem import Fix, Problem
from offerctl.catalog.source import LINE_BREAK
from offerctl.characters import without_unmissed

MOST = 24
"""Fixes of one file that are proven, each at the cost of a reading: an offering has seven fields."""
MOST_PROBLEMS = 50
"""A file with more is none that a few fixes would mend, so none is proven."""
MOST_READ = 400_000
"""Characters of a file, times its fixes: a large file has fewer of them proven, at no higher cost."""
_QUOTED = re.compile(r"""[^"'#]*(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*')""")
_COMMENT = re.compile(r"(?:^|[ \t])(#.*)$")
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text was read as: its document, where it has one, and its problems."""

    document: Document | None
    problems: tuple[Problem, ...]


def proven(text: str, before: Reading, again: Callable[[str], Reading]) -> tuple[Problem, ...]:
    """The problems of a text, the fixes left out that are not proven. `again` reads a changed text."""
    if len(before.problems) > MOST_PROBLEMS:
        return tuple(replace(problem, fix=None) for problem in before.problems)
    look = _Proof(text=text, before=before, again=again)
    single = without_overlaps(before.problems)[: min(MOST, MOST_READ // max(1, len(text)))]
    good = [problem for problem in single if look.holds([problem])]
    groups = patches(good)
    for group in groups:
        if len(group.problems) > 1 and not look.holds(group.problems):
            good = [problem for problem in good if problem not in group.problems]
    if len(groups) > 1 and good and not look.holds(good):
        good = []
    kept = set(map(id, good))
    return tuple(problem if id(problem) in kept else replace(problem, fix=None) for problem in before.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    text: str
    before: Reading
    again: Callable[[str], Reading]

    def holds(self, problems: Sequence[Problem]) -> bool:
        """Whether the fixes of these problems, together, mend them and do nothing else."""
        changes = patches(problems)
        if sum(len(change.problems) for change in changes) != len(problems):
            return False
        changed = patched(self.text, changes)
        if changed == self.text or not _keeps_remarks(self.text, changed):
            return False
        after = self.again(changed)
        return _are_gone(self.before.problems, problems, after.problems) and self._keeps_values(changes, after)

    def _keeps_values(self, changes: Iterable[Patch], after: Reading) -> bool:
        """The same fields with the same values, but for what the fixes change: name or value, one fix not both."""
        if self.before.document is None or after.document is None:
            return self.before.document is after.document
        old, new = _leaves(self.before.document), _leaves(after.document)
        if len(old) != len(new):
            return False
        fixes = [problem.fix for change in changes for problem in change.problems if problem.fix]
        left = Counter(leaf.told for leaf in new)
        free: list[tuple[_Leaf, int]] = []
        for leaf in old:
            touching = [fix for fix in fixes if leaf.is_touched(fix)]
            if any(sum(other.is_touched(fix) for other in old) == 1 for fix in touching):
                free.append((leaf, len(touching)))
            else:
                left[leaf.told] -= 1
        rest = [*left.elements()]
        if min(left.values(), default=0) < 0 or len(rest) != len(free):
            return False
        return all(number > 1 or any(leaf.is_partly(told) for told in rest) for leaf, number in free)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leaf:
    """A field, its value, and the lines and columns between which both stand."""

    key: str
    text: str
    span: Fix

    @property
    def told(self) -> tuple[str, str]:
        return (self.key, self.text)

    def is_partly(self, told: tuple[str, str]) -> bool:
        """Whether that has the same name, or the same value."""
        return self.key == told[0] or self.text == told[1]

    def is_touched(self, fix: Fix) -> bool:
        return fix.start <= self.span.end and self.span.start <= fix.end


def _leaves(document: Document) -> list[_Leaf]:
    return [
        _Leaf(
            key=node.key.value,
            text=" ".join(node.text.split()) if is_scalar(node) else "",
            span=Fix(start=node.key_span.start, end=max(node.span.end, node.key_span.end), text=""),
        )
        for pointer, node in document.nodes.items()
        if node.key is not None and pointer.count("/") == 1
    ]


def _are_gone(before: Iterable[Problem], mended: Iterable[Problem], after: Iterable[Problem]) -> bool:
    """Whether these problems are gone and none has come; by what is said of them, because lines may have moved."""
    allowed = Counter(map(_said, before))
    allowed.subtract(map(_said, mended))
    return not Counter(map(_said, after)) - allowed


def _said(problem: Problem) -> tuple[str, str]:
    if problem.code is Code.MISSING_FIELD:  # whose words name the offering, as far as it has a name
        return (problem.code, problem.pointer)
    return (problem.code, _NUMBERS.sub("0", problem.message))


def _keeps_remarks(before: str, after: str) -> bool:
    """Whether every comment and every empty line is still there."""
    return not Counter(_remarks(before)) - Counter(_remarks(after))


def _remarks(text: str) -> Iterator[str]:
    for line in LINE_BREAK.split(without_unmissed(text)):
        bare = line.strip()
        if not bare or bare[0] == "#":
            yield bare
        elif "#" in line:
            quotes = _QUOTED.match(line)
            if comment := _COMMENT.search(line, quotes.end() if quotes else 0):
                yield comment[1].rstrip()
