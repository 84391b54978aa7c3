"""The one door to git: whoever needs to know or do anything there goes through this package.

`top` says where a repository begins; `command` starts the program, always in the same way; `blobs` reads many
versions of a file; `worktree` says what git knows of the files at hand; `words`
turns git's refusals into errors for people.
"""

from __future__ import annotations

from offerctl.git.command import (
    COMMIT_ID,
    Git,
    GitDirectory,
    GitFailed,
    NoRepository,
    Place,
    refuse_git_directories,
)
from offerctl.git.top import top_of
from offerctl.git.words import explained, way_on
from offerctl.git.worktree import Branch, Missing, Tracked, WorkingCopy, branch, is_ignored, working_copy

__all__ = [
    "COMMIT_ID",
    "Branch",
    "Git",
    "GitDirectory",
    "GitFailed",
    "Missing",
    "NoRepository",
    "Place",
    "Tracked",
    "WorkingCopy",
    "branch",
    "explained",
    "is_ignored",
    "refuse_git_directories",
    "top_of",
    "way_on",
    "working_copy",
]
