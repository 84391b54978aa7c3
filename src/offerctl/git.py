"""The git command: run so that it never asks, never runs hooks, and never shows a password.

Needs git 2.31 or newer. Its own credentials, proxies and helpers are used as they are set up.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from offerctl.errors import StateUnavailable

PATIENCE = 60.0
"""Seconds for one command, a transfer included."""
MAX_SHOWN = 300
"""Characters of git's own words that are shown."""

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.filesRefLockTimeout=5000",
    "core.packedRefsTimeout=5000",
    "push.gpgSign=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=no",
    "gc.auto=0",
    "maintenance.auto=false",
)
_IDENTITY = {"NAME": "offerctl", "EMAIL": "offerctl@localhost"}
_FIXED = {
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "LANGUAGE": "",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _IDENTITY.items()},
}
_FOREIGN = re.compile(
    # Inside a git hook these point at another index or repository; traces would tell headers.
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX"
    r"|QUARANTINE_PATH|SHALLOW_FILE|CURL_VERBOSE|TRACE.*|(AUTHOR|COMMITTER)_DATE)"
)


class GitFailed(Exception):
    """A command that did not end well. `output` is what it printed, `words` its errors, fit to be shown."""

    def __init__(self, output: str, words: str) -> None:
        super().__init__(words)
        self.output = output
        self.words = words


class Git:
    """Git commands in one repository; raises GitFailed, or StateUnavailable where there is no git at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, *arguments: str, data: bytes = b"") -> bytes:
        """What the command prints, given `data` on its standard input."""
        settings = [part for setting in _SETTINGS for part in ("-c", setting)]
        try:
            # A session of its own: Ctrl-C ends a run, which then still has its final write to push.
            process = subprocess.Popen(  # noqa: S603 - no shell, fixed words
                ["git", "-C", str(self._folder), *settings, *arguments],  # noqa: S607 - the user's git
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_surroundings(os.environ),
                start_new_session=True,
            )
        except OSError as error:
            raise StateUnavailable(
                "the git command cannot be started", hint='Install git, or keep the state elsewhere than in "git".'
            ) from error
        with process:
            try:
                output, errors = process.communicate(data, timeout=PATIENCE)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # its transport helpers too
                if isinstance(error, subprocess.TimeoutExpired):
                    raise GitFailed("", f"no answer in {PATIENCE:g} s") from None
                raise
        if process.returncode != 0:
            raise GitFailed(output.decode(errors="replace"), shown(errors.decode(errors="replace")))
        return output

    def text(self, *arguments: str, data: bytes = b"") -> str:
        """What the command prints, as text without the newline at its end."""
        return self.run(*arguments, data=data).decode(errors="replace").rstrip("\n")

    def succeeds(self, *arguments: str) -> bool:
        """Whether the command ends well."""
        try:
            self.run(*arguments)
        except GitFailed:
            return False
        return True


def shown(words: str) -> str:
    """Git's own words on one line: no control characters, no user name or password of an address."""
    lines = [line.strip() for line in words.splitlines() if line.strip() and not line.startswith("hint:")]
    plain = "".join(c if c.isprintable() else "?" for c in "; ".join(lines))
    return re.sub(r"(?<=://)[^/\s]*@", "", plain)[:MAX_SHOWN]


def _surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not _FOREIGN.fullmatch(name)} | _FIXED


class _Reason(NamedTuple):
    pattern: str
    message: str
    hint: str


_REASONS = (
    _Reason(
        "not a git repository",
        "this folder is in no git repository",
        'Run it in one, or keep the state in a file: state = "file:PATH".',
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
    """The error for people: `what` could not be done, why, and the way on."""
    for pattern, message, hint in _REASONS:
        if re.search(pattern, failure.words, re.IGNORECASE):
            return StateUnavailable(f"{what}: {message} ({failure.words})", hint=hint)
    return StateUnavailable(
        f"{what}: {failure.words}", hint="Check the network and git remote --verbose; run it again."
    )
