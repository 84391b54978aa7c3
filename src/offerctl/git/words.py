"""Git's refusals in words for people: what could not be done, why, and the way on."""

from __future__ import annotations

import re
from typing import NamedTuple

from offerctl.errors import StateUnavailable
from offerctl.git.command import GitDirectory, GitFailed


class _Reason(NamedTuple):
    pattern: str
    message: str
    hint: str


_REASONS = (
    _Reason(
        "git command cannot be started",
        "there is no git here",
        'Install git, or keep the state elsewhere than in "git".',
    ),
    _Reason(
        "not a git repository",
        "this folder is in no git repository",
        'Run it in one, or keep the state in a file: state = "file:PATH".',
    ),
    _Reason(
        "made up as a git directory",
        "git is not started here",
        "Take HEAD, objects and refs out of that folder.",
    ),
    _Reason(
        "dubious ownership",
        "git does not trust this folder, which belongs to another user",
        "Run it as its owner, or see safe.directory in git help config.",
    ),
    _Reason(
        r"could not read (username|password)|authentication failed|permission|denied|not authorized|access granted"
        r"|returned error: 40[13]|service not enabled|write access",
        "no permission for the remote",
        "In a workflow the job needs `permissions: contents: write` (to read: `contents: read`) and git the job's "
        "token, as in apply.yml; elsewhere check that git push works.",
    ),
    _Reason(
        "hook declined|deny|protected|prohibited|refusing|GH0",
        "the remote refused the push by a rule of its own",
        'Let this branch out of the rule, or name another one: state = "git:BRANCH".',
    ),
    _Reason(
        "does not appear to be a git repository|repository .*not found|not exported",
        "there is no repository at the remote's address",
        "See git remote --verbose.",
    ),
)


def explained(failure: GitFailed, what: str) -> StateUnavailable:
    """The error for people where the state is kept in git: `what` could not be done, why, and the way on."""
    for pattern, message, hint in _REASONS:
        if re.search(pattern, failure.words, re.IGNORECASE):
            return StateUnavailable(f"{what}: {message} ({failure.words})", hint=hint)
    return StateUnavailable(
        f"{what}: {failure.words}", hint="Check the network and git remote --verbose; run it again."
    )


def way_on(failure: GitFailed) -> str:
    """What to do where git refuses the working copy itself."""
    if isinstance(failure, GitDirectory):
        return "Take HEAD, objects and refs out of it: a folder of the repository holds no repository's insides."
    if "dubious ownership" in failure.words:
        return (
            "Run it as the owner of the folder, or tell git that you trust it: safe.directory in git help config."
        )
    return "See what git status says there, and mend that first."
