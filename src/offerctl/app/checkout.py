"""The offering files of a working copy: all of them or none, with the commit that holds exactly what was read.

A file that git knows and that is not there to be read (a sparse checkout, a submodule that was not fetched) is no
deletion; where git cannot say, nothing is deleted.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import assert_never

from offerctl import catalog
from offerctl.catalog import Catalogue
from offerctl.catalog.discover import is_left_alone, is_offering_name
from offerctl.config import Config
from offerctl.errors import CatalogError, CheckoutError
from offerctl.git import (
    GitDirectory,
    GitFailed,
    Missing,
    Tracked,
    WorkingCopy,
    refuse_git_directories,
    way_on,
    working_copy,
)
from offerctl.plan import Origin, Plan, Refusal
from offerctl.render.style import sanitize
from offerctl.state import State
from offerctl.state.belief import ReadAs
from offerctl.state.listings import Listings


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingFiles(Catalogue):
    """What the files want, and where they come from; `doubt` is why git could not be asked, where it refused."""

    origin: Origin
    doubt: CheckoutError | None = None
    beliefs: Listings | None = None
    """Those that say what is remembered."""

    def as_believed(self, state: State | None) -> AbstractSet[str]:
        """The ids whose files say what this state believes, and no other one."""
        return self.remembered if state is not None and state.listings is self.beliefs else frozenset()

    @property
    def read_as(self) -> Mapping[str, ReadAs]:
        """How those files were read that had to be, and were without any problem."""
        return {id_: ReadAs(self.desired[id_].file, digest) for id_, digest in self.digests.items()}

    def refuse_doubt(self) -> None:
        """For whoever must know the commit.

        Raises:
            CheckoutError: git refused to tell.
        """
        if self.doubt is not None:
            raise self.doubt

    def guarded(self, plan: Plan) -> Plan:
        """The plan, refused where it deletes listings whose files may only not be checked out."""
        doomed = tuple(change.offering_id for change in plan.changes if change.counts_as_delete)
        if self.doubt is None or not doomed:
            return plan
        message = (
            f"{self.doubt.message}. So nobody can tell whether the files of what would be deleted are gone, or "
            "only not checked out."
        )
        refusal = Refusal(code="checkout", offering_ids=doomed, message=message, hint=self.doubt.hint)
        return replace(plan, refusals=(*plan.refusals, refusal))


def read_offerings(config: Config, state: State | None = None, copy: WorkingCopy | None = None) -> OfferingFiles:
    """Every offering file, or its problems. Those are not read that are as the state remembers them.

    `copy` is what git knows of the configuration's folder, where it was asked just now.

    Raises:
        CatalogError: the folder cannot be read as a whole.
        CheckoutError: files that git knows are not there, or the folder is made up as a git directory.
    """
    copy, doubt = _look(config, copy)
    watch = None if copy is None else _Watch(copy, _folder(config))
    try:
        found = catalog.load(
            config.offerings,
            schema=catalog.read_schema(config.schema, repo_root=config.root),
            silence=config.silence,
            standards=config.standards,
            repo_root=config.root,
            known=state.listings.remembered() if state else None,
            watch=watch,
        )
    except CatalogError:
        if copy is not None:  # a folder that is not there may just not be checked out
            _check_whole(copy, config, frozenset(), later=False)
        raise
    origin = Origin()
    if watch is not None:
        try:
            _check_whole(watch.copy, config, watch.files, later=not found.errors)
            origin = watch.origin()
        except GitFailed as failure:
            doubt = refused_by_git(failure)
    return OfferingFiles(
        desired=found.desired,
        problems=found.problems,
        files=found.files,
        digests=found.digests,
        remembered=found.remembered,
        origin=origin,
        doubt=doubt,
        beliefs=state.listings if state else None,
    )


def _look(config: Config, copy: WorkingCopy | None) -> tuple[WorkingCopy | None, CheckoutError | None]:
    try:
        refuse_git_directories(config.offerings)
        return copy or working_copy(config.root), None
    except GitDirectory as failure:
        raise refused_by_git(failure) from failure
    except GitFailed as failure:
        return None, refused_by_git(failure)


def refused_by_git(failure: GitFailed) -> CheckoutError:
    """The error for people where git refuses the working copy: its words, and the way on."""
    told = (
        failure.words if isinstance(failure, GitDirectory) else f"git refuses this working copy: {failure.words}"
    )
    return CheckoutError(sanitize(told), hint=way_on(failure))


class _Watch:
    """Sees whether the commit that is checked out holds each file as it is read, and no other one."""

    def __init__(self, copy: WorkingCopy, folder: str) -> None:
        self.copy, self._folder = copy, folder
        self.begin()

    def begin(self) -> None:
        """Nothing is read yet."""
        self.files: set[str] = set()
        self._committed: dict[str, str] | None = None
        self._refused: GitFailed | None = None
        self._same = True

    def see(self, file: str, data: bytes) -> None:
        """Compare one that was read."""
        self.files.add(file)
        if self._held().pop(file, None) not in self.copy.ids(data):
            self._same = False

    def origin(self) -> Origin:
        """The commit, once everything is read.

        Raises:
            GitFailed: git cannot say what it holds.
        """
        left, commit = self._held(), self.copy.place.commit
        if self._refused is not None:
            raise self._refused
        if commit is None:
            return Origin()
        is_left = any(is_offering_name(_below(self._folder, file)) for file in left)
        return Origin(commit=commit, dirty=is_left or not self._same)

    def _held(self) -> dict[str, str]:
        """The ids of the commit's files that were not seen yet."""
        if self._committed is None:
            try:
                self._committed = dict(self.copy.committed(self._folder))
            except GitFailed as failure:
                self._committed, self._refused = {}, failure
        return self._committed


def _check_whole(copy: WorkingCopy, config: Config, read: Collection[str], *, later: bool) -> None:
    """Refuse a checkout that lacks offering files which git knows.

    `later`: also what is there now, and was not when the files were read.

    Raises:
        CheckoutError: names the first one, and the way on.
        GitFailed: git cannot say.
    """
    lacking = [*_lacking(copy, config, read, later=later)]
    if not lacking:
        return
    (file, missing), others = lacking[0], len(lacking) - 1
    more = f" (nor {others} more)" if others else ""
    if missing is None:
        raise CheckoutError(
            f"{sanitize(file)} came only after the offering files were read{more}. Nothing was done.",
            hint="Run it again when the working copy is at rest.",
        )
    raise CheckoutError(
        f"git knows {sanitize(file)}, which is not here to be read{more}: {missing.value}. It would look deleted, "
        "so nothing was done.",
        hint=_way_on(copy, missing, sanitize(shlex.quote(file))),
    )


def _lacking(copy: WorkingCopy, config: Config, read: Collection[str], *, later: bool) -> Iterator[Tracked]:
    folder = _folder(config)
    for file, missing in copy.tracked(folder):
        if file in read:
            continue
        name = _below(folder, file)
        if missing is Missing.SUBMODULE:
            if not is_left_alone(name):  # whatever lies in its folder is not what it holds
                yield Tracked(file, missing)
        elif is_offering_name(name):
            is_here = os.path.lexists(config.root / file)
            if later if is_here else missing is not None:
                yield Tracked(file, None if is_here else missing)


def _way_on(copy: WorkingCopy, missing: Missing, file: str) -> str:
    match missing:
        case Missing.SUBMODULE:
            return f"Fetch it: git submodule update --init {file}; or remove it, if that is meant: git rm {file}"
        case Missing.SPARSE if copy.is_sparse():
            return "Check out everything: git sparse-checkout disable"
        case Missing.SPARSE:
            flag = "--no-skip-worktree"
        case Missing.ASSUMED:
            flag = "--no-assume-unchanged"
        case _:
            assert_never(missing)
    return (
        f"Let git look after it again: git update-index {flag} {file}; then git restore {file}, or git rm {file}"
    )


def _folder(config: Config) -> str:
    return os.path.relpath(config.offerings, config.root).replace(os.sep, "/")


def _below(folder: str, file: str) -> str:
    """A file's name from the offerings folder; empty for the folder itself, and a submodule that holds it."""
    return "" if f"{folder}/".startswith(f"{file}/") else file.removeprefix(f"{folder}/")
