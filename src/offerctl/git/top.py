"""Where a repository begins, as far as the `.git` there may be believed.

Git looks upwards from where it is started, and stops with an error at a `.git` of another user, which anybody can
make in a folder such as /tmp. What such a one says is no more than that somebody wrote it there: it makes nobody's
folders below it a repository.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from offerctl import disk

MARK = ".git"
"""What the top of a repository holds: a folder, or in a work tree of its own a file."""


def top_of(folders: Iterable[Path]) -> Path | None:
    """The first of a folder and those above it that has a `.git`; none where there is none, or it is a stranger's.

    A stranger is who neither is this user nor root nor owns the folder that is asked about: in a checkout that is
    all another user's, as in a container, git itself says what is to be done. Not asked is who may write beside a
    `.git`: nobody else can make one that is this user's.
    """
    folders = tuple(folders)
    for folder in folders:
        if os.path.lexists(folder / MARK):
            return folder if _is_believed(folder, folders[0]) else None
    return None


def _is_believed(folder: Path, asked: Path) -> bool:
    if folder == asked and not disk.may_be_written_by_others(folder):
        return True
    owners = disk.trusted_users(asked)
    try:
        return {folder.stat().st_uid, (folder / MARK).lstat().st_uid} <= owners
    except OSError:  # it went
        return False
