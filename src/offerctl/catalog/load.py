"""The offerings folder into desired offerings, or every problem of every file in one run."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

from offerctl import canon, disk
from offerctl.catalog import discover
from offerctl.catalog.codes import Code, silenced
from offerctl.catalog.enough import enough_of_a_file, enough_of_a_run
from offerctl.catalog.json_schema import Rules, offering_schema, parse
from offerctl.catalog.problem import InvalidDocument, Problem, Severity
from offerctl.catalog.remembered import Reading
from offerctl.catalog.siblings import Siblings
from offerctl.catalog.signs import are_current
from offerctl.desired import FileDigest, Remembered, Wanted
from offerctl.disk import Folder
from offerctl.errors import CatalogError
from offerctl.offering import Desired
from offerctl.standards import BUILT_IN, Standards

_ATTEMPTS = 5
"""So often a folder is read whose files are moved about meanwhile."""
_PAUSE = 0.05
"""Seconds before the second attempt; each further one waits that much longer."""

MAX_SCHEMA_BYTES = 256 * 1024
_READ_WITH = ("canon.py", "characters.py", "offering.py", "standards.py", "wording.py")
"""What files are read with, besides this package."""
_MAX_MODULE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What the files want. `desired`, by offeringId, is whole only where there are no errors.

    `files` counts the files that were looked at. `digests`, by offeringId, has those that were read and had no
    problem, and `remembered` the ids whose files were not read: they say what `load(known=...)` remembers of them.
    """

    desired: Wanted
    problems: tuple[Problem, ...]
    files: int
    digests: Mapping[str, FileDigest] = field(default_factory=dict)
    remembered: AbstractSet[str] = frozenset()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep everything from being applied."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The others."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)


class Watch(Protocol):
    """Who looks on while files are read."""

    def begin(self) -> None:
        """They are read from the first one, and whatever was seen of them before counts no more."""

    def see(self, file: str, data: bytes) -> None:
        """One could be read: its name in the repository, and its bytes."""


class InvalidFiles(CatalogError):
    """Files of the folder have errors; `found` holds all problems, to be shown."""

    def __init__(self, found: Catalogue, message: str) -> None:
        super().__init__(message)
        self.found = found


def read_schema(path: Path, *, repo_root: Path | None = None) -> Mapping[str, Any] | None:
    """The repository's own schema; none without such a file, and then the built-in one is used.

    Raises:
        CatalogError: it cannot be read, is no JSON object, or a link leads to it below `repo_root`.
    """
    try:
        data = Folder(path.parent, below=repo_root).find(path.name, most=MAX_SCHEMA_BYTES)
    except OSError as error:
        raise CatalogError(f"{path} cannot be read: {error.strerror}") from error
    return None if data is None else parse(data, path.name)


def load(
    root: Path,
    *,
    schema: Mapping[str, Any] | None = None,
    silence: frozenset[str] = frozenset(),
    standards: Standards = BUILT_IN,
    repo_root: Path | None = None,
    known: Mapping[str, Remembered] | None = None,
    watch: Watch | None = None,
) -> Catalogue:
    """Every offering below the folder `root`; files are named from `repo_root`, by default the folder around it.

    `known` is what is remembered of files, by their names. A file that proves it is neither parsed nor validated.
    `watch` is shown each file that could be read.

    Raises:
        CatalogError: the folder is missing, no folder, a link, or unreadable; the schema or `silence` is unusable.
    """
    discover.check_folder(root, repo_root or root.parent)
    return load_paths(
        (root,),
        schema=schema,
        silence=silence,
        standards=standards,
        repo_root=repo_root or root.parent,
        known=known,
        watch=watch,
    )


def load_paths(
    paths: Sequence[Path],
    *,
    schema: Mapping[str, Any] | None = None,
    silence: frozenset[str] = frozenset(),
    standards: Standards = BUILT_IN,
    repo_root: Path,
    known: Mapping[str, Remembered] | None = None,
    watch: Watch | None = None,
) -> Catalogue:
    """The same for several folders and single files, whatever the names of these.

    Raises:
        CatalogError: as `load`; or files are moved about all the while.
    """
    quiet, rules = silenced(silence), _rules(schema, standards)
    reader = _read_still(paths, repo_root, lambda: _Reader(rules, known or {}, watch, quiet))
    reader.problems += reader.siblings.problems(quiet)
    shown = enough_of_a_run(problem for problem in reader.problems if problem.code not in quiet)
    return Catalogue(
        desired=reader.desired,
        problems=tuple(shown),
        files=reader.count,
        digests=reader.digests,
        remembered=reader.remembered,
    )


def _read_still(paths: Sequence[Path], repo_root: Path, begin: Callable[[], _Reader]) -> _Reader:
    """Everything at these paths, read while nothing was moved from folder to folder.

    Raises:
        CatalogError: something always was.
    """
    for attempt in range(_ATTEMPTS):
        time.sleep(_PAUSE * attempt)
        listing, reader = discover.listing(paths, repo_root), begin()
        for found in discover.opened(listing.found):
            reader.take(found)
        if are_current(listing.signs):
            return reader
    raise CatalogError(
        "the offering files are being moved, made or removed while they are read, and one that was missed would "
        "look deleted. Nothing was done.",
        hint="Run it again when that has ended.",
    )


class Examiner:
    """What is wrong with single files, by one schema; the rules across files aside.

    Raises:
        CatalogError: as `load`.
    """

    def __init__(
        self, schema: Mapping[str, Any] | None, silence: frozenset[str], standards: Standards = BUILT_IN
    ) -> None:
        self._quiet = silenced(silence)
        self._rules = _rules(schema, standards)

    def __call__(self, file: str, data: bytes) -> tuple[Problem, ...]:
        """The problems of a file's bytes, in their order."""
        from offerctl.catalog.examine import examine  # noqa: PLC0415 - a third of the start, and mostly not needed

        try:
            discover.refuse_pointer(file, data)
            problems = examine(file, data, self._rules).problems
        except InvalidDocument as refused:
            problems = refused.problems
        shown = (problem for problem in problems if problem.code not in self._quiet)
        return tuple(sorted(shown, key=lambda problem: problem.order))


def _rules(schema: Mapping[str, Any] | None, standards: Standards) -> Rules:
    return Rules(parse(offering_schema(standards), "offering.schema.json"), schema, standards)


@dataclass(eq=False)
class _Reader:
    """Takes file after file, and keeps what they want and what is wrong with them."""

    rules: Rules
    known: Mapping[str, Remembered]
    watch: Watch | None
    quiet: frozenset[Code] = frozenset()
    count: int = 0
    desired: Wanted = field(default_factory=Wanted)
    digests: dict[str, FileDigest] = field(default_factory=dict)
    remembered: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    siblings: Siblings = field(default_factory=Siblings)

    def __post_init__(self) -> None:
        if self.watch is not None:
            self.watch.begin()

    @cached_property
    def _reading(self) -> Reading:
        return Reading(f"{_reading_rules()} {self.rules.identity}")

    def take(self, found: discover.OfferingFile | Problem) -> None:
        """One more file."""
        self.count += 1
        if isinstance(found, Problem):
            self.problems.append(found)
            return
        self.siblings.files.append(found.file)
        try:
            data = discover.contents(found)
            if self.watch is not None:
                self.watch.see(found.file, data)
            discover.refuse_pointer(found.file, data)
            if not self._is_remembered(found, data):
                self._read(found, data)
        except InvalidDocument as refused:
            self._tell(refused.problems)

    def _tell(self, problems: Iterable[Problem]) -> None:
        self.problems += enough_of_a_file(problem for problem in problems if problem.code not in self.quiet)

    def _is_remembered(self, found: discover.OfferingFile, data: bytes) -> bool:
        """Take a file as it is remembered, where its bytes prove it."""
        known = self.known.get(found.file)
        if known is None:
            return False
        if self._reading.of(data, known.attributes, protect=known.protect) != known.digest:
            return False
        offering_id = known.offering_id
        self.siblings.add(offering_id, known.url, found)
        self.desired.add_remembered(known)
        self.remembered.add(offering_id)
        return True

    def _read(self, found: discover.OfferingFile, data: bytes) -> None:
        from offerctl.catalog.examine import examine  # noqa: PLC0415 - a third of the start, and mostly not needed

        examined = examine(found.file, data, self.rules)
        self._tell(examined.problems)
        if examined.offering is None:
            if examined.offering_id is not None:
                self.siblings.add_id(
                    examined.offering_id, found
                )  # a copied file is told so, whatever else is wrong with it
            return
        offering, protect = examined.offering, examined.protect
        self.siblings.add(offering.offering_id, offering.external_registration_url, found)
        self.desired.add(Desired(offering=offering, file=found.file, protect=protect))
        if not examined.problems:
            digest = self._reading.of(data, canon.compact(offering.attributes()), protect=protect)
            self.digests.setdefault(offering.offering_id, digest)


@cache
def _reading_rules() -> str:
    """Changes whenever this program may read a file otherwise: a digest of what it reads with."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    own = (path for path in package.iterdir() if path.suffix == ".py")
    for path in sorted([*own, *(package.parent / name for name in _READ_WITH)], key=str):
        digest.update(disk.read(path, most=_MAX_MODULE))
    return digest.hexdigest()
