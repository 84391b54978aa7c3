"""Rules across files: an id in two of them, a copy beside its original, a shared address, names that are alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import PurePosixPath

from offerctl.catalog import discover
from offerctl.catalog.codes import Code
from offerctl.catalog.problem import InvalidDocument, Problem
from offerctl.catalog.shown import shortened

ID, URL = "offeringId", "externalRegistrationUrl"
_COPY = (
    r"(?i)\(\d+\)|\bcop(?:y|ie)\b|conflict|\s\d+$|[-_ ](?:backup|old|orig|bak|new)\b"
    r"|[-_]\w*(?:laptop|desktop|pc|macbook)\w*"
)
"""What programs put into the name of a copy."""


@dataclass(slots=True, eq=False)
class Siblings:
    """What is compared across files: who has which id, which address, which name."""

    files: list[str] = field(default_factory=list)
    ids: dict[str, discover.OfferingFile] = field(default_factory=dict)
    urls: dict[str, discover.OfferingFile] = field(default_factory=dict)
    again: dict[str, list[discover.OfferingFile]] = field(default_factory=dict)
    urls_again: dict[str, list[discover.OfferingFile]] = field(default_factory=dict)
    """The first who has an id or an address, and all who have it after that."""

    def add(self, offering_id: str, url: str, found: discover.OfferingFile) -> None:
        """A file whose offering has this id and this address."""
        self.add_id(offering_id, found)
        if self.urls.setdefault(url, found) is not found:
            self.urls_again.setdefault(url, []).append(found)

    def add_id(self, offering_id: str, found: discover.OfferingFile) -> None:
        """A file that names this id, whatever else is wrong with it."""
        if self.ids.setdefault(offering_id, found) is not found:
            self.again.setdefault(offering_id, []).append(found)

    def problems(self, quiet: frozenset[Code]) -> Iterator[Problem]:
        """Places are not kept while reading, so the few files that are told of are read once more."""
        copies: set[str] = set()
        for offering_id, later in self.again.items():
            for problem in _duplicates(offering_id, [self.ids[offering_id], *later]):
                copies.add(problem.file)
                yield problem
        if Code.SHARED_URL not in quiet:
            yield from self._shared_urls(copies)
        if Code.NAMES_BY_CASE not in quiet:
            yield from _by_case(self.files, self.ids)

    def _shared_urls(self, copies: set[str]) -> Iterator[Problem]:
        for url, later in self.urls_again.items():
            owners = [found for found in (self.urls[url], *later) if found.file not in copies]
            if owners[1:]:
                more = f" (and {len(owners[2:])} more)" if owners[2:] else ""
                message = f"the same registration page as {_where(owners[0], URL)}{more}"
                hint = "was a file copied, and its address not changed?"
                yield _at(owners[1], URL, Code.SHARED_URL, message, hint)


def _duplicates(offering_id: str, owners: Sequence[discover.OfferingFile]) -> Iterator[Problem]:
    """An error for each file but the original: the one that is named as its id is, or the least like a copy."""
    original, *copies = sorted(owners, key=lambda found: _likeness(found, offering_id))
    name = PurePosixPath(original.file).name
    for copy in copies:
        message = (
            f"`{shortened(offering_id)}` is the offeringId of {_where(original, ID)}, too; nothing will be applied"
        )
        same = _text(copy) == _text(original)
        hint = f"it is the same as {name}; delete it" if same else "delete it, or give it another offeringId"
        yield _at(copy, ID, Code.DUPLICATE_ID, message, hint)


def _likeness(found: discover.OfferingFile, offering_id: str) -> tuple[bool, bool, bool, str]:
    """How much like a copy a file's name is: an original sorts first."""
    stem = PurePosixPath(found.file).stem
    is_other = stem.casefold() != offering_id.casefold()
    return (stem != offering_id, is_other, re.search(_COPY, stem) is not None, found.file)


def _text(found: discover.OfferingFile) -> bytes | None:
    try:
        return discover.contents(found)
    except InvalidDocument:
        return None


def _by_case(files: Sequence[str], ids: Mapping[str, discover.OfferingFile]) -> Iterator[Problem]:
    """One warning for each pair, of files rather than of the ids in them."""
    alike: set[frozenset[str]] = set()
    for group in _alike(files):
        first = PurePosixPath(group[0]).name
        for other in group[1:]:
            alike.add(frozenset((group[0], other)))
            message = (
                f"{PurePosixPath(other).name} and {first} differ in {_difference(other, group[0])} only; "
                "on Windows and macOS they are one file"
            )
            yield Problem(code=Code.NAMES_BY_CASE, file=other, message=message, hint="rename one of them")
    for group in _alike([*ids]):
        owner = ids[group[0]]
        for other in group[1:]:
            found = ids[other]
            if frozenset((owner.file, found.file)) not in alike:
                names = f"`{shortened(other)}` and `{shortened(group[0])}` ({owner.file})"
                message = f"{names} differ in capital letters only"
                yield _at(found, ID, Code.NAMES_BY_CASE, message, "give one of them another offeringId")


def _alike(names: Sequence[str]) -> Iterator[list[str]]:
    """Groups of names that are one to a computer that sees no case, nor how a letter is composed."""
    if len({*map(_seen, names)}) == len({*names}):
        return
    for _, group in groupby(sorted({*names}, key=lambda name: (_seen(name), name)), key=_seen):
        if len(found := [*group]) > 1:
            yield found


def _seen(name: str) -> str:
    return (name if name.isascii() else unicodedata.normalize("NFC", name)).casefold()


def _difference(one: str, other: str) -> str:
    is_case = unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", other)
    return "capital letters" if is_case else "how a letter is composed, which nobody sees,"


def _where(found: discover.OfferingFile, name: str) -> str:
    """`offerings/jhsc-en-01.yaml:2`."""
    span = _at(found, name, Code.DUPLICATE_ID, "").span
    return f"{found.file}:{span.start.line}" if span else found.file


def _at(found: discover.OfferingFile, name: str, code: Code, message: str, hint: str | None = None) -> Problem:
    """A problem at the value of a field; at the file as a whole, should it have changed in between."""
    from offerctl.catalog.lines import lines_document  # noqa: PLC0415 - as in `load`
    from offerctl.catalog.parse import read  # noqa: PLC0415 - as in `load`
    from offerctl.catalog.source import decoded  # noqa: PLC0415 - as in `load`

    try:
        data = discover.contents(found)
        try:
            document = read(found.file, data)
        except InvalidDocument:
            flat = lines_document(decoded(found.file, data))
            if flat is None:
                raise
            document = flat
        span = document.nodes[f"/{name}"].span
    except (InvalidDocument, KeyError):
        return Problem(code=code, file=found.file, message=message, hint=hint)
    return document.source.problem(code, span, message, pointer=f"/{name}", hint=hint)
