"""Which listings a pull request is about: those whose files it changes, whatever the plan makes of them."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from offerctl.catalog.parse import read
from offerctl.catalog.problem import InvalidDocument
from offerctl.desired import Wanted
from offerctl.git import Git, GitFailed
from offerctl.offering import ID_PATTERN
from offerctl.plan import change_digest
from offerctl.state import Intent

_BASE, _OWN = "HEAD^1", "HEAD^2"
"""The parents of GitHub's trial merge: the base branch, and the pull request's own commit."""
_THERE = re.compile(rb"[0-9a-f]{40,64} ([a-z]+) ([0-9]+)")


def touched(root: Path, head: str, offerings: Path, desired: Wanted) -> dict[str, str] | None:
    """What the pull request with that newest commit makes of each listing whose file it changes, by id.

    The digest is of the put, or of the deletion, that its files ask for. None where its trial merge is not checked
    out, so that nobody can tell.
    """
    git = Git(root)
    try:
        if git.text("rev-parse", "--verify", "--quiet", _OWN) != head:
            return None
        prefix = git.place.prefix
        folder = posixpath.normpath(f"{prefix}{offerings.relative_to(root).as_posix()}")
        only = ("--no-renames", "--no-ext-diff", "--no-textconv", "--name-only", "-z")
        changed = sorted(git.names("diff", *only, _BASE, "HEAD", "--", *([] if folder == "." else [folder])))
        files = frozenset(name.removeprefix(prefix) for name in changed)
        before = {*_ids_before(git, changed)} if changed else set()
    except GitFailed:
        return None
    found = {id_: change_digest(Intent.DELETE, id_, None) for id_ in before - desired.keys()}
    for id_, file in desired.files():
        if file in files or id_ in before:
            found[id_] = change_digest(Intent.PUT, id_, desired[id_].offering)
    return found


def _ids_before(git: Git, files: list[str]) -> Iterator[str]:
    """The ids in these files on the base branch, as far as they can be read; named from the repository's top."""
    asked = "".join(f"{_BASE}:{name}\n" for name in files if "\n" not in name)
    rest = git.run("cat-file", "--batch", data=os.fsencode(asked))
    while rest:
        line, _, rest = rest.partition(b"\n")
        there = _THERE.fullmatch(line)
        if there is None:
            continue  # the answer for what is not there quotes its name, whatever that is
        size = int(there[2])
        data, rest = rest[:size], rest[size + 1 :]
        if there[1] != b"blob":
            continue
        try:
            found = read("", data).values.get("offeringId")
        except InvalidDocument:
            continue
        if isinstance(found, str) and ID_PATTERN.fullmatch(found):
            yield found
